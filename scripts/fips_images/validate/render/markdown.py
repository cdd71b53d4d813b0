"""Markdown for GitHub's step summary."""

from __future__ import annotations

import re

from fips_images.model.finding import Finding, Status, Validation

_SHOWN = (Status.FAIL, Status.NOT_RUN, Status.WARN, Status.WAIVED)


def to_markdown(validation: Validation) -> str:
    """Verdict first, then what did not pass; what passed is a folded list."""
    verdict = "holds" if validation.holds else "does not hold"
    lines = [
        f"## {_cell(validation.subject)}: {verdict}",
        "",
        _facts(validation),
        "",
    ]
    wrong = [it for status in _SHOWN for it in validation.with_status(status)]
    if wrong:
        lines += ["| check | status | title | reason | remedy |", "|---|---|---|---|---|"]
        lines += [_row(it) for it in wrong]
        lines.append("")
    fine = validation.with_status(Status.PASS, Status.NOT_APPLICABLE)
    lines += [f"<details><summary>{len(fine)} passed or not applicable</summary>", ""]
    lines += [
        f"- {it.check.id} {it.status}: {_cell(it.check.title)}: {_cell(it.reason)}" for it in fine
    ]
    lines += ["", "</details>", ""]
    return "\n".join(lines)


def _facts(validation: Validation) -> str:
    digest = validation.digest or "no digest"
    return f"`{digest}`, profile {validation.profile}, as of {validation.as_of}"


def _row(finding: Finding) -> str:
    info = finding.check
    reason = "; ".join((finding.reason, *finding.evidence[:5]))
    cells = (info.id, finding.status.value, info.title, reason, info.remedy)
    return "| " + " | ".join(_cell(it) for it in cells) + " |"


def _cell(text: str) -> str:
    """Text of an image must not become markup, a link or a mention."""
    flat = re.sub(r"[\x00-\x1f\x7f]+", " ", text)[:500]
    flat = flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|#@~!])", r"\\\1", flat)
