"""The report as GitHub's step summary: short, escaped, and far below the limit of 1 MiB."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fips_images.model.finding import Finding
from fips_images.report.view import Report
from fips_images.report.words import STATUSES, STEPS, VERDICTS

#: GitHub drops a step's summary that is larger (docs.github.com, workflow commands).
LIMIT_BYTES = 1024 * 1024
_MOST_FINDINGS = 50
_LONGEST = 600  # characters of one piece of outside text
# Everything that Markdown, HTML or GitHub (mentions, references) may act on.
_SPECIAL = re.compile(r"[\\`*_{}\[\]()<>#+!|~@:&$=-]")


def render_markdown(report: Report) -> str:
    """Return the summary."""
    return "\n".join(_lines(report)) + "\n"


def escape(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    words = " ".join("".join(it if it.isprintable() else " " for it in text).split())
    cut = words if len(words) <= _LONGEST else words[:_LONGEST] + "…"
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", cut)


def _lines(report: Report) -> Iterator[str]:
    yield f"## {VERDICTS[report.verdict.value]}: {escape(report.title)}"
    yield ""
    yield escape(report.headline)
    yield ""
    yield from (f"- {escape(reason)}" for reason in report.reasons[:_MOST_FINDINGS])
    yield ""
    yield f"Digest: {escape(report.digest)}"
    yield from _attention(report.attention)
    yield from _checks(report)
    yield from _steps(report)


def _attention(findings: tuple[Finding, ...]) -> Iterator[str]:
    if not findings:
        return
    yield from ("", "| | Check | Reason | Remedy |", "|---|---|---|---|")
    for finding in findings[:_MOST_FINDINGS]:
        check = finding.check
        cells = (check.id + " " + check.title, finding.reason, check.remedy)
        yield f"| {STATUSES[finding.status]} | " + " | ".join(map(escape, cells)) + " |"
    if len(findings) > _MOST_FINDINGS:
        yield f"\n{len(findings) - _MOST_FINDINGS} more are in report.html."


def _checks(report: Report) -> Iterator[str]:
    yield from ("", "<details><summary>All checks by category</summary>", "")
    yield from ("| Category | Answers |", "|---|---|")
    for category in report.categories:
        counts = ", ".join(f"{number} {STATUSES[status]}" for status, number in category.counts)
        title = f"{category.number} {escape(category.title)}"
        yield f"| {title} | {counts or 'no check in this run'} |"
    yield from ("", "</details>")


def _steps(report: Report) -> Iterator[str]:
    yield from ("", "| Step | | Evidence |", "|---|---|---|")
    for step in report.steps:
        yield f"| {step.title} | {STEPS[step.status]} | {escape(step.detail)} |"
