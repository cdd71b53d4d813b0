"""Nothing is in the mirror whose bytes were not hashed, and nothing is used unhashed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from fips_images.build.mirror import Mirror
from fips_images.errors import BadInputError, DoesNotHoldError

_BYTES = b"the source"
_SHA = hashlib.sha256(_BYTES).hexdigest()


def _added(folder: Path, name: str = "a-1.0.tar.gz") -> tuple[Mirror, Path]:
    (folder / name).write_bytes(_BYTES)
    mirror = Mirror(folder / "mirror")
    return mirror, mirror.add(folder / name)


def test_added_file_is_found_by_its_hash(tmp_path: Path) -> None:
    """What was brought by hand is stored under its own SHA-256."""
    mirror, place = _added(tmp_path)
    assert place == tmp_path / "mirror/sha256" / _SHA / "a-1.0.tar.gz"
    assert mirror.find(_SHA, "a-1.0.tar.gz") == place
    assert list((tmp_path / "mirror/incoming").iterdir()) == []


def test_other_name_is_offered_under_the_wanted_one(tmp_path: Path) -> None:
    """Debian calls the file differently: the bytes count."""
    mirror, _ = _added(tmp_path, "a_1.0.orig.tar.gz")
    found = mirror.find(_SHA, "a-1.0.tar.gz")
    assert found
    assert found.name == "a-1.0.tar.gz"
    assert [item.name for item in found.parent.iterdir()] == ["a-1.0.tar.gz"]


def test_altered_file_is_not_used(tmp_path: Path) -> None:
    """A file that changed since it was stored is removed instead of used."""
    mirror, place = _added(tmp_path)
    place.write_bytes(b"the Source")
    assert mirror.find(_SHA, place.name) is None
    assert not place.exists()


def test_link_is_not_followed(tmp_path: Path) -> None:
    """A link in a carried mirror could point anywhere."""
    mirror, place = _added(tmp_path)
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    assert mirror.find(_SHA, place.name) is None


def test_wrong_bytes_are_kept_nowhere(tmp_path: Path) -> None:
    """A mismatch names both digests and leaves nothing behind."""
    mirror = Mirror(tmp_path)
    with mirror.incoming("a" * 64) as stream:
        stream.write(_BYTES)
        with pytest.raises(DoesNotHoldError, match=f"expected {'a' * 64}, got {_SHA}"):
            mirror.accept(stream, "a" * 64, "a.tar")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("sha256", "name"),
    [("../x", "a"), ("A" * 64, "a"), (_SHA, "../a"), (_SHA, ".a"), (_SHA, "a/b"), (_SHA, "")],
)
def test_hostile_names_are_refused(tmp_path: Path, sha256: str, name: str) -> None:
    """Digest and name come from a Dockerfile: they cannot leave the folder."""
    with pytest.raises(BadInputError):
        Mirror(tmp_path).place(sha256, name)


def test_several_sources_of_a_stage_share_a_folder(tmp_path: Path) -> None:
    """A stage with two downloads is replaced by one folder with both."""
    mirror, first = _added(tmp_path)
    (tmp_path / "b.tar").write_bytes(b"other")
    second = mirror.add(tmp_path / "b.tar")
    folder = mirror.together((first, second))
    assert sorted(path.name for path in folder.iterdir()) == ["a-1.0.tar.gz", "b.tar"]
    assert mirror.together((first, second)) == folder
    assert mirror.together((first,)) == first.parent
