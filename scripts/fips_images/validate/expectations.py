"""What is expected of each module version: data with sources, read from data/modules.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a line of module versions must refuse, and which switches its configuration has."""

    line: str  # 3.0, 3.1, 3.5
    switches: tuple[str, ...]
    refuses: tuple[str, ...]  # names of probe commands
    self_tests: tuple[str, ...]  # kinds of self-tests that run at load
    source: str


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """A command of the probe and what its output must contain, separators aside."""

    command: str
    answer: str  # hexadecimal or base64; "" when the exit status is the answer
    rejects: bool
    source: str


@cache
def _document() -> dict[str, dict[str, dict[str, object]]]:
    text = (files("fips_images.validate") / "data" / "modules.json").read_text("utf-8")
    document = json.loads(text)
    assert isinstance(document, dict)
    return document


def expectation(version: str) -> Expectation | None:
    """Return what is expected of a version, or None where nothing is known about its line."""
    line = ".".join(version.split(".")[:2])
    found = _document()["lines"].get(line)
    if found is None:
        return None

    def words(key: str) -> tuple[str, ...]:
        value = found[key]
        assert isinstance(value, list)
        return tuple(map(str, value))

    return Expectation(
        line, words("switches"), words("refuses"), words("self_tests"), str(found["source"])
    )


def known_answers(family: str) -> tuple[KnownAnswer, ...]:
    """Return the known answers of one family of algorithms."""
    answers = _document()["known_answers"][family]
    return tuple(
        KnownAnswer(name, str(it.get("answer", "")), bool(it.get("rejects")), str(it["source"]))
        for name, it in answers.items()
        if isinstance(it, dict)
    )
