"""Finds the one image of a layout or archive: its digest, its configuration, its layers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from fips_images.errors import BadInputError
from fips_images.image.limits import Limits
from fips_images.image.store import Store, read_document

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_INDEX_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_DEEPEST = 4  # indexes within indexes


@dataclass(frozen=True, slots=True)
class Packed:
    """An image before its layers are opened."""

    digest: str  # of the manifest; of the configuration in a docker archive, which has no manifest
    config: Any
    layers: tuple[tuple[str, str], ...]  # (name in the store, sha256:… as stored or "")


def find_image(store: Store, platform: str, limits: Limits) -> Packed:
    """Read the manifest of an OCI layout, or the list of a docker archive.

    Raises:
        BadInputError: neither; or no image, or several, for the platform.
    """
    if store.get("index.json") is not None:
        return _from_layout(store, platform, limits)
    if store.get("manifest.json") is not None:
        return _from_docker(store, limits)
    raise BadInputError(
        "no image in it: neither index.json (OCI) nor manifest.json (docker archive)",
        hint="Give an OCI archive or layout, `docker save` output, a root folder, or a reference.",
    )


def _from_layout(store: Store, platform: str, limits: Limits) -> Packed:
    try:
        digest = _choose(store, read_document(store, "index.json", limits), platform, limits, 0)
        manifest = read_document(store, _blob(digest), limits, digest=digest)
        config_digest = manifest["config"]["digest"]
        config = read_document(store, _blob(config_digest), limits, digest=config_digest)
        layers = tuple((_blob(it["digest"]), it["digest"]) for it in manifest["layers"])
    except (KeyError, TypeError, AttributeError) as error:
        raise BadInputError(
            f"a manifest lacks what the OCI specification asks for: {error}"
        ) from error
    return Packed(digest, config, layers)


def _choose(store: Store, index: Any, platform: str, limits: Limits, depth: int) -> str:
    """Return the digest of the manifest for the platform; a single image is taken as it is."""
    if depth > _DEEPEST:
        raise BadInputError("indexes within indexes without end")
    images = [it for it in index["manifests"] if not _is_statement(it)]
    fitting = (
        [it for it in images if _platform(it) in ("", platform)] if len(images) > 1 else images
    )
    if len(fitting) != 1:
        raise BadInputError(
            f"{len(fitting)} images for {platform} in one archive, and one is needed",
            hint="Export a single image, or name the platform.",
        )
    digest = str(fitting[0]["digest"])
    if fitting[0].get("mediaType") in _INDEX_TYPES:
        inner = read_document(store, _blob(digest), limits, digest=digest)
        return _choose(store, inner, platform, limits, depth + 1)
    return digest


def _is_statement(descriptor: Any) -> bool:
    """BuildKit keeps provenance beside the image, for a platform that does not exist."""
    kind = (descriptor.get("annotations") or {}).get("vnd.docker.reference.type")
    return kind == "attestation-manifest" or _platform(descriptor) == "unknown/unknown"


def _platform(descriptor: Any) -> str:
    platform = descriptor.get("platform") or {}
    return f"{platform['os']}/{platform['architecture']}" if platform else ""


def _from_docker(store: Store, limits: Limits) -> Packed:
    listed = read_document(store, "manifest.json", limits)
    if not isinstance(listed, list) or len(listed) != 1:
        raise BadInputError("the docker archive does not hold exactly one image")
    try:
        name = str(listed[0]["Config"])
        value = name.rpartition("/")[2].removesuffix(".json")
        digest = f"sha256:{value}"
        config = read_document(store, name, limits, digest=digest)
        return Packed(digest, config, tuple((str(layer), "") for layer in listed[0]["Layers"]))
    except (KeyError, TypeError) as error:
        raise BadInputError(f"manifest.json lacks {error}") from error


def _blob(digest: Any) -> str:
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise BadInputError(f"not a sha256 digest: {digest!r}")
    return f"blobs/sha256/{digest.removeprefix('sha256:')}"
