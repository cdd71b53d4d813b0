"""A small stand-in for GitHub's runner: it runs the bash steps of a composite action.

Inputs and outputs are evaluated as the runner does, `run:` blocks go to a real bash with the
runner's files around them, and `uses:` steps are answered by stand-ins the test hands over.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.workflows.expressions import condition, interpolate

ROOT = Path(__file__).parents[2]

StandIn = Callable[[Mapping[str, str]], Mapping[str, str]]


def load_yaml(path: Path) -> dict[str, Any]:
    """Read a workflow or an action; YAML 1.1 turns the key `on` into True, which is undone."""
    content = yaml.safe_load(path.read_text("utf-8"))
    if True in content:
        content["on"] = content.pop(True)
    assert isinstance(content, dict)
    return content


def parse_file_command(text: str) -> dict[str, str]:
    """Read GITHUB_OUTPUT as the runner does: `name=value` lines and delimited blocks."""
    values: dict[str, str] = {}
    lines = text.split("\n")
    assert lines.pop() == "", "the file does not end with a newline"
    while lines:
        line = lines.pop(0)
        name, separator, rest = re.match(r"([^=<]*)(=|<<|)(.*)", line, re.DOTALL).groups()  # type: ignore[union-attr]
        if separator == "=":
            values[name] = rest
            continue
        assert separator == "<<", f"Invalid format {line!r}"
        taken = []
        while lines and lines[0] != rest:
            taken.append(lines.pop(0))
        assert lines.pop(0) == rest, "Matching delimiter not found"
        values[name] = "\n".join(taken)
    return values


@dataclass
class Ran:
    """What a run of an action left behind."""

    returncode: int = 0
    log: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    uses: list[tuple[str, dict[str, str]]] = field(default_factory=list)


def run_action(
    name: str,
    inputs: Mapping[str, str],
    folder: Path,
    stand_ins: Mapping[str, StandIn],
    github: Mapping[str, Any] | None = None,
) -> Ran:
    """Run `actions/<name>` in `folder`, which becomes the workspace and holds the runner's files.

    `stand_ins` answers `uses:` by its part before the `@` with the outputs of that step.
    """
    action = load_yaml(ROOT / "actions" / name / "action.yml")
    contexts: dict[str, Any] = {
        "runner": {"temp": str(folder / "temp"), "os": "Linux", "arch": "X64"},
        "github": github or {},
        "steps": {},
    }
    (folder / "temp").mkdir(exist_ok=True)
    declared = action.get("inputs", {})
    assert set(inputs) <= set(declared), "an input that the action does not have"
    contexts["inputs"] = {
        key: inputs.get(key, interpolate(str(about.get("default", "")), contexts))
        for key, about in declared.items()
    }
    ran = Ran()
    for number, step in enumerate(action["runs"]["steps"]):
        if ran.returncode or not condition(step.get("if", "true"), contexts):
            continue
        outputs = _step(step, number, name, folder, contexts, stand_ins, ran)
        if "id" in step:
            contexts["steps"][step["id"]] = {"outputs": outputs}
    ran.outputs = {
        key: interpolate(about["value"], contexts)
        for key, about in action.get("outputs", {}).items()
    }
    return ran


def _step(
    step: Mapping[str, Any],
    number: int,
    action: str,
    folder: Path,
    contexts: Mapping[str, Any],
    stand_ins: Mapping[str, StandIn],
    ran: Ran,
) -> dict[str, str]:
    if "uses" in step:
        values = {k: interpolate(str(v), contexts) for k, v in step.get("with", {}).items()}
        target = step["uses"].partition("@")[0]
        ran.uses.append((target, values))
        return dict(stand_ins[target](values))
    assert step["shell"] == "bash"
    output, summary = folder / f"temp/output-{number}", folder / f"temp/summary-{number}"
    output.touch(), summary.touch()
    script = folder / f"temp/step-{number}.sh"
    script.write_text(interpolate(step["run"], contexts), "utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTION_PATH": str(ROOT / "actions" / action),
        "GITHUB_OUTPUT": str(output),
        "GITHUB_STEP_SUMMARY": str(summary),
        "RUNNER_TEMP": str(folder / "temp"),
        **{k: interpolate(str(v), contexts) for k, v in step.get("env", {}).items()},
    }
    # The options of the runner for `shell: bash` (docs.github.com, "jobs.<id>.steps[*].shell").
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        check=False,
    )
    ran.returncode = done.returncode
    ran.log += done.stdout.decode("utf-8", "replace")
    ran.summary += summary.read_text("utf-8")
    return parse_file_command(output.read_bytes().decode()) if output.stat().st_size else {}
