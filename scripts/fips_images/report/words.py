"""The words of a report: names of categories and statements, and small grammar."""

from __future__ import annotations

from collections.abc import Sequence

from fips_images.model.finding import Status

#: The fifteen categories of checks.
CATEGORIES: dict[int, str] = {
    1: "Module identification and configuration",
    2: "Power-on self-tests",
    3: "Algorithm validation",
    4: "Key generation and management",
    5: "Approved and non-approved operations",
    6: "Error states and boundary conditions",
    7: "Security policy",
    8: "Operational environment",
    9: "Zeroization and data protection",
    10: "Certificate",
    11: "Performance and resources",
    12: "Container image posture",
    13: "Audit trail and documentation",
    14: "Vulnerabilities",
    15: "SBOM",
}

#: predicate type -> what it is
PREDICATES: dict[str, str] = {
    "https://sigstore.dev/cosign/sign/v1": "Signature of the image",
    "https://in-toto.io/attestation/test-result/v0.1": "Result of the validation",
    "https://cyclonedx.org/bom": "SBOM (CycloneDX)",
    "https://spdx.dev/Document/v2.3": "SBOM (SPDX)",
    "https://slsa.dev/provenance/v1": "Provenance of the build",
    "https://in-toto.io/attestation/vulns/v0.2": "Vulnerabilities",
    "https://openvex.dev/ns/v0.2.0": "VEX",
}

STATUSES: dict[Status, str] = {
    Status.PASS: "passed",
    Status.FAIL: "failed",
    Status.WARN: "warned",
    Status.NOT_APPLICABLE: "not applicable",
    Status.NOT_RUN: "not run",
    Status.WAIVED: "waived",
}

STEPS: dict[str, str] = {"done": "done", "failed": "failed", "not-run": "not run"}

NOT_VALIDATED = "Not run: the image was not validated, so no check has an answer."

VERDICTS: dict[str, str] = {
    "holds": "Holds",
    "does-not-hold": "Does not hold",
    "not-run": "Not validated",
}


def count(number: int, noun: str) -> str:
    """Return `1 check`, `3 checks`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def join(parts: Sequence[str]) -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
