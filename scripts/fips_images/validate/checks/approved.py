"""Category 5: what is not approved is refused, through OpenSSL and through Python."""

from __future__ import annotations

from collections.abc import Iterable

from fips_images.validate.check import (
    CRITICAL,
    HIGH,
    Verdict,
    check,
    failed,
    need,
    not_applicable,
    not_run,
    passed,
)
from fips_images.validate.expectations import expectation
from fips_images.validate.facts import Facts
from fips_images.validate.reading import module_version, python_facts, refused, shown, succeeded

_NEVER = (
    "no.md5", "no.md4", "no.ripemd160", "no.blake2b", "no.sm3", "no.rc4", "no.des",
    "no.chacha20", "no.camellia", "no.scrypt", "no.poly1305",
)  # fmt: skip
_NOT_APPROVED_DIGESTS = ("md4", "md5", "blake2b", "blake2s", "ripemd160", "sm3", "whirlpool")
_PYTHON_SOURCE = "CPython Modules/_hashopenssl.c, Lib/hashlib.py; FIPS 140-3 IG 2.4.A"
_PRIVATE = ("_md5", "_sha1", "_sha2", "_sha256", "_sha512", "_sha3", "_blake2", "_hmac")


@check(
    "05-01", "OpenSSL refuses algorithms that are not approved", CRITICAL,
    source="SP 800-140C Rev. 2 (approved security functions); OpenSSL fips_module(7)",
    remedy="Activate only fips and base, and set default_properties = fips=yes in the section that "
    "is read.",
)  # fmt: skip
def openssl_refuses(facts: Facts) -> Verdict:
    """Fetched by name; an openssl that can do nothing at all refuses nothing either."""
    found, missing = need(facts.own, "kat.sha256", *_NEVER)
    if missing:
        return missing
    if not found[0].ok:
        return failed("openssl cannot even compute SHA-256, so its refusals say nothing")
    done = [name.removeprefix("no.") for name, fact in zip(_NEVER, found[1:], strict=True)
            if not refused(fact)]  # fmt: skip
    if done:
        return failed(f"not refused: {', '.join(done)}")
    return passed(f"{len(_NEVER)} refused: " + ", ".join(it.removeprefix("no.") for it in _NEVER))


@check(
    "05-02", "OpenSSL refuses what this module version must refuse", HIGH,
    source="Security policy of the module, table of non-approved services; data/modules.json",
    remedy="Turn on the switch of fipsmodule.cnf that governs the operation (see FIPS-07-01).",
)  # fmt: skip
def version_refuses(facts: Facts) -> Verdict:
    """3.0, 3.1, 3.4 and 3.5 differ; the table has a source for each."""
    expected = expectation(module_version(facts))
    if expected is None:
        return not_run(f"nothing is known about module version {module_version(facts) or '?'}")
    found, missing = need(facts.own, *expected.refuses)
    if missing:
        return missing
    done = [name for name, fact in zip(expected.refuses, found, strict=True) if not refused(fact)]
    if done:
        return failed(f"not refused by {module_version(facts)}: {', '.join(done)}")
    return passed(f"{len(expected.refuses)} operations refused", expected.source)


@check(
    "05-03", "Nothing is offered outside the property fips=yes", HIGH,
    source="OpenSSL property(7)",
    remedy="Deactivate the default and legacy providers, so that no query can reach them.",
)  # fmt: skip
def property_escape(facts: Facts) -> Verdict:
    """A program that asks with `-fips` (drop the property) must not get MD5."""
    found, missing = need(facts.own, "ask.md5-without-property")
    if missing:
        return missing
    if refused(found[0]):
        return passed("MD5 is refused even when a program drops the property")
    default = facts.static.config.provider("default")
    if default is not None and default.activate:
        return not_applicable("the default provider is active: FIPS-01-05 warns about it")
    return failed("a program that drops the property gets MD5")


@check(
    "05-04", "Python's hashlib refuses digests that are not approved", CRITICAL,
    source=_PYTHON_SOURCE,
    remedy="Configure CPython with --without-builtin-hashlib-hashes and leave out the modules "
    "_md5, _sha1, _sha2, _sha3, _blake2 and _hmac.",
)  # fmt: skip
def hashlib_refuses(facts: Facts) -> Verdict:
    """By attribute, by name, and with usedforsecurity=False."""
    ways = [
        f"hashlib{way}.{name}"
        for name in _NOT_APPROVED_DIGESTS
        for way in ("", ".new", ".insecure")
    ]
    return _python(facts, ways, "refused by every interpreter, also with usedforsecurity=False")


@check(
    "05-05", "Python's hmac refuses digests that are not approved", HIGH,
    source=_PYTHON_SOURCE,
    remedy="As for FIPS-05-04; from Python 3.14 on also disable the module _hmac.",
)  # fmt: skip
def hmac_refuses(facts: Facts) -> Verdict:
    """hmac.new and hmac.digest with MD5 and BLAKE2."""
    names = ("hmac.md5", "hmac.digest.md5", "hmac.blake2b", "hmac.digest.blake2b")
    return _python(facts, names, "HMAC with MD5 and BLAKE2 is refused")


@check(
    "05-06", "Python's key derivation refuses scrypt and PBKDF2 with MD5", HIGH,
    source="SP 800-132; " + _PYTHON_SOURCE,
    remedy="Make hashlib use the image's OpenSSL, with the fips provider and fips=yes.",
)  # fmt: skip
def derivation_refuses(facts: Facts) -> Verdict:
    """hashlib.scrypt and pbkdf2_hmac('md5')."""
    return _python(facts, ("scrypt", "pbkdf2.md5"), "scrypt and PBKDF2-HMAC-MD5 are refused")


@check(
    "05-07", "Python has no hash code of its own", CRITICAL,
    source="CPython Modules/Setup.stdlib.in; cpython issue 118224",
    remedy="Put `*disabled*` with _md5 _sha1 _sha2 _sha3 _blake2 _hmac in Modules/Setup.local.",
)  # fmt: skip
def private_modules(facts: Facts) -> Verdict:
    """The extension modules cannot be imported and are not in lib-dynload."""
    if not facts.static.pythons:
        return not_applicable("the image has no Python")
    if facts.static.private_hash_modules:
        return failed("hash modules outside the boundary", *facts.static.private_hash_modules)
    return _python(facts, [f"import.{name}" for name in _PRIVATE], "none can be imported")


@check(
    "05-08", "Python computes approved digests through OpenSSL", CRITICAL,
    source=_PYTHON_SOURCE,
    remedy="Link CPython's _hashlib and _ssl with the image's libcrypto.",
)  # fmt: skip
def hashlib_works(facts: Facts) -> Verdict:
    """SHA-256 of abc is right and its object is OpenSSL's; the OpenSSL property is on."""
    if not facts.static.pythons:
        return not_applicable("the image has no Python")
    if not facts.own.ran:
        return not_run(facts.own.reason)
    bad = []
    for python in facts.static.pythons:
        value = python_facts(facts.own, "hashlib.new.sha256").get(python)
        mode = python_facts(facts.own, "fips_mode").get(python)
        if value != ["ok", [_SHA256_ABC, "_hashlib.HASH"]]:
            bad.append(f"{python}: sha256 {shown(value)}")
        elif mode != ["ok", 1]:
            bad.append(f"{python}: _hashlib.get_fips_mode() is {shown(mode)}")
    if bad:
        return failed("Python does not hash through a FIPS module", *bad)
    return passed("SHA-256 comes from _hashlib, get_fips_mode() is 1", *facts.static.pythons)


_SHA256_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def _python(facts: Facts, names: Iterable[str], good: str) -> Verdict:
    """Fail when one of the facts succeeded in one interpreter; not-run when one is missing."""
    if not facts.static.pythons:
        return not_applicable("the image has no Python")
    if not facts.own.ran:
        return not_run(facts.own.reason)
    done, silent = [], []
    for name in names:
        values = python_facts(facts.own, name)
        for python in facts.static.pythons:
            if python not in values:
                silent.append(f"{python} {name}")
            elif succeeded(values[python]):
                done.append(f"{python} {name}: {shown(values[python])}")
    if done:
        return failed(f"{len(done)} not refused", *done)
    if silent:
        return not_run(f"Python did not answer: {', '.join(silent[:3])}")
    return passed(good, *facts.static.pythons)


CHECKS = (
    openssl_refuses, version_refuses, property_escape, hashlib_refuses, hmac_refuses,
    derivation_refuses, private_modules, hashlib_works,
)  # fmt: skip
