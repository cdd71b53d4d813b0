"""Signs what the evidence folder of one image says: a bundle per statement, nothing on failure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fips_images.attest.bundle import parse_bundle
from fips_images.attest.predicates import BuildFacts, provenance, sbom, signature, validation_passed
from fips_images.attest.signer import Signer
from fips_images.attest.statement import Statement
from fips_images.errors import BadInputError, DoesNotHoldError
from fips_images.files import write_bytes
from fips_images.model.finding import Validation
from fips_images.model.image import BuiltImage

SUFFIX = ".sigstore.json"


def bundle_folder(evidence: Path) -> Path:
    """Return where the bundles of an evidence folder are."""
    return evidence / "bundles"


def make_statements(
    built: BuiltImage, validation: Validation, bom: dict[str, Any], facts: BuildFacts
) -> dict[str, Statement]:
    """Make every statement about an image; the key is the bundle's name.

    Raises:
        DoesNotHoldError: the validation does not hold, or is of another digest.
        BadInputError: the SBOM is not a CycloneDX document.
    """
    if validation.digest != built.digest:
        raise DoesNotHoldError(
            f"the validation is of {validation.digest}, not of {built.digest}",
            hint="Validate what was built: fipsctl validate IMAGE.",
        )
    return {
        "test-result": validation_passed(validation),
        "sbom": sbom(built.digest, bom),
        "provenance": provenance(built, facts),
        "sign": signature(built.digest),
    }


def sign_evidence(
    evidence: Path,
    built: BuiltImage,
    validation: Validation,
    bom: dict[str, Any],
    facts: BuildFacts,
    signer: Signer,
) -> list[Path]:
    """Sign every statement into `<evidence>/bundles/` and return the paths, in a fixed order.

    A bundle that is there already, by the same signer and of the same statement, is kept: so a
    second run changes nothing, and a run that was killed is finished by the next.

    Raises:
        DoesNotHoldError: the validation does not hold or is of another digest; nothing is signed.
        BadInputError: the SBOM is not a CycloneDX document.
        EnvironmentFailureError: the folder cannot be written.
    """
    statements = make_statements(built, validation, bom, facts)
    return sign_statements(bundle_folder(evidence), statements, signer)


def sign_statements(
    folder: Path, statements: Mapping[str, Statement], signer: Signer
) -> list[Path]:
    """Sign each statement to `<folder>/<name>.sigstore.json` unless it is there already."""
    paths = []
    for name, statement in statements.items():
        path = folder / f"{name}{SUFFIX}"
        if not _is_signed(path, statement, signer):
            write_bytes(path, signer.sign(statement))
        paths.append(path)
    return paths


def _is_signed(path: Path, statement: Statement, signer: Signer) -> bool:
    if signer.trust is None or not path.is_file():
        return False
    try:
        bundle = parse_bundle(path.read_bytes())
        signer.trust.check(bundle)
    except (BadInputError, DoesNotHoldError):
        return False
    return bundle.payload == statement.to_bytes()
