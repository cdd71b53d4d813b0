"""Category 6: when the module is broken, cryptography stops; nothing takes its place."""

from __future__ import annotations

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
from fips_images.validate.facts import Facts
from fips_images.validate.reading import active_provider, python_facts, shown, succeeded

_SERVICES = ("kat.sha256", "kat.aes-128-cbc", "drbg.one", "no.md5")
_PYTHON = ("hashlib.new.sha256", "hashlib.new.md5", "hmac.sha256", "tls.default")
_CORRUPT = ("selftest.corrupt-digest", "selftest.corrupt-cipher", "selftest.corrupt-drbg",
            "selftest.corrupt-signature")  # fmt: skip
_SOURCE = "FIPS 140-3 (ISO/IEC 19790) 7.10.1 (error states) and 7.2.4.3 (degraded operation)"


@check(
    "06-01", "With one bit of fips.so changed, nothing is computed", CRITICAL,
    source=_SOURCE,
    remedy="Leave no other provider to fall back to: activate fips and base only, with "
    "default_properties = fips=yes.",
)  # fmt: skip
def flipped_module(facts: Facts) -> Verdict:
    """A changed copy is mounted over fips.so; digests, ciphers and random numbers must fail."""
    if not facts.static.modules:
        return failed("there is no module, so nothing fails without it")
    found, missing = need(facts.flipped, *_SERVICES)
    if missing:
        return missing
    done = [name for name, fact in zip(_SERVICES, found, strict=True) if fact.ok]
    if active_provider(facts.flipped, "fips") is not None:
        return failed("the changed module is active: its integrity is not tested")
    if done:
        return failed(f"still computed without the module: {', '.join(done)}")
    control = facts.own.command("kat.sha256")
    if control is None or not control.ok:
        return not_run("the unchanged image computes nothing either, so this shows nothing")
    return passed("refused to load; digests, ciphers and random numbers stopped")


@check(
    "06-02", "With one bit of fips.so changed, Python computes nothing", CRITICAL,
    source=_SOURCE,
    remedy="Remove Python's own hash modules (FIPS-05-07).",
)  # fmt: skip
def flipped_python(facts: Facts) -> Verdict:
    """hashlib, hmac and ssl must fail, not fall back to code of their own."""
    if not facts.static.pythons:
        return not_applicable("the image has no Python")
    if not facts.static.modules:
        return failed("there is no module, so nothing fails without it")
    if not facts.flipped.ran:
        return not_run(facts.flipped.reason)
    done = []
    for name in _PYTHON:
        values = python_facts(facts.flipped, name)
        if set(values) != set(facts.static.pythons):
            return not_run(f"Python did not answer: {name}")
        done += [f"{python} {name}: {shown(it)}" for python, it in values.items() if succeeded(it)]
    if done:
        return failed("still computed without the module", *done)
    return passed("hashlib, hmac and ssl stopped")


@check(
    "06-03", "A failing self-test keeps the module from loading", HIGH,
    source=_SOURCE + "; openssl-fipsinstall(1), -corrupt_type",
    remedy="Use an unpatched fips.so: the error state is the module's own.",
)  # fmt: skip
def corrupted_self_test(facts: Facts) -> Verdict:
    """One self-test of each of four kinds is corrupted through the module's own test hook."""
    if not facts.static.modules:
        return failed("there is no module")
    found, missing = need(facts.own, "selftest.names", *_CORRUPT)
    if missing:
        return missing
    if not found[0].ok:
        return not_run("the self-tests fail without corruption, so this shows nothing")
    loaded = [name for name, fact in zip(_CORRUPT, found[1:], strict=True)
              if fact.ok or "INSTALL FAILED" not in fact.text]  # fmt: skip
    if loaded:
        return failed(f"the module loaded all the same: {', '.join(loaded)}")
    return passed("digest, cipher, DRBG, signature: each failure was fatal")


CHECKS = (flipped_module, flipped_python, corrupted_self_test)
