"""Publishes one validated image: content, manifest, statements, and tags at the very end.

Whoever follows a tag finds the whole: blobs come before the manifest, statements before the tag.
Every step finds out what is there already, so that a run that was killed is finished by the next.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fips_images.attest.bundle import parse_bundle
from fips_images.attest.judge import Found, Terms, failures_of, judge
from fips_images.errors import BadInputError, DoesNotHoldError
from fips_images.files import write_json
from fips_images.model.finding import Validation
from fips_images.model.image import BuiltImage
from fips_images.model.progress import Progress
from fips_images.publish.referrer import EMPTY, bundle_manifest, is_candidate, read_bundle
from fips_images.publish.registry import (
    Descriptor,
    Manifest,
    Repository,
    digest_of,
)
from fips_images.publish.source import Source, open_source

_ATTEMPTS = 5  # to get a statement listed


@dataclass(frozen=True, slots=True)
class Publication:
    """What is to be published: the tested image, its statements, and the tags to move."""

    built: BuiltImage
    validation: Validation | None
    bundles: tuple[Path, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublishResult:
    """What is published now, and how much of it was there before."""

    repository: str
    digest: str
    tags: tuple[str, ...]
    uploaded: int  # blobs
    present: int  # blobs that were there
    attached: int  # statements
    known: int  # statements that were there


def publish_image(
    repository: Repository, publication: Publication, terms: Terms, progress: Progress
) -> PublishResult:
    """Publish, or refuse before anything is sent.

    Raises:
        DoesNotHoldError: not validated, validated as another digest, or not holding; a required
            statement is missing or not acceptable; the registry gives back something else.
        BadInputError: the archive is not complete.
        EnvironmentFailureError: the registry cannot be used; run again to finish.
    """
    digest = publication.built.digest
    must_be_tested(publication.built, publication.validation)
    bundles = _load(publication.bundles)
    _must_be_acceptable(digest, bundles, terms)
    with open_source(Path(publication.built.archive), digest) as source:
        progress.step(f"Pushing {digest} to {repository.name}")
        uploaded = _push_blobs(repository, source, progress)
        _push_manifest(repository, source.manifest)
        progress.step("Attaching statements")
        attached = _attach_all(repository, source.manifest, bundles, progress)
        progress.step(f"Moving tags: {', '.join(publication.tags) or 'none'}")
        _move_tags(repository, source.manifest, publication.tags)
        present = len(source.blobs) - uploaded
    return PublishResult(
        repository.name, digest, publication.tags, uploaded, present,
        attached, len(bundles) - attached,
    )  # fmt: skip


def must_be_tested(built: BuiltImage, validation: Validation | None) -> None:
    """Refuse an image whose validation is absent, of another digest, or does not hold.

    Raises:
        DoesNotHoldError: says which.
    """
    hint = "Nothing was published. Run `fipsctl validate IMAGE` and mend what it names."
    if validation is None:
        raise DoesNotHoldError("this image was not validated", where=built.image_id, hint=hint)
    if validation.digest != built.digest:
        raise DoesNotHoldError(
            f"{validation.digest} was validated, and {built.digest} is to be published",
            where=built.image_id,
            hint=hint,
        )
    if not validation.holds:
        raise DoesNotHoldError("its validation does not hold", where=built.image_id, hint=hint)


def write_result(path: Path, result: PublishResult) -> None:
    """Write publish.json of the evidence folder."""
    write_json(path, result_to_json(result))


def result_to_json(result: PublishResult) -> dict[str, object]:
    """Return the result in the form of `schemas/publish.schema.json`."""
    return {
        "schema": 1,
        "repository": result.repository,
        "digest": result.digest,
        "tags": list(result.tags),
        "blobs": {"uploaded": result.uploaded, "present": result.present},
        "statements": {"attached": result.attached, "present": result.known},
    }


def _load(paths: Sequence[Path]) -> list[tuple[str, bytes]]:
    try:
        return [(path.name, path.read_bytes()) for path in paths]
    except OSError as error:
        raise BadInputError(
            f"a statement cannot be read: {error.strerror or error}",
            where=str(error.filename),
            hint="Sign again: fipsctl sign IMAGE.",
        ) from error


def _must_be_acceptable(digest: str, bundles: list[tuple[str, bytes]], terms: Terms) -> None:
    """Apply the rules of `verify` before anything is sent."""
    judged = judge(digest, [Found(name, content) for name, content in bundles], terms)
    failures = failures_of(judged, terms.required)
    if failures:
        raise DoesNotHoldError(
            "; ".join(it.reason for it in failures),
            where=digest,
            hint="Nothing was published. Sign again: fipsctl sign IMAGE.",
        )


def _push_blobs(repository: Repository, source: Source, progress: Progress) -> int:
    uploaded = 0
    for blob in source.blobs:
        opener = source.opener(blob)
        if repository.has_blob(blob.digest):
            progress.detail(f"{blob.digest} is there")
            continue
        progress.detail(f"{blob.digest} ({blob.size} bytes)")
        repository.put_blob(blob.digest, blob.size, opener)
        uploaded += 1
    return uploaded


def _push_manifest(repository: Repository, manifest: Manifest) -> None:
    """Push by digest and read back: what is there must be what was tested."""
    repository.put_manifest(manifest)
    there = repository.manifest(manifest.digest)
    if there is None or there.content != manifest.content:
        raise DoesNotHoldError(
            "the registry does not give back the manifest that was tested",
            where=f"{repository.name}@{manifest.digest}",
            hint="No tag was moved. Run the same command again.",
        )


def _attach_all(
    repository: Repository,
    image: Manifest,
    bundles: list[tuple[str, bytes]],
    progress: Progress,
) -> int:
    """Attach what is not there, until all of it is there at once.

    Another publisher of the same image may undo a list between two of our looks at it.
    """
    subject = Descriptor(image.media_type, image.digest, len(image.content))
    attached: set[str] = set()
    for _ in range(_ATTEMPTS):
        known = _known(repository, image.digest)
        missing = [it for it in bundles if _identity(it[1]) not in known]
        if not missing:
            return len(attached)
        for name, content in missing:
            progress.detail(name)
            attach(repository, subject, content)
            attached.add(name)
    raise _not_listed(repository, image.digest, "statements")


def attach(repository: Repository, subject: Descriptor, bundle: bytes) -> None:
    """Attach one bundle and read back that it is listed.

    A registry without the referrers API loses entries when two write at once, so the entry is
    looked for again and written again.

    Raises:
        DoesNotHoldError: it is still not listed after several attempts.
    """
    kind = parse_bundle(bundle).statement.predicate_type
    manifest = bundle_manifest(subject, bundle, kind)
    for content in (EMPTY, bundle):
        digest = digest_of(content)
        if not repository.has_blob(digest):
            repository.put_blob(digest, len(content), partial(io.BytesIO, content))
    for _ in range(_ATTEMPTS):
        repository.add_referrer(subject.digest, manifest)
        if any(it.digest == manifest.digest for it in repository.referrers(subject.digest)):
            return
    raise _not_listed(repository, subject.digest, f"statement {kind}")


def _not_listed(repository: Repository, digest: str, what: str) -> DoesNotHoldError:
    return DoesNotHoldError(
        f"the registry does not list the {what} after {_ATTEMPTS} attempts",
        where=f"{repository.name}@{digest}",
        hint="Let one publisher at a time write statements of an image, then run it again.",
    )


def _known(repository: Repository, digest: str) -> set[tuple[bytes, str]]:
    known = set()
    for descriptor in filter(is_candidate, repository.referrers(digest)):
        try:
            read = read_bundle(repository, descriptor, digest)
            if read is not None:
                known.add(_identity(read[0]))
        except (BadInputError, DoesNotHoldError):
            continue  # not a bundle of ours: nothing is left out because of it
    return known


def _identity(content: bytes) -> tuple[bytes, str]:
    """Name what a bundle says and by which key; a new signature of the same adds nothing."""
    bundle = parse_bundle(content)
    return bundle.payload, bundle.key_hint or bundle.certificate.hex()


def _move_tags(repository: Repository, manifest: Manifest, tags: Sequence[str]) -> None:
    for tag in tags:
        there = repository.manifest(tag)
        if there is None or there.digest != manifest.digest:
            repository.put_manifest(manifest, tag)
