"""A validation as JSON (schemas/validation.schema.json) and back."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import jsonschema

from fips_images.errors import BadInputError
from fips_images.model.finding import CheckInfo, Finding, Severity, Status, Validation

SCHEMA_VERSION = 1


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the document."""
    text = (files("fips_images.evidence") / "schemas" / "validation.schema.json").read_text("utf-8")
    document = json.loads(text)
    assert isinstance(document, dict)
    return document


def to_json(validation: Validation) -> dict[str, Any]:
    """Return the document that `fipsctl validate --format json` prints."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "subject": validation.subject,
        "digest": validation.digest,
        "profile": validation.profile,
        "asOf": validation.as_of,
        "holds": validation.holds,
        "seconds": validation.seconds,
        "counts": counts(validation),
        "findings": [_finding(it) for it in validation.findings],
    }


def counts(validation: Validation) -> dict[str, int]:
    """Return how many findings have each status, zeros included."""
    return {status.value: len(validation.with_status(status)) for status in Status}


def _finding(finding: Finding) -> dict[str, Any]:
    info = finding.check
    return {
        "id": info.id,
        "title": info.title,
        "category": info.category,
        "severity": info.severity.value,
        "source": info.source,
        "remedy": info.remedy,
        "status": finding.status.value,
        "reason": finding.reason,
        "evidence": list(finding.evidence),
    }


def from_json(document: Any) -> Validation:
    """Read the document again. `holds` is computed anew, and must agree with what is written.

    Raises:
        BadInputError: not of this form, or its verdict does not follow from its findings.
    """
    try:
        jsonschema.validate(document, schema())
    except jsonschema.ValidationError as error:
        where = "/".join(map(str, error.absolute_path))
        raise BadInputError(f"not a validation: {error.message}", where=where) from error
    validation = Validation(
        document["subject"], document["digest"], document["profile"], document["asOf"],
        tuple(_read(it) for it in document["findings"]), document["seconds"],
    )  # fmt: skip
    if validation.holds is not document["holds"]:
        raise BadInputError("the validation's verdict does not follow from its findings")
    return validation


def _read(item: dict[str, Any]) -> Finding:
    info = CheckInfo(
        item["id"], item["title"], item["category"], Severity(item["severity"]), item["source"],
        item["remedy"],
    )  # fmt: skip
    return Finding(info, Status(item["status"]), item["reason"], tuple(item["evidence"]))
