"""Where the documents and layers of an image are: one protocol over archives and folders."""

from __future__ import annotations

import hashlib
import json
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from fips_images.errors import BadInputError
from fips_images.image.layers import members
from fips_images.image.limits import Limits
from fips_images.image.region import Region, unpack


class Store(Protocol):
    """Files by name, such as `index.json` or `blobs/sha256/…`."""

    def get(self, name: str) -> Region | None:
        """Return the file's content, or None when there is none."""

    def close(self) -> None:
        """Close what was opened."""


@dataclass(slots=True)
class FolderStore:
    """An OCI image layout in a folder. Links are not followed out of it."""

    folder: Path
    _opened: dict[str, BinaryIO] = field(default_factory=dict)

    def get(self, name: str) -> Region | None:
        """Open the file."""
        path = self.folder / name
        if not path.resolve().is_relative_to(self.folder.resolve()) or not path.is_file():
            return None
        if name not in self._opened:
            self._opened[name] = path.open("rb")
        stream = self._opened[name]
        return Region(stream, 0, path.stat().st_size)

    def close(self) -> None:
        """Close every file."""
        for stream in self._opened.values():
            stream.close()


class ArchiveStore:
    """A tar file (OCI archive or docker archive): content is read where it lies."""

    def __init__(self, path: Path, scratch: Path, limits: Limits) -> None:
        """Index the archive's members.

        Raises:
            BadInputError: not a tar, or damaged.
        """
        self._stream = path.open("rb")
        region, _, _ = unpack(Region(self._stream, 0, path.stat().st_size), scratch, limits)
        self._region = region
        self._links: dict[str, str] = {}
        self._places: dict[str, Region] = {}
        for member in members(region, limits):
            name = _normal(member.name)
            if member.isreg():
                start = region.start + member.offset_data
                self._places[name] = Region(region.stream, start, member.size)
            elif member.issym() or member.islnk():  # docker archives link layers that are equal
                self._links[name] = _link_target(name, member.linkname, member.issym())
            if len(self._places) + len(self._links) > limits.entries:
                raise BadInputError(f"more than {limits.entries} files in the archive")

    def get(self, name: str) -> Region | None:
        """Look the member up; a link inside the archive is followed once."""
        name = _normal(name)
        return self._places.get(self._links.get(name, name))

    def close(self) -> None:
        """Close the archive and what it was unpacked to."""
        self._region.stream.close()
        self._stream.close()


def _normal(name: str) -> str:
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def _link_target(name: str, target: str, symbolic: bool) -> str:
    parts = name.split("/")[:-1] if symbolic else []
    for part in target.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def read_document(store: Store, name: str, limits: Limits, *, digest: str = "") -> Any:
    """Read a JSON document, verified against `digest` (sha256:…) where one is given.

    Raises:
        BadInputError: missing, too large, not what the digest says, or not JSON.
    """
    region = store.get(name)
    if region is None:
        raise BadInputError(
            f"the image lacks {name}", hint="The archive is incomplete: make it again."
        )
    if region.size > limits.document:
        raise BadInputError(f"{name} has {region.size} bytes, too many for a manifest")
    content = b"".join(region.chunks())
    if digest and "sha256:" + hashlib.sha256(content).hexdigest() != digest:
        raise BadInputError(f"{name} is not what its digest says: damaged or changed")
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"{name} is not JSON: {error}") from error


def open_store(path: Path, scratch: Path, limits: Limits) -> Store:
    """Choose by what is at `path`.

    Raises:
        BadInputError: neither a folder nor a regular file.
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        return FolderStore(path)
    if stat.S_ISREG(mode):
        return ArchiveStore(path, scratch, limits)
    raise BadInputError("neither a file nor a folder", where=str(path))
