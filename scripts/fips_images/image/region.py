"""Bytes that can be read from anywhere: a part of a file, or what a compressed blob unpacks to."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from fips_images.errors import BadInputError, EnvironmentFailureError
from fips_images.image.limits import Limits

_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True, slots=True)
class Region:
    """`size` bytes of an open file from `start` on."""

    stream: BinaryIO
    start: int
    size: int

    def pread(self, count: int, offset: int) -> bytes:
        """Read up to `count` bytes at `offset` of the region."""
        count = max(0, min(count, self.size - offset))
        return os.pread(self.stream.fileno(), count, self.start + offset)

    def chunks(self) -> Iterator[bytes]:
        """Yield the whole content piece by piece.

        Raises:
            BadInputError: the file ends before the region does.
        """
        done = 0
        while done < self.size:
            piece = self.pread(_CHUNK, done)
            if not piece:
                raise BadInputError("the archive ends in the middle of its content")
            done += len(piece)
            yield piece


class RegionFile(io.RawIOBase):
    """A region as the seekable file that `tarfile` wants; one read is never larger than `most`."""

    def __init__(self, region: Region, most: int) -> None:
        super().__init__()
        self._region, self._most, self._at = region, most, 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move the position; past the end is allowed, as in a file."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._region.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Read, refusing more at once than a header may have."""
        if size < 0:
            size = self._region.size - self._at
        if size > self._most:
            raise BadInputError(f"a tar header of {size} bytes, more than {self._most}")
        data = self._region.pread(size, self._at)
        self._at += len(data)
        return data


def unpack(region: Region, scratch: Path, limits: Limits) -> tuple[Region, str, str]:
    """Return the region decompressed, the sha256 of it as stored, and of it decompressed.

    What is stored uncompressed stays where it is. gzip goes to a nameless file in `scratch`, blocks
    of zeros as holes.

    Raises:
        BadInputError: damaged, compressed in another way, or larger than the limits allow.
    """
    magic = region.pread(4, 0)
    if magic == _ZSTD:
        raise BadInputError(
            "a layer is compressed with zstd, which this toolkit cannot read",
            hint="Export the image with gzip layers: docker buildx build --output "
            "type=oci,compression=gzip,force-compression=true,dest=FILE",
        )
    if not magic.startswith(_GZIP):
        digest = hashlib.sha256()
        for piece in region.chunks():
            digest.update(piece)
        return region, digest.hexdigest(), digest.hexdigest()
    return _gunzip(region, scratch, limits)


def _gunzip(region: Region, scratch: Path, limits: Limits) -> tuple[Region, str, str]:
    stored, plain, size, read = hashlib.sha256(), hashlib.sha256(), 0, 0
    try:
        out = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115 - lives as long as the image
        for piece in region.chunks():
            stored.update(piece)
        for data in _inflate(region):
            read += data[0]
            size += len(data[1])
            _check_growth(read, size, limits)
            plain.update(data[1])
            _write_sparse(out, data[1])
        out.truncate(size)
    except OSError as error:
        raise EnvironmentFailureError(
            f"cannot unpack a layer: {error.strerror or error}",
            where=str(scratch),
            hint="Free some space, or set TMPDIR to a larger disk.",
        ) from error
    return Region(out, 0, size), stored.hexdigest(), plain.hexdigest()


def _inflate(region: Region) -> Iterator[tuple[int, bytes]]:
    """Yield (compressed bytes newly read, decompressed piece) over all gzip members."""
    machine, fresh = zlib.decompressobj(wbits=31), True
    try:
        for piece in region.chunks():
            count, rest = len(piece), piece
            while rest:
                data, fresh = machine.decompress(rest, _CHUNK), False
                yield count, data
                count, rest = 0, machine.unconsumed_tail
                if machine.eof:  # another member may follow; padding of zeros may, too
                    rest = machine.unused_data.lstrip(b"\0")
                    machine, fresh = zlib.decompressobj(wbits=31), True
        while data := machine.decompress(b"", _CHUNK):
            yield 0, data
    except zlib.error as error:
        raise BadInputError(f"a layer is damaged: {error}") from error
    if not (fresh or machine.eof):
        raise BadInputError("a layer ends in the middle of its compressed data")


def _check_growth(read: int, size: int, limits: Limits) -> None:
    if size > limits.bytes_in_all:
        raise BadInputError(f"a layer unpacks to more than {limits.bytes_in_all >> 30} GiB")
    if size > limits.expansion_from and size > read * limits.expansion:
        raise BadInputError(
            f"a layer unpacks to more than {limits.expansion} times its size; software does not",
            hint="Look at what the layer holds; files of zeros do not belong into an image.",
        )


def _write_sparse(out: BinaryIO, data: bytes) -> None:
    if data.count(0) == len(data):
        out.seek(len(data), os.SEEK_CUR)
    else:
        out.write(data)
