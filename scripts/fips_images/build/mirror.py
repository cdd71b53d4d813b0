"""The content-addressed folder of sources: `<mirror>/sha256/<hex>/<file name>`.

Whatever is in it was hashed on its way in, and is hashed again before it is used. The folder can
be carried to a machine without network.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from fips_images.errors import BadInputError, DoesNotHoldError
from fips_images.files import disk_errors

_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]{0,200}")
_CHUNK = 1024 * 1024


class Mirror:
    """One folder of sources."""

    def __init__(self, folder: Path) -> None:
        """`folder` is created when the first file arrives."""
        self.folder = folder

    def place(self, sha256: str, file: str) -> Path:
        """Return where the file belongs; names and digests are checked, never trusted.

        Raises:
            BadInputError: the digest or the name has an unexpected form.
        """
        if not _SHA256.fullmatch(sha256):
            raise BadInputError(f"not a SHA-256: {sha256!r}", hint="It has 64 digits of [0-9a-f].")
        if not _NAME.fullmatch(file):
            raise BadInputError(
                f"unusable file name {file!r}", hint="Use letters, digits and ._+~- only."
            )
        return self.folder / "sha256" / sha256 / file

    def find(self, sha256: str, file: str) -> Path | None:
        """Return the file when it is there and its bytes hold; what was altered is removed.

        A file that was added under another name is offered under this one too.
        """
        place = self.place(sha256, file)
        with disk_errors(place):
            return self._find(place, sha256)

    @staticmethod
    def _find(place: Path, sha256: str) -> Path | None:
        if not place.parent.is_dir():
            return None
        for path in sorted(place.parent.iterdir(), key=lambda item: item.name != place.name):
            if path.is_symlink() or not path.is_file() or hash_file(path) != sha256:
                _discard(path)
                continue
            if path != place:
                path.rename(place)
            return place
        return None

    def add(self, path: Path) -> Path:
        """Copy a file that was brought by hand into the mirror.

        Raises:
            BadInputError: it cannot be read.
        """
        try:
            sha256 = hash_file(path)
        except OSError as error:
            raise BadInputError(error.strerror or str(error), where=str(path)) from error
        place = self.place(sha256, path.name)
        with self.incoming(sha256) as stream, path.open("rb") as source:
            stream.truncate(0)
            shutil.copyfileobj(source, stream, _CHUNK)
            self.accept(stream, sha256, path.name)
        return place

    @contextmanager
    def incoming(self, sha256: str) -> Iterator[BinaryIO]:
        """Yield the unfinished file of that digest, at its end, for this process alone.

        It stays when the block ends early, so that a later download can go on from there.
        """
        path = self.folder / "incoming" / sha256
        with disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab+") as stream:
                fcntl.flock(stream, fcntl.LOCK_EX)
                try:
                    yield stream
                finally:
                    stream.flush()
                    if path.exists() and not path.stat().st_size:
                        path.unlink()

    def accept(self, stream: BinaryIO, sha256: str, file: str) -> Path:
        """Give an incoming file its place if its bytes hold; otherwise drop it.

        Raises:
            DoesNotHoldError: its SHA-256 is another one.
        """
        stream.flush()
        os.fsync(stream.fileno())
        path, place = self.folder / "incoming" / sha256, self.place(sha256, file)
        got = hash_file(path)
        if got != sha256:
            path.unlink()
            raise DoesNotHoldError(
                f"{file} differs from its SHA-256: expected {sha256}, got {got}",
                hint="Do not use it. Compare the checksum in the catalogue with the publisher's.",
            )
        place.parent.mkdir(parents=True, exist_ok=True)
        path.chmod(0o644)
        path.replace(place)
        return place

    def together(self, places: tuple[Path, ...]) -> Path:
        """Return a folder with all the files: their own one, or one made of links to several."""
        if len(places) == 1:
            return places[0].parent
        key = hashlib.sha256("\n".join(sorted(map(str, places))).encode()).hexdigest()
        folder = self.folder / "sets" / key
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            for place in places:
                (folder / place.name).unlink(missing_ok=True)
                os.link(place, folder / place.name)
        return folder


def hash_file(path: Path) -> str:
    """Return the file's SHA-256, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _discard(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
