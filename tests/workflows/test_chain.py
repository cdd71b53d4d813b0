"""The actions one after the other, as the workflows call them: a real engine, a real registry.

What builds and what publishes have separate folders, as they have separate runners; only what the
workflow uploads as `image-<slug>` travels between them.
"""
# ruff: noqa: F811 - a fixture's name is imported, then used as a parameter

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.pipeline.conftest import derived, good_base  # noqa: F401 - fixtures
from tests.publish.test_real import address  # noqa: F401 - fixture
from tests.workflows.runner import Ran, run_action
from tests.workflows.test_hostile import _fipsctl

pytestmark = [pytest.mark.engine, pytest.mark.registry, pytest.mark.timeout(1800)]

IMAGE = "openssl/3.5.7/debian/13/derived"


@dataclass
class Runner:
    """One job's machine: a workspace with the tree, or without one, and its files."""

    folder: Path
    root: Path
    ran: dict[str, Ran] = field(default_factory=dict)

    def __call__(self, name: str, **inputs: str) -> Ran:
        self.folder.mkdir(exist_ok=True)
        setup = {"fipsctl": _fipsctl(self.folder), "root": str(self.root)}
        given = {key.replace("_", "-"): value for key, value in inputs.items()}
        if name in ("discover", "plan", "build", "bom"):
            given["root"] = str(self.root)
        ran = run_action(name, given, self.folder, {"$/actions/setup": lambda _: setup})
        self.ran[name] = ran
        return ran


@pytest.fixture
def keys() -> tuple[str, str]:
    """A private key and its public half, as secret and variable of a repository."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def _carry(source: Runner, target: Runner) -> None:
    """What upload-artifact and download-artifact do with `image-<slug>`."""
    for name in ("evidence", "images"):
        shutil.copytree(source.folder / "temp/fips" / name, target.folder / "temp/fips" / name)


def _tags(where: str, name: str) -> list[str]:
    done = subprocess.run(
        ["skopeo", "list-tags", "--tls-verify=false", f"docker://{where}/fips/{name}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return [
        tag for tag in json.loads(done.stdout or '{"Tags": []}')["Tags"]
        if not tag.startswith("sha256-")
    ]  # fmt: skip


def test_the_published_digest_is_the_tested_digest(
    tmp_path: Path,
    derived,
    address: str,
    keys: tuple[str, str],
) -> None:
    private, public = keys
    tree = derived("USER 65532:65532\n").root
    build, publish, reader = (Runner(tmp_path / name, tree) for name in ("a", "b", "c"))

    assert build("discover").outputs["count"] == "1"
    (shard,) = json.loads(build("plan").outputs["shards"])["include"]
    (row,) = json.loads(shard["images"])["include"]
    for name in ("build", "validate", "bom", "report"):
        more = {"root": str(tree)} if name in ("validate", "report") else {}
        ran = build(name, image=row["id"], **more)
        assert ran.returncode == 0, f"{name}: {ran.log}"
    digest = build.ran["build"].outputs["digest"]
    assert json.loads((build.folder / "temp/validation.json").read_text())["digest"] == digest
    assert build.ran["report"].summary.startswith(f"## Holds: {row['id']}")

    publish.folder.mkdir()
    _carry(build, publish)
    registry = f"{address}/fips"
    for name, more in (
        ("sign", {"key": private}),
        ("publish", {"registry": registry, "public_key": public}),
    ):
        ran = publish(name, image=row["id"], **more)
        assert ran.returncode == 0, f"{name}: {ran.log}"
    reference = publish.ran["publish"].outputs["reference"]
    assert reference.endswith(f"@{digest}")

    ran = reader("verify", image=row["id"], registry=registry, public_key=public)
    assert ran.returncode == 0, ran.log
    assert reader("verify", image=reference, public_key=public).returncode == 0
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    stranger = other.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
    assert reader("verify", image=reference, public_key=stranger).returncode == 1


def test_a_broken_leaf_keeps_its_evidence_and_is_not_published(
    tmp_path: Path,
    derived,
    address: str,
    keys: tuple[str, str],
) -> None:
    private, public = keys
    defect = "RUN sed -i /default_properties/d /etc/ssl/openssl.cnf\n"
    tree = derived(f"USER 0\n{defect}USER 65532:65532\n").root
    build, publish = (Runner(tmp_path / name, tree) for name in ("a", "b"))
    assert build("build", image=IMAGE).returncode == 0
    assert build("validate", image=IMAGE, root=str(tree)).returncode == 1
    assert build("bom", image=IMAGE).returncode == 0
    report = build("report", image=IMAGE, root=str(tree))
    assert report.returncode == 0, report.log
    assert report.summary.startswith(f"## Does not hold: {IMAGE}")
    assert "properties" in report.summary

    publish.folder.mkdir()
    _carry(build, publish)
    before = _tags(address, "derived")
    signed = publish("sign", image=IMAGE, key=private)
    assert signed.returncode == 1, signed.log
    ran = publish("publish", image=IMAGE, registry=f"{address}/fips", public_key=public)
    assert ran.returncode == 1, ran.log
    assert _tags(address, "derived") == before
