"""Archives made to do harm: one clear error each, bounded work, nothing written elsewhere."""

from __future__ import annotations

import gzip
import json
import tarfile
import time
from pathlib import Path

import pytest

from fips_images.errors import BadInputError
from fips_images.image import Kind, Limits, open_image
from tests.image.archives import layer, layout, member, sha256, write_archive, write_folder


def _refused(tmp_path: Path, content: bytes, match: str, limits: Limits | None = None) -> None:
    archive = write_archive(tmp_path / "image.tar", layout([content]))
    with pytest.raises(BadInputError, match=match) as caught:
        open_image(archive, limits=limits or Limits())
    assert caught.value.where


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/../../b", "/../x"])
def test_a_name_outside_the_root(tmp_path: Path, name: str) -> None:
    _refused(tmp_path, layer((name, b"x")), "outside the root")


def test_a_whiteout_outside_the_root(tmp_path: Path) -> None:
    _refused(tmp_path, layer(("a/.wh...", b"")), "names nothing")


def test_a_hard_link_outside_the_root(tmp_path: Path) -> None:
    link = member("a", tarfile.LNKTYPE, linkname="../../etc/passwd")
    _refused(tmp_path, layer((link, b"")), "outside the root")


def test_an_absolute_name_lands_inside_the_root(tmp_path: Path) -> None:
    archive = write_archive(tmp_path / "image.tar", layout([layer(("/etc/x", b"1"))]))
    with open_image(archive) as image:
        assert image.read("/etc/x", 1) == b"1"


def test_a_file_behind_a_link_lands_inside_the_root(tmp_path: Path) -> None:
    link = member("out", tarfile.SYMTYPE, linkname="../../../tmp")
    archive = write_archive(
        tmp_path / "image.tar", layout([layer((link, b""), ("out/planted", b"x"))])
    )
    with open_image(archive) as image:
        assert image.read("/tmp/planted", 1) == b"x"


def test_links_in_a_circle(tmp_path: Path) -> None:
    circle = layer(
        (member("a", tarfile.SYMTYPE, linkname="b"), b""),
        (member("b", tarfile.SYMTYPE, linkname="a"), b""),
        ("a/x", b""),
    )
    _refused(tmp_path, circle, "circle")


def test_a_device_is_known_and_not_read(tmp_path: Path) -> None:
    device = member("dev/mem", tarfile.CHRTYPE, devmajor=1, devminor=1)
    archive = write_archive(tmp_path / "image.tar", layout([layer((device, b""))]))
    with open_image(archive) as image:
        assert image.get("/dev/mem").kind is Kind.DEVICE
        with pytest.raises(BadInputError, match="is a device"):
            image.read("/dev/mem", 10)


def test_zeros_without_end(tmp_path: Path) -> None:
    zeros = layer(("z", bytes(32 << 20)))
    _refused(tmp_path, zeros, "more than 200 times", Limits(expansion_from=1 << 20))


def test_a_header_without_end(tmp_path: Path) -> None:
    long = member("a", pax_headers={"comment": "x" * 50_000})
    _refused(tmp_path, layer((long, b"")), "header", Limits(header=20_000))


def test_too_many_files(tmp_path: Path) -> None:
    many = layer(*((f"f{number}", b"") for number in range(200)))
    _refused(tmp_path, many, "more than 100 files", Limits(entries=100))


def test_many_files_take_seconds(tmp_path: Path) -> None:
    many = layer(*((f"d{number % 100}/f{number}", b"") for number in range(30_000)))
    archive = write_archive(tmp_path / "image.tar", layout([many], compress=False))
    start = time.monotonic()
    with open_image(archive) as image:
        assert len(image.entries) > 30_000
    assert time.monotonic() - start < 60


def test_whiteouts_of_a_deep_tree_do_not_recurse(tmp_path: Path) -> None:
    deep = layer(("/".join("d" * 1500), b"x"))
    archive = write_archive(tmp_path / "image.tar", layout([deep, layer((".wh.d", b""))]))
    with open_image(archive) as image:
        assert not list(image.files())


@pytest.mark.parametrize("keep", [10, 600, 2000])
def test_a_truncated_archive(tmp_path: Path, keep: int) -> None:
    whole = write_archive(tmp_path / "image.tar", layout([layer(("a", b"1" * 4000))])).read_bytes()
    (tmp_path / "cut.tar").write_bytes(whole[:keep])
    with pytest.raises(BadInputError):
        open_image(tmp_path / "cut.tar")


def test_a_damaged_member_is_not_the_end(tmp_path: Path) -> None:
    good = layer(("a", b"1"), ("b", b"2"))
    damaged = good[:1024] + b"\xff" * 512 + good[1536:]
    _refused(tmp_path, damaged, "damaged")


def test_a_truncated_gzip_layer(tmp_path: Path) -> None:
    plain = layer(("a", b"1" * 4000))
    files = layout([plain])
    packed = gzip.compress(plain, 1, mtime=0)
    changed = _with_layer(files, packed, packed[: len(packed) // 2])
    with pytest.raises(BadInputError, match="middle of its compressed data"):
        open_image(write_folder(tmp_path / "l", changed))


def test_a_changed_layer(tmp_path: Path) -> None:
    files = layout([layer(("a", b"1"))], compress=False)
    name = next(key for key, value in files.items() if b"ustar" in value)
    files[name] = files[name][:512] + b"2" + files[name][513:]
    with pytest.raises(BadInputError, match="digest says"):
        open_image(write_folder(tmp_path / "l", files))


def test_a_zstd_layer_is_named(tmp_path: Path) -> None:
    files = layout([layer(("a", b"1"))])
    packed = gzip.compress(layer(("a", b"1")), 1, mtime=0)
    with pytest.raises(BadInputError, match="zstd") as caught:
        open_image(write_folder(tmp_path / "l", _with_layer(files, packed, b"\x28\xb5\x2f\xfd...")))
    assert "compression=gzip" in caught.value.hint


@pytest.mark.parametrize(
    "index",
    [b"", b"[]", b"{}", b'{"manifests": 3}', b'{"manifests": [{"digest": "sha256:../../x"}]}',
     b'{"manifests": []}', b"[" * 100_000],
)  # fmt: skip
def test_an_odd_index(tmp_path: Path, index: bytes) -> None:
    with pytest.raises(BadInputError):
        open_image(write_folder(tmp_path / "l", {"index.json": index}))


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    with pytest.raises(BadInputError):
        open_image(write_archive(tmp_path / "i.tar", layout([layer(("../x", b""))])))
    with open_image(write_archive(tmp_path / "i.tar", layout([layer(("x", b""))]))):
        pass
    assert not list(scratch.iterdir())


def _with_layer(files: dict[str, bytes], old: bytes, new: bytes) -> dict[str, bytes]:
    """Replace a layer and make the digests above it fit again, but not the diff_id."""
    del files[f"blobs/sha256/{sha256(old)[7:]}"]
    files[f"blobs/sha256/{sha256(new)[7:]}"] = new
    manifest_digest = json.loads(files["index.json"])["manifests"][0]["digest"]
    manifest = files.pop(f"blobs/sha256/{manifest_digest[7:]}")
    manifest = manifest.replace(sha256(old).encode(), sha256(new).encode())
    files[f"blobs/sha256/{sha256(manifest)[7:]}"] = manifest
    files["index.json"] = files["index.json"].replace(
        manifest_digest.encode(), sha256(manifest).encode()
    )
    return files
