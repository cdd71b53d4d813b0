"""Waivers: a failing check that somebody answers for, with a reason, until a day."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from fips_images.errors import BadInputError
from fips_images.model.finding import Finding, Status

_KEYS = {"check", "owner", "reason", "expires"}
_EXAMPLE = (
    "Write: waivers: [{check: FIPS-12-02, owner: jane@example.org, reason: 'why', "
    "expires: 2027-01-31}]"
)


@dataclass(frozen=True, slots=True)
class Waiver:
    """One accepted failure. It holds through the day `expires`."""

    check: str
    owner: str
    reason: str
    expires: date


def read_waivers(path: Path, known: frozenset[str]) -> tuple[Waiver, ...]:
    """Read a waiver file; `known` are the identifiers of checks.

    Raises:
        BadInputError: unreadable, or not of the form of docs/validation.md; lists all problems.
    """
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise BadInputError(f"cannot read it: {error}", where=str(path), hint=_EXAMPLE) from error
    if not isinstance(document, dict) or set(document) != {"waivers"}:
        raise BadInputError("needs the one key `waivers`", where=str(path), hint=_EXAMPLE)
    items = document["waivers"]
    if not isinstance(items, list):
        raise BadInputError("`waivers` is not a list", where=str(path), hint=_EXAMPLE)
    problems = [f"{n}: {it}" for n, item in enumerate(items, 1) for it in _problems(item, known)]
    if problems:
        raise BadInputError("; ".join(problems), where=str(path), hint=_EXAMPLE)
    return tuple(Waiver(it["check"], it["owner"], it["reason"], it["expires"]) for it in items)


def _problems(item: Any, known: frozenset[str]) -> list[str]:
    if not isinstance(item, dict):
        return ["not a mapping"]
    found = [f"unknown key {key!r}" for key in item if key not in _KEYS]
    for key in ("check", "owner", "reason"):
        value = item.get(key)
        if not isinstance(value, str) or not re.search(r"\S", value):
            found.append(f"{key} is missing or empty")
    if type(item.get("expires")) is not date:
        found.append("expires is not a date such as 2027-01-31")
    if isinstance(item.get("check"), str) and item["check"] not in known:
        found.append(f"there is no check {item['check']}")
    return found


def apply_waivers(
    findings: tuple[Finding, ...], waivers: tuple[Waiver, ...], as_of: date
) -> tuple[Finding, ...]:
    """Turn waived failures into `waived`; an expired waiver leaves the failure and says so."""
    by_check = {it.check: it for it in sorted(waivers, key=lambda it: it.expires)}
    return tuple(_apply(finding, by_check.get(finding.check.id), as_of) for finding in findings)


def _apply(finding: Finding, waiver: Waiver | None, as_of: date) -> Finding:
    if waiver is None or finding.status is not Status.FAIL:
        return finding
    if as_of > waiver.expires:
        text = f"{finding.reason} (the waiver of {waiver.owner} expired on {waiver.expires})"
        return replace(finding, reason=text)
    note = f"waived by {waiver.owner} until {waiver.expires}: {waiver.reason}"
    return replace(finding, status=Status.WAIVED, evidence=(*finding.evidence, note))
