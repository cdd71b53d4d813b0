"""Category 3: one known answer at least per family of approved algorithms, through the module."""

from __future__ import annotations

import re

from fips_images.validate.check import (
    CRITICAL,
    HIGH,
    Check,
    Verdict,
    check,
    failed,
    need,
    passed,
)
from fips_images.validate.expectations import KnownAnswer, known_answers
from fips_images.validate.facts import CommandFact, Facts
from fips_images.validate.reading import active_provider, implementations

_FAMILIES = (
    ("03-01", "sha2", "SHA-2", "FIPS 180-4"),
    ("03-02", "sha3", "SHA-3", "FIPS 202"),
    ("03-03", "hmac", "HMAC", "FIPS 198-1"),
    ("03-04", "aes", "AES (CBC, CTR, GMAC, CMAC)", "FIPS 197; SP 800-38A, 38B, 38D"),
    ("03-05", "rsa", "RSA signature verification", "FIPS 186-5"),
    ("03-06", "ecdsa", "ECDSA signature verification", "FIPS 186-5"),
    ("03-07", "ecdh", "ECDH", "SP 800-56A Rev. 3"),
    ("03-08", "kdf", "HKDF and PBKDF2", "SP 800-56C Rev. 2; SP 800-132"),
)


def _known_answer(number: str, family: str, name: str, standard: str) -> Check:
    def judge(facts: Facts) -> Verdict:
        answers = known_answers(family)
        found, missing = need(facts.own, *(it.command for it in answers))
        if missing:
            return missing
        wrong = [
            f"{answer.command}: {(fact.text or 'no output')[:160]}"
            for answer, fact in zip(answers, found, strict=True)
            if not _right(answer, fact)
        ]
        if wrong:
            return failed(f"{len(wrong)} of {len(answers)} answers are wrong", *wrong)
        if active_provider(facts.own, "fips") is None:
            return failed("the answers are right, but they do not come from a FIPS module")
        return passed(f"{len(answers)} of {len(answers)}", *(it.source for it in answers))

    return check(
        number, f"{name}: known answers", CRITICAL, source=standard,
        remedy="An approved algorithm gives a wrong answer or none: see which error openssl prints "
        "for the command named, and check that the module is active.",
    )(judge)  # fmt: skip


def _right(answer: KnownAnswer, fact: CommandFact) -> bool:
    if answer.rejects:
        return not fact.ok and re.search(r"erification failure|rror", fact.text) is not None
    if not fact.ok:
        return False
    if not answer.answer:
        return "Verified OK" in fact.text
    return answer.answer.lower() in _plain(fact.text) or answer.answer in fact.text


def _plain(text: str) -> str:
    """Take dump offsets, the printable column and separators out of hexadecimal output."""
    lines = []
    for line in text.splitlines():
        dump = re.match(r"[0-9a-f]{4} - (?P<hex>[0-9a-f \-]{1,49})", line)
        lines.append(dump["hex"] if dump else line)
    return re.sub(r"[\s:\-]", "", "".join(lines)).lower()


@check(
    "03-09", "Every algorithm on offer comes from the fips or base provider", HIGH,
    source="OpenSSL openssl-list(1), fips_module(7)",
    remedy="Deactivate the provider named, or let default_properties keep it out.",
)  # fmt: skip
def origin(facts: Facts) -> Verdict:
    """`openssl list -all-algorithms` names the provider of each implementation."""
    found, missing = need(facts.own, "algorithms")
    if missing:
        return missing
    by_provider = implementations(found[0])
    foreign = {name: algorithms for name, algorithms in by_provider.items()
               if name not in ("fips", "base")}  # fmt: skip
    if "fips" not in by_provider:
        return failed("no algorithm comes from the fips provider", *sorted(by_provider))
    if foreign:
        return failed("algorithms of other providers are on offer",
                      *(f"{name}: {len(it)}" for name, it in sorted(foreign.items())))  # fmt: skip
    return passed(f"{len(by_provider['fips'])} algorithms, all of the module")


CHECKS = (*(_known_answer(*family) for family in _FAMILIES), origin)
