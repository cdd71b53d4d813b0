"""What the verbs of this room print as JSON is what their schemas say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

import fips_images.build
from fips_images.build.base import ResolvedBase
from fips_images.cli import base, build, mirror
from fips_images.model.image import BuiltImage

_DIGEST = "sha256:" + "d" * 64
_IMAGE = "openssl/1.2.3/debian/13/base"


def _check(name: str, output: str) -> Any:
    schema = Path(fips_images.build.__path__[0]) / f"schemas/{name}.schema.json"
    value = json.loads(output)
    jsonschema.validate(value, json.loads(schema.read_text()))
    return value


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree of one image."""
    (tmp_path / _IMAGE).mkdir(parents=True)
    (tmp_path / _IMAGE / "fips-dockerfile").write_text("FROM scratch\n")
    (tmp_path / "openssl/catalog.yaml").write_text("")
    return tmp_path


def test_mirror(root: Path) -> None:
    """A file that was brought by hand, and an image without sources."""
    (root / "a.tar").write_bytes(b"a")
    words = [_IMAGE, "--add", str(root / "a.tar"), "--root", str(root), "--format", "json"]
    result = CliRunner().invoke(mirror.command, words, catch_exceptions=False)
    [row] = _check("mirror", result.output)
    assert (row["file"], row["origin"]) == ("a.tar", "added")


def test_build(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One row per image."""
    image = BuiltImage("a", _IMAGE, _DIGEST, "/a.tar", "linux/amd64", _DIGEST)
    monkeypatch.setattr(build, "select_engine", lambda name: None)
    monkeypatch.setattr(build, "build_images", lambda *_: (image,))
    words = [_IMAGE, "--root", str(root), "--format", "json"]
    result = CliRunner().invoke(build.command, words, catch_exceptions=False)
    [row] = _check("built", result.output)
    assert row["digest"] == _DIGEST


def test_base(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name, digest and origin of the base that was made."""
    made = ResolvedBase("fips-base/debian:13", "fips-base/debian:13", _DIGEST, "made-locally")
    monkeypatch.setattr(base, "select_engine", lambda name: None)
    monkeypatch.setattr(base, "make_debian", lambda *_: made)
    words = ["make", "debian/13", "--format", "json"]
    result = CliRunner().invoke(base.command, words, catch_exceptions=False)
    assert _check("base", result.output)["reference"] == "fips-base/debian:13"
