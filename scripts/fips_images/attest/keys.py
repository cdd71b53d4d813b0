"""ECDSA keys as files: the local signing key, and the public keys that verify.

The local key is one of curve P-256, written as PEM PKCS#8 without a password, readable by its owner
only; a P-384 key put in its place is used as it is. Both curves are approved (FIPS 186-5).
"""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fips_images.attest.canonical import to_base64
from fips_images.errors import BadInputError, EnvironmentFailureError
from fips_images.files import write_bytes

PRIVATE_NAME = "signing.pem"
PUBLIC_NAME = "signing.pub"
#: curve -> hash, as sigstore's key algorithms pair them (PKIX_ECDSA_P256_SHA_256, _P384_SHA_384)
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "secp256r1": hashes.SHA256(),
    "secp384r1": hashes.SHA384(),
}


def local_key(folder: Path) -> ec.EllipticCurvePrivateKey:
    """Return the signing key of the folder; the first use makes one. Safe with several at once.

    Raises:
        BadInputError: the file is not a P-256 or P-384 key, or others than its owner can read it.
        EnvironmentFailureError: the folder cannot be written.
    """
    path = folder / PRIVATE_NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _create(path)
        key = _read_private(path)
        _write_public(folder / PUBLIC_NAME, key.public_key())
    except OSError as error:
        raise EnvironmentFailureError(
            f"cannot use the signing key: {error.strerror or error}",
            where=str(path),
            hint="Make the folder writable, or choose another working folder with --work DIR.",
        ) from error
    return key


def load_private_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Read a private key in PEM without a password.

    Raises:
        BadInputError: it cannot be read, is not a P-256 or P-384 key, or others can read it.
    """
    try:
        return _read_private(path)
    except OSError as error:
        raise BadInputError(error.strerror or str(error), where=str(path)) from error


def load_public_key(path: Path) -> ec.EllipticCurvePublicKey:
    """Read a public key in PEM.

    Raises:
        BadInputError: it cannot be read, or is not a P-256 or P-384 public key.
    """
    try:
        return parse_public_key(path.read_bytes())
    except OSError as error:
        raise BadInputError(error.strerror or str(error), where=str(path)) from error
    except BadInputError as error:
        error.where = str(path)
        raise


def parse_public_key(pem: bytes) -> ec.EllipticCurvePublicKey:
    """Read a public key from PEM bytes.

    Raises:
        BadInputError: not a P-256 or P-384 public key.
    """
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadInputError(f"not a public key in PEM: {error}") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name not in _HASHES:
        raise BadInputError("not an ECDSA key of curve P-256 or P-384")
    return key


def hint_of(key: ec.EllipticCurvePublicKey) -> str:
    """Return the name of a key in a Sigstore bundle: base64 of the SHA-256 of its DER SPKI."""
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return to_base64(hashlib.sha256(der).digest())


def sign_bytes(key: ec.EllipticCurvePrivateKey, content: bytes) -> bytes:
    """Sign with the hash that belongs to the key's curve; the signature is in DER."""
    return key.sign(content, ec.ECDSA(_HASHES[key.curve.name]))


def signature_holds(key: ec.EllipticCurvePublicKey, signature: bytes, content: bytes) -> bool:
    """Whether the signature is of this key over this content."""
    try:
        key.verify(signature, content, ec.ECDSA(_HASHES[key.curve.name]))
    except InvalidSignature:
        return False
    return True


def _create(path: Path) -> None:
    """Write a new key as a whole; where another process was quicker, its key stays."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(pem)
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(temporary)  # fails where the name is taken: nothing is overwritten
    finally:
        temporary.unlink(missing_ok=True)


def _read_private(path: Path) -> ec.EllipticCurvePrivateKey:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise BadInputError(
            "others than its owner can read the signing key",
            where=str(path),
            hint=f"chmod 600 {path}, and think about whether it is still yours alone.",
        )
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadInputError(
            f"not a private key in PEM without a password: {error}",
            where=str(path),
            hint="Move it away, and the next run makes a new one.",
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name not in _HASHES:
        raise BadInputError("not an ECDSA key of curve P-256 or P-384", where=str(path))
    return key


def _write_public(path: Path, key: ec.EllipticCurvePublicKey) -> None:
    pem = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    if not path.exists() or path.read_bytes() != pem:
        write_bytes(path, pem)
