"""A Sigstore bundle as an OCI artifact that refers to an image (cosign, BUNDLE_SPEC.md)."""

from __future__ import annotations

from fips_images.attest.bundle import BUNDLE_TYPE
from fips_images.attest.canonical import LARGEST_DOCUMENT, canonical
from fips_images.errors import BadInputError, DoesNotHoldError
from fips_images.publish.registry import (
    EMPTY_TYPE,
    OCI_MANIFEST,
    Descriptor,
    Manifest,
    Repository,
    digest_of,
    parse_descriptors,
)

EMPTY = b"{}"
PREDICATE_ANNOTATION = "dev.sigstore.bundle.predicateType"
CONTENT_ANNOTATION = "dev.sigstore.bundle.content"
_CREATED = "org.opencontainers.image.created"
_EPOCH = "1970-01-01T00:00:00Z"


def bundle_manifest(subject: Descriptor, bundle: bytes, predicate_type: str) -> Manifest:
    """Describe a bundle as an artifact about the subject; the same bundle gives the same bytes.

    The creation time is fixed, so that attaching again finds what is there already. cosign wants
    the annotation to be present.
    """
    value = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": BUNDLE_TYPE,
        "config": {"mediaType": EMPTY_TYPE, "digest": digest_of(EMPTY), "size": len(EMPTY)},
        "layers": [{"mediaType": BUNDLE_TYPE, "digest": digest_of(bundle), "size": len(bundle)}],
        "subject": subject.to_json(),
        "annotations": {
            CONTENT_ANNOTATION: "dsse-envelope",
            PREDICATE_ANNOTATION: predicate_type,
            _CREATED: _EPOCH,
        },
    }
    return Manifest(OCI_MANIFEST, canonical(value))


def is_candidate(descriptor: Descriptor) -> bool:
    """Whether a referrer may be a bundle.

    Writers before go-containerregistry 0.21.6 list bundles with the type of their empty
    configuration, and some with none: only the manifest decides then.
    """
    kind = descriptor.artifact_type
    return kind in ("", EMPTY_TYPE) or kind.startswith("application/vnd.dev.sigstore.bundle")


def read_bundle(
    repository: Repository, descriptor: Descriptor, digest: str
) -> tuple[bytes, str] | None:
    """Return a referrer's bundle and the predicate type it is announced as; None for others.

    Raises:
        DoesNotHoldError: it is missing, altered, or about another subject than `digest`.
        BadInputError: it is too large or not a manifest.
    """
    manifest = repository.manifest(descriptor.digest)
    if manifest is None:
        raise DoesNotHoldError(f"the listed statement {descriptor.digest} is missing")
    value = manifest.parse()
    if value.get("artifactType") != BUNDLE_TYPE:
        return None
    subject = value.get("subject")
    if not isinstance(subject, dict) or subject.get("digest") != digest:
        raise DoesNotHoldError(f"{descriptor.digest} refers to another image")
    layers = parse_descriptors({"manifests": value.get("layers")})
    if len(layers) != 1:
        raise BadInputError(f"{descriptor.digest} does not hold exactly one bundle")
    annotations = value.get("annotations")
    announced = annotations.get(PREDICATE_ANNOTATION, "") if isinstance(annotations, dict) else ""
    return repository.blob(layers[0].digest, LARGEST_DOCUMENT), str(announced)
