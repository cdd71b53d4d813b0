"""A small package list, as values and as syft's JSON."""

from __future__ import annotations

import base64
import json
from pathlib import PurePosixPath
from typing import Any

from fips_images.describe.inputs import BaseImage, Origin, SourcePatch
from fips_images.model.dockerfile import Dockerfile, RemoteSource, Stage

DIGEST = "sha256:" + "d" * 64
MODULE = "/usr/lib/x86_64-linux-gnu/ossl-modules/fips.so"
LIBSSL = "pkg:deb/debian/libssl3t64@3.5.7-1?arch=amd64"
LIBC = "pkg:deb/debian/libc6@2.41?arch=amd64"


def syft_file(path: str, kind: str = "RegularFile") -> dict[str, Any]:
    """One entry of syft's `files`."""
    digests = [{"algorithm": "sha256", "value": f"{len(path):064x}"}]
    return {
        "id": f"file-{path}",
        "location": {"path": path},
        "metadata": {"type": kind, "size": 10},
        "digests": digests if kind == "RegularFile" else [],
    }


def deb(name: str, purl: str, licence: str, spdx: str, source: str = "") -> dict[str, Any]:
    """One Debian package in syft's `artifacts`."""
    return {
        "id": f"id-{name}",
        "name": name,
        "version": purl.partition("@")[2].partition("?")[0],
        "type": "deb",
        "locations": [{"path": "/var/lib/dpkg/status", "annotations": {"evidence": "primary"}}],
        "licenses": [{"value": licence, "spdxExpression": spdx}],
        "purl": purl,
        "metadata": {"source": source},
    }


def document(**changes: Any) -> dict[str, Any]:
    """What syft says of a tiny image: two packages, CPython, a module, one file of nobody."""
    config = {
        "created": "2026-01-02T03:04:05.678Z",
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "Labels": {
                "io.github.fips-container-images.module.name": "OpenSSL FIPS Provider",
                "io.github.fips-container-images.module.version": "3.5.7",
                "io.github.fips-container-images.module.certificate": "4985",
            }
        },
    }
    paths = (
        "/etc/passwd",
        "/etc/ssl/openssl.cnf",
        MODULE,
        "/usr/lib/x86_64-linux-gnu/libssl.so.3",
        "/usr/local/lib/python3.13/os.py",
        "/var/lib/dpkg/info/libc6:amd64.list",
    )
    python = {
        "id": "id-python",
        "name": "python",
        "version": "3.13.5",
        "type": "binary",
        "locations": [],
        "licenses": [],
        "purl": "pkg:generic/python@3.13.5",
    }
    return {
        "artifacts": [
            python,
            deb("libssl3t64", LIBSSL, "Apache-2.0", "Apache-2.0", "openssl"),
            deb("libc6", LIBC, "LGPL-2.1+-with-something", "", "glibc"),
        ],
        "artifactRelationships": [
            {
                "type": "contains",
                "parent": "id-libssl3t64",
                "child": "file-/usr/lib/x86_64-linux-gnu/libssl.so.3",
            },
            {"type": "dependency-of", "parent": "id-libc6", "child": "id-libssl3t64"},
        ],
        "files": [*map(syft_file, paths), syft_file("/tmp", "Directory")],
        "source": {
            "metadata": {
                "manifestDigest": DIGEST,
                "config": base64.b64encode(json.dumps(config).encode()).decode(),
            }
        },
        "distro": {"id": "debian", "versionID": "13", "prettyName": "Debian GNU/Linux 13"},
        "descriptor": {"name": "syft", "version": "1.18.1"},
        **changes,
    }


def encoded(**changes: Any) -> bytes:
    """The same as syft prints it."""
    return json.dumps(document(**changes)).encode()


def dockerfile() -> Dockerfile:
    """A Dockerfile that builds a module and a patched CPython on Debian."""
    sources = (
        RemoteSource("openssl-source", "https://example.org/o", "a" * 64, "openssl-3.5.7.tar.gz"),
        RemoteSource("python-source", "https://example.org/p", "b" * 64, "Python-3.13.5.tar.xz"),
    )
    base = "docker.io/library/debian:13"
    stages = (
        Stage(0, "os", base, False, (), (), (base,), (), 1),
        Stage(1, "python", "os", True, (), ("os", "python-source"), (), ("fips_3.13.patch",), 2),
    )
    return Dockerfile(PurePosixPath("fips-dockerfile"), (), stages, sources)


def origin() -> Origin:
    """What the build of that Dockerfile recorded."""
    base = BaseImage("docker.io/library/debian:13", "sha256:" + "2" * 64)
    patch = SourcePatch("python-source", "fips_3.13.patch", "--- a\n+++ b\n")
    return Origin(dockerfile().sources, (base,), (patch,))
