"""The verdict and the claims: what was not run is said, and never counts as passed."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from fips_images.errors import BadInputError
from fips_images.report.evidence import read_evidence
from fips_images.report.view import Report, Verdict, make_report
from fips_images.report.write import summary_table, write_report
from tests.report import samples

OTHER = "sha256:" + "e" * 64


def report(tmp_path: Path, files: dict[str, Any]) -> Report:
    return make_report(read_evidence(samples.write(tmp_path, files)))


def steps(shown: Report) -> dict[str, str]:
    return {step.title: step.status for step in shown.steps}


def test_a_good_image_holds(tmp_path: Path) -> None:
    shown = report(tmp_path, samples.good())
    assert shown.verdict is Verdict.HOLDS
    assert set(steps(shown).values()) == {"done"}
    assert any("AB:CD:EF" in sentence for sentence in shown.claims.may)


def test_a_failure_comes_first_with_its_reason(tmp_path: Path) -> None:
    shown = report(tmp_path, samples.bad())
    assert shown.verdict is Verdict.DOES_NOT_HOLD
    assert shown.reasons[0].startswith("default_properties is fips=yes: No default_properties")
    assert [finding.status.value for finding in shown.attention] == ["fail", "not-run", "warn"]
    assert not shown.claims.may


def test_nothing_at_all_is_not_run_everywhere(tmp_path: Path) -> None:
    shown = report(tmp_path, {})
    assert shown.verdict is Verdict.NOT_RUN
    assert set(steps(shown).values()) == {"not-run"}
    assert len(shown.steps) == 6, "a step that was not run is shown, not left out"
    assert not shown.claims.may


def test_an_empty_validation_never_holds(tmp_path: Path) -> None:
    shown = report(tmp_path, {"validation.json": samples.validation()})
    assert shown.verdict is Verdict.DOES_NOT_HOLD
    assert "No check passed" in " ".join(shown.reasons)
    assert len(shown.categories) == 15


@pytest.mark.parametrize(
    ("file", "change", "step"),
    [
        ("validation.json", {"digest": OTHER}, "Validate"),
        ("build.json", {"digest": OTHER}, "Build"),
        ("publish.json", {"digest": OTHER}, "Publish"),
        ("verify.json", {"digest": OTHER}, "Verify"),
        ("verify.json", {"holds": False, "failures": [{"reason": "no signature"}]}, "Verify"),
        ("bundles/sign.sigstore.json", samples.bundle("x", OTHER), "Sign"),
    ],
)
def test_evidence_about_another_image_overrules_the_verdict(
    tmp_path: Path, file: str, change: dict[str, Any], step: str
) -> None:
    files = samples.good()
    files[file] = files[file] | change
    shown = report(tmp_path, files)
    assert shown.verdict is Verdict.DOES_NOT_HOLD
    assert steps(shown)[step] == "failed"
    assert not shown.claims.may


def test_an_sbom_of_another_image_overrules_too(tmp_path: Path) -> None:
    files = samples.good()
    files["sbom.cdx.json"]["metadata"]["component"]["version"] = OTHER
    assert report(tmp_path, files).verdict is Verdict.DOES_NOT_HOLD


def test_without_a_certificate_nothing_is_said_of_validation(tmp_path: Path) -> None:
    files = samples.good()
    text = "Anything about FIPS 140 validation"
    assert not any(it.startswith(text) for it in report(tmp_path / "a", files).claims.may_not)
    for item in files["sbom.cdx.json"]["components"]:
        item["properties"] = [
            it for it in item.get("properties", ()) if not it["name"].endswith("certificate")
        ]
    shown = report(tmp_path / "b", files)
    assert any(it.startswith(text) for it in shown.claims.may_not)
    assert not any("certificate #" in it for it in shown.claims.may)


def test_a_name_that_a_shell_would_read_otherwise_becomes_no_command(tmp_path: Path) -> None:
    files = samples.good()
    files["build.json"]["image_id"] = "a; rm -rf /"
    files["publish.json"]["repository"] = "$(reboot)"
    assert report(tmp_path, files).commands == ()


def test_the_build_record_of_the_image_folder_is_found(tmp_path: Path) -> None:
    folder = samples.write(tmp_path / "evidence", {"validation.json": samples.validation()})
    record = tmp_path / "images" / "x" / "build.json"
    samples.write_json(record, samples.build())
    assert make_report(read_evidence(folder)).title == samples.NAME


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"findings": [{"status": "great"}]}'])
def test_a_broken_file_is_one_clear_error(tmp_path: Path, content: str) -> None:
    folder = samples.write(tmp_path, {})
    (folder / "validation.json").write_text(content)
    with pytest.raises(BadInputError) as caught:
        read_evidence(folder)
    assert "validation.json" in caught.value.where


def test_report_is_written_beside_the_evidence(tmp_path: Path) -> None:
    folder = samples.write(tmp_path, samples.good())
    page = write_report(folder)
    first = page.read_bytes(), (folder / "report.json").read_bytes()
    assert write_report(folder) == page == folder / "report.html"
    assert first == (page.read_bytes(), (folder / "report.json").read_bytes())
    console = Console(file=io.StringIO(), width=100)
    console.print(summary_table([folder, folder]))
    assert console.file.getvalue().count(samples.DIGEST) == 2  # type: ignore[attr-defined]
