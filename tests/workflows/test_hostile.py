"""A hostile pull request meets the real command line: one clear error, nothing executed."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.workflows.runner import ROOT, Ran, run_action
from tests.workflows.test_actions import HOSTILE

_IMAGE = "openssl/3.5.7/debian/13/python/3.13"
_DOCKERFILE = "FROM docker.io/library/debian:13 AS os\nRUN true\n"


def _fipsctl(folder: Path) -> str:
    program = folder / "real-fipsctl"
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH="{ROOT}/scripts" exec "{sys.executable}" -P -m fips_images "$@"\n'
    )
    program.chmod(0o755)
    return str(program)


def _tree(folder: Path, *names: str) -> None:
    for name in (_IMAGE, *names):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "fips-dockerfile").write_text(_DOCKERFILE)
    shutil.copy(ROOT / "openssl" / "catalog.yaml", folder / "openssl" / "catalog.yaml")


def _run(name: str, inputs: dict[str, str], folder: Path) -> Ran:
    fipsctl = _fipsctl(folder)
    return run_action(
        name,
        inputs,
        folder,
        {"$/actions/setup": lambda _: {"fipsctl": fipsctl, "root": str(folder)}},
    )


def _one_clear_error(ran: Ran, folder: Path) -> None:
    assert ran.returncode == 2, ran.log
    assert ran.log.count("rror: ") == 1, ran.log
    assert "Traceback" not in ran.log
    assert not (folder / "pwned").exists()
    for line in ran.log.splitlines():
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


def test_a_good_tree_sets_count_and_shards(tmp_path: Path) -> None:
    _tree(tmp_path)
    assert _run("discover", {}, tmp_path).outputs == {"count": "1"}
    outputs = _run("plan", {}, tmp_path).outputs
    assert outputs["count"] == "1"
    (shard,) = json.loads(outputs["shards"])["include"]
    assert [row["id"] for row in json.loads(shard["images"])["include"]] == [_IMAGE]


@pytest.mark.parametrize("verb", ["discover", "plan"])
def test_a_tree_without_images_is_an_error(verb: str, tmp_path: Path) -> None:
    """Zero images found must never pass."""
    _tree(tmp_path)
    (tmp_path / _IMAGE / "fips-dockerfile").unlink()
    _one_clear_error(_run(verb, {}, tmp_path), tmp_path)


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize(
    ("verb", "name"),
    [("discover", "filter"), ("plan", "filter"), ("plan", "changed-since"), ("build", "image"),
     ("bom", "image"), ("report", "image"),
     ("sign", "image"), ("publish", "image")],
)  # fmt: skip
def test_hostile_inputs_are_one_clear_error(
    verb: str, name: str, value: str, tmp_path: Path
) -> None:
    _tree(tmp_path)
    more = {"sign": {"key": _key()}, "publish": {"registry": "127.0.0.1:9/x"}}.get(verb, {})
    _one_clear_error(_run(verb, {name: value} | more, tmp_path), tmp_path)


def _key() -> str:
    """A throw-away key in the form that `sign --key` takes."""
    key = ec.generate_private_key(ec.SECP256R1())
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    return key.private_bytes(*form, serialization.NoEncryption()).decode()


@pytest.mark.parametrize(
    "name",
    [
        "openssl/3.5.7/debian/13/$(touch pwned)/1",
        "openssl/3.5.7/debian/13/`touch pwned`/1",
        "openssl/3.5.7/debian/13/a\ntouch pwned/1",
        "openssl/3.5.7/debian/13/python/::set-output name=count::0",
        "openssl/3.5.7/debian/13/a\n::error::forged/1",
        "openssl/3.5.7/debian/13/" + "x" * 200 + "/1",
        "openssl/3.5.7/debian/13/--help/1",
    ],
    ids=lambda value: repr(value)[24:50],
)
@pytest.mark.parametrize("verb", ["discover", "plan"])
def test_hostile_folders_are_one_clear_error(verb: str, name: str, tmp_path: Path) -> None:
    _tree(tmp_path, name)
    _one_clear_error(_run(verb, {}, tmp_path), tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        "FROM $(touch pwned)\n",
        "FROM `touch pwned`\n",
        "::error::forged\n",
        "FROM debian:12\n",
        "",
        "\x00\x01\x02",
    ],
    ids=repr,
)
def test_hostile_dockerfiles_are_one_clear_error(content: str, tmp_path: Path) -> None:
    _tree(tmp_path)
    (tmp_path / _IMAGE / "fips-dockerfile").write_text(content)
    _one_clear_error(_run("plan", {}, tmp_path), tmp_path)
