"""Judges the statements found for one image: which count, which are missing, what follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from fips_images.attest.bundle import Bundle, parse_bundle
from fips_images.attest.content import Moment, read_content
from fips_images.attest.statement import CYCLONEDX, PROVENANCE, SIGNATURE, TEST_RESULT
from fips_images.attest.trust import AlteredError, StrangerError, Trust
from fips_images.errors import BadInputError, DoesNotHoldError

#: What an image must carry unless a policy says otherwise.
REQUIRED = (SIGNATURE, TEST_RESULT, CYCLONEDX, PROVENANCE)


class Standing(StrEnum):
    """What became of one statement."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # unreadable, altered, or about something else: as if it were not there
    CONTRADICTS = "contradicts"  # rightly signed, and says what must not be said
    STRANGER = "stranger"  # somebody else's
    UNREAD = "unread"  # rightly signed, of a kind that we do not read


@dataclass(frozen=True, slots=True)
class Found:
    """A statement before it is judged: its bundle, where it was, what it was announced as."""

    source: str
    content: bytes
    announced: str = ""  # predicate type by annotation; empty where there is none


@dataclass(frozen=True, slots=True)
class Judged:
    """One statement's standing, with the reason in one sentence."""

    source: str
    predicate_type: str  # as signed; as announced where nothing could be read
    standing: Standing
    reason: str
    signer: str = ""
    said: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the whole does not hold; `code` is stable, for programs."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked of the statements."""

    trust: Trust
    moment: Moment
    required: tuple[str, ...] = field(default=REQUIRED)


def judge(digest: str, found: Iterable[Found], terms: Terms) -> tuple[Judged, ...]:
    """Judge each statement about the image of that digest."""
    return tuple(_judge(digest, it, terms) for it in found)


def failures_of(judged: tuple[Judged, ...], required: tuple[str, ...]) -> tuple[Failure, ...]:
    """Say what is missing and what contradicts; empty when everything required is there."""
    failures = [
        Failure("contradicted", f"{it.predicate_type}: {it.reason}")
        for it in judged
        if it.standing is Standing.CONTRADICTS
    ]
    accepted = {it.predicate_type for it in judged if it.standing is Standing.ACCEPTED}
    for kind in required:
        if kind not in accepted:
            failures.append(_missing(kind, judged))
    return tuple(failures)


def _missing(kind: str, judged: tuple[Judged, ...]) -> Failure:
    """Tell absent from refused: the reasons of what might have been it are the useful part."""
    others = [it for it in judged if it.predicate_type in (kind, "")]
    near = [it for it in others if it.standing in (Standing.REFUSED, Standing.STRANGER)]
    if not near:
        return Failure("missing", f"no statement of kind {kind}")
    reasons = "; ".join(dict.fromkeys(it.reason for it in near[:3]))
    return Failure("refused", f"no acceptable statement of kind {kind}: {reasons}")


def _judge(digest: str, found: Found, terms: Terms) -> Judged:
    try:
        bundle = parse_bundle(found.content)
        kind = bundle.statement.predicate_type
    except BadInputError as error:
        return Judged(found.source, found.announced, Standing.REFUSED, str(error))
    try:
        signer = terms.trust.check(bundle)
    except StrangerError as error:
        return Judged(found.source, kind, Standing.STRANGER, str(error))
    except AlteredError as error:
        # What was altered may be the kind, too: count it as what it was announced as.
        return Judged(found.source, found.announced or kind, Standing.REFUSED, str(error))
    return _judge_content(digest, found, bundle, signer, terms.moment)


def _judge_content(
    digest: str, found: Found, bundle: Bundle, signer: str, moment: Moment
) -> Judged:
    statement = bundle.statement
    kind = statement.predicate_type
    if found.announced not in ("", kind):
        reason = f"announced as {found.announced[:200]}, and is {kind[:200]}"
        return Judged(found.source, found.announced, Standing.REFUSED, reason, signer)
    if digest not in statement.subjects:
        reason = f"it is about another image: {', '.join(statement.subjects[:2])}"
        return Judged(found.source, kind, Standing.REFUSED, reason, signer)
    try:
        claims = read_content(kind, statement.predicate, moment)
    except DoesNotHoldError as error:
        return Judged(found.source, kind, Standing.CONTRADICTS, str(error), signer)
    except BadInputError as error:
        return Judged(found.source, kind, Standing.REFUSED, str(error), signer)
    if claims is None:
        reason = "rightly signed; this toolkit does not read statements of this kind"
        return Judged(found.source, kind, Standing.UNREAD, reason, signer)
    reason = "rightly signed, about this image"
    return Judged(found.source, kind, Standing.ACCEPTED, reason, signer, claims.said, claims.unsaid)
