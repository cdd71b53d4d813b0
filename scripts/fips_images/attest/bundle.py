"""The Sigstore bundle v0.3 around a DSSE envelope: made, and read from strangers.

Specifications: secure-systems-lab/dsse (protocol.md, PAE) and sigstore/protobuf-specs
(sigstore_bundle.proto). A bundle by key names the key by a hint and carries no certificate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fips_images.attest.canonical import canonical, from_base64, parse_object, to_base64
from fips_images.attest.statement import PAYLOAD_TYPE, Statement, parse_statement
from fips_images.errors import BadInputError

BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A signed statement. Nothing in it is to be believed before the signature was verified."""

    content: bytes  # the bundle as it was read
    payload: bytes  # what was signed, before the encoding
    signature: bytes
    key_hint: str  # empty for a bundle with a certificate
    certificate: bytes  # DER; empty for a bundle by key

    @property
    def statement(self) -> Statement:
        """Parse the payload.

        Raises:
            BadInputError: it is not an in-toto statement.
        """
        return parse_statement(self.payload)


def encode(payload: bytes, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """Return DSSE's pre-authentication encoding: the bytes that are signed."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def make_key_bundle(payload: bytes, signature: bytes, hint: str) -> bytes:
    """Wrap a statement that was signed with a key of one's own."""
    return canonical(
        {
            "mediaType": BUNDLE_TYPE,
            "verificationMaterial": {"publicKey": {"hint": hint}},
            "dsseEnvelope": {
                "payload": to_base64(payload),
                "payloadType": PAYLOAD_TYPE,
                "signatures": [{"sig": to_base64(signature)}],
            },
        }
    )


def parse_bundle(content: bytes) -> Bundle:
    """Read a bundle that holds a DSSE envelope with exactly one signature.

    Raises:
        BadInputError: anything else.
    """
    value = parse_object(content, "the bundle")
    if value.get("mediaType") != BUNDLE_TYPE:
        raise BadInputError(f"not a Sigstore bundle v0.3: mediaType {value.get('mediaType')!r}")
    envelope = _object(value, "dsseEnvelope")
    if envelope.get("payloadType") != PAYLOAD_TYPE:
        raise BadInputError(f"the envelope's payloadType is {envelope.get('payloadType')!r}")
    signatures = envelope.get("signatures")
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise BadInputError("the envelope does not hold exactly one signature")
    if not isinstance(signatures[0], dict):
        raise BadInputError("the envelope's signature is not an object")
    hint, certificate = _material(_object(value, "verificationMaterial"))
    return Bundle(
        content,
        from_base64(envelope.get("payload"), "the payload"),
        from_base64(signatures[0].get("sig"), "the signature"),
        hint,
        certificate,
    )


def _material(material: dict[str, Any]) -> tuple[str, bytes]:
    if "publicKey" in material:
        return str(_object(material, "publicKey").get("hint", "")), b""
    if "certificate" in material:
        raw = _object(material, "certificate").get("rawBytes")
        return "", from_base64(raw, "the certificate")
    raise BadInputError("the bundle names neither a key nor a certificate")


def _object(value: dict[str, Any], name: str) -> dict[str, Any]:
    inner = value.get(name)
    if not isinstance(inner, dict):
        raise BadInputError(f"the bundle has no {name}")
    return inner
