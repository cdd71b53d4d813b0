"""Values that tests of signing and publishing share."""

from __future__ import annotations

from datetime import date
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from fips_images.attest.content import Moment
from fips_images.attest.judge import REQUIRED, Terms
from fips_images.attest.predicates import BuildFacts, Material
from fips_images.attest.signer import KeySigner
from fips_images.attest.trust import KeyTrust
from fips_images.model.finding import CheckInfo, Finding, Severity, Status, Validation
from fips_images.model.image import BuiltImage

DAY = date(2026, 11, 20)
DIGEST = "sha256:" + "1" * 64
OTHER = "sha256:" + "2" * 64
FACTS = BuildFacts(
    (
        Material("https://example.test/openssl-3.5.7.tar.gz", "sha256:" + "a" * 64),
        Material("docker.io/library/debian:13", "sha256:" + "b" * 64),
    ),
    started="2026-11-20T10:00:00Z",
    finished="2026-11-20T10:05:00Z",
)
BOM: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "components": [{"type": "library", "name": "fips.so"}],
}


def finding(status: Status = Status.PASS, number: int = 1) -> Finding:
    """One finding."""
    check = CheckInfo(f"FIPS-01-{number:02}", "title", 1, Severity.HIGH, "source", "remedy")
    return Finding(check, status, "reason")


def validation(
    digest: str = DIGEST, *statuses: Status, as_of: date = DAY, profile: str = "default"
) -> Validation:
    """A validation with one finding per status; one that passed, unless told otherwise."""
    findings = tuple(
        finding(status, number + 1) for number, status in enumerate(statuses or (Status.PASS,))
    )
    return Validation("image", digest, profile, as_of.isoformat(), findings)


def built(digest: str = DIGEST, archive: str = "image.oci.tar") -> BuiltImage:
    """A build's record."""
    return BuiltImage("slug", "openssl/x/python/3.13", digest, archive, "linux/amd64", "identity")


def signer(curve: ec.EllipticCurve | None = None) -> KeySigner:
    """A signer with a new key."""
    return KeySigner(ec.generate_private_key(curve or ec.SECP256R1()))


def terms(
    who: KeySigner,
    *,
    as_of: date = DAY,
    test_age: int | None = None,
    required: tuple[str, ...] = REQUIRED,
) -> Terms:
    """Terms that believe one signer."""
    trust = KeyTrust((who.key.public_key(),))
    return Terms(trust, Moment(as_of, test_age), required)
