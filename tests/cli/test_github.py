"""Outputs and summaries reach GitHub's runner as data, whatever they contain."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fips_images.cli import github
from fips_images.errors import BadInputError, EnvironmentFailureError
from tests.workflows.runner import parse_file_command

HOSTILE = (
    "$(touch pwned)",
    "`touch pwned`",
    "first\nsecond=injected",
    "a\r\nb",
    "x\nend_0\nother<<end_0\nvalue\nend_0",
    "::set-output name=count::0",
    "%0A::error::x",
    "",
    "n" * 300,
    "\N{RIGHT-TO-LEFT OVERRIDE}txt",
)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_arrives_whole_and_sets_nothing_else(tmp_path: Path, value: str) -> None:
    target = tmp_path / "output"
    github.set_outputs(target, {"matrix": value, "count": "1"})
    assert parse_file_command(target.read_bytes().decode()) == {"matrix": value, "count": "1"}


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",))))
def test_any_text_survives_the_way(value: str) -> None:
    assert parse_file_command(github._assignment("value", value)) == {"value": value}


@pytest.mark.parametrize("name", ["", "a b", "a\nb", "a=b", "a<<b", "1a"])
def test_a_name_must_be_an_identifier(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInputError, match="not a name"):
        github.set_outputs(tmp_path / "output", {name: "x"})


def test_outputs_above_the_limit_of_a_job_are_refused_not_truncated(tmp_path: Path) -> None:
    """GitHub counts UTF-16: half a MiB of ASCII fills the limit."""
    with pytest.raises(BadInputError, match="per job"):
        github.set_outputs(tmp_path / "output", {"matrix": "x" * (512 * 1024 + 1)})
    assert not (tmp_path / "output").exists()


def test_a_summary_is_cut_at_the_limit_and_says_so(tmp_path: Path) -> None:
    target = tmp_path / "summary"
    github.add_summary(target, "# One\n")
    github.add_summary(target, "ä" * github.SUMMARY_LIMIT_BYTES)
    text = target.read_text("utf-8")
    assert text.startswith("# One\n")
    assert text.endswith("The artifact has everything._\n")
    assert target.stat().st_size <= github.SUMMARY_LIMIT_BYTES


def test_without_a_file_nothing_happens() -> None:
    github.set_outputs(None, {"a": "b"})
    github.add_summary(None, "x")


def test_a_file_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailureError, match="cannot write"):
        github.set_outputs(tmp_path / "missing" / "output", {"a": "b"})


@pytest.mark.parametrize("text", ["::error::forged", "a\n  ::set-output name=a::b", "x ##[error]y"])
def test_what_a_stranger_wrote_is_no_command_to_the_runner(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    assert github.harmless(text) == text, "only GitHub's log is concerned"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert "::" not in github.harmless(text)
    assert "##[" not in github.harmless(text)
