"""The verbs sign, publish and verify, from the files of the working folder to exit codes."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from fips_images import cli, publish
from fips_images.evidence.validation import to_json
from fips_images.model.finding import Status
from tests.attest import samples
from tests.image import archives

IMAGE = "openssl/3.5.7/debian/13/python/3.13"
LONG_AGO = date(2020, 1, 1)  # before today on any machine
SLUG = "python3.13-openssl3.5.7-debian13"
DOCKERFILE = "FROM docker.io/library/debian:13 AS os\nFROM scratch\nCOPY --from=os / /\n"


class Lab:
    """A tree with one image that was built, validated and described."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self.work, self._capsys = root, root / ".fips", capsys
        folder = root / IMAGE
        folder.mkdir(parents=True)
        (folder / "fips-dockerfile").write_text(DOCKERFILE)
        (root / "openssl" / "catalog.yaml").write_text("")
        self.digest = self._build()
        self.evidence = self.work / "evidence" / self.digest.replace(":", "-")
        self.evidence.mkdir(parents=True)
        self.validate(Status.PASS)
        (self.evidence / "sbom.cdx.json").write_text(json.dumps(samples.BOM))

    def _build(self) -> str:
        folder = self.work / "images" / SLUG
        folder.mkdir(parents=True)
        files = archives.layout([archives.layer(("etc/x", b"hello"))])
        archives.write_archive(folder / "image.oci.tar", files)
        digest: str = json.loads(files["index.json"])["manifests"][0]["digest"]
        record = {
            "schema": 1, "slug": SLUG, "image_id": IMAGE, "digest": digest,
            "archive": "image.oci.tar", "platform": "linux/amd64", "identity": samples.DIGEST,
            "engine": {"name": "docker", "version": "26"}, "source_date_epoch": 0, "labels": {},
            "extra_certificates": [], "started": "2026-11-20T10:00:00+00:00", "seconds": 5.0,
            "toolkit": "0", "sources": [],
            "bases": [{"reference": "debian:13", "used": "debian:13", "digest": samples.OTHER,
                       "origin": "made-locally"}],
        }  # fmt: skip
        (folder / "build.json").write_text(json.dumps(record))
        return digest

    def validate(self, *statuses: Status) -> None:
        """Write validation.json."""
        value = to_json(samples.validation(self.digest, *statuses, as_of=LONG_AGO))
        (self.evidence / "validation.json").write_text(json.dumps(value))

    def run(self, verb: str, *words: str) -> tuple[int, str, str]:
        """Run a verb; return exit status, output and errors."""
        argv = [verb, "--root", str(self.root), "--work", str(self.work), *words]
        with pytest.raises(SystemExit) as end:
            cli.main(argv)
        out, err = self._capsys.readouterr()
        return int(end.value.code or 0), out, err


@pytest.fixture
def lab(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Lab:
    """The tree."""
    return Lab(tmp_path / "tree", capsys)


def schema(name: str) -> Any:
    """A schema of the room."""
    return json.loads((Path(publish.__file__).parent / "schemas" / name).read_text())


def test_sign_publish_verify(lab: Lab, tmp_path: Path) -> None:
    assert lab.run("sign", IMAGE)[0] == 0
    outputs = tmp_path / "outputs"
    status, out, _ = lab.run("publish", IMAGE, "--format", "json", "--github-output", str(outputs))
    assert status == 0
    results = json.loads(out)
    jsonschema.validate(results[0], schema("publish.schema.json"))
    assert lab.digest in outputs.read_text()
    assert json.loads((lab.evidence / "publish.json").read_text()) == results[0]

    status, out, _ = lab.run("verify", IMAGE)
    assert status == 0
    assert "holds" in out
    assert "1 checks" in out
    verified = json.loads((lab.evidence / "verify.json").read_text())
    jsonschema.validate(verified, schema("verify.schema.json"))
    assert verified["holds"] is True


def test_a_reference_by_digest_with_a_key_and_a_policy(lab: Lab, tmp_path: Path) -> None:
    lab.run("sign", IMAGE)
    lab.run("publish", IMAGE)
    reference = f"oci:{lab.work / 'registry'}//python@{lab.digest}"
    key = lab.work / "keys" / "signing.pub"
    assert lab.run("verify", reference, "--key", str(key), "--offline")[0] == 0
    policy = tmp_path / "policy.yaml"
    policy.write_text(f"schema: 1\nkeys: [{key}]\nrequire: [test-result, 'https://x.test/v1']\n")
    status, out, _ = lab.run("verify", reference, "--policy", str(policy))
    assert status == 1
    assert "no statement of kind https://x.test/v1" in out


def test_what_failed_is_neither_signed_nor_published(lab: Lab) -> None:
    lab.run("sign", IMAGE)
    lab.validate(Status.PASS, Status.FAIL)
    for verb in ("sign", "publish"):
        status, _, err = lab.run(verb, IMAGE)
        assert status == 1
        assert "does not hold" in err
        assert "next:" in err
    assert not (lab.work / "registry").exists()
    status, out, _ = lab.run("verify", IMAGE)
    assert status == 1
    assert "absent" in out


def test_another_key_is_refused(lab: Lab, tmp_path: Path) -> None:
    lab.run("sign", IMAGE)
    lab.run("publish", IMAGE)
    other = Lab(tmp_path / "other", lab._capsys)
    other.run("sign", IMAGE)
    key = other.work / "keys" / "signing.pub"
    status, out, _ = lab.run("verify", IMAGE, "--key", str(key), "--format", "json")
    assert status == 1
    assert all("another key" in it["reason"] for it in json.loads(out)[0]["failures"])


@pytest.mark.parametrize(
    ("verb", "words", "status", "says"),
    [
        ("publish", (IMAGE,), 2, "no local key"),
        ("verify", (IMAGE,), 2, "no local key"),
        ("verify", ("oci:x//python:1", "--key", "absent.pub"), 2, "absent.pub"),
        ("sign", ("openssl/nothing",), 2, "openssl/nothing"),
        ("sign", (IMAGE, "--key", "absent.pem"), 2, "absent.pem"),
        ("sign", (IMAGE, "--key", "x", "--keyless"), 2, "exclude each other"),
    ],
)
def test_wrong_use_is_one_clear_error(lab: Lab, verb, words, status: int, says: str) -> None:
    found, out, err = lab.run(verb, *words)
    assert found == status, err
    assert says in err
    assert out == ""


def test_offline_refuses_a_network(lab: Lab) -> None:
    lab.run("sign", IMAGE)
    status, _, err = lab.run("verify", "ghcr.io/me/python:1", "--offline")
    assert status == 2
    assert "needs a network" in err


def test_a_reference_that_is_none_is_refused(lab: Lab) -> None:
    lab.run("sign", IMAGE)
    status, _, err = lab.run("verify", "ghcr.io/x:a b")
    assert status == 2
    assert "not a tag" in err


def test_a_result_that_is_too_old_for_the_policy_is_refused(lab: Lab) -> None:
    lab.run("sign", IMAGE)
    lab.run("publish", IMAGE)
    policy = lab.root / "policy.yaml"
    policy.write_text("schema: 1\ntest_result_max_age_days: 30\n")
    words = ("verify", IMAGE, "--policy", str(policy), "--as-of")
    assert lab.run(*words, "2020-01-31")[0] == 0
    status, out, _ = lab.run(*words, "2020-02-01")
    assert status == 1
    assert "31 days old" in out


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("validation.json", "{", "not JSON"),
        ("validation.json", "[]", "validation.json"),
        ("sbom.cdx.json", "[]", "not a JSON object"),
        ("sbom.cdx.json", "{}", "bomFormat"),
    ],
)
def test_damaged_evidence_is_one_clear_error(lab: Lab, name: str, content: str, says: str) -> None:
    (lab.evidence / name).write_text(content)
    status, _, err = lab.run("sign", IMAGE)
    assert status == 2
    assert says in err
    assert not (lab.evidence / "bundles").exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "policy"),
        ("schema: 2", "schema"),
        ("schema: 1\nrequires: []", "requires"),
        ("schema: 1\nkeys: []", "keys"),
        ("schema: 1\ntest_result_max_age_days: -1", "test_result_max_age_days"),
        ("a: [", "not YAML"),
    ],
)
def test_a_policy_that_is_not_one_is_refused(lab: Lab, content: str, says: str) -> None:
    path = lab.root / "policy.yaml"
    path.write_text(content)
    status, _, err = lab.run("verify", IMAGE, "--policy", str(path))
    assert status == 2
    assert says in err
