"""What a check says, and what a whole validation run amounts to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """The outcome of one check (design.md section 4, decision 8)."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    WARN = "warn"
    NOT_APPLICABLE = "not-applicable"
    NOT_RUN = "not-run"
    WAIVED = "waived"


class Severity(StrEnum):
    """How much a failure of the check matters."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class CheckInfo:
    """What is known of a check before it runs."""

    id: str  # FIPS-05-03
    title: str
    category: int  # 1..15
    severity: Severity
    source: str  # standard and section, security policy, manual page, or URL
    remedy: str  # what to do when it fails


@dataclass(frozen=True, slots=True)
class Finding:
    """One judgement: a check, its status, the reason in one sentence, and what was seen."""

    check: CheckInfo
    status: Status
    reason: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Validation:
    """All findings about one image."""

    subject: str  # the reference or path that was given
    digest: str
    profile: str
    as_of: str  # ISO date on which matters of date were judged
    findings: tuple[Finding, ...]
    seconds: float = 0.0

    def with_status(self, *statuses: Status) -> tuple[Finding, ...]:
        """Return the findings that have one of the statuses, in order."""
        return tuple(finding for finding in self.findings if finding.status in statuses)

    @property
    def holds(self) -> bool:
        """Whether at least one check passed, none failed, and none that matters was left out.

        An empty run never holds (decision 8). A check of critical or high severity that was not
        run breaks the verdict in every profile; in `strict`, any check that was not run does.
        """
        if self.with_status(Status.FAIL) or self.unanswered:
            return False
        return bool(self.with_status(Status.PASS))

    @property
    def unanswered(self) -> tuple[Finding, ...]:
        """The checks whose not-run breaks the verdict."""
        serious = (Severity.CRITICAL, Severity.HIGH)
        return tuple(
            finding
            for finding in self.with_status(Status.NOT_RUN)
            if self.profile == "strict" or finding.check.severity in serious
        )
