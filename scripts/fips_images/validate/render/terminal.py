"""The terminal's view: the verdict and its reasons first, passes only counted."""

from __future__ import annotations

from itertools import groupby

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from fips_images.evidence.validation import counts
from fips_images.model.finding import Finding, Severity, Status, Validation
from fips_images.validate.checks import CATEGORIES

_STYLE = {
    Status.PASS: "green",
    Status.FAIL: "bold red",
    Status.WARN: "yellow",
    Status.NOT_APPLICABLE: "dim",
    Status.NOT_RUN: "magenta",
    Status.WAIVED: "cyan",
}
_ORDER = list(Severity)
_REASONS = 6  # failing checks shown in full; more would push the verdict off the first screen


def print_validation(console: Console, validation: Validation, *, verbose: bool = False) -> None:
    """Print the verdict, the reasons, the counts; with `verbose` every check by category."""
    console.print(_verdict(validation))
    wrong = sorted(validation.with_status(Status.FAIL), key=_weight)
    for finding in wrong[:_REASONS]:
        console.print(_in_full(finding))
    for finding in wrong[_REASONS:]:
        console.print(_in_short(finding))
    for line in _unanswered(validation):
        console.print(line)
    if verbose:
        console.print(_all(validation))
    else:
        for finding in validation.with_status(Status.WARN, Status.WAIVED):
            console.print(_in_short(finding))
    console.print(_counts(validation))


def _verdict(validation: Validation) -> Text:
    text = Text()
    text.append("HOLDS" if validation.holds else "DOES NOT HOLD",
                style="bold green" if validation.holds else "bold red")  # fmt: skip
    text.append(f"  {_plain(validation.subject)}", style="bold")
    if validation.digest:
        text.append(f"  {validation.digest[:19]}", style="dim")
    return text


def _weight(finding: Finding) -> int:
    return _ORDER.index(finding.check.severity)


def _unanswered(validation: Validation) -> list[Text]:
    """One line per reason: a probe that did not run leaves many checks open at once."""
    reasons: dict[str, list[str]] = {}
    for finding in validation.unanswered:
        reasons.setdefault(finding.reason, []).append(finding.check.id)
    lines = []
    for reason, ids in reasons.items():
        text = Text("  ")
        text.append("not-run", style=_STYLE[Status.NOT_RUN])
        text.append(f" {_plain(reason)}: ")
        text.append(" ".join(ids), style="dim")
        lines.append(text)
    return lines


def _in_full(finding: Finding) -> RenderableType:
    lines: list[RenderableType] = [_in_short(finding)]
    for evidence in finding.evidence[:3]:
        lines.append(Padding(Text(_plain(evidence)[:300], style="dim"), (0, 0, 0, 4)))
    if len(finding.evidence) > 3:
        more = f"and {len(finding.evidence) - 3} more (--format json)"
        lines.append(Padding(Text(more, style="dim"), (0, 0, 0, 4)))
    lines.append(Padding(Text(f"remedy: {finding.check.remedy}", style="cyan"), (0, 0, 0, 4)))
    return Group(*lines)


def _in_short(finding: Finding) -> Text:
    text = Text("  ")
    text.append(finding.status.value, style=_STYLE[finding.status])
    text.append(f" {finding.check.id} {finding.check.severity.value}: ", style="dim")
    text.append(f"{finding.check.title}: ")
    text.append(_plain(finding.reason))
    return text


def _all(validation: Validation) -> RenderableType:
    lines: list[RenderableType] = []
    for category, group in groupby(validation.findings, key=lambda it: it.check.category):
        lines.append(Text(f"{category}. {CATEGORIES[category]}", style="bold"))
        lines.extend(_in_short(finding) for finding in group)
    return Group(*lines)


def _counts(validation: Validation) -> Text:
    text = Text("  ")
    for status, number in counts(validation).items():
        if number:
            text.append(f"{number} {status}", style=_STYLE[Status(status)])
            text.append("  ")
    text.append(f"profile {validation.profile}, as of {validation.as_of}, ", style="dim")
    text.append(f"{validation.seconds:.1f} s", style="dim")
    return text


def _plain(text: str) -> str:
    """Text of an image must not move the cursor or change colours."""
    return "".join(it if it.isprintable() else " " for it in text)
