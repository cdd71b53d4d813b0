"""Trust that a host adds to its distribution's set, e.g. a TLS-inspecting proxy's root.

Builds get it as a secret of single steps; it must never stay in an image. The fingerprints here
let a check prove that. Pure functions over PEM bytes, except where the host is looked at.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fips_images.errors import BadInputError

_BLOCK = re.compile(
    rb"-----BEGIN (?:TRUSTED )?CERTIFICATE-----(.+?)-----END (?:TRUSTED )?CERTIFICATE-----", re.S
)
_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT")
_DISTRIBUTION = Path("usr/share/ca-certificates")
_BUNDLE = Path("etc/ssl/certs/ca-certificates.crt")
_SECRET_LIMIT = 500 * 1024  # bytes; BuildKit: session/secrets/secretsprovider/store.go


@dataclass(frozen=True, slots=True)
class ExtraTrust:
    """A bundle to build with, and the certificates in it that no image may keep."""

    bundle: Path
    fingerprints: frozenset[str]  # SHA-256 of the DER form, hexadecimal


def fingerprints(pem: bytes) -> frozenset[str]:
    """Return the SHA-256 (hexadecimal) of every certificate in the PEM text."""
    found = set()
    for block in _BLOCK.findall(pem):
        try:
            found.add(hashlib.sha256(base64.b64decode(b"".join(block.split()))).hexdigest())
        except binascii.Error:
            continue
    return frozenset(found)


def extra_certificates(bundle: bytes, distribution: Iterable[bytes]) -> frozenset[str]:
    """Return the fingerprints in `bundle` that are in none of the distribution's files."""
    known: set[str] = set()
    for content in distribution:
        known |= fingerprints(content)
    return fingerprints(bundle) - known


def given_trust(bundle: Path, root: Path = Path("/")) -> ExtraTrust:
    """Return the trust of a bundle that the user named.

    Raises:
        BadInputError: it cannot be read, holds no certificate, or is too large for a secret.
    """
    content = _read(bundle)
    if content is None or not fingerprints(content):
        raise BadInputError(
            "no certificate can be read from it",
            where=str(bundle),
            hint="Give --ca-bundle a file with certificates in PEM form.",
        )
    if len(content) > _SECRET_LIMIT:
        raise BadInputError(
            f"{len(content)} bytes are more than a build secret may have ({_SECRET_LIMIT})",
            where=str(bundle),
            hint="Give --ca-bundle a file with only the certificates that are needed.",
        )
    return ExtraTrust(bundle.resolve(), extra_certificates(content, _distribution(root)))


def host_trust(environment: Mapping[str, str], root: Path = Path("/")) -> ExtraTrust | None:
    """Return the bundle of a host that trusts more than its distribution does, else None.

    Looked at, in this order: files that the environment names, and the host's own bundle.
    """
    distribution = _distribution(root)
    if not distribution:
        return None  # not a Debian or Ubuntu host: what is "extra" cannot be told
    named = [Path(environment[name]) for name in _VARIABLES if environment.get(name)]
    for candidate in dict.fromkeys((*named, root / _BUNDLE)):
        content = _read(candidate)
        if content is None or len(content) > _SECRET_LIMIT:
            continue
        extra = extra_certificates(content, distribution)
        if extra:
            return ExtraTrust(candidate.resolve(), extra)
    return None


def choose_trust(bundle: Path | None) -> ExtraTrust | None:
    """Return the trust to build with: the named bundle, else the host's own extra trust."""
    return given_trust(bundle) if bundle else host_trust(os.environ)


def _distribution(root: Path) -> tuple[bytes, ...]:
    """Return the certificates that the distribution itself ships."""
    files = sorted((root / _DISTRIBUTION).rglob("*.crt"))
    return tuple(content for path in files if (content := _read(path)) is not None)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
