"""SARIF 2.1.0, for GitHub code scanning."""

from __future__ import annotations

import json
from typing import Any

from fips_images import __version__
from fips_images.model.finding import Finding, Severity, Status, Validation

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.0",
    Severity.LOW: "2.0",
}
_LEVELS = {Status.FAIL: "error", Status.WARN: "warning", Status.NOT_RUN: "warning"}


def to_sarif(validation: Validation) -> str:
    """Rules are all checks that were asked for; results are what failed, warned or was not run."""
    document = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "fipsctl validate",
                        "version": __version__,
                        "rules": [_rule(it) for it in validation.findings],
                    }
                },
                "results": [
                    _result(index, it, validation)
                    for index, it in enumerate(validation.findings)
                    if it.status in _LEVELS
                ],
            }
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _rule(finding: Finding) -> dict[str, Any]:
    info = finding.check
    return {
        "id": info.id,
        "shortDescription": {"text": info.title},
        "help": {"text": f"{info.remedy}\n\nSource: {info.source}"},
        "properties": {"security-severity": _SCORES[info.severity], "tags": ["security", "fips"]},
    }


def _result(index: int, finding: Finding, validation: Validation) -> dict[str, Any]:
    reason = "; ".join((finding.reason, *finding.evidence[:10]))
    name = validation.digest or validation.subject
    return {
        "ruleId": finding.check.id,
        "ruleIndex": index,
        "level": _LEVELS[finding.status],
        "message": {"text": f"{finding.status}: {reason}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(validation.subject)},
                    "region": {"startLine": 1},
                },
                "logicalLocations": [{"fullyQualifiedName": name, "kind": "module"}],
            }
        ],
        "partialFingerprints": {"fipsCheck/v1": f"{finding.check.id}:{validation.subject}"},
    }


def _uri(subject: str) -> str:
    """Code scanning wants a relative path; an image reference is written as one."""
    safe = "".join(it if it.isalnum() or it in "._-/" else "_" for it in subject)
    return safe.lstrip("/") or "image"
