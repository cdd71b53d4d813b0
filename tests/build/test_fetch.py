"""Sources are fetched once, resumed, and refused when their bytes are others."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from fips_images.build import apt
from fips_images.build.fetch import fetch
from fips_images.build.mirror import Mirror
from fips_images.errors import DoesNotHoldError, EnvironmentFailureError
from fips_images.model.dockerfile import RemoteSource
from fips_images.model.progress import Silent
from tests.build.server import serving

_BYTES = bytes(range(256)) * 4096
_SHA = hashlib.sha256(_BYTES).hexdigest()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def _source(url: str) -> RemoteSource:
    return RemoteSource("src", url, _SHA, "file.tar")


def test_fetched_once_then_taken_from_the_mirror(tmp_path: Path) -> None:
    """The second time nobody is asked."""
    mirror = Mirror(tmp_path)
    with serving(_BYTES) as site:
        first = fetch(_source(site.url), mirror, Silent())
        second = fetch(_source(site.url), mirror, Silent())
        assert site.asked == [""]
    assert first.path.read_bytes() == _BYTES
    assert (first.origin, second.origin) == (site.url, "mirror")


@pytest.mark.parametrize("ranges", [True, False])
def test_broken_download_goes_on(tmp_path: Path, ranges: bool) -> None:
    """What arrived before the line broke is used again, where the server can do that."""
    mirror = Mirror(tmp_path)
    with serving(_BYTES) as site:
        site.break_after, site.ranges = 300_000, ranges
        with pytest.raises(EnvironmentFailureError):
            fetch(_source(site.url), mirror, Silent())
        assert fetch(_source(site.url), mirror, Silent()).path.read_bytes() == _BYTES
        assert site.asked[-1].startswith("bytes=")


def test_bad_beginning_is_fetched_afresh(tmp_path: Path) -> None:
    """An unfinished file with wrong bytes does not block the source for ever."""
    mirror = Mirror(tmp_path)
    with mirror.incoming(_SHA) as stream:
        stream.write(b"wrong")
    with serving(_BYTES) as site:
        assert fetch(_source(site.url), mirror, Silent()).path.read_bytes() == _BYTES
        assert site.asked == ["bytes=5-", ""]


def test_other_bytes_are_refused(tmp_path: Path) -> None:
    """The error names what was expected and what came; nothing is kept."""
    with serving(b"other") as site, pytest.raises(DoesNotHoldError) as caught:
        fetch(_source(site.url), Mirror(tmp_path), Silent())
    assert _SHA in str(caught.value)
    assert hashlib.sha256(b"other").hexdigest() in str(caught.value)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_unreachable_source_says_how_to_bring_it(tmp_path: Path) -> None:
    """The error has the file, its SHA-256 and the command that takes it in by hand."""
    with pytest.raises(EnvironmentFailureError) as caught:
        fetch(_source("http://127.0.0.1:9/file.tar"), Mirror(tmp_path), Silent())
    assert _SHA in str(caught.value)
    assert "fipsctl mirror --add file.tar" in caught.value.hint


def test_source_packages_of_publishers_files() -> None:
    """Debian's source packages carry the upstream tarballs under other names."""
    assert apt.source_package("https://x/openssl-3.5.7.tar.gz") == "openssl"
    assert apt.source_package("https://x/3.13.5/Python-3.13.5.tar.xz") == "python3.13"
    assert apt.source_package("https://x/node-v22.tar.xz") is None


def test_source_versions_and_addresses_by_hash() -> None:
    """Among several versions the one with the same bytes is taken."""
    records = (
        f"Package: a\nVersion: 1-1\nChecksums-Sha256:\n {'b' * 64} 1 a_1.orig.tar.gz\n\n"
        f"Package: a\nVersion: 2-1\nChecksums-Sha256:\n {'c' * 64} 1 a_2.orig.tar.gz\n\n"
    )
    assert apt.versions_with(records, "c" * 64) == ("2-1",)
    listing = (
        f"'http://mirror.invalid/a_2.dsc' a_2.dsc 1 SHA256:{'d' * 64}\n"
        f"'http://mirror.invalid/a_2%7e.orig.tar.gz' a_2~.orig.tar.gz 1 SHA256:{'c' * 64}\n"
    )
    assert list(apt.uris_with(listing, "c" * 64)) == ["http://mirror.invalid/a_2%7e.orig.tar.gz"]
