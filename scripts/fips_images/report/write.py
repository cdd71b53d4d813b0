"""Writes the report of an evidence folder beside the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import RenderableType

from fips_images.files import write_json, write_text
from fips_images.report.evidence import read_evidence
from fips_images.report.html import render_html
from fips_images.report.jsonform import to_json
from fips_images.report.terminal import summary_of
from fips_images.report.view import Report, make_report


def load_report(folder: Path) -> Report:
    """Read an evidence folder (`evidence/sha256-<hex>`) and put it into words.

    Raises:
        BadInputError: no such folder, or a file in it cannot be read.
    """
    return make_report(read_evidence(folder))


def write_report(folder: Path) -> Path:
    """Write report.json and report.html into the evidence folder; return the page's path."""
    report = load_report(folder)
    write_json(folder / "report.json", to_json(report))
    page = folder / "report.html"
    write_text(page, render_html(report))
    return page


def summary_table(folders: Sequence[Path]) -> RenderableType:
    """Return the table with which `fipsctl run` ends: one row per evidence folder."""
    return summary_of([load_report(folder) for folder in folders])
