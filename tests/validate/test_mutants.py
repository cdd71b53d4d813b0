"""Each planted defect is caught by the check that is meant to catch it; a good image has none."""

from __future__ import annotations

import inspect

import pytest

from fips_images.model.finding import Finding, Status
from fips_images.validate.checks import CATEGORIES, CHECKS
from tests.validate.mutants import MUTANTS, Mutant
from tests.validate.world import good

#: checks that never fail, and why; each other one has a mutant that turns it red
CANNOT_FAIL = {
    "FIPS-09-01": "cannot be observed",
    "FIPS-10-01": "having no certificate is a fact to know, claiming one wrongly is FIPS-10-02",
    "FIPS-11-01": "slow is not wrong",
    "FIPS-13-03": "images of others have no labels of ours",
    "FIPS-14-02": "nothing is matched yet",
}


def _findings(world: object) -> dict[str, Finding]:
    facts = world.facts()  # type: ignore[attr-defined]
    return {it.info.id: it.find(facts) for it in CHECKS}


def test_the_good_image_has_no_failing_check() -> None:
    findings = _findings(good()).values()
    bad = [
        f"{it.check.id}: {it.reason}" for it in findings if it.status in (Status.FAIL, Status.WARN)
    ]
    assert not bad
    assert sum(it.status is Status.PASS for it in findings) >= 60


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda it: it.name.replace(" ", "-"))
def test_the_mutant_is_caught(mutant: Mutant) -> None:
    before = _findings(good())[mutant.check].status
    world = good()
    mutant.change(world)
    after = _findings(world)[mutant.check]
    assert before is not mutant.status
    assert after.status is mutant.status, after.reason
    assert after.reason


def test_every_check_that_can_fail_has_a_mutant() -> None:
    caught = {it.check for it in MUTANTS if it.status is Status.FAIL}
    without = {it.info.id for it in CHECKS} - caught
    assert without == set(CANNOT_FAIL)
    for check in CHECKS:
        if check.info.id in CANNOT_FAIL:
            assert "failed(" not in inspect.getsource(check.judge), check.info.id


def test_mutants_are_many_and_have_names_of_their_own() -> None:
    assert len(MUTANTS) >= 45
    assert len({it.name for it in MUTANTS}) == len(MUTANTS)


def test_each_category_has_checks_with_everything_declared() -> None:
    assert {it.info.category for it in CHECKS} == set(CATEGORIES) == set(range(1, 16))
    ids = [it.info.id for it in CHECKS]
    assert len(ids) == len(set(ids))
    for check in CHECKS:
        info = check.info
        assert info.title and info.source and info.remedy
        assert info.id.startswith(f"FIPS-{info.category:02}-")


def test_without_an_engine_nothing_dynamic_passes() -> None:
    """What needs a running container is not-run, and breaks the verdict."""
    world = good()
    for session in world.sessions.values():
        session.update(ran=False, reason="no engine", commands={}, python={}, process={})
    findings = _findings(world)
    for number in ("01-06", "02-02", "03-01", "04-03", "05-01", "05-04", "06-01", "07-03", "12-04"):
        assert findings[f"FIPS-{number}"].status is Status.NOT_RUN


def test_an_empty_image_passes_nothing_that_is_about_fips() -> None:
    world = good()
    world.files, world.links = {}, {}
    for session in world.sessions.values():
        session.update(ran=False, reason="no shell", commands={}, python={}, process={})
    passes = [it.check.id for it in _findings(world).values() if it.status is Status.PASS]
    assert not [it for it in passes if int(it[5:7]) <= 7], passes
