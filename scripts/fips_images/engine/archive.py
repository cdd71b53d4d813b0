"""The OCI archive (a tar of an OCI image layout) as the engines write and read it."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fips_images.errors import BadInputError, DoesNotHoldError

MANIFEST_TYPES = frozenset(
    {
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    }
)
INDEX_TYPES = frozenset(
    {
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    }
)
_JSON_LIMIT = 4 * 1024 * 1024  # bytes; the distribution specification's limit for a manifest
_CHUNK = 1024 * 1024
_HOSTILE = (
    OSError, EOFError, tarfile.TarError, LookupError, TypeError, ValueError, AttributeError,
    RecursionError,
)  # fmt: skip
_HINT = "Build the image again: fipsctl build IMAGE."


@dataclass(frozen=True, slots=True)
class ArchivedImage:
    """The one image of an archive: its manifest's descriptor and the blobs that belong to it."""

    descriptor: dict[str, Any]
    manifest: dict[str, Any]

    @property
    def digest(self) -> str:
        """The manifest's digest: the image's digest."""
        return str(self.descriptor["digest"])

    @property
    def blobs(self) -> tuple[str, ...]:
        """The digests of manifest, configuration and layers."""
        parts = [self.manifest["config"], *self.manifest["layers"]]
        return (self.digest, *dict.fromkeys(str(part["digest"]) for part in parts))


def read_archive(archive: Path, platform: str = "") -> ArchivedImage:
    """Return the image of the archive; of several, the one for `platform` (`linux/amd64`).

    Raises:
        BadInputError: it is not an OCI archive, or does not hold exactly one such image.
    """
    with _readable(archive), tarfile.open(archive) as tar:
        index = _json(tar, "index.json")
        descriptor, manifest = _one(tar, index["manifests"], platform)
        image = ArchivedImage(descriptor, manifest)
        for digest in image.blobs:
            _blob_name(digest)
    return image


@contextmanager
def _readable(archive: Path) -> Iterator[None]:
    """Turn everything that a hostile or broken archive can cause into one error."""
    try:
        yield
    except _HOSTILE as error:
        raise BadInputError(
            f"not an OCI archive of one image: {error}", where=str(archive), hint=_HINT
        ) from error


def verify_archive(archive: Path) -> str:
    """Hash every blob of the archive's image and return the image's digest.

    Raises:
        BadInputError: it is not an OCI archive of one image.
        DoesNotHoldError: a blob is missing or differs from its digest.
    """
    image = read_archive(archive)
    with _readable(archive), tarfile.open(archive) as tar:
        for digest in image.blobs:
            if _hash(tar, digest) != digest.partition(":")[2]:
                raise DoesNotHoldError(
                    f"the blob {digest} is missing or altered", where=str(archive), hint=_HINT
                )
    return image.digest


def write_single(source: Path, destination: Path, platform: str) -> str:
    """Copy the one image for `platform` of an archive into an archive of its own.

    Manifest and blobs are copied byte by byte, so that the digest stays. Returns the digest.
    """
    image = read_archive(source, platform)
    index = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [
            {key: image.descriptor[key] for key in ("mediaType", "digest", "size")},
        ],
    }
    with tarfile.open(source) as old, tarfile.open(destination, "w") as new:
        _add(new, "oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        _add(new, "index.json", json.dumps(index).encode())
        for digest in image.blobs:
            _copy(old, new, _blob_name(digest))
    return image.digest


def write_classic(source: Path, destination: Path, reference: str) -> None:
    """Copy the archive with the `manifest.json` that engines with the classic store load by."""
    image = read_archive(source)
    parts = [image.manifest["config"], *image.manifest["layers"]]
    config, *layers = [_blob_name(str(part["digest"])) for part in parts]
    listing = [{"Config": config, "RepoTags": [reference], "Layers": layers}]
    with tarfile.open(source) as old, tarfile.open(destination, "w") as new:
        _add(new, "manifest.json", json.dumps(listing).encode())
        for name in dict.fromkeys((config, *layers)):
            _copy(old, new, name)


def _one(
    tar: tarfile.TarFile, descriptors: list[dict[str, Any]], platform: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Follow indexes down to the one image manifest (attestations are not images)."""
    found: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
    for descriptor in descriptors:
        kind = descriptor.get("mediaType")
        if kind in INDEX_TYPES:
            nested = _json(tar, _blob_name(descriptor["digest"]))
            pair = _one(tar, nested["manifests"], platform)
            found[pair[0]["digest"]] = pair
        elif kind in MANIFEST_TYPES and _matches(descriptor, platform):
            manifest = _json(tar, _blob_name(descriptor["digest"]))
            found[descriptor["digest"]] = (descriptor, manifest)
    if len(found) != 1:
        wanted = f" for {platform}" if platform else ""
        raise ValueError(f"{len(found)} images{wanted} instead of one")
    return next(iter(found.values()))


def _matches(descriptor: dict[str, Any], platform: str) -> bool:
    """Whether the descriptor is for the platform, or does not say what it is for."""
    described = descriptor.get("platform")
    if not platform or not described:
        return True
    parts = platform.split("/")
    return bool(
        described.get("os") == parts[0]
        and described.get("architecture") == parts[1]
        and (len(parts) < 3 or described.get("variant") == parts[2])
    )


def _json(tar: tarfile.TarFile, name: str) -> dict[str, Any]:
    member = tar.getmember(name)
    if member.size > _JSON_LIMIT:
        raise ValueError(f"{name} has {member.size} bytes")
    stream = tar.extractfile(member)
    if stream is None:
        raise ValueError(f"{name} is not a file")
    value = json.load(stream)
    if not isinstance(value, dict):
        raise ValueError(f"{name} is not an object")
    return value


def _hash(tar: tarfile.TarFile, digest: str) -> str:
    try:
        stream = tar.extractfile(_blob_name(digest))
    except KeyError:
        return ""
    if stream is None:
        return ""
    state = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        state.update(chunk)
    return state.hexdigest()


def _blob_name(digest: str) -> str:
    algorithm, _, value = digest.partition(":")
    if algorithm != "sha256" or len(value) != 64 or not set(value) <= set("0123456789abcdef"):
        raise ValueError(f"unexpected digest {digest!r}")
    return f"blobs/sha256/{value}"


def _copy(old: tarfile.TarFile, new: tarfile.TarFile, name: str) -> None:
    member = old.getmember(name)
    clean = tarfile.TarInfo(name)
    clean.size = member.size
    new.addfile(clean, old.extractfile(member))


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))
