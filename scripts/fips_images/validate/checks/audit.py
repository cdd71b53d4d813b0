"""Category 13: what the image says about itself is what was measured, and nothing more."""

from __future__ import annotations

import re

from fips_images.validate.check import (
    HIGH,
    LOW,
    MEDIUM,
    Verdict,
    check,
    failed,
    not_applicable,
    passed,
    warned,
)
from fips_images.validate.facts import Facts

_PREFIX = "io.github.fips-container-images."
_ADJECTIVE = re.compile(
    r"fips[ _\-.]*(140[ _\-]?[23])?[ _\-.]*"
    r"(compliant|certified|validated|approved|compliance|enabled)",
    re.IGNORECASE,
)
_NO = ("false", "no", "0", "none", "")


@check(
    "13-01", "The label of the module's MAC is the measured MAC", HIGH,
    source="design decision 9: labels state measured facts",
    remedy="Write the label from the built fips.so, in the same build.",
)  # fmt: skip
def mac_label(facts: Facts) -> Verdict:
    """Compared without separators and case."""
    label = facts.static.image.labels.get(f"{_PREFIX}module.mac", "")
    if not label:
        return not_applicable("the image has no such label")
    if not facts.static.modules:
        return failed("a label names a MAC, but there is no module")
    measured = facts.static.modules[0].mac
    if _plain(label) != _plain(measured):
        return failed(
            "the label is not the measured MAC", f"label    {label}", f"measured {measured}"
        )
    return passed(measured)


def _plain(text: str) -> str:
    return re.sub(r"[^0-9a-f]", "", text.lower())


@check(
    "13-02", "No label claims more than can be measured", HIGH,
    source="design decision 9; NIST CMVP, rules for the use of the FIPS 140 marks",
    remedy="Remove the label; state module, version, MAC and certificate number instead.",
)  # fmt: skip
def adjectives(facts: Facts) -> Verdict:
    """Words such as compliant, certified, validated or enabled beside FIPS."""
    if not facts.static.has_image_config:
        return not_applicable("a root folder has no labels")
    bad = [
        f"{key}={value}"
        for key, value in facts.static.image.labels.items()
        if (_ADJECTIVE.search(key) and value.lower() not in _NO) or _ADJECTIVE.search(value)
    ]
    if bad:
        return failed("labels that nobody can measure", *bad)
    return passed(f"{len(facts.static.image.labels)} labels")


@check(
    "13-03", "The image says which module it has and which source it is built from", LOW,
    source="design decision 9; OCI image specification, annotations",
    remedy=f"Set {_PREFIX}module.name, .version, .certificate and source.identity.",
)  # fmt: skip
def labels_present(facts: Facts) -> Verdict:
    """Missing labels are a warning: images of others have none.

    The MAC is not asked for: a Dockerfile cannot state what its own build will measure.
    """
    if not facts.static.has_image_config:
        return not_applicable("a root folder has no labels")
    wanted = (
        "module.name",
        "module.version",
        "module.certificate",
        "source.identity",
    )
    missing = [it for it in wanted if not facts.static.image.labels.get(_PREFIX + it)]
    if missing:
        return warned(f"labels that are missing: {', '.join(missing)}")
    return passed("module, version, certificate and source are stated")


@check(
    "13-04", "The operating system says what it is", MEDIUM,
    source="os-release(5)",
    remedy="Keep /etc/os-release when files are removed.",
)  # fmt: skip
def os_release(facts: Facts) -> Verdict:
    """Scanners and auditors need it."""
    if facts.static.os_name:
        return passed(facts.static.os_name)
    return failed("there is no /etc/os-release with a name")


CHECKS = (mac_label, adjectives, labels_present, os_release)
