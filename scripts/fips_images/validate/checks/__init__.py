"""The table of checks: one file per family, in the order of their numbers."""

from __future__ import annotations

from fips_images.validate.check import Check
from fips_images.validate.checks import (
    algorithms,
    approved,
    audit,
    certificate,
    configuration,
    container,
    environment,
    failing,
    keys,
    policy,
    resources,
    selftests,
    supply,
    zeroization,
)

#: number -> name of the category
CATEGORIES: dict[int, str] = {
    1: "Module identification and configuration",
    2: "Self-tests",
    3: "Algorithms: known answers",
    4: "Keys and random numbers",
    5: "Approved and non-approved operations",
    6: "Error states",
    7: "Security policy",
    8: "Operational environment",
    9: "Zeroization and data protection",
    10: "Certificate",
    11: "Performance and resources",
    12: "Container posture",
    13: "Audit trail and documentation",
    14: "Vulnerability scanning",
    15: "SBOM",
}

_FAMILIES = (
    configuration, selftests, algorithms, keys, approved, failing, policy, environment, zeroization,
    certificate, resources, container, audit, supply,
)  # fmt: skip

CHECKS: tuple[Check, ...] = tuple(
    sorted((it for family in _FAMILIES for it in family.CHECKS), key=lambda it: it.info.id)
)
