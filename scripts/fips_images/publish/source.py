"""The image to publish: the manifest and blobs of an OCI archive, by digest, each verified."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fips_images.errors import BadInputError
from fips_images.image.limits import DEFAULT
from fips_images.image.region import Region, RegionFile
from fips_images.image.store import Store, open_store
from fips_images.publish.registry import (
    LARGEST_MANIFEST,
    OCI_MANIFEST,
    Descriptor,
    Manifest,
    Opener,
    must_be,
    parse_descriptors,
)

_HINT = "Build the image again: fipsctl build IMAGE."
_READ = 8 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """One image of an archive."""

    store: Store
    where: str
    manifest: Manifest

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        """Configuration and layers, each once, in the manifest's order."""
        value = self.manifest.parse()
        layers = value.get("layers")
        parts: list[Any] = [value.get("config"), *(layers if isinstance(layers, list) else [])]
        described = parse_descriptors({"manifests": parts})
        if len(described) != len(parts) or not isinstance(layers, list):
            raise BadInputError("the manifest is not one of an image", where=self.where)
        return tuple({it.digest: it for it in described}.values())

    def opener(self, descriptor: Descriptor) -> Opener:
        """Return what opens the blob; its content is compared by whoever stores it.

        Raises:
            BadInputError: the archive lacks it, or has it in another size.
        """
        region = _region(self.store, descriptor.digest, self.where)
        if region.size != descriptor.size:
            raise BadInputError(
                f"{descriptor.digest} has {region.size} bytes, not {descriptor.size}",
                where=self.where,
                hint=_HINT,
            )
        return lambda: io.BufferedReader(_Blob(region, _READ), _READ)


class _Blob(RegionFile):
    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, as BufferedReader asks."""
        piece = self.read(min(len(buffer), _READ))
        buffer[: len(piece)] = piece
        return len(piece)


@contextmanager
def open_source(archive: Path, digest: str) -> Iterator[Source]:
    """Open the image of that manifest digest in an OCI archive or layout.

    Raises:
        BadInputError: there is no such archive, or it does not hold the manifest.
        DoesNotHoldError: the manifest is not what its digest says.
    """
    if not archive.exists():
        raise BadInputError("no such archive", where=str(archive), hint=_HINT)
    with tempfile.TemporaryDirectory(prefix="fips-publish-") as scratch:
        store = open_store(archive, Path(scratch), DEFAULT)
        try:
            region = _region(store, digest, str(archive))
            if region.size > LARGEST_MANIFEST:
                raise BadInputError(f"the manifest has {region.size} bytes", where=str(archive))
            content = b"".join(region.chunks())
            must_be(digest, content, str(archive))
            manifest = Manifest("", content)
            kind = str(manifest.parse().get("mediaType") or OCI_MANIFEST)
            yield Source(store, str(archive), Manifest(kind, content))
        finally:
            store.close()


def _region(store: Store, digest: str, where: str) -> Region:
    region = store.get(f"blobs/sha256/{digest.removeprefix('sha256:')}")
    if region is None:
        raise BadInputError(f"the archive lacks {digest}", where=where, hint=_HINT)
    return region
