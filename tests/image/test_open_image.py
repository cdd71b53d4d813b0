"""What `open_image` shows of a well-made image, in each form it can have."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from fips_images.errors import BadInputError
from fips_images.image import Kind, open_image
from tests.image.archives import docker, layer, layout, member, write_archive, write_folder

_LOWER = layer(
    (member("usr/lib", tarfile.DIRTYPE, mode=0o755), b""),
    (member("lib", tarfile.SYMTYPE, linkname="usr/lib"), b""),
    (member("usr/lib/a.so", mode=0o755), b"old"),
    ("etc/secret", b"key"),
    ("opaque/one", b"1"),
    (member("usr/bin/su", mode=0o4755, uid=0), b"s"),
)
_UPPER = layer(
    ("lib/a.so", b"new content"),
    ("etc/.wh.secret", b""),
    ("opaque/.wh..wh..opq", b""),
    ("opaque/two", b"2"),
    (member("usr/bin/alias", tarfile.LNKTYPE, linkname="usr/bin/su"), b""),
    (member("up", tarfile.SYMTYPE, linkname="../../../etc"), b""),
)
_CONFIG = {"User": "65532:65532", "Env": ["A=b=c"], "Labels": {"x": "y"}}


def _folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "layout", layout([_LOWER, _UPPER], _CONFIG))


def _archive(tmp_path: Path) -> Path:
    return write_archive(tmp_path / "image.tar", layout([_LOWER, _UPPER], _CONFIG, compress=False))


def _gzip_archive(tmp_path: Path) -> Path:
    return write_archive(tmp_path / "image.tar", layout([_LOWER, _UPPER], _CONFIG))


def _docker(tmp_path: Path) -> Path:
    return write_archive(tmp_path / "docker.tar", docker([_LOWER, _UPPER], _CONFIG))


@pytest.mark.parametrize("make", [_folder, _archive, _gzip_archive, _docker])
def test_layers_are_laid_over_each_other(make, tmp_path: Path) -> None:
    with open_image(make(tmp_path)) as image:
        assert image.read("/usr/lib/a.so", 100) == b"new content"
        assert image.get("/etc/secret") is None
        assert [entry.path for entry in image.children("/opaque")] == ["/opaque/two"]
        assert {entry.path for entry in image.deleted} == {
            "/usr/lib/a.so", "/etc/secret", "/opaque/one",
        }  # fmt: skip
        gone = next(entry for entry in image.deleted if entry.path == "/etc/secret")
        assert image.read(gone, 10) == b"key"
        assert image.config.user == "65532:65532"
        assert image.config.numeric_user == 65532
        assert image.config.environment == {"A": "b=c"}
        assert image.digest.startswith("sha256:")


def test_links_stay_inside_the_root(tmp_path: Path) -> None:
    with open_image(_archive(tmp_path)) as image:
        up = image.resolve("/up")
        assert up is not None and up.path == "/etc"
        assert image.get("/up").kind is Kind.SYMLINK
        assert image.resolve("/lib/a.so").path == "/usr/lib/a.so"


def test_a_hard_link_is_its_file(tmp_path: Path) -> None:
    with open_image(_archive(tmp_path)) as image:
        alias = image.get("/usr/bin/alias")
        assert alias.set_id and image.read(alias, 10) == b"s"


def test_a_root_folder_is_an_image_without_configuration(tmp_path: Path) -> None:
    write_folder(tmp_path / "root", {"etc/a": b"1", "b": b"22"})
    (tmp_path / "root/link").symlink_to("/etc/a")
    with open_image(tmp_path / "root") as image:
        assert image.read("/link", 10) == b"1"
        assert [entry.path for entry in image.files()] == ["/b", "/etc/a"]
        assert image.digest == ""


def test_a_reference_without_an_engine_is_a_clear_error() -> None:
    with pytest.raises(BadInputError, match="no container engine") as caught:
        open_image("no/such:image")
    assert caught.value.hint


def test_the_manifest_of_the_platform_is_chosen(tmp_path: Path) -> None:
    one, two = layout([layer(("a", b"1"))]), layout([layer(("a", b"2"))])
    index = json.loads(one["index.json"])
    index["manifests"][0]["platform"] = {"os": "linux", "architecture": "amd64"}
    other = json.loads(two["index.json"])["manifests"][0]
    other["platform"] = {"os": "linux", "architecture": "arm64"}
    statement = {**other, "annotations": {"vnd.docker.reference.type": "attestation-manifest"}}
    index["manifests"] += [other, statement]
    both = write_folder(tmp_path, {**one, **two, "index.json": json.dumps(index).encode()})
    with open_image(both, platform="linux/arm64") as image:
        assert image.read("/a", 1) == b"2"
