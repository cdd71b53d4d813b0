"""An archive's digest is its manifest's, blobs are hashed, and hostile archives are one error."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from fips_images.engine.archive import read_archive, verify_archive, write_classic, write_single
from fips_images.errors import BadInputError, DoesNotHoldError
from tests.engine.archives import INDEX, MANIFEST, Layout


def test_digest_is_that_of_the_manifest(tmp_path: Path) -> None:
    """The image's digest is read from index.json and its blobs hold."""
    layout = Layout()
    image = layout.image()
    archive = layout.write(tmp_path / "a.tar", image)
    assert read_archive(archive).digest == image["digest"] == verify_archive(archive)


def test_altered_blob_is_found(tmp_path: Path) -> None:
    """One other byte in a layer breaks the archive."""
    layout = Layout()
    image = layout.image("layer")
    name = next(n for n, content in layout.files.items() if content == b"layer")
    layout.files[name] = b"lAyer"
    with pytest.raises(DoesNotHoldError, match="altered"):
        verify_archive(layout.write(tmp_path / "a.tar", image))


def test_missing_blob_is_found(tmp_path: Path) -> None:
    """A layer that is not there breaks the archive."""
    layout = Layout()
    image = layout.image("layer")
    del layout.files[next(n for n, content in layout.files.items() if content == b"layer")]
    with pytest.raises(DoesNotHoldError, match="missing"):
        verify_archive(layout.write(tmp_path / "a.tar", image))


def test_index_is_followed_to_the_platform(tmp_path: Path) -> None:
    """Of several platforms the wanted one is taken, and its digest survives the copy."""
    layout = Layout()
    amd, arm = layout.image("x"), layout.image("y", "linux/arm64")
    source = layout.write(tmp_path / "a.tar", layout.index(amd, arm))
    assert write_single(source, tmp_path / "b.tar", "linux/arm64") == arm["digest"]
    assert verify_archive(tmp_path / "b.tar") == arm["digest"]
    with tarfile.open(tmp_path / "b.tar") as tar:
        assert len(tar.getnames()) == 5  # oci-layout, index.json, manifest, config, layer


def test_classic_archive_names_config_and_layers(tmp_path: Path) -> None:
    """Engines without the containerd store find what they load by."""
    layout = Layout()
    source = layout.write(tmp_path / "a.tar", layout.image())
    write_classic(source, tmp_path / "c.tar", "x:y")
    with tarfile.open(tmp_path / "c.tar") as tar:
        assert tar.getnames()[0] == "manifest.json"


@pytest.mark.parametrize(
    "case", ["empty", "two", "none", "escape", "words", "loop", "not-tar", "absent"]
)
def test_anything_else_is_bad_input(tmp_path: Path, case: str) -> None:
    """Archives are hostile: every wrong form ends in one error that names the file."""
    path, layout = tmp_path / "a.tar", Layout()
    if case == "empty":
        with tarfile.open(path, "w"):
            pass
    elif case == "two":
        layout.write(path, layout.image("a"), layout.image("b"))
    elif case == "none":
        layout.write(path)
    elif case == "escape":
        layout.write(path, {"mediaType": MANIFEST, "digest": "sha256:../../etc/passwd", "size": 1})
    elif case == "words":
        layout.write(path, "manifest")  # type: ignore[arg-type]
    elif case == "loop":
        digest = "sha256:" + "a" * 64
        loop = {"mediaType": INDEX, "digest": digest, "size": 1}
        layout.files["blobs/sha256/" + "a" * 64] = json.dumps({"manifests": [loop]}).encode()
        layout.write(path, loop)
    elif case == "not-tar":
        path.write_bytes(b"\0" * 100)
    with pytest.raises(BadInputError, match=r"a\.tar"):
        read_archive(path)


def test_truncated_archive_is_one_error_wherever_it_ends(tmp_path: Path) -> None:
    """A copy that broke off never ends in a traceback, and never verifies."""
    layout = Layout()
    content = layout.write(tmp_path / "a.tar", layout.image("x" * 5000)).read_bytes()
    short = tmp_path / "short.tar"
    end = len(content.rstrip(b"\0"))
    for length in range(0, end, 97):
        short.write_bytes(content[:length])
        with pytest.raises((BadInputError, DoesNotHoldError)):
            verify_archive(short)
