"""The house rules of workflows and actions that no linter knows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.workflows.runner import ROOT, load_yaml
from tests.workflows.test_static import ACTIONS, WORKFLOWS

_PINNED = re.compile(
    r"uses: (?P<action>[\w.-]+/[\w./-]+)@(?P<commit>[0-9a-f]{40}) # (?P<tag>v[\d.]+)$"
)
_MAIN = ROOT / ".github" / "workflows" / "fips-security-scan.yml"


def _jobs() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path in WORKFLOWS:
        for name, job in load_yaml(path)["jobs"].items():
            yield f"{path.name}:{name}", job


def _step_lists() -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    for name, job in _jobs():
        if "steps" in job:
            yield name, job["steps"]
    for path in ACTIONS:
        yield f"actions/{path.parent.name}", load_yaml(path)["runs"]["steps"]


@pytest.mark.parametrize(
    "path", [*WORKFLOWS, *ACTIONS], ids=lambda path: str(path.relative_to(ROOT))
)
def test_every_foreign_action_is_pinned_by_commit_with_its_version(path: Path) -> None:
    for line in path.read_text("utf-8").splitlines():
        if "uses:" in line and not line.lstrip().startswith("#"):
            text = line.strip().removeprefix("- ")
            assert text.startswith("uses: $/") or _PINNED.fullmatch(text), line


def test_one_action_has_one_commit_everywhere() -> None:
    seen: dict[str, set[str]] = {}
    for path in (*WORKFLOWS, *ACTIONS):
        for hit in re.finditer(
            r"uses: ([\w.-]+/[\w.-]+)[\w./-]*@(\S+ # \S+)", path.read_text("utf-8")
        ):
            seen.setdefault(hit[1], set()).add(hit[2])
    assert {name: pins for name, pins in seen.items() if len(pins) > 1} == {}


def test_the_documentation_says_where_each_pin_was_seen() -> None:
    documented = (ROOT / "docs" / "github-actions.md").read_text("utf-8")
    for path in (*WORKFLOWS, *ACTIONS):
        for hit in re.finditer(r"uses: [\w./-]+@([0-9a-f]{40})", path.read_text("utf-8")):
            assert hit[1] in documented, f"{path.name}: {hit[0]}"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_permissions_are_none_unless_a_job_asks(path: Path) -> None:
    assert load_yaml(path)["permissions"] == {}


@pytest.mark.parametrize(("name", "job"), list(_jobs()), ids=lambda value: str(value)[:50])
def test_jobs_say_their_permissions_and_their_time_limit(name: str, job: Mapping[str, Any]) -> None:
    assert "permissions" in job
    if "uses" not in job:  # a calling job may not have a time limit
        assert job["timeout-minutes"] <= 90
        assert "ubuntu-24.04" in job["runs-on"]


@pytest.mark.parametrize(("name", "steps"), list(_step_lists()), ids=lambda value: str(value)[:50])
def test_no_expression_reaches_a_shell(name: str, steps: list[Mapping[str, Any]]) -> None:
    for step in steps:
        assert "${{" not in step.get("run", ""), step["name"]
        assert "continue-on-error" not in step
        assert step["name"][0].isupper()


@pytest.mark.parametrize(("name", "job"), list(_jobs()), ids=lambda value: str(value)[:50])
def test_every_job_starts_with_the_watch_on_outbound_traffic(
    name: str, job: Mapping[str, Any]
) -> None:
    if "steps" in job:
        assert job["steps"][0]["uses"].startswith("step-security/harden-runner@")


def test_no_job_on_images_can_take_an_identity() -> None:
    for name, job in _jobs():
        if not name.startswith("scorecard.yml"):  # publishes its own score, touches no image
            assert "id-token" not in job["permissions"], name


def test_the_signing_key_and_the_built_repository_never_meet() -> None:
    for path in WORKFLOWS:
        for name, job in load_yaml(path)["jobs"].items():
            if "secrets." in str(job) and "steps" in job:
                assert f"{path.name}:{name}" == "publish.yml:image"
                assert not any("checkout" in step.get("uses", "") for step in job["steps"])


def test_no_workflow_runs_in_the_target_of_a_pull_request() -> None:
    for path in WORKFLOWS:
        assert "pull_request_target" not in load_yaml(path)["on"]


def test_artifacts_of_a_matrix_are_named_by_the_leg() -> None:
    """The predecessor built 57 images under one name."""
    for name, job in _jobs():
        for step in job.get("steps", []):
            if "upload-artifact" in step.get("uses", "") and "strategy" in job:
                assert "${{ matrix.slug }}" in step["with"]["name"], name
                assert step["with"]["if-no-files-found"] == "error"


def test_the_nightly_run_avoids_the_full_hour() -> None:
    for path in WORKFLOWS:
        for entry in (
            load_yaml(path)["on"].get("schedule", [])
            if isinstance(load_yaml(path)["on"], dict)
            else []
        ):
            minute = entry["cron"].split()[0]
            assert minute.isdecimal() and int(minute) % 2 == 1
            assert entry["timezone"] == "Etc/UTC"


def test_the_main_workflow_has_the_documented_inputs() -> None:
    triggers = load_yaml(_MAIN)["on"]
    assert set(triggers) == {"push", "pull_request", "schedule", "workflow_dispatch"}
    assert set(triggers["workflow_dispatch"]["inputs"]) == {
        "dockerfile_filter", "skip_build", "module", "runtime", "as_of",
    }  # fmt: skip


@pytest.mark.parametrize("path", ACTIONS, ids=lambda path: path.parent.name)
def test_actions_document_their_inputs_and_stay_thin(path: Path) -> None:
    action = load_yaml(path)
    for about in (*action.get("inputs", {}).values(), *action.get("outputs", {}).values()):
        assert about["description"]
    assert len([step for step in action["runs"]["steps"] if "run" in step]) <= 2
