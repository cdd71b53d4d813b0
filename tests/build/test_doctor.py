"""The doctor's table and its verdict."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

import fips_images.build
from fips_images.build import doctor
from fips_images.build.doctor import Diagnosis, can_run
from fips_images.cli.doctor import command
from fips_images.engine.select import EngineState

_NEEDED = Diagnosis("python", "x", True, True, "3", "")
_DOCKER = Diagnosis("docker", "x", False, True, "26", "")
_PODMAN = Diagnosis("podman", "x", False, False, "not installed", "apt")


@pytest.mark.parametrize(
    ("rows", "ready"),
    [
        ((_NEEDED, _DOCKER, _PODMAN), True),
        ((_NEEDED, replace(_DOCKER, present=False), replace(_PODMAN, present=True)), True),
        ((_NEEDED, replace(_DOCKER, present=False), _PODMAN), False),
        ((replace(_NEEDED, present=False), _DOCKER), False),
        ((), False),
    ],
)
def test_one_engine_and_everything_needed(rows: tuple[Diagnosis, ...], ready: bool) -> None:
    """One engine is enough; none, or a missing need, is not."""
    assert can_run(rows) is ready


@pytest.mark.parametrize("version", ["26.1", ""])
def test_exit_code_and_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """Exit code 3 without an engine, and JSON as documented, with a remedy for what is missing."""
    (tmp_path / "openssl").mkdir()
    (tmp_path / "openssl/catalog.yaml").write_text("")
    monkeypatch.setattr(doctor, "examine", lambda name: EngineState(name, version, "not there"))
    monkeypatch.setattr(doctor, "_ask", lambda argv: "version 1.2.3")
    arguments = ["--root", str(tmp_path), "--format", "json"]
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    answer = json.loads(result.output)
    schema = Path(fips_images.build.__path__[0]) / "schemas/doctor.schema.json"
    jsonschema.validate(answer, json.loads(schema.read_text()))
    docker = next(row for row in answer["rows"] if row["name"] == "docker")
    assert docker["present"] is bool(version)
    assert bool(docker["remedy"]) is not bool(version)
    if not version:
        assert (answer["ready"], result.return_value) == (False, 3)
