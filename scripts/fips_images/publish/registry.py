"""What every registry can do, seen as one repository of it; and the words they share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol

from fips_images.attest.canonical import parse_object
from fips_images.errors import DoesNotHoldError

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
MANIFEST_TYPES = (OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST)
EMPTY_TYPE = "application/vnd.oci.empty.v1+json"

#: Bytes of a manifest; the distribution specification asks registries for no more.
LARGEST_MANIFEST = 4 << 20


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A pointer to content (OCI image specification, descriptor.md); size in bytes."""

    media_type: str
    digest: str
    size: int
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return it as OCI writes it."""
        value: dict[str, Any] = {
            "mediaType": self.media_type,
            "digest": self.digest,
            "size": self.size,
        }
        if self.artifact_type:
            value["artifactType"] = self.artifact_type
        if self.annotations:
            value["annotations"] = dict(self.annotations)
        return value


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest's bytes, which are what its digest says."""

    media_type: str
    content: bytes

    @property
    def digest(self) -> str:
        """The digest of the bytes."""
        return digest_of(self.content)

    def parse(self) -> dict[str, Any]:
        """Parse it.

        Raises:
            BadInputError: not a JSON object.
        """
        return parse_object(self.content, f"the manifest {self.digest}", largest=LARGEST_MANIFEST)


#: Opens a blob anew from its start; used again when an upload has to begin again.
Opener = Callable[[], BinaryIO]


class Repository(Protocol):
    """One repository of a registry. What is read by digest is what the digest says, always.

    Every method raises EnvironmentFailureError where the registry cannot be used, and
    DoesNotHoldError where it answers with something else than was asked for.
    """

    @property
    def name(self) -> str:
        """How people write it; with `:TAG` or `@DIGEST` behind it, a reference."""

    def manifest(self, reference: str) -> Manifest | None:
        """Return the manifest of a tag or digest; None where there is none."""

    def has_blob(self, digest: str) -> bool:
        """Whether the repository holds the blob."""

    def blob(self, digest: str, largest: int) -> bytes:
        """Return a blob of at most `largest` bytes."""

    def check_blob(self, digest: str, size: int) -> None:
        """Read a blob of any size to its end and compare it with its digest and size."""

    def put_blob(self, digest: str, size: int, opener: Opener) -> None:
        """Store a blob; nothing is visible under its digest before it is whole."""

    def put_manifest(self, manifest: Manifest, tag: str = "") -> None:
        """Store a manifest under its digest, or let a tag point to it."""

    def referrers(self, digest: str) -> tuple[Descriptor, ...]:
        """Return what says that it is about the digest. Only hints: each manifest decides."""

    def add_referrer(self, digest: str, manifest: Manifest) -> None:
        """Store a manifest whose subject is the digest, so that `referrers` returns it."""


def digest_of(content: bytes) -> str:
    """Return sha256:<hex>."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def must_be(digest: str, content: bytes, where: str) -> None:
    """Refuse content that is not what its digest says.

    Raises:
        DoesNotHoldError: it is not.
    """
    if digest_of(content) != digest:
        raise DoesNotHoldError(
            f"the content of {digest} is something else ({digest_of(content)})",
            where=where,
            hint="The registry or the way to it alters content: do not use what came from there.",
        )


def fallback_tag(digest: str) -> str:
    """Return the tag under which referrers are listed where there is no referrers API."""
    return digest.replace(":", "-", 1)


def descriptor_of(manifest: Manifest) -> Descriptor:
    """Describe an artifact's manifest as a list of referrers has it (distribution spec)."""
    value = manifest.parse()
    config = value.get("config")
    kind = value.get("artifactType") or (config or {}).get("mediaType", "")
    annotations = {str(key): str(it) for key, it in (value.get("annotations") or {}).items()}
    return Descriptor(
        manifest.media_type, manifest.digest, len(manifest.content), str(kind), annotations
    )


def parse_descriptors(index: Mapping[str, Any]) -> tuple[Descriptor, ...]:
    """Return the descriptors of an index; entries that are not descriptors are left out."""
    entries = index.get("manifests")
    found = (_descriptor(entry) for entry in (entries if isinstance(entries, list) else ()))
    return tuple(it for it in found if it is not None)


def _descriptor(entry: Any) -> Descriptor | None:
    if not isinstance(entry, dict):
        return None
    digest, size = entry.get("digest"), entry.get("size")
    if not isinstance(digest, str) or not isinstance(size, int):
        return None
    raw = entry.get("annotations")
    annotations = {str(k): str(v) for k, v in raw.items()} if isinstance(raw, dict) else {}
    kinds = (str(entry.get(name) or "") for name in ("mediaType", "artifactType"))
    media_type, artifact_type = kinds
    return Descriptor(media_type, digest, size, artifact_type, annotations)
