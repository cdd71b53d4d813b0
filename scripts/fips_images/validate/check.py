"""What a check is: something known beforehand, and a pure function from facts to a verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fips_images.model.finding import CheckInfo, Finding, Severity, Status
from fips_images.validate.facts import CommandFact, Facts, Session

CRITICAL, HIGH, MEDIUM, LOW = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW


@dataclass(frozen=True, slots=True)
class Verdict:
    """Status, the reason in one sentence, and what was seen."""

    status: Status
    reason: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One rule. `judge` looks at facts only: no image, no engine, no clock."""

    info: CheckInfo
    judge: Callable[[Facts], Verdict]

    def find(self, facts: Facts) -> Finding:
        """Judge the facts."""
        verdict = self.judge(facts)
        return Finding(self.info, verdict.status, verdict.reason, verdict.evidence)


def check(
    number: str, title: str, severity: Severity, *, source: str, remedy: str
) -> Callable[[Callable[[Facts], Verdict]], Check]:
    """Declare a check: `number` is CC-NN, category and number."""
    info = CheckInfo(f"FIPS-{number}", title, int(number[:2]), severity, source, remedy)
    return lambda judge: Check(info, judge)


def passed(reason: str, *evidence: str) -> Verdict:
    """It was observed, and is as it should be."""
    return Verdict(Status.PASS, reason, evidence)


def failed(reason: str, *evidence: str) -> Verdict:
    """It was observed, and is not as it should be."""
    return Verdict(Status.FAIL, reason, evidence)


def warned(reason: str, *evidence: str) -> Verdict:
    """It was observed; somebody should look at it, but it does not break the verdict."""
    return Verdict(Status.WARN, reason, evidence)


def not_applicable(reason: str) -> Verdict:
    """The rule does not concern this image, or nobody could observe it from outside."""
    return Verdict(Status.NOT_APPLICABLE, reason)


def not_run(reason: str) -> Verdict:
    """It could have been observed, but was not."""
    return Verdict(Status.NOT_RUN, reason)


def need(session: Session, *names: str) -> tuple[list[CommandFact], Verdict | None]:
    """Return the commands of a session, or the not-run verdict that says why they are missing."""
    if not session.ran:
        return [], not_run(session.reason)
    found = [session.command(name) for name in names]
    missing = [name for name, fact in zip(names, found, strict=True) if fact is None]
    if missing:
        why = (
            "the image has no openssl program" if not session.commands else "the probe was cut off"
        )
        return [], not_run(f"{why}: no result of {', '.join(missing)}")
    return [fact for fact in found if fact is not None], None
