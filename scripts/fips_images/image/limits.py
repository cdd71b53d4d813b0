"""How much of an image is taken in: an image is a stranger's archive, and none is that large."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds; going over one is a BadInputError."""

    bytes_in_all: int = 64 << 30  # all layers, decompressed
    expansion: int = 200  # decompressed / compressed; software packs 2- to 10-fold, zeros 1000-fold
    expansion_from: int = 64 << 20  # bytes; below this, expansion is not looked at
    entries: int = 1_000_000
    layers: int = 512
    path_length: int = 4096  # PATH_MAX of Linux
    header: int = 1 << 20  # bytes of one tar header (long names, extended attributes)
    document: int = 8 << 20  # bytes of a manifest or configuration


DEFAULT = Limits()
