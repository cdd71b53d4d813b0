"""Evidence folders made by hand."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from fips_images.describe.cyclonedx import make_bom
from fips_images.describe.inputs import gather
from fips_images.evidence.validation import to_json
from fips_images.model.finding import CheckInfo, Finding, Severity, Status, Validation
from fips_images.tools.syft import parse
from tests.describe import samples

DIGEST = samples.DIGEST
NAME = "openssl/3.5.7/debian/13/python/3.13"


def finding(
    number: str,
    title: str,
    status: str = "pass",
    reason: str = "As expected.",
    severity: str = "high",
    *evidence: str,
) -> Finding:
    """One finding."""
    info = CheckInfo(
        f"FIPS-{number}",
        title,
        int(number.partition("-")[0]),
        Severity(severity),
        "fips_config(5)",
        "Build the image from a rendered Dockerfile.",
    )
    return Finding(info, Status(status), reason, evidence)


GOOD = (
    finding(
        "01-01",
        "The FIPS provider is active",
        "pass",
        "The provider list names fips 3.5.7 as active.",
        "critical",
        "name: OpenSSL FIPS Provider",
        "version: 3.5.7",
        "status: active",
    ),
    finding("01-02", "The MAC of the module is the recorded one", "pass", "Both are AB:CD."),
    finding("02-01", "Self-tests run at every load", "pass", "No install-status is recorded."),
    finding("05-01", "MD5 is refused by OpenSSL", "pass", "EVP_MD_fetch answered: unsupported."),
    finding("05-02", "MD5 is refused by hashlib", "pass", "hashlib.new('md5') raised ValueError."),
    finding(
        "09-01",
        "Key material is zeroized",
        "not-applicable",
        "What happens inside the module cannot be observed from outside.",
        "low",
    ),
    finding("12-01", "The image does not run as root", "pass", "Its user is 65532:65532."),
)
BAD = (
    finding(
        "05-03",
        "default_properties is fips=yes",
        "fail",
        "No default_properties is set, so algorithms that are not approved can be fetched.",
        "critical",
        "/etc/ssl/openssl.cnf: [algorithm_sect] is missing",
    ),
    finding("08-01", "Works with a read-only root", "not-run", "The container did not start."),
    finding("12-02", "No file is set-uid", "warn", "One file is: /usr/bin/su.", "medium"),
)


def validation(*findings: Finding, **changes: Any) -> dict[str, Any]:
    """validation.json, as the validate room writes it."""
    return to_json(Validation(NAME, DIGEST, "default", "2026-11-20", findings, 4.25)) | changes


def build() -> dict[str, Any]:
    """build.json."""
    return {
        "schema": 1,
        "slug": "python3.13-openssl3.5.7-debian13",
        "image_id": NAME,
        "digest": DIGEST,
        "archive": "image.oci.tar",
        "platform": "linux/amd64",
        "identity": "sha256:" + "1" * 64,
        "engine": {"name": "docker", "version": "26.1.5"},
        "bases": [
            {
                "reference": "docker.io/library/debian:13",
                "used": "debian:13",
                "digest": "sha256:" + "2" * 64,
                "origin": "made-locally",
            }
        ],
        "sources": [
            {
                "stage": "openssl-source",
                "url": "https://example.org/openssl-3.5.7.tar.gz",
                "sha256": "a" * 64,
                "file": "openssl-3.5.7.tar.gz",
                "origin": "mirror",
            },
            {
                "stage": "python-source",
                "url": "https://example.org/Python-3.13.5.tar.xz",
                "sha256": "b" * 64,
                "file": "Python-3.13.5.tar.xz",
                "origin": "https://example.org/Python-3.13.5.tar.xz",
            },
        ],
        "source_date_epoch": 0,
        "labels": {},
        "extra_certificates": [],
        "started": "2026-11-20T21:00:00Z",
        "seconds": 312.4,
        "toolkit": "0.1.0",
    }


def bom(**changes: Any) -> dict[str, Any]:
    """sbom.cdx.json, as describe writes it."""
    inventory = parse(samples.encoded(**changes))
    inputs = gather(NAME, inventory, samples.origin(), macs={samples.MODULE: "AB:CD:EF"})
    document: dict[str, Any] = json.loads(make_bom(inputs))
    return document


def bundle(predicate_type: str, digest: str = DIGEST) -> dict[str, Any]:
    """A Sigstore bundle, as far as a report reads it."""
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"digest": {"sha256": digest.removeprefix("sha256:")}}],
        "predicateType": predicate_type,
        "predicate": {},
    }
    payload = base64.b64encode(json.dumps(statement).encode()).decode()
    return {"dsseEnvelope": {"payload": payload, "payloadType": "application/vnd.in-toto+json"}}


def good() -> dict[str, Any]:
    """The files of an image that went all the way; keys are paths in the evidence folder."""
    reference = f"127.0.0.1:5000/fips/python@{DIGEST}"
    return {
        "build.json": build(),
        "validation.json": validation(*GOOD),
        "sbom.cdx.json": bom(),
        "bundles/sign.sigstore.json": bundle("https://sigstore.dev/cosign/sign/v1"),
        "bundles/sbom.sigstore.json": bundle("https://cyclonedx.org/bom"),
        "publish.json": {
            "repository": "127.0.0.1:5000/fips/python",
            "digest": DIGEST,
            "tags": ["3.13.5", "3.13"],
        },
        "verify.json": {"reference": reference, "digest": DIGEST, "holds": True, "failures": []},
    }


def bad() -> dict[str, Any]:
    """The files of an image whose validation failed: nothing after it was done."""
    files = good()
    kept = ("build.json", "sbom.cdx.json")
    return {name: files[name] for name in kept} | {
        "validation.json": validation(*GOOD, *BAD),
    }


def write(root: Path, files: dict[str, Any]) -> Path:
    """Write an evidence folder."""
    folder = root / DIGEST.replace(":", "-")
    folder.mkdir(parents=True)
    for name, value in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(value), "utf-8")
    return folder


def write_json(path: Path, value: Any) -> None:
    """Write one JSON file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), "utf-8")
