"""Against Debian's docker-registry, with the real cosign and skopeo: what we write, they accept."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fips_images.attest.signer import KeySigner
from fips_images.attest.statement import CYCLONEDX, PROVENANCE, TEST_RESULT, about
from fips_images.model.progress import Silent
from fips_images.publish.layout import LayoutRepository
from fips_images.publish.opening import open_repository
from fips_images.publish.publisher import attach, publish_image
from fips_images.publish.reference import parse_reference
from fips_images.publish.registry import Descriptor, Repository
from fips_images.publish.verify import verify_reference
from tests.attest import samples
from tests.publish.images import Ready, ready

pytestmark = pytest.mark.registry

_CONFIG = """\
version: 0.1
storage: {{filesystem: {{rootdirectory: {folder}/storage}}, delete: {{enabled: true}}}}
http: {{addr: "{address}"}}
log: {{level: error}}
"""
_OTHER = "https://in-toto.io/attestation/vulns/v0.2"


@dataclass(frozen=True)
class Real:
    """A running docker-registry and an image published to it."""

    address: str
    repository: Repository
    image: Ready
    key: Path
    home: Path

    @property
    def reference(self) -> str:
        """The image by digest."""
        return f"{self.address}/fips/python@{self.image.built.digest}"

    def cosign(self, *words: str, key: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run cosign without a network to ask."""
        argv = ["cosign", *words, "--key", str(key or self.key), "--insecure-ignore-tlog"]
        argv += ["--allow-http-registry", self.reference]
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.home)}
        return subprocess.run(
            argv, capture_output=True, text=True, check=False, timeout=120, env=environment
        )


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A docker-registry on loopback."""
    for program in ("docker-registry", "cosign", "skopeo"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    folder = tmp_path_factory.mktemp("docker-registry")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{probe.getsockname()[1]}"
    config = folder / "config.yml"
    config.write_text(_CONFIG.format(folder=folder, address=where))
    with subprocess.Popen(
        ["docker-registry", "serve", str(config)], stderr=subprocess.DEVNULL
    ) as server:
        try:
            _wait_for(where)
            yield where
        finally:
            server.terminate()


def _wait_for(address: str) -> None:
    host, _, port = address.partition(":")
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex((host, int(port))) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("docker-registry does not answer")


def publish(address: str, folder: Path, signer: KeySigner) -> Real:
    """Publish an image signed by the signer."""
    image = ready(folder / "image", str(folder).encode(), signer)
    repository = open_repository(parse_reference(f"{address}/fips/python"), {}, folder)
    publish_image(repository, image.publication("1"), samples.terms(signer), Silent())
    return Real(address, repository, image, write_key(folder / "key.pub", signer), folder)


def write_key(path: Path, signer: KeySigner) -> Path:
    """Write a public key."""
    path.write_bytes(
        signer.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return path


@pytest.fixture(scope="module")
def real(address: str, tmp_path_factory: pytest.TempPathFactory) -> Real:
    """An image signed with a P-256 key."""
    return publish(address, tmp_path_factory.mktemp("real"), samples.signer())


def test_cosign_accepts_the_signature(real: Real) -> None:
    done = real.cosign("verify")
    assert done.returncode == 0, done.stderr
    assert real.image.built.digest in done.stdout


@pytest.mark.parametrize("kind", [TEST_RESULT, CYCLONEDX, PROVENANCE])
def test_cosign_accepts_each_statement_by_its_full_type(real: Real, kind: str) -> None:
    done = real.cosign("verify-attestation", "--type", kind)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[0])["payload"]


def test_cosign_refuses_a_kind_that_is_not_there(real: Real) -> None:
    done = real.cosign("verify-attestation", "--type", _OTHER)
    assert done.returncode != 0
    assert "none of the attestations matched" in done.stderr


def test_cosign_refuses_another_key(real: Real, tmp_path: Path) -> None:
    other = write_key(tmp_path / "other.pub", samples.signer())
    assert real.cosign("verify", key=other).returncode != 0
    assert not verify_reference(real.repository, "1", samples.terms(samples.signer())).holds


def test_a_signed_failure_passes_cosign_verify_and_not_ours(address: str, tmp_path: Path) -> None:
    """Why `cosign verify` alone is not enough (cosign 3): any signed statement satisfies it."""
    real = publish(address, tmp_path, samples.signer())
    manifest = real.repository.manifest("1")
    assert manifest
    subject = Descriptor(manifest.media_type, manifest.digest, len(manifest.content))
    failed = about(manifest.digest, TEST_RESULT, {"result": "FAILED", "configuration": []})
    attach(real.repository, subject, real.image.signer.sign(failed))
    assert real.cosign("verify").returncode == 0
    result = verify_reference(real.repository, "1", samples.terms(real.image.signer))
    assert [it.code for it in result.failures] == ["contradicted"]


def test_a_p384_key_needs_cosign_to_be_told_the_hash(address: str, tmp_path: Path) -> None:
    """cosign 3.1 hashes with SHA-256 unless told; verify-attestation cannot be told."""
    real = publish(address, tmp_path, samples.signer(ec.SECP384R1()))
    assert verify_reference(real.repository, "1", samples.terms(real.image.signer)).holds
    assert real.cosign("verify", "--signature-digest-algorithm", "sha384").returncode == 0
    assert real.cosign("verify").returncode != 0


def test_what_cosign_attached_is_read_and_stays(real: Real, tmp_path: Path) -> None:
    """cosign's own signature goes into the same list, and is a statement of a stranger to us."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "COSIGN_PASSWORD": ""}

    def cosign(*words: str) -> str:
        done = subprocess.run(
            ["cosign", *words], capture_output=True, text=True, check=True, timeout=120,
            env=environment, cwd=tmp_path,
        )  # fmt: skip
        return done.stdout

    cosign("generate-key-pair")
    services = ("fulcio", "rekor", "oidc", "tsa")
    none = cosign("signing-config", "create", *(f"--no-default-{it}" for it in services))
    (tmp_path / "none.json").write_text(none)
    cosign(
        "sign", "-y", "--key", "cosign.key", "--signing-config", "none.json",
        "--allow-http-registry", real.reference,
    )  # fmt: skip
    publish_image(
        real.repository, real.image.publication("1"), samples.terms(real.image.signer), Silent()
    )
    result = verify_reference(real.repository, "1", samples.terms(real.image.signer))
    assert result.holds
    assert [str(it.standing) for it in result.statements].count("stranger") == 1
    assert real.cosign("verify", key=tmp_path / "cosign.pub").returncode == 0


def test_skopeo_reads_our_layout_and_keeps_the_digest(real: Real, tmp_path: Path) -> None:
    layout = LayoutRepository(tmp_path / "layout", "python")
    terms = samples.terms(real.image.signer)
    publish_image(layout, real.image.publication("1"), terms, Silent())
    subprocess.run(
        [
            "skopeo", "copy", "--insecure-policy", "--dest-tls-verify=false",
            f"oci:{tmp_path / 'layout'}:python:1", f"docker://{real.address}/copied/python:1",
        ],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    copied = open_repository(
        parse_reference(f"{real.address}/copied/python"), {}, tmp_path
    ).manifest("1")
    assert copied
    assert copied.digest == real.image.built.digest
