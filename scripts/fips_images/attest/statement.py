"""in-toto Statement v1: one claim (the predicate) about one image manifest (the subject).

Specification: in-toto/attestation, spec/v1/statement.md. The subject carries no name, as cosign's
own statements do, so that the same statement stays true where the image is copied to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from fips_images.attest.canonical import canonical, parse_object
from fips_images.errors import BadInputError

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"

SIGNATURE = "https://sigstore.dev/cosign/sign/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
CYCLONEDX = "https://cyclonedx.org/bom"
PROVENANCE = "https://slsa.dev/provenance/v1"

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Statement:
    """A claim about the images whose manifests have one of the digests (sha256:…)."""

    subjects: tuple[str, ...]
    predicate_type: str
    predicate: dict[str, Any]

    def to_bytes(self) -> bytes:
        """Return the statement as canonical JSON: what is signed."""
        subject = [
            {"digest": {"sha256": digest.removeprefix("sha256:")}} for digest in self.subjects
        ]
        return canonical(
            {
                "_type": STATEMENT_TYPE,
                "subject": subject,
                "predicateType": self.predicate_type,
                "predicate": self.predicate,
            }
        )


def about(digest: str, predicate_type: str, predicate: dict[str, Any]) -> Statement:
    """Make a statement about one image manifest.

    Raises:
        BadInputError: `digest` is not sha256:<64 hexadecimal digits>.
    """
    if not DIGEST.fullmatch(digest):
        raise BadInputError(f"not a sha256 digest: {digest!r}")
    return Statement((digest,), predicate_type, predicate)


def parse_statement(content: bytes) -> Statement:
    """Read a signed payload.

    Raises:
        BadInputError: not an in-toto Statement v1 with sha256 subjects and an object as predicate.
    """
    value = parse_object(content, "the statement")
    if value.get("_type") != STATEMENT_TYPE:
        raise BadInputError(f"not an in-toto Statement v1: _type is {value.get('_type')!r}")
    subject, kind, predicate = (value.get(it) for it in ("subject", "predicateType", "predicate"))
    if not isinstance(kind, str) or not kind:
        raise BadInputError("the statement has no predicateType")
    if not isinstance(predicate, dict):
        raise BadInputError("the statement's predicate is not an object")
    if not isinstance(subject, list) or not subject:
        raise BadInputError("the statement has no subject")
    return Statement(tuple(_digest(it) for it in subject), kind, predicate)


def _digest(subject: Any) -> str:
    digests = subject.get("digest") if isinstance(subject, dict) else None
    digest = f"sha256:{digests.get('sha256')}" if isinstance(digests, dict) else ""
    if not DIGEST.fullmatch(digest):
        raise BadInputError("a subject of the statement has no sha256 digest")
    return digest
