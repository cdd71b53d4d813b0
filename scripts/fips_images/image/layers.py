"""Lays layers over each other: one pass over each layer's tar headers, content stays where it is.

The rules are those of the OCI image specification (layer.md, "Applying Changesets") and of
containerd's archive reader: names are taken inside the root, parents are followed through links
inside the root, whiteouts hide what lower layers put there.
"""

from __future__ import annotations

import posixpath
import tarfile
from collections.abc import Iterator

from fips_images.errors import BadInputError
from fips_images.image.entry import Entry, Kind
from fips_images.image.limits import Limits
from fips_images.image.region import Region, RegionFile
from fips_images.image.tree import Tree

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_BLOCK = 512
_KINDS = {
    tarfile.DIRTYPE: Kind.DIRECTORY,
    tarfile.SYMTYPE: Kind.SYMLINK,
    tarfile.CHRTYPE: Kind.DEVICE,
    tarfile.BLKTYPE: Kind.DEVICE,
    tarfile.FIFOTYPE: Kind.FIFO,
}


def members(region: Region, limits: Limits) -> Iterator[tarfile.TarInfo]:
    """Yield the members of an uncompressed tar without reading their content.

    Raises:
        BadInputError: damaged or truncated, or a header that is too large.
    """
    try:
        with tarfile.open(
            fileobj=RegionFile(region, limits.header),
            mode="r:",
            errorlevel=2,
        ) as archive:
            while (member := archive.next()) is not None:
                yield member
                archive.members = []  # type: ignore[attr-defined]  # tarfile keeps all otherwise
            _check_end(region, archive.offset)
    except (tarfile.TarError, ValueError, OverflowError, EOFError, UnicodeError) as error:
        if isinstance(error, tarfile.ReadError) and region.size == 0:
            return
        raise BadInputError(f"a damaged tar archive: {error}") from error


def _check_end(region: Region, offset: int) -> None:
    """Refuse an archive in which `tarfile` stopped early, because an engine might go on."""
    header = region.pread(_BLOCK, offset)
    before = region.pread(_BLOCK, max(0, offset - _BLOCK))
    if any(header) and any(before):
        raise BadInputError(f"a damaged tar header at byte {offset}")


def apply_layer(tree: Tree, region: Region, number: int, digest: str, limits: Limits) -> None:
    """Lay one decompressed layer over the tree.

    Raises:
        BadInputError: a name that leaves the root, a hard link to nothing, too many entries.
    """
    added: set[str] = set()
    for member in members(region, limits):
        path = _inside(tree, member.name, limits)
        folder, name = posixpath.split(path)
        if name == _OPAQUE:
            tree.empty(folder, added)
        elif name.startswith(_WHITEOUT):
            hidden = name.removeprefix(_WHITEOUT)
            if hidden in ("", ".", ".."):
                raise BadInputError(f"a whiteout that names nothing: {member.name!r}")
            tree.remove(posixpath.join(folder, hidden), added)
        else:
            tree.add(_entry(tree, member, path, number, digest, limits))
            _remember(added, path)
        if len(tree.entries) + len(tree.deleted) > limits.entries:
            raise BadInputError(f"more than {limits.entries} files")


def _remember(added: set[str], path: str) -> None:
    """Keep the path and its parents: a whiteout hides lower layers, not its own."""
    while path not in added and path != "/":
        added.add(path)
        path = posixpath.dirname(path)


def _inside(tree: Tree, name: str, limits: Limits) -> str:
    """Return where a member lands: its parent's links are followed, inside the root only."""
    if len(name) > limits.path_length:
        raise BadInputError(f"a path of {len(name)} characters")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in name:
        raise BadInputError(
            f"a layer names a path outside the root: {name!r}",
            hint="Do not run this image: it was made to write outside its root.",
        )
    if not parts:
        return "/"
    parent = tree.real_path("/".join(parts[:-1]))
    if parent is None:
        raise BadInputError(f"links go round in a circle: {name!r}")
    return posixpath.join(parent, parts[-1])


def _entry(
    tree: Tree, member: tarfile.TarInfo, path: str, number: int, digest: str, limits: Limits
) -> Entry:
    mode = member.mode & 0o7777
    if member.islnk():
        return _hard_link(tree, member, path, digest, limits)
    if member.issparse():
        raise BadInputError(f"a sparse file, which layers do not have: {path}")
    kind = _KINDS.get(member.type, Kind.FILE)
    size = max(0, member.size) if kind is Kind.FILE else 0
    return Entry(
        path, kind, mode, member.uid, member.gid, size,
        member.linkname if kind is Kind.SYMLINK else "", digest, number, member.offset_data,
    )  # fmt: skip


def _hard_link(
    tree: Tree, member: tarfile.TarInfo, path: str, digest: str, limits: Limits
) -> Entry:
    """A hard link is the file that it names, under another path."""
    target = tree.entries.get(_inside(tree, member.linkname, limits))
    if target is None or target.kind is Kind.DIRECTORY:
        raise BadInputError(f"a hard link to nothing: {path} -> {member.linkname!r}")
    return Entry(
        path, target.kind, target.mode, target.uid, target.gid, target.size,
        target.target, digest, target.region, target.offset,
    )  # fmt: skip
