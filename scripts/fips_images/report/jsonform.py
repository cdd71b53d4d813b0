"""The report as JSON, in the form of `schemas/report.schema.json`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fips_images.report.view import Category, Report

_AS_THEY_ARE = (
    "title",
    "digest",
    "platform",
    "as_of",
    "verdict",
    "headline",
    "reasons",
    "claims",
    "steps",
    "build",
    "publication",
    "verification",
    "commands",
)


def to_json(report: Report) -> dict[str, Any]:
    """Return plain values; what was not run is null."""
    whole = asdict(report)
    return {name: whole[name] for name in _AS_THEY_ARE} | {
        "schema": 1,
        "counts": {status.value: number for status, number in report.counts},
        "attention": [finding.check.id for finding in report.attention],
        "categories": [_category(category) for category in report.categories],
        "sbom": _sbom(report),
        "statements": [
            {"kind": item.kind, "about_this_image": item.about_this_image} | asdict(item.statement)
            for item in report.statements
        ],
    }


def _category(category: Category) -> dict[str, Any]:
    findings = [
        asdict(finding.check)
        | {"status": finding.status, "reason": finding.reason, "evidence": finding.evidence}
        for finding in category.findings
    ]
    return {"number": category.number, "title": category.title, "findings": findings}


def _sbom(report: Report) -> dict[str, Any] | None:
    """Only figures and the module: the packages are in the SBOM itself."""
    bom = report.bom
    if bom is None:
        return None
    return {
        "spec": bom.spec,
        "components": len(bom.components) + len(bom.modules),
        "files": bom.files,
        "unowned": len(bom.unowned),
        "modules": [asdict(module) for module in bom.modules],
    }
