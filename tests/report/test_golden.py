"""What is rendered, byte by byte. Rewrite after looking: `UPDATE_GOLDENS=1 pytest tests/report`."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from rich.console import Console

from fips_images.report.evidence import read_evidence
from fips_images.report.html import render_html
from fips_images.report.jsonform import to_json
from fips_images.report.markdown import render_markdown
from fips_images.report.terminal import render_terminal, summary_of
from fips_images.report.view import Report, make_report
from tests.report import samples

GOLDENS = Path(__file__).parent / "goldens"
CASES: dict[str, Callable[[], dict[str, Any]]] = {
    "good": samples.good,
    "bad": samples.bad,
    "nothing": dict,
}


def terminal(report: Report) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=90, highlight=False, color_system=None)
    console.print(render_terminal(report))
    console.print(summary_of([report]))
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def as_json(report: Report) -> str:
    value = json.loads(json.dumps(to_json(report)))
    schema = files("fips_images.report").joinpath("schemas/report.schema.json").read_text("utf-8")
    jsonschema.Draft202012Validator(json.loads(schema)).validate(value)
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


RENDERERS: dict[str, Callable[[Report], str]] = {
    "html": render_html,
    "txt": terminal,
    "json": as_json,
    "md": render_markdown,
}


@pytest.mark.parametrize("kind", RENDERERS)
@pytest.mark.parametrize("case", CASES)
def test_golden(case: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fips_images.describe.inputs.__version__", "0.1.0")
    report = make_report(read_evidence(samples.write(tmp_path, CASES[case]())))
    rendered = RENDERERS[kind](report)
    golden = GOLDENS / f"{case}.{kind}"
    if os.environ.get("UPDATE_GOLDENS") == "1":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(rendered, "utf-8")
    assert rendered == golden.read_text("utf-8"), "look at it, then set UPDATE_GOLDENS=1"
