"""An opened image: its configuration, its paths, and the content of each file on request."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from fips_images.errors import BadInputError
from fips_images.image.config import ImageConfig
from fips_images.image.entry import Entry, Kind
from fips_images.image.region import Region
from fips_images.image.store import Store
from fips_images.image.tree import Tree

_CHUNK = 1 << 20


class Image:
    """A read-only view. Close it, or use it as a context manager: it holds open files."""

    def __init__(
        self,
        subject: str,
        digest: str,
        config: ImageConfig,
        tree: Tree,
        *,
        regions: Sequence[Region] = (),
        root: Path | None = None,
        store: Store | None = None,
        scratch: TemporaryDirectory[str] | None = None,
    ) -> None:
        """Made by `open_image`; `root` is set where the content lies in a folder."""
        self.subject, self.digest, self.config = subject, digest, config
        self._tree, self._regions, self._root = tree, tuple(regions), root
        self._store, self._scratch = store, scratch

    def __enter__(self) -> Self:
        """Use until the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close everything."""
        self.close()

    def close(self) -> None:
        """Close files and remove the scratch folder."""
        for region in self._regions:
            region.stream.close()
        if self._store is not None:
            self._store.close()
        if self._scratch is not None:
            self._scratch.cleanup()

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Every path of the final root file system."""
        return self._tree.entries

    @property
    def deleted(self) -> Sequence[Entry]:
        """What a later layer hid or replaced: still in the image for everybody who pulls it."""
        return self._tree.deleted

    def get(self, path: str) -> Entry | None:
        """Return what is at exactly this path, following links of its parents but not its own."""
        real = self._tree.real_path(path, follow_last=False)
        return self._tree.entries.get(real) if real is not None else None

    def resolve(self, path: str) -> Entry | None:
        """Return what the path leads to when every link is followed inside the root."""
        real = self._tree.real_path(path)
        return self._tree.entries.get(real) if real is not None else None

    def children(self, directory: str) -> tuple[Entry, ...]:
        """Return what is directly in a directory, sorted by name."""
        real = self._tree.real_path(directory)
        paths = self._tree.children(real) if real is not None else ()
        return tuple(self._tree.entries[path] for path in paths)

    def files(self, below: str = "/") -> Iterator[Entry]:
        """Yield the regular files below a directory, sorted by path."""
        return (entry for entry in self._tree.below(below.rstrip("/") or "/") if entry.is_file)

    def read(self, where: str | Entry, limit: int) -> bytes:
        """Return the content of a file, which must not be longer than `limit` bytes.

        Raises:
            BadInputError: no such file, not a regular file, or longer than the limit.
        """
        entry = self._file(where)
        if entry.size > limit:
            raise BadInputError(f"has {entry.size} bytes, more than {limit}", where=entry.path)
        return b"".join(self.chunks(entry))

    def read_some(self, where: str | Entry, count: int, offset: int = 0) -> bytes:
        """Return up to `count` bytes from `offset` on."""
        entry = self._file(where)
        count = max(0, min(count, entry.size - offset))
        if self._root is None:
            return self._regions[entry.region].pread(count, entry.offset + offset)
        with self._open(entry) as stream:
            return os.pread(stream, count, offset)

    def chunks(self, where: str | Entry) -> Iterator[bytes]:
        """Yield the content of a file piece by piece."""
        entry, done = self._file(where), 0
        while done < entry.size:
            piece = self.read_some(entry, _CHUNK, done)
            if not piece:
                raise BadInputError("the archive ends in the middle of a file", where=entry.path)
            done += len(piece)
            yield piece

    def _file(self, where: str | Entry) -> Entry:
        entry = self.resolve(where) if isinstance(where, str) else where
        if entry is None:
            raise BadInputError("the image has no such file", where=str(where))
        if entry.kind is not Kind.FILE:
            raise BadInputError(f"is a {entry.kind}, not a file", where=entry.path)
        return entry

    def _open(self, entry: Entry) -> _Descriptor:
        assert self._root is not None
        return _Descriptor(self._root / entry.path.lstrip("/"))


class _Descriptor:
    """A file of a root folder, opened without following a link and without waiting for a FIFO."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> int:
        try:
            self._number = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            raise BadInputError(error.strerror or str(error), where=str(self._path)) from error
        return self._number

    def __exit__(self, *_: object) -> None:
        os.close(self._number)
