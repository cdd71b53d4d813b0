"""Categories 14 and 15: what scanners and the SBOM need is there, and the SBOM names the module."""

from __future__ import annotations

from fips_images.validate.check import (
    HIGH,
    LOW,
    MEDIUM,
    Verdict,
    check,
    failed,
    not_applicable,
    not_run,
    passed,
)
from fips_images.validate.facts import Facts


@check(
    "14-01", "The packages can be matched with known vulnerabilities", MEDIUM,
    source="NIST SP 800-190 section 3.1.1",
    remedy="Keep the package database (/var/lib/dpkg/status or /lib/apk/db/installed).",
)  # fmt: skip
def package_database(facts: Facts) -> Verdict:
    """Without a package database a scanner reports nothing, which looks like no vulnerability."""
    if facts.static.packages == 0:
        return failed("there is no package database: scanners are blind")
    return passed(f"{facts.static.packages} packages are recorded")


@check(
    "14-02", "No known vulnerability of high severity", LOW,
    source="NIST SP 800-190 section 3.1.1",
    remedy="Run a scanner with a current database on the SBOM of `fipsctl bom`.",
)  # fmt: skip
def vulnerabilities(facts: Facts) -> Verdict:
    """This verb has no vulnerability data; it says so, and never passes."""
    del facts
    return not_run("this toolkit does not match vulnerabilities yet; use a scanner on the SBOM")


@check(
    "15-01", "The SBOM names the module by its hash", HIGH,
    source="NTIA minimum elements for an SBOM; CycloneDX 1.6, component.hashes",
    remedy="Make the SBOM of exactly this image with `fipsctl bom`.",
)  # fmt: skip
def sbom_module(facts: Facts) -> Verdict:
    """sha256 of fips.so among the hashes of the SBOM's components."""
    sbom = facts.sbom
    if sbom is None:
        return not_applicable("no SBOM was given (--sbom FILE)")
    if sbom.problem:
        return failed(f"{sbom.path}: {sbom.problem}")
    if not facts.static.modules:
        return failed("there is no module for the SBOM to name")
    if facts.static.modules[0].sha256 not in sbom.hashes:
        return failed("the SBOM does not name this fips.so",
                      f"sha256:{facts.static.modules[0].sha256}")  # fmt: skip
    return passed(f"{sbom.components} components, the module among them")


CHECKS = (package_database, vulnerabilities, sbom_module)
