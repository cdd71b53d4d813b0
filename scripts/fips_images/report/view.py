"""Decides what a report says. The renderers lay out a `Report` and decide nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fips_images.model.finding import Finding, Status, Validation
from fips_images.report.claims import Claims, make_claims
from fips_images.report.commands import Command, make_commands
from fips_images.report.evidence import Build, Evidence, Publication, Statement, Verification
from fips_images.report.sbom import Bom
from fips_images.report.words import CATEGORIES, PREDICATES, count, join


class Verdict(StrEnum):
    """What the page says first."""

    HOLDS = "holds"
    DOES_NOT_HOLD = "does-not-hold"
    NOT_RUN = "not-run"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way, and whether it left evidence."""

    title: str
    status: str  # done, failed, not-run
    detail: str


@dataclass(frozen=True, slots=True)
class Category:
    """The findings of one category of checks."""

    number: int
    title: str
    findings: tuple[Finding, ...]
    counts: tuple[tuple[Status, int], ...]  # only those that occur, worst first
    needs_attention: bool


@dataclass(frozen=True, slots=True)
class Attached:
    """A statement with its kind in words."""

    statement: Statement
    kind: str
    about_this_image: bool


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is shown of one image, in the words in which it is shown."""

    title: str
    digest: str
    platform: str
    as_of: str
    verdict: Verdict
    headline: str
    reasons: tuple[str, ...]
    counts: tuple[tuple[Status, int], ...]  # every status, also those with 0
    claims: Claims
    attention: tuple[Finding, ...]
    categories: tuple[Category, ...]
    steps: tuple[Step, ...]
    validation: Validation | None
    build: Build | None
    bom: Bom | None
    statements: tuple[Attached, ...]
    publication: Publication | None
    verification: Verification | None
    commands: tuple[Command, ...]


#: Worst first.
ORDER = (
    Status.FAIL,
    Status.NOT_RUN,
    Status.WARN,
    Status.WAIVED,
    Status.PASS,
    Status.NOT_APPLICABLE,
)


def make_report(evidence: Evidence) -> Report:
    """Put the evidence into words."""
    steps, validation = make_steps(evidence), evidence.validation
    verdict, reasons = _verdict(evidence, steps)
    return Report(
        title=_title(evidence),
        digest=evidence.digest,
        platform=_platform(evidence),
        as_of=validation.as_of if validation else "",
        verdict=verdict,
        headline=_headline(verdict, validation),
        reasons=reasons,
        counts=tuple((status, _number(validation, status)) for status in ORDER),
        claims=make_claims(evidence, holds=verdict is Verdict.HOLDS),
        attention=_attention(validation),
        categories=_categories(validation),
        steps=steps,
        validation=validation,
        build=evidence.build,
        bom=evidence.bom,
        statements=tuple(_attached(it, evidence.digest) for it in evidence.statements),
        publication=evidence.publication,
        verification=evidence.verification,
        commands=make_commands(evidence),
    )


def _title(evidence: Evidence) -> str:
    names = (
        evidence.build.image_id if evidence.build else "",
        evidence.bom.name if evidence.bom else "",
        evidence.validation.subject if evidence.validation else "",
    )
    return next((name for name in names if name), f"Image {evidence.digest[7:19]}")


def _platform(evidence: Evidence) -> str:
    if evidence.build:
        return evidence.build.platform
    return evidence.bom.platform if evidence.bom else ""


def _number(validation: Validation | None, status: Status) -> int:
    return len(validation.with_status(status)) if validation else 0


def _verdict(evidence: Evidence, steps: tuple[Step, ...]) -> tuple[Verdict, tuple[str, ...]]:
    """The validation decides; a step that failed, or speaks of another image, overrules it."""
    validation = evidence.validation
    judged = validation is not None and validation.digest == evidence.digest
    failed = [
        f"{step.title}: {step.detail}."
        for step in steps
        if step.status == "failed" and not (judged and step.title == "Validate")
    ]
    if validation is None:
        verdict = Verdict.DOES_NOT_HOLD if failed else Verdict.NOT_RUN
        return verdict, (*failed, "The image was not validated: nothing is known of what it does.")
    reasons = [*failed, *_validation_reasons(validation)]
    holds = validation.holds and not failed
    return (Verdict.HOLDS if holds else Verdict.DOES_NOT_HOLD), tuple(reasons)


def _validation_reasons(validation: Validation) -> list[str]:
    failing = validation.with_status(Status.FAIL)
    reasons = [f"{finding.check.title}: {finding.reason}" for finding in failing]
    reasons += [
        f"{finding.check.title}: not run, and the verdict needs it. {finding.reason}"
        for finding in validation.unanswered
    ]
    passed = len(validation.with_status(Status.PASS))
    if not passed:
        reasons.append("No check passed: an empty run shows nothing.")
    if not reasons:
        reasons.append(f"{count(passed, 'check')} passed and none failed.")
        reasons += _left_over(validation)
    return reasons


def _left_over(validation: Validation) -> list[str]:
    kinds = ((Status.WARN, "warned"), (Status.WAIVED, "waived"), (Status.NOT_RUN, "not run"))
    parts = [
        f"{count(len(validation.with_status(status)), 'check')} {word}"
        for status, word in kinds
        if validation.with_status(status)
    ]
    return [join(parts) + "; see below."] if parts else []


def _headline(verdict: Verdict, validation: Validation | None) -> str:
    if verdict is Verdict.HOLDS and validation:
        return "Every check that decides was run, and none failed."
    if verdict is Verdict.NOT_RUN:
        return "Nothing was examined."
    failed = _number(validation, Status.FAIL)
    return f"{count(failed, 'check')} failed." if failed else "The evidence does not hold."


def _attention(validation: Validation | None) -> tuple[Finding, ...]:
    """What a person should act on: failures, missing answers that decide, then warnings."""
    if validation is None:
        return ()
    return (
        *validation.with_status(Status.FAIL),
        *validation.unanswered,
        *validation.with_status(Status.WARN),
    )


def _categories(validation: Validation | None) -> tuple[Category, ...]:
    """All known categories in order; one without findings is there too, and says so."""
    findings = validation.findings if validation else ()
    numbers = sorted({*CATEGORIES, *(finding.check.category for finding in findings)})
    return tuple(_category(number, findings) for number in numbers)


def _category(number: int, findings: tuple[Finding, ...]) -> Category:
    own = tuple(finding for finding in findings if finding.check.category == number)
    counts = tuple(
        (status, amount)
        for status in ORDER
        if (amount := sum(finding.status is status for finding in own))
    )
    title = CATEGORIES.get(number, f"Category {number}")
    calm = (Status.PASS, Status.NOT_APPLICABLE)
    return Category(number, title, own, counts, any(it.status not in calm for it in own))


def _attached(statement: Statement, digest: str) -> Attached:
    kind = PREDICATES.get(statement.predicate_type, statement.predicate_type)
    return Attached(statement, kind, statement.subject == digest)


def make_steps(evidence: Evidence) -> tuple[Step, ...]:
    """The steps in the order of the story; a missing one is not-run, never left out."""
    return (
        _build_step(evidence),
        _validate_step(evidence),
        _describe_step(evidence),
        _sign_step(evidence),
        _publish_step(evidence),
        _verify_step(evidence),
    )


def _step(title: str, digest: str, evidence: Evidence, detail: str) -> Step:
    """A step that spoke of another image failed."""
    if digest != evidence.digest:
        return Step(title, "failed", f"it speaks of another image: {digest}")
    return Step(title, "done", detail)


def _build_step(evidence: Evidence) -> Step:
    build = evidence.build
    if build is None:
        return Step("Build", "not-run", "not built by this toolkit, or no record of it")
    return _step("Build", build.digest, evidence, f"{build.engine}, {build.started}")


def _validate_step(evidence: Evidence) -> Step:
    validation = evidence.validation
    if validation is None:
        return Step("Validate", "not-run", "no result")
    detail = f"{count(len(validation.findings), 'check')}, profile {validation.profile}"
    step = _step("Validate", validation.digest, evidence, detail)
    return step if validation.holds or step.status == "failed" else _failed_validation(validation)


def _failed_validation(validation: Validation) -> Step:
    failed, missing = len(validation.with_status(Status.FAIL)), len(validation.unanswered)
    parts = [f"{count(failed, 'check')} failed"] if failed else []
    parts += [f"{count(missing, 'deciding check')} not run"] if missing else []
    return Step("Validate", "failed", join(parts) or "no check passed")


def _describe_step(evidence: Evidence) -> Step:
    bom = evidence.bom
    if bom is None:
        return Step("Describe", "not-run", "no SBOM")
    detail = f"{bom.spec}, {count(len(bom.components) + len(bom.modules), 'component')}"
    return _step("Describe", bom.subject, evidence, detail)


def _sign_step(evidence: Evidence) -> Step:
    statements = evidence.statements
    if not statements:
        return Step("Sign", "not-run", "no statement is signed")
    other = [it.name for it in statements if it.subject != evidence.digest]
    if other:
        return Step("Sign", "failed", f"about another image: {', '.join(other)}")
    return Step("Sign", "done", f"{count(len(statements), 'signed statement')}")


def _publish_step(evidence: Evidence) -> Step:
    published = evidence.publication
    if published is None:
        return Step("Publish", "not-run", "not published")
    return _step("Publish", published.digest, evidence, published.repository)


def _verify_step(evidence: Evidence) -> Step:
    verified = evidence.verification
    if verified is None:
        return Step("Verify", "not-run", "what was published was not verified")
    if not verified.holds:
        return Step("Verify", "failed", "; ".join(verified.problems) or "it does not hold")
    return _step("Verify", verified.digest, evidence, _place(verified.reference))


def _place(reference: str) -> str:
    """The reference without the digest, which is on the page already."""
    return reference.partition("@")[0]
