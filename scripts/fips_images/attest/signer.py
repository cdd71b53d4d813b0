"""Who signs: one protocol, a local key as the default. Keyless signing is in `keyless`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec

from fips_images.attest.bundle import encode, make_key_bundle
from fips_images.attest.keys import PUBLIC_NAME, hint_of, load_private_key, local_key, sign_bytes
from fips_images.attest.statement import Statement
from fips_images.attest.trust import KeyTrust, Trust


class Signer(Protocol):
    """Signs statements."""

    @property
    def name(self) -> str:
        """Who signs, for people: a key's hint or an identity."""

    def sign(self, statement: Statement) -> bytes:
        """Return a Sigstore bundle (JSON) of the statement."""

    @property
    def trust(self) -> Trust | None:
        """What recognises this signer's bundles, so that signing again can be left out."""


@dataclass(frozen=True, slots=True)
class KeySigner:
    """Signs with an ECDSA key; no time stamp, no transparency log."""

    key: ec.EllipticCurvePrivateKey

    @property
    def name(self) -> str:
        """The key's hint."""
        return f"key {hint_of(self.key.public_key())}"

    def sign(self, statement: Statement) -> bytes:
        """Sign the statement's canonical form."""
        payload = statement.to_bytes()
        signature = sign_bytes(self.key, encode(payload))
        return make_key_bundle(payload, signature, hint_of(self.key.public_key()))

    @property
    def trust(self) -> Trust:
        """Its public half."""
        return KeyTrust((self.key.public_key(),))


def local_signer(folder: Path) -> KeySigner:
    """Return the signer of the working folder's key, made on first use.

    Raises:
        BadInputError: the key is not usable.
        EnvironmentFailureError: the folder cannot be written.
    """
    return KeySigner(local_key(folder))


def key_signer(path: Path) -> KeySigner:
    """Return the signer of a key file.

    Raises:
        BadInputError: the key is not usable.
    """
    return KeySigner(load_private_key(path))


def local_public_key(folder: Path) -> Path:
    """Return where the public half of the local key is."""
    return folder / PUBLIC_NAME
