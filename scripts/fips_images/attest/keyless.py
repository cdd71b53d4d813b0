"""Keyless signing with sigstore-python: the workflow's own identity, a certificate of minutes.

Loaded only where it is used: sigstore's modules take long to load, and signing needs the network
(Fulcio, Rekor, and a trust root by TUF).
"""

from __future__ import annotations

from dataclasses import dataclass

from sigstore import dsse
from sigstore.errors import Error
from sigstore.models import ClientTrustConfig
from sigstore.oidc import IdentityToken, detect_credential
from sigstore.sign import SigningContext

from fips_images.attest.statement import Statement
from fips_images.attest.trust import Trust
from fips_images.errors import EnvironmentFailureError


@dataclass(frozen=True, slots=True)
class KeylessSigner:
    """Signs with a certificate for the identity of the process (OIDC), logged publicly."""

    context: SigningContext
    token: IdentityToken

    @property
    def name(self) -> str:
        """The identity, as the token names it."""
        return f"identity {self.token.identity}"

    @property
    def trust(self) -> Trust | None:
        """None: a bundle from before has a certificate of its own, so it is made anew."""
        return None

    def sign(self, statement: Statement) -> bytes:
        """Sign the statement's canonical bytes; the bundle carries certificate and log entry.

        Raises:
            EnvironmentFailureError: Fulcio, Rekor or the identity token fails.
        """

        try:
            with self.context.signer(self.token) as signer:
                bundle = signer.sign_dsse(dsse.Statement(statement.to_bytes()))
        except (Error, OSError) as error:
            raise _failed(error) from error
        return bundle.to_json().encode("utf-8")


def keyless_signer() -> KeylessSigner:
    """Return a signer with the ambient identity (GitHub Actions and others that `id` knows).

    Raises:
        EnvironmentFailureError: there is no ambient identity, or Sigstore cannot be reached.
    """

    try:
        raw = detect_credential()
        if raw is None:
            raise EnvironmentFailureError(
                "there is no identity to sign with here",
                hint="In GitHub Actions give the job `id-token: write`; elsewhere sign with a key.",
            )
        token = IdentityToken(raw)
        return KeylessSigner(
            SigningContext.from_trust_config(ClientTrustConfig.production()), token
        )
    except (Error, OSError) as error:
        raise _failed(error) from error


def _failed(error: Exception) -> EnvironmentFailureError:
    return EnvironmentFailureError(
        f"keyless signing failed: {type(error).__name__}: {error}",
        hint="Check that Sigstore can be reached, then run the same command again.",
    )
