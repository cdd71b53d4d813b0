"""Bases and sources are read from the Dockerfile as BuildKit would take them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fips_images.build.inputs import read_inputs
from fips_images.build.locate import locate
from fips_images.errors import BadInputError
from fips_images.model.dockerfile import RemoteSource

_SHA = "a" * 64


def _write(folder: Path, text: str) -> Path:
    path = folder / "fips-dockerfile"
    path.write_text(text)
    return path


def test_bases_and_sources(tmp_path: Path) -> None:
    """Arguments are expanded; stages and scratch are no base images."""
    path = _write(
        tmp_path,
        "ARG OS=13\n"
        "FROM scratch AS source\n"
        "ARG V=1.0\n"
        f"ADD --checksum=sha256:{_SHA} https://x.invalid/a-${{V}}.tar /a-$V.tar\n"
        f"ADD --checksum=sha256:{_SHA} https://x.invalid/b.tar /\n"
        "FROM docker.io/library/debian:${OS} AS os\n"
        "RUN <<E\ncat x\nE\n"
        "FROM os\n"
        "COPY --from=source /a-1.0.tar /\n"
        "COPY --from=other.invalid/tool:1 /t /\n"
        "RUN --mount=type=bind,from=third.invalid/x:2,target=/x true\n",
    )
    inputs = read_inputs(path)
    assert inputs.bases == (
        "docker.io/library/debian:13",
        "other.invalid/tool:1",
        "third.invalid/x:2",
    )
    assert inputs.sources == (
        RemoteSource("source", "https://x.invalid/a-1.0.tar", _SHA, "a-1.0.tar"),
        RemoteSource("source", "https://x.invalid/b.tar", _SHA, "b.tar"),
    )


def test_download_without_checksum_is_refused(tmp_path: Path) -> None:
    """Every download has a checksum; the error names file and line."""
    path = _write(tmp_path, "FROM scratch\nADD https://x.invalid/a /a\n")
    with pytest.raises(BadInputError, match=r"fips-dockerfile:2"):
        read_inputs(path)


@pytest.mark.parametrize("text", ["FORM scratch\nFRO", "RUN <<E\nno end"])
def test_not_a_dockerfile(tmp_path: Path, text: str) -> None:
    """A file that BuildKit's parser refuses, or that has no stage, is one error."""
    with pytest.raises(BadInputError, match="fips-dockerfile"):
        read_inputs(_write(tmp_path, text))


def test_absent_dockerfile(tmp_path: Path) -> None:
    """So is one that is not there."""
    with pytest.raises(BadInputError, match="absent"):
        read_inputs(tmp_path / "absent")


@pytest.mark.parametrize("name", ["{id}", "{id}/", "{id}/fips-dockerfile", "{root}/{id}"])
def test_an_image_has_several_names(tmp_path: Path, name: str) -> None:
    """Folder, Dockerfile, relative or absolute: they all mean the same image."""
    image = "openssl/3.5.7/debian/13/python/3.13"
    (tmp_path / image).mkdir(parents=True)
    _write(tmp_path / image, "FROM scratch\n")
    spec = locate(name.format(id=image, root=tmp_path), tmp_path)
    assert spec.id == image
    assert spec.slug == "python3.13-openssl3.5.7-debian13"


@pytest.mark.parametrize(
    "name", ["openssl/3.5.7", "openssl/1/debian/13/base", "../x", "/etc", "openssl/1/../../x/y"]
)
def test_unknown_images(tmp_path: Path, name: str) -> None:
    """A name that is no image is bad input with a next step."""
    with pytest.raises(BadInputError) as caught:
        locate(name, tmp_path)
    assert caught.value.hint
