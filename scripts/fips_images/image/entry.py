"""What is known of one path of an image, without its content."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a path is. A hard link counts as the file that it names."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    DEVICE = "device"
    FIFO = "fifo"


@dataclass(frozen=True, slots=True)
class Entry:
    """One path as one layer left it.

    `region` and `offset` say where its content lies among the image's opened files; only the room
    `image` uses them.
    """

    path: str  # absolute, normalised: /etc/ssl/openssl.cnf
    kind: Kind
    mode: int  # permission bits with set-uid, set-gid and sticky
    uid: int
    gid: int
    size: int  # bytes; 0 for everything but files
    target: str  # of a symbolic link, as written
    layer: str  # digest of the layer that it came from; "" in a directory
    region: int = -1
    offset: int = 0

    @property
    def is_file(self) -> bool:
        """Whether it has content."""
        return self.kind is Kind.FILE

    @property
    def set_id(self) -> bool:
        """Whether running it changes the user or group."""
        return self.is_file and bool(self.mode & 0o6000)

    @property
    def world_writable(self) -> bool:
        """Whether everybody may change it (links have no permissions of their own)."""
        return self.kind is not Kind.SYMLINK and bool(self.mode & 0o002)

    def writable_by(self, uid: int, groups: tuple[int, ...] = ()) -> bool:
        """Whether the permission bits let this user change it; uid 0 is not special here."""
        if self.kind is Kind.SYMLINK:
            return False
        if self.uid == uid:
            return bool(self.mode & 0o200)
        if self.gid in groups:
            return bool(self.mode & 0o020)
        return self.world_writable
