"""Category 7: the switches of the security policy, and TLS as it is really spoken."""

from __future__ import annotations

import re

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
    warned,
)
from fips_images.validate.expectations import expectation
from fips_images.validate.facts import CommandFact, Facts
from fips_images.validate.reading import module_version, python_facts, shown, succeeded

_TLS_SOURCE = "SP 800-52 Rev. 2 sections 3.1 and 3.3; FIPS 140-3 IG D.Q (extended master secret)"
_OLD = ("tls.1.1", "tls.1.0")
_NEW = ("tls.1.3", "tls.1.2", "tls.1.2.ecdsa")
_WEAK_OPENSSL = ("tls.chacha20", "tls.chacha20.1.2")
_WEAK_PYTHON = ("tls.chacha20", "tls.rc4", "tls.3des")
_NOBODY = re.compile(r"onnect:errno|onnection refused")
_LOW = ("none", "sslv3", "tlsv1", "tlsv1.0", "tlsv1.1", "dtlsv1")


@check(
    "07-01", "Every check that this module version has is switched on", HIGH,
    source="OpenSSL fips_config(5); openssl-fipsinstall(1), -pedantic; CHANGES 3.1.2 and 3.4",
    remedy="Ship the fipsmodule.cnf of `make install_fips`, or run fipsinstall with -pedantic.",
)  # fmt: skip
def switches(facts: Facts) -> Verdict:
    """The settings of the fips section that is read."""
    setting = facts.static.config.provider("fips")
    if setting is None:
        return failed("the configuration that is read has no fips section")
    version = module_version(facts)
    expected = expectation(version)
    if expected is None:
        return not_run(f"nothing is known about the switches of module version {version or '?'}")
    off = [f"{name} = {setting.settings.get(name, '(missing)')}" for name in expected.switches
           if setting.settings.get(name) != "1"]  # fmt: skip
    if off:
        return failed(f"{len(off)} of {len(expected.switches)} checks are off", *off)
    return passed(f"{len(expected.switches)} of {len(expected.switches)} are on", expected.source)


@check(
    "07-02", "The configuration does not allow TLS below 1.2", HIGH,
    source=_TLS_SOURCE,
    remedy="In [system_default_sect]: MinProtocol = TLSv1.2",
)  # fmt: skip
def minimum_protocol(facts: Facts) -> Verdict:
    """MinProtocol in the section that every SSL_CTX starts with."""
    settings = {key.lower(): value for key, value in facts.static.config.ssl_settings.items()}
    value = settings.get("minprotocol", "")
    if not value:
        return failed("no MinProtocol in the configuration that is read")
    if value.lower() in _LOW:
        return failed(f"MinProtocol = {value}")
    if "seclevel=0" in settings.get("cipherstring", "").lower().replace("@", ""):
        return failed(f"CipherString = {settings['cipherstring']}")
    return passed(f"MinProtocol = {value}")


@check(
    "07-03", "TLS 1.1 and 1.0 cannot be spoken, even by a program that asks for them", CRITICAL,
    source=_TLS_SOURCE,
    remedy="Let the fips provider serve TLS: MD5-SHA1, which TLS below 1.2 needs, is not in it.",
)  # fmt: skip
def old_tls(facts: Facts) -> Verdict:
    """Real handshakes over loopback, of openssl and of Python with its limits lifted."""
    return _handshakes(facts, _OLD, _OLD, wanted=False, good="refused at the handshake")


@check(
    "07-04", "TLS 1.3 and 1.2 work", HIGH,
    source=_TLS_SOURCE,
    remedy="Look at the error: the module must offer AES-GCM, ECDHE and the TLS key derivations.",
)  # fmt: skip
def new_tls(facts: Facts) -> Verdict:
    """Handshakes with an RSA and an ECDSA certificate."""
    return _handshakes(facts, _NEW, ("tls.default", *_NEW), wanted=True, good="RSA and ECDSA")


@check(
    "07-05", "ChaCha20, RC4 and 3DES cipher suites cannot be negotiated", CRITICAL,
    source=_TLS_SOURCE,
    remedy="Activate only fips and base, with default_properties = fips=yes.",
)  # fmt: skip
def weak_suites(facts: Facts) -> Verdict:
    """Handshakes that allow nothing else."""
    return _handshakes(
        facts, _WEAK_OPENSSL, _WEAK_PYTHON, wanted=False, good="none can be negotiated"
    )


@check(
    "07-06", "TLS 1.2 without extended master secret is refused", HIGH,
    source="FIPS 140-3 IG D.Q; RFC 7627; OpenSSL fips_config(5), tls1-prf-ems-check",
    remedy="tls1-prf-ems-check = 1 in fipsmodule.cnf (modules from 3.1 on).",
)  # fmt: skip
def extended_master_secret(facts: Facts) -> Verdict:
    """A handshake with SSL_OP_NO_EXTENDED_MASTER_SECRET on both sides."""
    expected = expectation(module_version(facts))
    if expected is not None and "tls1-prf-ems-check" not in expected.switches:
        return not_applicable(f"module line {expected.line} has no such check")
    names = ("tls.no-ems",)
    return _handshakes(facts, names, names, wanted=False, good="refused at the handshake")


@check(
    "07-07", "No cipher suite on offer is outside the approved algorithms", HIGH,
    source=_TLS_SOURCE,
    remedy="As for FIPS-07-05.",
)  # fmt: skip
def suites_offered(facts: Facts) -> Verdict:
    """`openssl ciphers -s -v`."""
    found, missing = need(facts.own, "ciphers")
    if missing:
        return missing
    words = (
        "CHACHA20",
        "RC4",
        "3DES",
        "DES(",
        "CAMELLIA",
        "ARIA",
        "SEED",
        "IDEA",
        "Enc=None",
        "MD5",
    )
    bad = [
        line.split()[0]
        for line in found[0].lines
        if any(it in line.upper() for it in map(str.upper, words))
    ]
    if bad:
        return failed(f"{len(bad)} suites on offer are not approved", *bad)
    if not found[0].ok or not found[0].lines or not found[0].lines[0].strip():
        return failed("no cipher suite is on offer")
    return passed(f"{len(found[0].lines)} suites, all AES")


def _handshakes(
    facts: Facts, openssl: tuple[str, ...], python: tuple[str, ...], *, wanted: bool, good: str
) -> Verdict:
    """Judge handshakes of openssl's s_client and s_server, and of each Python with itself."""
    found, missing = need(facts.own, "tls.1.3", *openssl)
    if missing:
        return missing
    if not wanted and not _established(found[0]):
        return not_run("openssl cannot shake hands at all, so a refusal shows nothing")
    if any(_NOBODY.search(it.text) for it in found):
        return not_run("the client of a handshake did not reach the server")
    wrong = [
        f"openssl {name}: {fact.text[-160:]}"
        for name, fact in zip(openssl, found[1:], strict=True)
        if _established(fact) is not wanted
    ]
    more, silent = _python_handshakes(facts, python, wanted=wanted)
    if wrong or more:
        return failed("a handshake did not end as it must", *wrong, *more)
    return (
        not_run(silent) if silent else passed(good, *openssl, *python[: len(facts.static.pythons)])
    )


def _established(fact: CommandFact) -> bool:
    return fact.ok and "CONNECTION ESTABLISHED" in fact.text


def _python_handshakes(
    facts: Facts, names: tuple[str, ...], *, wanted: bool
) -> tuple[list[str], str]:
    """Return what is wrong, and why something could not be seen."""
    works = python_facts(facts.own, "tls.default")
    wrong = []
    for name in names:
        values = python_facts(facts.own, name)
        for interpreter in facts.static.pythons:
            if interpreter not in values or interpreter not in works:
                return [], f"{interpreter} did not answer: {name}"
            if succeeded(values[interpreter]) is not wanted:
                wrong.append(f"{interpreter} {name}: {shown(values[interpreter])}")
            elif not wanted and not succeeded(works[interpreter]):
                return [], f"{interpreter} cannot shake hands at all, so a refusal shows nothing"
    return wrong, ""


@check(
    "07-08", "X25519 cannot be negotiated", HIGH,
    source="SP 800-186, SP 800-56A Rev. 3 (X25519 is not among the approved curves); openssl "
    "issue 22105 (offered as fips=yes by accident before 3.4)",
    remedy="With a module before 3.4 set in [system_default_sect]: Groups = P-256:P-384:P-521",
)  # fmt: skip
def groups(facts: Facts) -> Verdict:
    """A handshake with X25519 alone; where a module offers it, the configuration must not."""
    found, missing = need(facts.own, "tls.1.3", "tls.x25519")
    if missing:
        return missing
    if not _established(found[0]):
        return not_run("openssl cannot shake hands at all, so a refusal shows nothing")
    if not _established(found[1]):
        return passed("refused at the handshake")
    settings = {key.lower(): value for key, value in facts.static.config.ssl_settings.items()}
    configured = settings.get("groups", settings.get("curves", ""))
    if configured and not re.search(r"x25519|x448", configured, re.IGNORECASE):
        return warned("the module offers X25519; only the configuration leaves it out", configured)
    return failed("X25519 was negotiated")


CHECKS = (
    switches, minimum_protocol, old_tls, new_tls, weak_suites, extended_master_secret,
    suites_offered, groups,
)  # fmt: skip
