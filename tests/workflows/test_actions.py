"""Each composite action makes one call with the right words, whatever the inputs hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.workflows.runner import Ran, load_yaml, run_action
from tests.workflows.test_static import ACTIONS

_CALLING = ("discover", "plan", "build", "validate", "bom", "sign", "publish", "verify", "report")

HOSTILE = (
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned;",
    "a\ntouch pwned\n",
    '"; touch pwned; "',
    "${IFS}&touch${IFS}pwned",
    "::set-output name=count::0",
    "::error::forged",
    "-rf",
    "--help",
    "x" * 300,
    "${{ github.token }}",
)


def _fipsctl(folder: Path) -> str:
    """A stand-in that notes its words, one JSON array per call, and prints them."""
    program = folder / "fipsctl"
    program.write_text(
        "#!/usr/bin/env python3\nimport json, sys\n"
        f"open({str(folder / 'calls')!r}, 'a').write(json.dumps(sys.argv[1:]) + '\\n')\n",
        "utf-8",
    )
    program.chmod(0o755)
    return str(program)


def _run(name: str, inputs: dict[str, str], folder: Path) -> tuple[Ran, list[list[str]]]:
    fipsctl = _fipsctl(folder)
    stand_ins = {"$/actions/setup": lambda _: {"fipsctl": fipsctl, "root": "/toolkit"}}
    (folder / "bin").mkdir()
    for program in ("docker", "sudo"):
        (folder / "bin" / program).write_text("#!/bin/sh\nexit 1\n")
        (folder / "bin" / program).chmod(0o755)
    ran = run_action(name, inputs, folder, stand_ins)
    calls = folder / "calls"
    return ran, [
        json.loads(line) for line in calls.read_text().splitlines()
    ] if calls.exists() else []


def _given(name: str, value: str) -> dict[str, str]:
    """Set every free-text input to the value; files and folders stay where they are."""
    action = load_yaml(next(path for path in ACTIONS if path.parent.name == name))
    kept = {"root", "work", "output", "report", "username", "password", "public-key"}
    given = {key: value for key in action["inputs"] if key not in kept}
    return given | ({"key": "PEM"} if "key" in given else {})


@pytest.mark.parametrize("name", _CALLING)
def test_it_makes_one_call_of_its_verb(name: str, tmp_path: Path) -> None:
    ran, calls = _run(name, _given(name, "value"), tmp_path)
    assert ran.returncode == 0, ran.log
    assert [call[0] for call in calls] == [name]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize("name", _CALLING)
def test_hostile_inputs_arrive_as_one_word_and_execute_nothing(
    name: str, value: str, tmp_path: Path
) -> None:
    ran, calls = _run(name, _given(name, value), tmp_path)
    assert not (tmp_path / "pwned").exists()
    assert len(calls) == 1, ran.log
    options = {word.partition("=")[2] for word in calls[0] if word.startswith("--")}
    assert value in {*calls[0], *options}
    if "image" in _given(name, value):
        assert calls[0][-2:] == ["--", value], "an image's name must not be taken for an option"


@pytest.mark.parametrize("name", ["plan", "discover", "validate", "verify"])
def test_empty_inputs_are_not_passed_on(name: str, tmp_path: Path) -> None:
    inputs = dict.fromkeys(_given(name, ""), "") | (
        {"image": "x"} if "image" in _given(name, "") else {}
    )
    _, calls = _run(name, inputs, tmp_path)
    assert not any(word.endswith("=") or word == "" for word in calls[0]), calls


@pytest.mark.parametrize("name", _CALLING)
def test_a_verb_that_fails_fails_the_step(name: str, tmp_path: Path) -> None:
    failing = tmp_path / "fipsctl"
    failing.write_text("#!/bin/sh\nexit 1\n")
    failing.chmod(0o755)
    stand_ins = {"$/actions/setup": lambda _: {"fipsctl": str(failing), "root": "/toolkit"}}
    assert run_action(name, _given(name, "x"), tmp_path, stand_ins).returncode == 1


def test_nothing_is_signed_without_a_key(tmp_path: Path) -> None:
    """A key made for one job would prove nothing to anybody."""
    ran, calls = _run("sign", {"image": "x", "key": ""}, tmp_path)
    assert ran.returncode != 0
    assert "FIPS_SIGNING_KEY" in ran.log
    assert calls == []


def test_keys_arrive_as_private_files_and_do_not_stay(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    program = tmp_path / "fipsctl"
    program.write_text(
        '#!/bin/sh\nwhile [ "$1" != --key ]; do shift; done\n'
        f'stat -c %a "$2" > {seen}; cat "$2" >> {seen}; echo "$2" >> {seen}; env >> {seen}\n'
    )
    program.chmod(0o755)
    stand_ins = {"$/actions/setup": lambda _: {"fipsctl": str(program), "root": "/toolkit"}}
    ran = run_action("sign", {"image": "x", "key": "first\nsecond"}, tmp_path, stand_ins)
    assert ran.returncode == 0, ran.log
    mode, first, second, path, *environment = seen.read_text().splitlines()
    assert (mode, first, second) == ("600", "first", "second")
    assert not Path(path).exists()
    assert not any(line.startswith("INPUT_KEY") for line in environment)
