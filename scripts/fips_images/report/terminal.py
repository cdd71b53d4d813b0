"""The report for a terminal: verdict and reasons first, then a table of what was checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from fips_images.model.finding import Status
from fips_images.report.view import Report
from fips_images.report.words import STATUSES, STEPS, VERDICTS

_STYLES = {
    Status.PASS: "green",
    Status.FAIL: "bold red",
    Status.WARN: "yellow",
    Status.WAIVED: "yellow",
    Status.NOT_RUN: "magenta",
    Status.NOT_APPLICABLE: "dim",
}
_TONES = {
    "holds": "bold green",
    "does-not-hold": "bold red",
    "not-run": "bold magenta",
    "done": "green",
    "failed": "bold red",
}


def render_terminal(report: Report) -> RenderableType:
    """Return what to print. All text from outside is plain text, never markup."""
    parts: list[RenderableType] = [
        Text(_printable(report.title), style="bold"),
        Text(report.digest, style="dim"),
        Text(),
        Text.assemble(
            (VERDICTS[report.verdict.value], _TONES[report.verdict.value]),
            f"  {_printable(report.headline)}",
        ),
        *(_indented(f"- {reason}") for reason in report.reasons),
        *_attention(report),
        Text(),
        _checks(report),
        Text(),
        _steps(report),
    ]
    return Group(*parts)


def summary_of(reports: Sequence[Report]) -> RenderableType:
    """One row per image and then its digest in full: what `fipsctl run` ends with."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("Image", "Verdict", "Checks", "Published", "Verified"):
        table.add_column(title, overflow="fold")
    for report in reports:
        verdict = report.verdict.value
        steps = {step.title: step.status for step in report.steps}
        table.add_row(
            Text(_printable(report.title)),
            Text(VERDICTS[verdict], style=_TONES[verdict]),
            Text(_amounts(report)),
            *(_state(steps[title]) for title in ("Publish", "Verify")),
        )
    return Group(table, *(line for report in reports for line in _places(report)))


def _amounts(report: Report) -> str:
    return ", ".join(f"{number} {STATUSES[status]}" for status, number in report.counts if number)


def _state(status: str) -> Text:
    return Text(STEPS[status], style=_TONES.get(status, "magenta"))


def _places(report: Report) -> Iterator[RenderableType]:
    repository = f"{report.publication.repository}@" if report.publication else ""
    yield Text()
    yield Text(_printable(report.title), style="bold")
    yield Text(_printable(f"  {repository}{report.digest}"), overflow="fold")


def _attention(report: Report) -> Iterator[RenderableType]:
    for finding in report.attention:
        yield Text()
        yield Text.assemble(
            (STATUSES[finding.status], _STYLES[finding.status]),
            f"  {_printable(finding.check.id)}  ",
            (_printable(finding.check.title), "bold"),
        )
        yield _indented(finding.reason)
        yield from (_indented(f"seen: {line}") for line in finding.evidence)
        yield _indented(f"remedy: {finding.check.remedy}")


def _indented(text: str) -> Padding:
    return Padding(Text(_printable(text)), (0, 0, 0, 2))


def _checks(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("Category", "Answers"):
        table.add_column(title)
    for category in report.categories:
        answers = Text(", ").join(
            Text(f"{number} {STATUSES[status]}", style=_STYLES[status])
            for status, number in category.counts
        )
        name = Text(f"{category.number:>2} {category.title}")
        table.add_row(name, answers if category.counts else Text("no check in this run", "dim"))
    return table


def _steps(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("Step", "", "Evidence"):
        table.add_column(title, overflow="fold")
    for step in report.steps:
        table.add_row(Text(step.title), _state(step.status), Text(_printable(step.detail)))
    return table


def _printable(text: str) -> str:
    """Without the control characters by which a hostile name could move the cursor."""
    return "".join(it if it.isprintable() else "\N{REPLACEMENT CHARACTER}" for it in text)
