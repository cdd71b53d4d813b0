"""What a host trusts beyond its distribution is found, and only that."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from fips_images.build.ca import extra_certificates, fingerprints, given_trust, host_trust
from fips_images.errors import BadInputError


def _pem(der: bytes) -> bytes:
    text = base64.encodebytes(der)
    return b"-----BEGIN CERTIFICATE-----\n" + text + b"-----END CERTIFICATE-----\n"


def _host(root: Path, *bundle: bytes) -> Path:
    (root / "usr/share/ca-certificates/mozilla").mkdir(parents=True)
    (root / "usr/share/ca-certificates/mozilla/A.crt").write_bytes(_pem(b"A"))
    (root / "etc/ssl/certs").mkdir(parents=True)
    (root / "etc/ssl/certs/ca-certificates.crt").write_bytes(b"".join(map(_pem, bundle)))
    return root


def test_fingerprint_is_the_hash_of_the_der_form() -> None:
    """Comments between the blocks and broken blocks are passed over."""
    text = (
        b"# comment\n" + _pem(b"A") + b"-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----"
    )
    assert fingerprints(text) == {hashlib.sha256(b"A").hexdigest()}


def test_only_what_the_distribution_lacks_is_extra() -> None:
    """The proxy's certificate is told from the distribution's own."""
    extra = extra_certificates(_pem(b"A") + _pem(b"B"), [_pem(b"A")])
    assert extra == {hashlib.sha256(b"B").hexdigest()}


def test_host_without_extra_trust_needs_no_bundle(tmp_path: Path) -> None:
    """A plain host builds without any secret."""
    assert host_trust({}, _host(tmp_path, b"A")) is None


def test_host_with_extra_trust(tmp_path: Path) -> None:
    """A certificate that an administrator added is found in the host's bundle."""
    trust = host_trust({}, _host(tmp_path, b"A", b"B"))
    assert trust
    assert trust.fingerprints == {hashlib.sha256(b"B").hexdigest()}


def test_environment_names_the_bundle(tmp_path: Path) -> None:
    """A file named by the environment comes before the host's bundle."""
    (tmp_path / "corp.pem").write_bytes(_pem(b"C"))
    named = {"SSL_CERT_FILE": str(tmp_path / "corp.pem")}
    trust = host_trust(named, _host(tmp_path, b"A", b"B"))
    assert trust
    assert trust.bundle == tmp_path / "corp.pem"


def test_host_without_a_distributions_set_is_left_alone(tmp_path: Path) -> None:
    """Where "extra" cannot be told, nothing is passed into builds."""
    assert host_trust({"SSL_CERT_FILE": str(tmp_path)}, tmp_path) is None


@pytest.mark.parametrize("content", [None, b"", b"no certificate", _pem(b"x" * 500_000)])
def test_useless_bundle_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """Absent, empty, not PEM, or larger than a build secret may be."""
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInputError, match=r"bundle\.pem"):
        given_trust(path, _host(tmp_path))
