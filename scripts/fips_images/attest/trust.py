"""Who is believed: decides whether a bundle was signed by somebody that the verifier named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec

from fips_images.attest.bundle import Bundle, encode
from fips_images.attest.keys import hint_of, signature_holds
from fips_images.errors import DoesNotHoldError


class StrangerError(DoesNotHoldError):
    """The bundle is of somebody that the verifier did not name."""


class AlteredError(DoesNotHoldError):
    """The bundle names a believed signer, and the signature does not fit the payload."""


class Trust(Protocol):
    """A set of believed signers."""

    def check(self, bundle: Bundle) -> str:
        """Return the signer's name.

        Raises:
            StrangerError: signed by somebody else.
            AlteredError: not signed at all, though it says so.
        """


@dataclass(frozen=True, slots=True)
class KeyTrust:
    """Believes public keys. The bundle's hint is not evidence, it only sharpens the message."""

    keys: tuple[ec.EllipticCurvePublicKey, ...]

    def check(self, bundle: Bundle) -> str:
        """Try every key."""
        if bundle.certificate:
            raise StrangerError("signed with a certificate, and only keys were named")
        signed = encode(bundle.payload)
        for key in self.keys:
            if signature_holds(key, bundle.signature, signed):
                return f"key {hint_of(key)}"
        if bundle.key_hint in map(hint_of, self.keys):
            raise AlteredError("the signature does not fit: payload or signature was altered")
        raise StrangerError(f"signed by another key (hint {bundle.key_hint[:64] or 'none'})")
