"""Validations as JSON, JUnit, SARIF, Markdown and on the terminal; waivers; the verdict."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from rich.console import Console

from fips_images.errors import BadInputError
from fips_images.evidence.validation import from_json, to_json
from fips_images.model.finding import Status, Validation
from fips_images.validate.checks import CHECKS
from fips_images.validate.options import Options
from fips_images.validate.render import FORMATS
from fips_images.validate.render.terminal import print_validation
from fips_images.validate.run import judge, select
from fips_images.validate.waivers import Waiver, read_waivers
from tests.validate.world import CONFIG, World, good

_DAY = date(2026, 11, 20)


def _validation(world: World | None = None, **options: object) -> Validation:
    asked = Options(as_of=_DAY, **options)  # type: ignore[arg-type]
    findings = judge((world or good()).facts(), select(asked), asked)
    return Validation("my:image", "sha256:" + "a" * 64, asked.profile, str(_DAY), findings, 1.5)


def _bad() -> World:
    world = good()
    world.edit(CONFIG, "fips=yes", "fips=no | <b>@me</b> \x1b[31m")
    world.config["User"] = "0"
    return world


def test_json_comes_back_as_it_went() -> None:
    validation = _validation(_bad())
    document = json.loads(FORMATS["json"](validation))
    assert from_json(document) == validation
    assert document["holds"] is False
    assert document["counts"]["fail"] >= 2


def test_a_verdict_that_does_not_follow_is_refused() -> None:
    document = to_json(_validation(_bad()))
    with pytest.raises(BadInputError, match="does not follow"):
        from_json({**document, "holds": True})


@pytest.mark.parametrize("change", [{"extra": 1}, {"findings": [{}]}, {"profile": "lax"}])
def test_documents_of_another_form_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadInputError, match="not a validation"):
        from_json({**to_json(_validation()), **change})


def test_junit_counts_what_breaks_the_verdict() -> None:
    root = Xml.fromstring(FORMATS["junit"](_validation(_bad())))
    cases = root.findall("./testsuite/testcase")
    assert len(cases) == len(CHECKS)
    failures = {it.get("classname") for it in cases if it.find("failure") is not None}
    assert {"FIPS-01-04", "FIPS-12-01"} <= failures
    assert sum(int(it.get("failures") or 0) for it in root) == len(failures)


def test_sarif_names_rules_and_results() -> None:
    run = json.loads(FORMATS["sarif"](_validation(_bad())))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert len(rules) == len(CHECKS)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert any(it["ruleId"] == "FIPS-01-04" and it["level"] == "error" for it in run["results"])


def test_markdown_does_not_carry_markup_of_the_image() -> None:
    text = FORMATS["markdown"](_validation(_bad()))
    assert "does not hold" in text
    assert "<b>" not in text and "\x1b" not in text and "\\@me" in text


def test_the_terminal_shows_reasons_first_and_is_quiet_on_success() -> None:
    assert _terminal(_validation()).count("\n") <= 4
    text = _terminal(_validation(_bad()))
    assert text.splitlines()[0].startswith("DOES NOT HOLD")
    assert "FIPS-01-04" in "\n".join(text.splitlines()[:8])
    assert "\x1b[31m" not in text


def _terminal(validation: Validation) -> str:
    out = io.StringIO()
    print_validation(Console(file=out, width=200), validation)
    return out.getvalue()


def test_strict_does_not_hold_with_anything_not_run() -> None:
    assert _validation().holds
    strict = _validation(profile="strict")
    assert not strict.with_status(Status.FAIL)
    assert strict.unanswered and not strict.holds


def test_an_empty_selection_is_an_error() -> None:
    with pytest.raises(BadInputError, match="no check is left"):
        select(Options(as_of=_DAY, categories=frozenset({1}), checks=frozenset({"FIPS-02-01"})))
    with pytest.raises(BadInputError, match="there is no check"):
        select(Options(as_of=_DAY, checks=frozenset({"FIPS-99-99"})))


def test_a_waiver_holds_until_its_day() -> None:
    world = good()
    world.config["User"] = "0"
    waiver = Waiver("FIPS-12-01", "jane", "migration", date(2026, 11, 20))
    waived = _validation(world, waivers=(waiver,))
    assert [it.check.id for it in waived.with_status(Status.WAIVED)] == ["FIPS-12-01"]
    assert waived.holds
    late = _validation(world, waivers=(replace(waiver, expires=date(2026, 11, 19)),))
    assert not late.holds
    assert "expired" in late.with_status(Status.FAIL)[0].reason


_GOOD = "{check: FIPS-12-01, owner: jane, reason: why, expires: 2027-01-31}"


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("waivers: [{check: FIPS-12-01, owner: j, reason: r}]", "expires"),
        ("waivers: [{check: FIPS-99-01, owner: j, reason: r, expires: 2027-01-31}]", "no check"),
        ("waivers: [{check: FIPS-12-01, owner: '', reason: r, expires: 2027-01-31}]", "owner"),
        (
            "waivers: [{check: FIPS-12-01, owner: j, reason: r, expires: 2027-01-31, x: 1}]",
            "unknown",
        ),
        (f"waivers: [{_GOOD}]\nother: 1", "one key"),
        ("- a", "one key"),
        ("waivers: {", "cannot read"),
    ],
)
def test_a_waiver_file_with_a_mistake(tmp_path: Path, text: str, match: str) -> None:
    path = tmp_path / "w.yaml"
    path.write_text(text)
    with pytest.raises(BadInputError, match=match) as caught:
        read_waivers(path, frozenset({"FIPS-12-01"}))
    assert caught.value.hint and caught.value.where


def test_a_waiver_file(tmp_path: Path) -> None:
    path = tmp_path / "w.yaml"
    path.write_text(f"waivers: [{_GOOD}]")
    assert read_waivers(path, frozenset({"FIPS-12-01"}))[0].expires == date(2027, 1, 31)
