"""Category 4: keys of approved kinds and sizes are made, others are refused; random numbers."""

from __future__ import annotations

from fips_images.validate.check import (
    CRITICAL,
    HIGH,
    Verdict,
    check,
    failed,
    need,
    passed,
)
from fips_images.validate.facts import Facts
from fips_images.validate.reading import refused

_WEAK = ("key.rsa-1024", "key.p192", "key.secp256k1")
_GOOD = ("key.rsa-2048", "key.p256")


@check(
    "04-01", "Keys that are too weak or not approved cannot be made", CRITICAL,
    source="SP 800-131A Rev. 2; FIPS 186-5; SP 800-186",
    remedy="Make sure that security-checks = 1 stands in fipsmodule.cnf and that the fips provider "
    "serves key generation.",
)  # fmt: skip
def weak_keys(facts: Facts) -> Verdict:
    """RSA-1024, P-192 and secp256k1 are refused, while openssl can make other keys."""
    found, missing = need(facts.own, *_WEAK, *_GOOD)
    if missing:
        return missing
    made = [name for name, fact in zip(_WEAK, found, strict=False) if not refused(fact)]
    if made:
        return failed(f"not refused: {', '.join(made)}")
    return passed("refused: RSA-1024, P-192, secp256k1")


@check(
    "04-02", "Approved keys can be made", HIGH,
    source="FIPS 186-5",
    remedy="Look at the error of `openssl genpkey` in the image; the module may not be active.",
)  # fmt: skip
def approved_keys(facts: Facts) -> Verdict:
    """RSA-2048 and P-256."""
    found, missing = need(facts.own, *_GOOD)
    if missing:
        return missing
    bad = [
        f"{name}: {fact.text[:160]}" for name, fact in zip(_GOOD, found, strict=True) if not fact.ok
    ]
    return failed("approved keys cannot be made", *bad) if bad else passed("RSA-2048 and P-256")


@check(
    "04-03", "Random numbers come from the module's DRBG", CRITICAL,
    source="SP 800-90A Rev. 1; OpenSSL EVP_RAND(7)",
    remedy="Let the fips provider serve RAND: no `random` section that names another source, and "
    "default_properties = fips=yes.",
)  # fmt: skip
def random_source(facts: Facts) -> Verdict:
    """Primary, public and private instance are `@ fips`; two draws differ."""
    found, missing = need(facts.own, "random", "drbg.one", "drbg.two")
    if missing:
        return missing
    instances = [line.strip() for line in found[0].lines if " @ " in line]
    if not instances or any(not it.endswith("@ fips") for it in instances):
        return failed("a random instance is not the module's", *instances)
    one, two = found[1].text.strip(), found[2].text.strip()
    if not (found[1].ok and found[2].ok) or len(one) != 64 or one == two:
        return failed("the random generator does not work", one[:80], two[:80])
    return passed("three instances of the module", *instances)


CHECKS = (weak_keys, approved_keys, random_source)
