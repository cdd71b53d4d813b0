"""Reading syft's answer, and the errors of a syft that is missing or odd."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fips_images.errors import BadInputError, EnvironmentFailureError
from fips_images.tools import syft
from tests.describe import samples


def test_everything_of_the_image_is_read() -> None:
    found = syft.parse(samples.encoded())
    assert (found.digest, found.platform) == (samples.DIGEST, "linux/amd64")
    assert (found.os_id, found.os_version) == ("debian", "13")
    assert found.labels["io.github.fips-container-images.module.certificate"] == "4985"
    assert [package.name for package in found.packages] == ["libc6", "libssl3t64", "python"]
    assert found.packages[1].files == ("/usr/lib/x86_64-linux-gnu/libssl.so.3",)
    assert "/tmp" not in {file.path for file in found.files}, "directories are not files"


def test_who_needs_whom_keeps_its_direction() -> None:
    """syft says `parent dependency-of child`: the child needs the parent."""
    assert syft.parse(samples.encoded()).dependencies == ((samples.LIBSSL, samples.LIBC),)


def test_a_package_found_twice_is_one_package() -> None:
    twice = [
        samples.deb("a", "pkg:deb/debian/a@1", "MIT", "MIT") | {"id": "one"},
        samples.deb("a", "pkg:deb/debian/a@1", "ISC", "ISC") | {"id": "two"},
    ]
    (package,) = syft.parse(samples.encoded(artifacts=twice)).packages
    assert [entry.spdx for entry in package.licenses] == ["ISC", "MIT"]


@pytest.mark.parametrize(
    "answer", [b"", b"[]", b"{}", b'{"source": {"metadata": {"config": "?"}}}', b"\xff"]
)
def test_an_odd_answer_is_one_clear_error(answer: bytes) -> None:
    with pytest.raises(BadInputError, match="syft's answer"):
        syft.parse(answer)


def test_a_missing_syft_is_named_with_the_way_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "image.tar").touch()
    with pytest.raises(EnvironmentFailureError, match="syft is not installed") as caught:
        syft.list_packages(tmp_path / "image.tar")
    assert "pip install" in caught.value.hint


def test_a_missing_archive_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no such archive"):
        syft.list_packages(tmp_path / "none.tar")
