"""The local key, the bundles it signs, and signing again."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from fips_images.attest.bundle import encode, parse_bundle
from fips_images.attest.keys import hint_of, load_public_key, local_key, parse_public_key
from fips_images.attest.predicates import signature
from fips_images.attest.signer import local_public_key, local_signer
from fips_images.attest.signing import sign_evidence
from fips_images.attest.trust import AlteredError, KeyTrust, StrangerError
from fips_images.errors import BadInputError, DoesNotHoldError
from fips_images.model.finding import Status
from tests.attest import samples


def test_the_encoding_is_that_of_the_dsse_specification() -> None:
    """The vector of secure-systems-lab/dsse, protocol.md."""
    payload = b"hello world"
    expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert encode(payload, "http://example.com/HelloWorld") == expected


def test_the_first_use_makes_a_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    first = local_signer(tmp_path / "keys")
    assert (tmp_path / "keys" / "signing.pem").stat().st_mode & 0o777 == 0o600
    assert local_signer(tmp_path / "keys").name == first.name
    names = sorted(path.name for path in (tmp_path / "keys").iterdir())
    assert names == ["signing.pem", "signing.pub"]
    public = load_public_key(local_public_key(tmp_path / "keys"))
    assert f"key {hint_of(public)}" == first.name


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    local_key(tmp_path)
    (tmp_path / "signing.pem").chmod(0o644)
    with pytest.raises(BadInputError, match="others than its owner"):
        local_key(tmp_path)


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    other = rsa.generate_private_key(65537, 2048)
    path = tmp_path / "signing.pem"
    path.write_bytes(
        other.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    path.chmod(0o600)
    with pytest.raises(BadInputError, match="P-256 or P-384"):
        local_key(tmp_path)


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nx\n"])
def test_a_damaged_key_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "signing.pem"
    path.touch(0o600)
    path.write_bytes(content)
    with pytest.raises(BadInputError, match="not a private key"):
        local_key(tmp_path)
    with pytest.raises(BadInputError, match="not a public key"):
        parse_public_key(content)


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()])
def test_what_a_key_signs_its_public_half_accepts(curve: ec.EllipticCurve) -> None:
    who = samples.signer(curve)
    bundle = parse_bundle(who.sign(signature(samples.DIGEST)))
    assert bundle.statement == signature(samples.DIGEST)
    assert who.trust.check(bundle) == who.name


def test_another_key_is_a_stranger_and_an_altered_payload_is_not() -> None:
    who, other = samples.signer(), samples.signer()
    content = json.loads(who.sign(signature(samples.DIGEST)))
    with pytest.raises(StrangerError, match="another key"):
        KeyTrust((other.key.public_key(),)).check(parse_bundle(json.dumps(content).encode()))
    content["dsseEnvelope"]["payload"] = "e30="
    with pytest.raises(AlteredError, match="altered"):
        who.trust.check(parse_bundle(json.dumps(content).encode()))


def test_signing_again_changes_nothing(tmp_path: Path) -> None:
    who = samples.signer()
    arguments = (samples.built(), samples.validation(), samples.BOM, samples.FACTS, who)
    paths = sign_evidence(tmp_path, *arguments)
    assert [path.name for path in paths] == [
        f"{name}.sigstore.json" for name in ("test-result", "sbom", "provenance", "sign")
    ]
    before = [path.read_bytes() for path in paths]
    paths[1].write_bytes(before[1][:100])  # as a writer that is not atomic would leave it
    sign_evidence(tmp_path, *arguments)
    after = [path.read_bytes() for path in paths]
    assert [a == b for a, b in zip(after, before, strict=True)] == [True, False, True, True]
    assert who.trust.check(parse_bundle(after[1])) == who.name


@pytest.mark.parametrize("status", [Status.FAIL, Status.NOT_RUN])
def test_nothing_at_all_is_signed_about_what_does_not_hold(tmp_path: Path, status: Status) -> None:
    value = samples.validation(samples.DIGEST, Status.PASS, status)
    with pytest.raises(DoesNotHoldError):
        sign_evidence(
            tmp_path, samples.built(), value, samples.BOM, samples.FACTS, samples.signer()
        )
    assert list(tmp_path.rglob("*")) == []


def test_a_validation_of_another_digest_signs_nothing(tmp_path: Path) -> None:
    value = samples.validation(samples.OTHER)
    with pytest.raises(DoesNotHoldError, match="not of"):
        sign_evidence(
            tmp_path, samples.built(), value, samples.BOM, samples.FACTS, samples.signer()
        )
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda it: it.update(mediaType="x"), "not a Sigstore bundle"),
        (lambda it: it.pop("dsseEnvelope"), "no dsseEnvelope"),
        (lambda it: it.pop("verificationMaterial"), "no verificationMaterial"),
        (lambda it: it["dsseEnvelope"].update(payloadType="text/plain"), "payloadType"),
        (lambda it: it["dsseEnvelope"].update(signatures=[]), "exactly one signature"),
        (lambda it: it["dsseEnvelope"].update(signatures=["x"]), "not an object"),
        (lambda it: it["dsseEnvelope"].update(payload="%%%"), "not base64"),
        (lambda it: it["verificationMaterial"].pop("publicKey"), "neither a key nor"),
    ],
)
def test_bundles_of_strangers_are_read_strictly(change, says: str) -> None:
    value = json.loads(samples.signer().sign(signature(samples.DIGEST)))
    change(value)
    with pytest.raises(BadInputError, match=says):
        parse_bundle(json.dumps(value).encode())
