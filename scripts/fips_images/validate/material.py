"""Keys, certificates and messages that the probe works with, made by another implementation.

Private keys are made anew for each run (they protect nothing and never reach the repository);
published test vectors are written from their sources.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

# RFC 6979 A.2.5: P-256, SHA-256, message "sample"
_RFC6979 = (
    0x60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6,
    0x7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299,
)
_RFC6979_SIGNATURE = (
    0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716,
    0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8,
)
# RFC 5903 8.1: initiator's private value, responder's public value
_RFC5903_PRIVATE = 0xC88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433
_RFC5903_PEER = (
    0xD12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63,
    0x56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB,
)
_BLOCK = bytes.fromhex("6bc1bee22e409f96e93d7e117393172a")  # SP 800-38A, first block
_SAMPLE = b"sample"


def write_material(folder: Path) -> None:
    """Write everything that `probes/commands` and `probe.py` read."""
    _write(folder / "empty", b"")
    _write(folder / "abc", b"abc")
    _write(folder / "hi-there", b"Hi There")
    _write(folder / "block", _BLOCK)
    _write(folder / "sample", _SAMPLE)
    _rsa(folder)
    _ecdsa(folder)
    _ecdh(folder)


def _rsa(folder: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    signature = key.sign(_SAMPLE, padding.PKCS1v15(), hashes.SHA256())
    _write(folder / "rsa.pub", _public(key.public_key()))
    _write(folder / "rsa.sig", signature)
    _write(folder / "rsa.bad", _changed(signature))
    _write(folder / "rsa.pem", _private(key) + _certificate(key))


def _ecdsa(folder: Path) -> None:
    public = ec.EllipticCurvePublicNumbers(*_RFC6979, ec.SECP256R1()).public_key()
    signature = encode_dss_signature(*_RFC6979_SIGNATURE)
    _write(folder / "ec.pub", _public(public))
    _write(folder / "ec.sig", signature)
    _write(
        folder / "ec.bad", encode_dss_signature(_RFC6979_SIGNATURE[0], _RFC6979_SIGNATURE[1] ^ 1)
    )
    key = ec.generate_private_key(ec.SECP256R1())
    _write(folder / "ec.pem", _private(key) + _certificate(key))


def _ecdh(folder: Path) -> None:
    key = ec.derive_private_key(_RFC5903_PRIVATE, ec.SECP256R1())
    peer = ec.EllipticCurvePublicNumbers(*_RFC5903_PEER, ec.SECP256R1()).public_key()
    _write(folder / "ecdh.key", _private(key))
    _write(folder / "ecdh.pub", _public(peer))


def _certificate(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "fips-probe.invalid")])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
    )
    certificate = builder.sign(key, hashes.SHA256())
    return certificate.public_bytes(serialization.Encoding.PEM)


def _public(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _private(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _changed(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o644)
