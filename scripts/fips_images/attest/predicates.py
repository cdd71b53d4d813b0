"""The predicates that are stated about an image, each made from what was observed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from fips_images import __version__
from fips_images.attest.canonical import canonical
from fips_images.attest.statement import (
    CYCLONEDX,
    PROVENANCE,
    SIGNATURE,
    TEST_RESULT,
    Statement,
    about,
)
from fips_images.errors import BadInputError, DoesNotHoldError
from fips_images.model.finding import Status, Validation
from fips_images.model.image import BuiltImage

BUILD_TYPE = "https://github.com/open-containers/fips-container-images/build/v1"
#: Where no workflow identity vouches for the builder, this says so (SLSA v1: builder.id).
LOCAL_BUILDER = "https://github.com/open-containers/fips-container-images/local-builder"


@dataclass(frozen=True, slots=True)
class Material:
    """Something an image was made from; `digest` is sha256:… or empty where none is known.

    `origin` says where it really came from, where that is not the address itself.
    """

    uri: str
    digest: str
    origin: str = ""


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """What is known of a build beside its result; times are UTC in ISO 8601 or empty."""

    materials: tuple[Material, ...] = ()
    builder: str = LOCAL_BUILDER
    started: str = ""
    finished: str = ""


def signature(digest: str) -> Statement:
    """State what `cosign sign` states: this digest, and nothing more (predicate `{}`)."""
    return about(digest, SIGNATURE, {})


def sbom(digest: str, document: dict[str, Any]) -> Statement:
    """State a CycloneDX document, unchanged.

    Raises:
        BadInputError: it is not a CycloneDX document.
    """
    if document.get("bomFormat") != "CycloneDX":
        raise BadInputError("not a CycloneDX document: bomFormat is missing or something else")
    return about(digest, CYCLONEDX, document)


def validation_passed(validation: Validation) -> Statement:
    """State that the validation passed (in-toto test-result v0.1); failure is never stated.

    `cosign verify` accepts any signed statement about a digest, so that a signed FAILED would make
    it succeed: what does not hold is never signed.

    Raises:
        DoesNotHoldError: the validation does not hold.
    """
    if not validation.holds:
        raise DoesNotHoldError(
            "the validation does not hold, so no test result is signed",
            where=validation.digest,
            hint="See what failed: fipsctl validate IMAGE.",
        )
    named = {
        "passedTests": (Status.PASS,),
        "warnedTests": (Status.WARN, Status.WAIVED, Status.NOT_RUN),
        "failedTests": (Status.FAIL,),
    }
    lists = {key: _checks(validation, statuses) for key, statuses in named.items()}
    return about(
        validation.digest,
        TEST_RESULT,
        {"result": "PASSED", "configuration": [_configuration(validation)], **lists},
    )


def provenance(built: BuiltImage, facts: BuildFacts) -> Statement:
    """State how the image was built (SLSA provenance v1)."""
    metadata = {"invocationId": built.identity}
    metadata |= {"startedOn": facts.started} if facts.started else {}
    metadata |= {"finishedOn": facts.finished} if facts.finished else {}
    return about(
        built.digest,
        PROVENANCE,
        {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {"image": built.image_id, "platform": built.platform},
                "internalParameters": {"identity": built.identity},
                "resolvedDependencies": _dependencies(facts.materials),
            },
            "runDetails": {
                "builder": {
                    "id": facts.builder,
                    "version": {"fips-container-images": __version__},
                },
                "metadata": metadata,
            },
        },
    )


def time_of(epoch_seconds: float) -> str:
    """Return a point in time as SLSA writes it: UTC, whole seconds."""
    return datetime.fromtimestamp(int(epoch_seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _checks(validation: Validation, statuses: tuple[Status, ...]) -> list[str]:
    return sorted({finding.check.id for finding in validation.with_status(*statuses)})


def _configuration(validation: Validation) -> dict[str, Any]:
    """Describe the run as a ResourceDescriptor; its digest binds every finding and reason."""
    findings = canonical([asdict(finding) for finding in validation.findings])
    return {
        "name": f"profile:{validation.profile}",
        "digest": {"sha256": hashlib.sha256(findings).hexdigest()},
        "annotations": {
            "asOf": validation.as_of,
            "checks": len(validation.findings),
            "toolkit": __version__,
        },
    }


def _dependencies(materials: Sequence[Material]) -> list[dict[str, Any]]:
    rows = []
    for material in sorted(set(materials), key=lambda it: (it.uri, it.digest, it.origin)):
        algorithm, _, value = material.digest.partition(":")
        row: dict[str, Any] = {"uri": material.uri}
        row |= {"digest": {algorithm: value}} if value else {}
        row |= {"annotations": {"origin": material.origin}} if material.origin else {}
        rows.append(row)
    return rows
