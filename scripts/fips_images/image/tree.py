"""The paths of an image while layers are laid over each other, and afterwards."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from fips_images.image.entry import Entry, Kind

_MOST_LINKS = 40  # MAXSYMLINKS of Linux (path_resolution(7))


class Tree:
    """Entries by absolute path. What a layer hides or replaces is kept in `deleted`."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.deleted: list[Entry] = []
        self._children: dict[str, set[str]] = {"/": set()}

    def add(self, entry: Entry) -> None:
        """Put an entry; parents that no layer names come into being as plain directories."""
        if entry.path == "/":
            self.entries["/"] = entry
            return
        old = self.entries.get(entry.path)
        if old is not None and not (old.kind is entry.kind is Kind.DIRECTORY):
            self.remove(entry.path)
        self._ensure_parent(entry)
        self.entries[entry.path] = entry
        self._children[posixpath.dirname(entry.path)].add(entry.path)
        if entry.kind is Kind.DIRECTORY:
            self._children.setdefault(entry.path, set())

    def _ensure_parent(self, entry: Entry) -> None:
        missing = []
        parent = posixpath.dirname(entry.path)
        while parent not in self._children:
            missing.append(parent)
            parent = posixpath.dirname(parent)
        for path in reversed(missing):
            self.add(Entry(path, Kind.DIRECTORY, 0o755, 0, 0, 0, "", entry.layer))

    def remove(self, path: str, keep: frozenset[str] | set[str] = frozenset()) -> None:
        """Take away a path and all below it, except what `keep` names."""
        pending = [path]
        while pending:
            current = pending.pop()
            pending.extend(self._children.get(current, ()))
            if current in keep or current == "/":
                continue
            entry = self.entries.pop(current, None)
            if entry is None:
                continue
            self._children[posixpath.dirname(current)].discard(current)
            if entry.kind is not Kind.DIRECTORY:
                self.deleted.append(entry)
        if path not in self.entries:
            self._drop_children(path)

    def _drop_children(self, path: str) -> None:
        pending = [path]
        while pending and path != "/":
            pending.extend(self._children.pop(pending.pop(), ()))

    def empty(self, directory: str, keep: set[str]) -> None:
        """Take away everything below a directory that `keep` does not name (an opaque whiteout)."""
        for child in tuple(self._children.get(directory, ())):
            if child not in keep:
                self.remove(child, keep)

    def children(self, directory: str) -> tuple[str, ...]:
        """Return the paths directly below a directory, sorted."""
        return tuple(sorted(self._children.get(directory, ())))

    def below(self, directory: str) -> Iterator[Entry]:
        """Yield all entries below a directory, parents first, sorted."""
        pending = list(reversed(self.children(directory)))
        while pending:
            entry = self.entries[pending.pop()]
            yield entry
            pending.extend(reversed(self.children(entry.path)))

    def real_path(self, path: str, *, follow_last: bool = True) -> str | None:
        """Return the path with every link followed inside the root, as the kernel in a chroot.

        Missing components are kept as they are. None when links go round in a circle.
        """
        pending = [part for part in reversed(path.split("/")) if part]
        current, links = "/", 0
        while pending:
            part = pending.pop()
            if part in ("", "."):
                continue
            if part == "..":
                current = posixpath.dirname(current)
                continue
            candidate = current.rstrip("/") + "/" + part
            entry = self.entries.get(candidate)
            is_link = entry is not None and entry.kind is Kind.SYMLINK
            if not is_link or (not pending and not follow_last):
                current = candidate
                continue
            links += 1
            if links > _MOST_LINKS or len(pending) > _MOST_LINKS * 256:
                return None
            assert entry is not None
            if entry.target.startswith("/"):
                current = "/"
            pending.extend(part for part in reversed(entry.target.split("/")) if part)
        return current
