"""Workflows, actions, shell scripts and Dockerfiles are clean under the field's own tools."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.workflows.runner import ROOT, load_yaml

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONS = sorted((ROOT / "actions").glob("*/action.yml"))
SCRIPTS = sorted(
    path for top in ("actions", "tests", "examples") for path in (ROOT / top).rglob("*.sh")
)
DOCKERFILES = sorted((ROOT / "openssl").rglob("fips-dockerfile"))


def _tool(name: str, *arguments: str | Path) -> None:
    """Run a tool of this environment; it must be there and find nothing."""
    program = Path(sys.executable).parent / name
    assert program.exists(), f"{name} is not installed: run `make test`"
    done = subprocess.run(
        [program, *arguments], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, f"{name}:\n{done.stdout}\n{done.stderr}"


def test_there_is_something_to_check() -> None:
    assert len(WORKFLOWS) >= 4
    assert len(ACTIONS) >= 10


def test_zizmor_pedantic_finds_nothing() -> None:
    _tool("zizmor", "--offline", "--no-progress", "--persona", "pedantic", ".github", "actions")


def test_workflows_follow_githubs_schema() -> None:
    _tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)


def test_actions_follow_githubs_schema() -> None:
    _tool("check-jsonschema", "--builtin-schema", "vendor.github-actions", *ACTIONS)


def test_dependabot_follows_its_schema() -> None:
    _tool(
        "check-jsonschema", "--builtin-schema", "vendor.dependabot", ROOT / ".github/dependabot.yml"
    )


def test_shell_scripts_are_clean() -> None:
    assert SCRIPTS
    _tool("shellcheck", "--enable=all", "--exclude=SC2250", *SCRIPTS)


def _run_blocks() -> list[tuple[str, str]]:
    """Return every `run:` of every action and workflow, with a name for the report."""
    found = []
    for path in (*ACTIONS, *WORKFLOWS):
        content = load_yaml(path)
        jobs = content.get("jobs", {"": content.get("runs", {})})
        for job_name, job in jobs.items():
            for step in job.get("steps", []):
                if "run" in step:
                    found.append((f"{path.parent.name}/{job_name}/{step['name']}", step["run"]))
    return found


def test_run_blocks_are_clean_bash(tmp_path: Path) -> None:
    for name, script in _run_blocks():
        (tmp_path / f"{name.replace('/', '.')}.sh").write_text(script, "utf-8")
    _tool("shellcheck", "--shell=bash", "--severity=style", *sorted(tmp_path.iterdir()))


def _for_hadolint(text: str) -> str:
    """Add the empty line that hadolint 2.15 wants after the end of a here-document."""
    lines: list[str] = []
    end = ""
    for line in text.splitlines():
        lines.append(line)
        if end and line == end:
            lines.append("")
            end = ""
        elif not end and (hit := re.match(r"(?:RUN|COPY)\b.*<<'(\w+)'", line)):
            end = hit[1]
    return "\n".join(lines) + "\n"


def test_rendered_dockerfiles_are_clean(tmp_path: Path) -> None:
    for path in DOCKERFILES:
        name = str(path.relative_to(ROOT).parent).replace("/", "-")
        (tmp_path / name).write_text(_for_hadolint(path.read_text("utf-8")), "utf-8")
    if DOCKERFILES:
        _tool("hadolint", "--config", ROOT / ".hadolint.yaml", *sorted(tmp_path.iterdir()))
