"""The integrity MAC of an OpenSSL FIPS provider, recomputed from the file."""

from __future__ import annotations

import hmac
from collections.abc import Iterable

#: The key of the module's integrity check, fixed and public: openssl/providers/fips/self_test.c
#: and util/mk-fipsmodule-cnf.pl (FIPS_KEY_STRING).
INTEGRITY_KEY = bytes.fromhex("f4556650ac31d35461610bac4ed81b1a181b2d8a43ea2854cbae22ca74560813")


def module_mac(pieces: Iterable[bytes]) -> str:
    """Return HMAC-SHA256 over the file in the form of fipsmodule.cnf: `23:7C:…`, 32 bytes."""
    mac = hmac.new(INTEGRITY_KEY, digestmod="sha256")
    for piece in pieces:
        mac.update(piece)
    return mac.digest().hex(":").upper()
