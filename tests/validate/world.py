"""A good image as values: files, configuration, probe output. Mutants change one thing."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fips_images.image import Image, open_image
from fips_images.validate.facts import (
    CertificateFact,
    CommandFact,
    Facts,
    SbomFact,
    Session,
)
from fips_images.validate.static import collect
from tests.image.archives import layer, layout, member, write_folder
from tests.validate.record import FIXTURE
from tests.validate.tiny_elf import tiny_elf

LIB = "usr/lib/x86_64-linux-gnu"
MODULE = f"{LIB}/ossl-modules/fips.so"
CONFIG = "etc/ssl/openssl.cnf"
MODULE_CONFIG = "etc/ssl/fipsmodule.cnf"
LIBCRYPTO = f"{LIB}/libcrypto.so.3"
OPENSSL = "usr/bin/openssl"
PYTHON = "usr/local/bin/python3"
PREFIX = "io.github.fips-container-images."
#: written out again on purpose: a slip in the package must not change the tests with it
KEY = "f4556650ac31d35461610bac4ed81b1a181b2d8a43ea2854cbae22ca74560813"
VERSION = b"OpenSSL 3.5.7 9 Jun 2026\0"
FOLDERS = b'OPENSSLDIR: "/usr/lib/ssl"\0MODULESDIR: "/usr/lib/x86_64-linux-gnu/ossl-modules"\0'

SWITCHES = [
    "conditional-errors",
    "security-checks",
    "tls1-prf-ems-check",
    "no-short-mac",
    "drbg-no-trunc-md",
    "signature-digest-check",
    "dsa-sign-disabled",
    "hkdf-digest-check",
    "tls13-kdf-digest-check",
    "tls1-prf-digest-check",
    "sshkdf-digest-check",
    "sskdf-digest-check",
    "x963kdf-digest-check",
    "tdes-encrypt-disabled",
    "rsa-pkcs15-pad-disabled",
    "rsa-pss-saltlen-check",
    "rsa-sign-x931-pad-disabled",
    "hkdf-key-check",
    "kbkdf-key-check",
    "tls13-kdf-key-check",
    "tls1-prf-key-check",
    "sshkdf-key-check",
    "sskdf-key-check",
    "x963kdf-key-check",
    "x942kdf-key-check",
    "pbkdf2-lower-bound-check",
    "ecdh-cofactor-check",
    "hmac-key-check",
    "kmac-key-check",
]

OPENSSL_CNF = """config_diagnostics = 1
openssl_conf = openssl_init

.include /etc/ssl/fipsmodule.cnf

[openssl_init]
providers = provider_sect
alg_section = algorithm_sect
ssl_conf = ssl_sect

[provider_sect]
fips = fips_sect
base = base_sect

[base_sect]
activate = 1

[algorithm_sect]
default_properties = fips=yes

[ssl_sect]
system_default = system_default_sect

[system_default_sect]
MinProtocol = TLSv1.2
"""


def mac(content: bytes) -> str:
    """The MAC as fipsmodule.cnf writes it."""
    value = hmac.new(bytes.fromhex(KEY), content, hashlib.sha256).hexdigest().upper()
    return ":".join(value[at : at + 2] for at in range(0, 64, 2))


@dataclass
class File:
    """A file with its metadata."""

    content: bytes
    mode: int = 0o644
    uid: int = 0


@dataclass
class World:
    """Everything facts are made from. `lower` is a layer below, for what is deleted later."""

    files: dict[str, File]
    links: dict[str, str]
    folders: dict[str, int]  # mode
    config: dict[str, Any]
    sessions: dict[str, Any]
    lower: dict[str, bytes] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    certificate: CertificateFact | None = None
    expected_module: str = ""
    sbom: SbomFact | None = None
    bundle: frozenset[str] | None = None
    as_folder: bool = False

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace text in a file; the text must be there."""
        text = self.files[path].content.decode()
        assert old in text, f"{old!r} is not in {path}"
        self.files[path].content = text.replace(old, new).encode()

    def command(self, name: str, status: int, *lines: str, session: str = "own") -> None:
        """Let a command of the probe end in another way."""
        assert name in self.sessions[session]["commands"], name
        self.sessions[session]["commands"][name] = {"status": status, "lines": list(lines)}

    def python(self, name: str, value: Any, session: str = "own") -> None:
        """Let a fact of probe.py be another one."""
        key = f"/{PYTHON}:{name}"
        assert key in self.sessions[session]["python"], key
        self.sessions[session]["python"][key] = value

    def facts(self) -> Facts:
        """Build the image, read it as the verb does, and add the probe's sessions."""
        with tempfile.TemporaryDirectory() as name, self._image(Path(name)) as image:
            static = collect(
                image, bundle=self.bundle or frozenset(), bundle_known=self.bundle is not None
            )
        sessions = [_session(self.sessions[it]) for it in ("own", "confined", "flipped")]
        return Facts(
            static, *sessions, certificate=self.certificate, as_of="2026-11-20",
            expected_module=self.expected_module, sbom=self.sbom,
        )  # fmt: skip

    def _image(self, folder: Path) -> Image:
        items = [
            (member(name, tarfile.DIRTYPE, mode=mode), b"") for name, mode in self.folders.items()
        ]
        for name, it in self.files.items():
            items.append((member(name, mode=it.mode, uid=it.uid), it.content))
        for name, target in self.links.items():
            items.append((member(name, tarfile.SYMTYPE, linkname=target), b""))
        for name in self.deleted:
            head, _, tail = name.rpartition("/")
            items.append((member(f"{head}/.wh.{tail}"), b""))
        layers = [layer(*self.lower.items()), layer(*items)]
        return open_image(write_folder(folder, layout(layers, self.config, compress=False)))


def _session(value: dict[str, Any]) -> Session:
    commands = {
        name: CommandFact(it["status"], tuple(it["lines"]))
        for name, it in value["commands"].items()
    }
    return Session(**{**value, "commands": commands})


_SESSIONS = json.loads(FIXTURE.read_text("utf-8"))


def good() -> World:
    """An image in which nothing is wrong."""
    module = tiny_elf(("libc.so.6",), payload=b"OpenSSL FIPS Provider\x003.5.7\0")
    lines = ["[fips_sect]", "activate = 1", "install-version = 1", f"module-mac = {mac(module)}"]
    lines += [f"{name} = 1" for name in SWITCHES]
    files = {
        LIBCRYPTO: File(tiny_elf(("libc.so.6",), payload=VERSION + FOLDERS)),
        f"{LIB}/libssl.so.3": File(tiny_elf(("libcrypto.so.3",))),
        MODULE: File(module, 0o755),
        CONFIG: File(OPENSSL_CNF.encode()),
        MODULE_CONFIG: File(("\n".join(lines) + "\n").encode()),
        OPENSSL: File(tiny_elf(("libssl.so.3", "libcrypto.so.3"), program=True), 0o755),
        PYTHON: File(tiny_elf(("libpython3.13.so.1.0",), program=True), 0o755),
        "usr/bin/sh": File(tiny_elf(program=True), 0o755),
        "etc/os-release": File(b'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n'),
        "etc/ld.so.conf": File(b"include /etc/ld.so.conf.d/*.conf\n"),
        "etc/ld.so.conf.d/x86_64-linux-gnu.conf": File(f"/{LIB}\n".encode()),
        "var/lib/dpkg/status": File(b"Package: openssl\nStatus: install ok installed\n"),
    }
    links = {
        "bin": "usr/bin",
        "lib": "usr/lib",
        "usr/lib/ssl/openssl.cnf": "/etc/ssl/openssl.cnf",
        "usr/local/ssl/bin/openssl": "/usr/bin/openssl",
    }
    labels = {
        f"{PREFIX}module.name": "OpenSSL FIPS Provider",
        f"{PREFIX}module.version": "3.5.7",
        f"{PREFIX}module.mac": mac(module),
        f"{PREFIX}module.certificate": "none",
        f"{PREFIX}source.identity": "sha256:" + "0" * 64,
    }
    config = {
        "User": "65532:65532",
        "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
        "Labels": labels,
    }
    return World(files, links, {"tmp": 0o1777}, config, copy.deepcopy(_SESSIONS))
