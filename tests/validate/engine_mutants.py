"""Mutants that are real images: derived from a good one, built and run by the engine.

They need no tool of the image: files are taken out, changed here, and copied in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

_MODULE = "/usr/lib/x86_64-linux-gnu/ossl-modules/fips.so"
_CONFIG = "/etc/ssl/openssl.cnf"
_MODULE_CONFIG = "/etc/ssl/fipsmodule.cnf"
_OPENSSL = "/usr/bin/openssl"
_PATHS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

Edit = Callable[[bytes], bytes]


@dataclass(frozen=True)
class EngineMutant:
    """`checks` must all fail. `edits` change files, `copies` put a file elsewhere as it is."""

    name: str
    checks: tuple[str, ...]
    edits: Mapping[str, Edit] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)  # to -> from
    steps: str = ""
    mode: str = "755"
    user: str = "65532:65532"


def _substitute(pattern: str, new: str) -> Edit:
    def edit(content: bytes) -> bytes:
        changed, count = re.subn(pattern, new, content.decode(), flags=re.M)
        assert count, f"{pattern} is not in the file"
        return changed.encode()

    return edit


def _flip(content: bytes) -> bytes:
    return content[:100_000] + bytes([content[100_000] ^ 1]) + content[100_001:]


def _wrapper(_: bytes) -> bytes:
    return (
        b'#!/bin/sh\ncase "$*" in *providers*)\n'
        b'  echo "Providers:"; echo "  fips"; echo "    name: OpenSSL FIPS Provider"\n'
        b'  echo "    version: 3.5.7"; echo "    status: active" ;;\n'
        b'*) exec /usr/bin/openssl.real "$@" ;;\nesac\n'
    )


_NO_PROPERTY = r"^default_properties.*$"

ENGINE_MUTANTS = (
    EngineMutant(
        "one-bit-of-the-module",
        ("FIPS-01-02", "FIPS-01-06", "FIPS-03-01"),
        {_MODULE: _flip},
    ),
    EngineMutant("property-dropped", ("FIPS-01-04",), {_CONFIG: _substitute(_NO_PROPERTY, "")}),
    EngineMutant(
        "default-provider-without-property",
        ("FIPS-01-04", "FIPS-01-05", "FIPS-03-09", "FIPS-05-01", "FIPS-06-01"),
        {
            _CONFIG: lambda it: _substitute(r"^(base *= *)(\S+)", r"\1\2\ndefault = \2")(
                _substitute(_NO_PROPERTY, "")(it)
            )
        },
    ),
    EngineMutant(
        "fips-not-activated",
        ("FIPS-01-03", "FIPS-01-06", "FIPS-03-01"),
        {_MODULE_CONFIG: _substitute(r"^activate.*$", "")},
    ),
    EngineMutant(
        "configuration-elsewhere",
        ("FIPS-01-03", "FIPS-01-06", "FIPS-05-01", "FIPS-06-01", "FIPS-08-01"),
        steps="ENV OPENSSL_CONF=/dev/null",
    ),
    EngineMutant(
        "extended-master-secret-check-off",
        ("FIPS-07-01", "FIPS-07-06"),
        {_MODULE_CONFIG: _substitute(r"^tls1-prf-ems-check = 1", "tls1-prf-ems-check = 0")},
    ),
    EngineMutant(
        "security-checks-off",
        ("FIPS-07-01", "FIPS-04-01"),
        {_MODULE_CONFIG: _substitute(r"^security-checks = 1", "security-checks = 0")},
    ),
    EngineMutant(
        "openssl-is-a-wrapper",
        ("FIPS-08-04",),
        {_OPENSSL: _wrapper},
        {"/usr/bin/openssl.real": _OPENSSL},
    ),
    EngineMutant("root", ("FIPS-12-01",), user="0:0"),
    EngineMutant(
        "configuration-unreadable",
        ("FIPS-01-06", "FIPS-12-04"),
        {_CONFIG: lambda it: it},
        mode="600",
    ),
)
