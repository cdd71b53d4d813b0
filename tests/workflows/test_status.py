"""The final job: failed, cancelled, skipped without reason, or empty is a failure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.workflows.expressions import evaluate, interpolate
from tests.workflows.runner import ROOT, load_yaml, run_action

_ALL_WELL = {"plan": "success", "build": "success", "publish": "success", "recheck": "skipped"}


def _judge(folder: Path, results: dict[str, str], may_skip: str = "recheck", count: str = "3"):
    needs = {name: {"result": result, "outputs": {}} for name, result in results.items()}
    return run_action(
        "status", {"needs": json.dumps(needs), "may-skip": may_skip, "count": count}, folder, {}
    )


def test_a_run_in_which_everything_succeeded_holds(tmp_path: Path) -> None:
    assert _judge(tmp_path, _ALL_WELL).returncode == 0


@pytest.mark.parametrize("result", ["failure", "cancelled", "skipped"])
@pytest.mark.parametrize("job", ["plan", "build", "publish"])
def test_a_job_that_did_not_succeed_breaks_it(tmp_path: Path, job: str, result: str) -> None:
    ran = _judge(tmp_path, {**_ALL_WELL, job: result})
    assert ran.returncode == 1
    assert f"::{job}: {result}" in ran.log


@pytest.mark.parametrize("count", ["", "0", "-1", "$(id)"])
def test_a_run_that_found_no_image_breaks(tmp_path: Path, count: str) -> None:
    ran = _judge(tmp_path, _ALL_WELL, count=count)
    assert ran.returncode == 1
    assert "no image was found" in ran.log


def test_an_allowed_skip_does_not_excuse_a_failure(tmp_path: Path) -> None:
    assert _judge(tmp_path, {**_ALL_WELL, "recheck": "failure"}).returncode == 1


def test_a_run_of_nothing_but_skips_breaks(tmp_path: Path) -> None:
    assert _judge(tmp_path, {"plan": "skipped"}, may_skip="plan").returncode == 1
    assert _judge(tmp_path, {}, may_skip="").returncode == 1


def _contexts(event: str, *, ref: str = "main", count: str = "2", skip_build: bool = False):
    return {
        "github": {
            "event_name": event,
            "ref_name": ref,
            "event": {"repository": {"default_branch": "main"}},
        },
        "inputs": {"skip_build": skip_build} if event == "workflow_dispatch" else {},
        "needs": {"plan": {"outputs": {"count": count, "discovered": "5"}, "result": "success"},
                  "build": {"result": "success"}},
    }  # fmt: skip


_SCAN = load_yaml(ROOT / ".github" / "workflows" / "fips-security-scan.yml")["jobs"]


@pytest.mark.parametrize(
    ("contexts", "expected"),
    [
        (_contexts("push"), {"recheck"}),
        (_contexts("push", ref="topic"), {"publish", "recheck"}),
        (_contexts("schedule"), {"recheck"}),
        (_contexts("schedule", count="0"), {"recheck"}),  # nothing planned at night: a failure
        (_contexts("pull_request"), {"publish", "recheck"}),
        (_contexts("pull_request", count="0"), {"build", "publish", "recheck"}),
        (_contexts("workflow_dispatch"), {"recheck"}),
        (_contexts("workflow_dispatch", count="0"), {"recheck"}),
        (_contexts("workflow_dispatch", skip_build=True), {"build", "publish"}),
    ],
)
def test_a_skip_is_allowed_only_for_its_reason(contexts, expected) -> None:
    may_skip = _SCAN["status"]["steps"][-1]["with"]["may-skip"]
    assert set(interpolate(may_skip, contexts).split()) == expected


@pytest.mark.parametrize(
    ("contexts", "runs"),
    [
        (_contexts("push"), {"build", "publish"}),
        (_contexts("push", ref="topic"), {"build"}),
        (_contexts("pull_request"), {"build"}),
        (_contexts("pull_request", count="0"), set()),
        (_contexts("schedule"), {"build", "publish"}),
        (_contexts("workflow_dispatch", skip_build=True), {"recheck"}),
    ],
)
def test_which_jobs_run_on_which_event(contexts, runs) -> None:
    """A job that is skipped has the result `skipped`, on which `publish` looks."""
    always = {"cancelled": lambda: False}
    started = set()
    for name in ("build", "publish", "recheck"):
        needs = {
            **contexts["needs"],
            "build": {"result": "success" if "build" in started else "skipped"},
        }
        if evaluate(_SCAN[name]["if"], {**contexts, "needs": needs}, always):
            started.add(name)
    assert started == runs


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, ""),
        ({"dockerfile_filter": "openssl/3.5.7/*", "module": "x"}, "openssl/3.5.7/*"),
        ({"module": "3.5.7", "runtime": ""}, "openssl/3.5.7/*/*/*"),
        ({"module": "", "runtime": "python"}, "openssl/*/*/*/python*"),
    ],
)
def test_module_and_runtime_become_a_glob(inputs, expected) -> None:
    plan = next(step for step in _SCAN["plan"]["steps"] if step.get("id") == "plan")
    assert interpolate(plan["with"]["filter"], {"inputs": inputs}) == expected
