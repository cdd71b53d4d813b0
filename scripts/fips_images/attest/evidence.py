"""Reads what earlier steps left in an evidence folder, so that it can be stated and published."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fips_images.attest.predicates import BuildFacts, Material, time_of
from fips_images.errors import BadInputError, DoesNotHoldError
from fips_images.evidence.validation import from_json
from fips_images.files import read_json
from fips_images.model.finding import Validation

VALIDATION = "validation.json"
BOM = "sbom.cdx.json"


def read_validation(evidence: Path) -> Validation | None:
    """Read validation.json; None when the image was not validated.

    Raises:
        BadInputError: the file is not what `fipsctl validate` writes.
    """
    path = evidence / VALIDATION
    if not path.is_file():
        return None
    hint = "Validate again: fipsctl validate IMAGE."
    try:
        return from_json(read_json(path, hint=hint))
    except BadInputError as error:
        raise BadInputError(error.what, where=str(path), hint=hint) from error


def require_validation(evidence: Path) -> Validation:
    """Read validation.json, which must be there.

    Raises:
        DoesNotHoldError: the image was not validated.
        BadInputError: the file is not what `fipsctl validate` writes.
    """
    validation = read_validation(evidence)
    if validation is None:
        raise DoesNotHoldError(
            "this image was not validated",
            where=str(evidence),
            hint="Validate it: fipsctl validate IMAGE.",
        )
    return validation


def read_bom(evidence: Path) -> dict[str, Any]:
    """Read the SBOM.

    Raises:
        BadInputError: it is missing or not a JSON object.
    """
    hint = "Write it: fipsctl bom IMAGE."
    value = read_json(evidence / BOM, hint=hint)
    if not isinstance(value, dict):
        raise BadInputError("not a JSON object", where=str(evidence / BOM), hint=hint)
    return value


def read_build_facts(record: Path) -> BuildFacts:
    """Read what build.json says about inputs and times.

    Raises:
        BadInputError: it is missing or not what `fipsctl build` writes.
    """
    hint = "Build the image again: fipsctl build IMAGE."
    value = read_json(record, hint=hint)
    try:
        bases = [
            Material(str(it["reference"]), str(it["digest"]), str(it["origin"]))
            for it in value["bases"]
        ]
        sources = [
            Material(str(it["url"]), f"sha256:{it['sha256']}", str(it["origin"]))
            for it in value["sources"]
        ]
        started = datetime.fromisoformat(str(value["started"]))
        finished = started + timedelta(seconds=float(value["seconds"]))
    except (KeyError, TypeError, ValueError) as error:
        raise BadInputError(
            f"not what `fipsctl build` writes: {type(error).__name__} {error}",
            where=str(record),
            hint=hint,
        ) from error
    times = (time_of(started.timestamp()), time_of(finished.timestamp()))
    return BuildFacts((*bases, *sources), started=times[0], finished=times[1])
