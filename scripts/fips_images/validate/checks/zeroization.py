"""Category 9: what happens to secrets in memory; most of it cannot be seen from outside."""

from __future__ import annotations

from fips_images.validate.check import LOW, MEDIUM, Verdict, check, failed, not_applicable, passed
from fips_images.validate.facts import Facts


@check(
    "09-01", "The module zeroizes keys and other secrets", LOW,
    source="FIPS 140-3 (ISO/IEC 19790) 7.9.7; security policy of the module",
    remedy="Nothing to do: rely on the module's validation.",
)  # fmt: skip
def zeroization(facts: Facts) -> Verdict:
    """Memory of another process's module cannot be observed without changing what is tested."""
    del facts
    return not_applicable("zeroization inside the module cannot be observed from outside; the "
                          "laboratory examined the source for the validation")  # fmt: skip


@check(
    "09-02", "No TLS session keys are written to a file", MEDIUM,
    source="SP 800-52 Rev. 2 section 3.6; Python ssl documentation, SSLKEYLOGFILE",
    remedy="Remove SSLKEYLOGFILE from the image's environment.",
)  # fmt: skip
def key_log(facts: Facts) -> Verdict:
    """SSLKEYLOGFILE makes Python, curl and others write every session's secrets."""
    if not facts.static.has_image_config:
        return not_applicable("a root folder has no image configuration")
    value = facts.static.image.environment.get("SSLKEYLOGFILE", "")
    if value:
        return failed(f"SSLKEYLOGFILE={value}")
    return passed("SSLKEYLOGFILE is not set")


CHECKS = (zeroization, key_log)
