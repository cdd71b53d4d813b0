"""Bases and sources are read from the Dockerfile as BuildKit would take them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from fips_images.build.inputs import read_inputs
from fips_images.build.locate import locate
from fips_images.errors import BadInputError

_SLUG = "python3.13-openssl3.5.7-debian13"


def _write(folder: Path, text: str) -> Path:
    path = folder / "fips-dockerfile"
    path.write_text(text)
    return path


def test_download_without_checksum_is_refused(tmp_path: Path) -> None:
    """Every download has a checksum; the error names file and line."""
    path = _write(tmp_path, "FROM scratch\nADD https://x.invalid/a /a\n")
    with pytest.raises(BadInputError, match=r"fips-dockerfile:2"):
        read_inputs(tmp_path, PurePosixPath(path.name))


@pytest.mark.parametrize("text", ["FORM scratch\nFRO", "RUN <<E\nno end"])
def test_not_a_dockerfile(tmp_path: Path, text: str) -> None:
    """A file that BuildKit's parser refuses, or that has no stage, is one error."""
    with pytest.raises(BadInputError, match="fips-dockerfile"):
        read_inputs(tmp_path, PurePosixPath(_write(tmp_path, text).name))


def test_absent_dockerfile(tmp_path: Path) -> None:
    """So is one that is not there."""
    with pytest.raises(BadInputError, match="absent"):
        read_inputs(tmp_path, PurePosixPath("absent"))


@pytest.mark.parametrize(
    "name", ["{id}", "{id}/", "{id}/fips-dockerfile", "{root}/{id}", "{slug}", "*python*"]
)
def test_an_image_has_several_names(tmp_path: Path, name: str) -> None:
    """Folder, Dockerfile, relative or absolute: they all mean the same image."""
    image = "openssl/3.5.7/debian/13/python/3.13"
    (tmp_path / image).mkdir(parents=True)
    _write(tmp_path / image, "FROM scratch\n")
    [spec] = locate([name.format(id=image, root=tmp_path, slug=_SLUG)], tmp_path)
    assert spec.id == image
    assert spec.slug == _SLUG


@pytest.mark.parametrize(
    "name", ["openssl/3.5.7", "openssl/1/debian/13/base", "../x", "/etc", "openssl/1/../../x/y"]
)
def test_unknown_images(tmp_path: Path, name: str) -> None:
    """A name that is no image is bad input with a next step."""
    (tmp_path / "openssl/3.5.7/debian/13/base").mkdir(parents=True)
    _write(tmp_path / "openssl/3.5.7/debian/13/base", "FROM scratch\n")
    with pytest.raises(BadInputError) as caught:
        locate([name], tmp_path)
    assert caught.value.hint
