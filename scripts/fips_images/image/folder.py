"""A root file system in a folder, seen as an image without configuration."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from fips_images.errors import BadInputError
from fips_images.image.entry import Entry, Kind
from fips_images.image.limits import Limits
from fips_images.image.tree import Tree


def index_folder(root: Path, limits: Limits) -> Tree:
    """Index everything below `root`; links are recorded, never followed.

    Raises:
        BadInputError: too many entries, or a folder that cannot be listed.
    """
    tree = Tree()

    def refuse(error: OSError) -> None:
        raise BadInputError(error.strerror or str(error), where=str(error.filename))

    for folder, folders, files in os.walk(root, onerror=refuse):
        base = Path(folder)
        for name in (*folders, *files):
            tree.add(_entry(root, base / name))
        if len(tree.entries) > limits.entries:
            raise BadInputError(f"more than {limits.entries} files", where=str(root))
    return tree


def _entry(root: Path, path: Path) -> Entry:
    state = path.lstat()
    kind = _kind(state.st_mode)
    return Entry(
        "/" + str(path.relative_to(root)), kind, stat.S_IMODE(state.st_mode),
        state.st_uid, state.st_gid, state.st_size if kind is Kind.FILE else 0,
        str(path.readlink()) if kind is Kind.SYMLINK else "", "",
    )  # fmt: skip


def _kind(mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return Kind.FILE
    if stat.S_ISDIR(mode):
        return Kind.DIRECTORY
    if stat.S_ISLNK(mode):
        return Kind.SYMLINK
    return Kind.FIFO if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) else Kind.DEVICE
