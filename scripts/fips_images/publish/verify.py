"""Verifies a published image: the digest, every statement about it, and what may be claimed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from fips_images.attest.canonical import parse_object
from fips_images.attest.judge import (
    Failure,
    Found,
    Judged,
    Standing,
    Terms,
    failures_of,
    judge,
)
from fips_images.errors import BadInputError, DoesNotHoldError
from fips_images.publish.referrer import is_candidate, read_bundle
from fips_images.publish.registry import (
    Descriptor,
    Manifest,
    Repository,
    parse_descriptors,
)

MOST_REFERRERS = 500
_LARGEST_CONFIG = 8 << 20  # bytes

#: What no statement of ours says, whatever was found.
ALWAYS_UNSAID = (
    "That the cryptographic module holds a certificate today: its number has to be looked up.",
    "That an application built on this image does all its cryptography through the module.",
)


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """What was found about a reference, and whether it holds."""

    reference: str
    digest: str  # empty where the reference does not resolve
    as_of: date
    layers_read: bool
    statements: tuple[Judged, ...]
    failures: tuple[Failure, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing failed. Without an accepted statement nothing holds."""
        accepted = any(it.standing is Standing.ACCEPTED for it in self.statements)
        return accepted and not self.failures

    @property
    def may_claim(self) -> tuple[str, ...]:
        """What may be said of the image; nothing, where it does not hold."""
        if not self.holds:
            return ()
        signers = sorted({it.signer for it in self.statements if it.said})
        who = f"{self.digest} carries statements of {', '.join(signers)}."
        return (who, *(line for it in self.statements for line in it.said))

    @property
    def must_not_claim(self) -> tuple[str, ...]:
        """What does not follow from it."""
        lines = [line for it in self.statements for line in it.unsaid]
        if any(it.signer.startswith("key ") for it in self.statements):
            lines.append("When it was signed: a key leaves no time stamp and no log entry.")
        if not self.layers_read:
            lines.append("That the layers are intact: they were not read.")
        return (*lines, *ALWAYS_UNSAID)


def verify_reference(
    repository: Repository, tag_or_digest: str, terms: Terms, *, layers: bool = True
) -> VerifyResult:
    """Verify what a tag or digest names, with every layer read unless told otherwise.

    Raises:
        EnvironmentFailureError: the registry cannot be used: nothing is known then.
    """
    separator = "@" if tag_or_digest.startswith("sha256:") else ":"
    reference = f"{repository.name}{separator}{tag_or_digest}"
    day = terms.moment.as_of

    def failed(digest: str, code: str, reason: str) -> VerifyResult:
        return VerifyResult(reference, digest, day, False, (), (Failure(code, reason),))

    try:
        manifest = repository.manifest(tag_or_digest)
    except (DoesNotHoldError, BadInputError) as error:
        return failed("", "manifest", str(error))
    if manifest is None:
        return failed("", "absent", f"there is no image {reference}")
    problems = list(_check_content(repository, manifest, layers))
    found, unreadable = _collect(repository, manifest.digest)
    judged = _in_order((*judge(manifest.digest, found, terms), *unreadable), terms.required)
    problems += failures_of(judged, terms.required)
    return VerifyResult(reference, manifest.digest, day, layers, judged, tuple(problems))


def verify_to_json(result: VerifyResult) -> dict[str, Any]:
    """Return the result in the form of `schemas/verify.schema.json`."""
    return {
        "schema": 1,
        "reference": result.reference,
        "digest": result.digest,
        "as_of": result.as_of.isoformat(),
        "holds": result.holds,
        "layers_read": result.layers_read,
        "failures": [{"code": it.code, "reason": it.reason} for it in result.failures],
        "statements": [
            {
                "source": it.source,
                "predicate_type": it.predicate_type,
                "standing": str(it.standing),
                "reason": it.reason,
                "signer": it.signer,
            }
            for it in result.statements
        ],
        "may_claim": list(result.may_claim),
        "must_not_claim": list(result.must_not_claim),
    }


def _in_order(judged: tuple[Judged, ...], kinds: tuple[str, ...]) -> tuple[Judged, ...]:
    """Order as the terms ask for the kinds, so that results read the same every time."""
    rank = {kind: number for number, kind in enumerate(kinds)}
    return tuple(sorted(judged, key=lambda it: (rank.get(it.predicate_type, len(rank)), it.source)))


def _check_content(repository: Repository, manifest: Manifest, layers: bool) -> list[Failure]:
    """Check that the manifest is an image's and that what it names is there and unaltered."""
    try:
        value = manifest.parse()
        config, *rest = _parts(value)
        parse_object(repository.blob(config.digest, _LARGEST_CONFIG), "the configuration")
    except (BadInputError, DoesNotHoldError) as error:
        return [Failure("manifest", str(error))]
    failures = []
    for layer in rest:
        try:
            if layers:
                repository.check_blob(layer.digest, layer.size)
            elif not repository.has_blob(layer.digest):
                raise DoesNotHoldError(f"{layer.digest} is missing")
        except (BadInputError, DoesNotHoldError) as error:
            failures.append(Failure("layer", str(error)))
    return failures


def _parts(manifest: dict[str, Any]) -> tuple[Descriptor, ...]:
    layers = manifest.get("layers")
    if not isinstance(layers, list) or not isinstance(manifest.get("config"), dict):
        raise BadInputError("the manifest is not one of an image for one platform")
    described = parse_descriptors({"manifests": [manifest["config"], *layers]})
    if len(described) != len(layers) + 1:
        raise BadInputError("the manifest names content without digest or size")
    return described


def _collect(repository: Repository, digest: str) -> tuple[list[Found], list[Judged]]:
    """Read every statement that is listed; what cannot be read is kept with the reason."""
    found: list[Found] = []
    unreadable: list[Judged] = []
    try:
        listed = [it for it in repository.referrers(digest) if is_candidate(it)]
    except (BadInputError, DoesNotHoldError) as error:
        return [], [Judged("list of referrers", "", Standing.REFUSED, str(error))]
    if len(listed) > MOST_REFERRERS:
        reason = f"{len(listed)} statements are listed; at most {MOST_REFERRERS} are read"
        return [], [Judged("list of referrers", "", Standing.REFUSED, reason)]
    for descriptor in listed:
        try:
            read = read_bundle(repository, descriptor, digest)
        except (BadInputError, DoesNotHoldError) as error:
            unreadable.append(Judged(descriptor.digest, "", Standing.REFUSED, str(error)))
            continue
        if read is not None:
            found.append(Found(descriptor.digest, *read))
    return found, unreadable
