"""Category 10: the CMVP certificate that is claimed, on the day that is asked about."""

from __future__ import annotations

from fips_images.validate.check import HIGH, LOW, Verdict, check, failed, not_run, passed, warned
from fips_images.validate.facts import Facts
from fips_images.validate.reading import module_version

LABEL = "io.github.fips-container-images.module.certificate"
_SOURCE = "NIST CMVP, validated modules list; FIPS 140-3 Management Manual, section on validity"


@check(
    "10-01", "The certificate of this module version is active on the day asked about", LOW,
    source=_SOURCE,
    remedy="Use a module version with an active certificate (docs/modules.md), or state that the "
    "image has none.",
)  # fmt: skip
def certificate_status(facts: Facts) -> Verdict:
    """Looked up by name and version in dated CMVP data; no certificate is a warning, not a pass."""
    found = facts.certificate
    if found is None:
        return not_run("no certificate data was given")
    if found.status == "active":
        return passed(f"certificate {found.number} is active on {facts.as_of}", found.reason,
                      f"data of {found.data_date}")  # fmt: skip
    return warned(f"no active certificate on {facts.as_of}: {found.reason}",
                  f"data of {found.data_date}")  # fmt: skip


@check(
    "10-02", "The image claims no certificate that it does not have", HIGH,
    source=_SOURCE,
    remedy=f"Set the label {LABEL} to the certificate of exactly this module version, or to none.",
)  # fmt: skip
def certificate_claimed(facts: Facts) -> Verdict:
    """The label against the data; a claim that nobody looked up is not-run."""
    claim = facts.static.image.labels.get(LABEL, "").strip().lstrip("#")
    if claim in ("", "none"):
        return passed("the image claims no certificate")
    found = facts.certificate
    version = module_version(facts) or "unknown version"
    if found is None:
        return not_run(f"the image claims certificate {claim} and no certificate data was given")
    if found.number != claim:
        return failed(f"claims certificate {claim}; module {version} has {found.number or 'none'}")
    if found.status != "active":
        return warned(f"certificate {claim} is {found.status} on {facts.as_of}", found.reason)
    return passed(f"certificate {claim} is that of module {version}")


CHECKS = (certificate_status, certificate_claimed)
