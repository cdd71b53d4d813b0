"""Reads OpenSSL configuration files as libcrypto does (config(5), crypto/conf/conf_def.c).

Sections of one name are merged, later values win, `.include` reads another file in place,
`$name`, `${name}` and `${section::name}` are expanded from what was read so far.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

_INCLUDE = re.compile(r"\.include(?:\s*=\s*|\s+)(?P<path>\S.*)$")
_PRAGMA = re.compile(r"\.pragma(?:\s*=\s*|\s+)(?P<rest>\S.*)$")
_SECTION = re.compile(r"\[\s*(?P<name>[^\]]*?)\s*\]")
_VARIABLE = re.compile(r"\$(?:\{([^}]*)\}|\(([^)]*)\)|([A-Za-z0-9_]+(?:::[A-Za-z0-9_]+)?))")
_DEEPEST = 10
_MOST_LINES = 100_000
_LONGEST = 65536  # MAX_CONF_VALUE_LENGTH of conf_def.c
DEFAULT = "default"

#: path -> (content, paths of a folder's *.cnf and *.conf files); None when it does not exist
Reader = Callable[[str], "str | tuple[str, ...] | None"]


@dataclass(slots=True)
class Document:
    """Sections as read; `problems` would stop or mislead OpenSSL."""

    sections: dict[str, dict[str, str]] = field(default_factory=lambda: {DEFAULT: {}})
    files: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def get(self, section: str, name: str) -> str | None:
        """Return a value; like NCONF_get_string, the default section is asked last."""
        found = self.sections.get(section, {}).get(name)
        return found if found is not None else self.sections[DEFAULT].get(name)


class _Reading:
    """The state while files are read."""

    def __init__(self, read: Reader, environment: Mapping[str, str]) -> None:
        self.document, self._read, self._environment = Document(), read, environment
        self.section, self.lines, self.include_dir = (
            DEFAULT,
            0,
            environment.get("OPENSSL_CONF_INCLUDE", ""),
        )

    def file(self, path: str, depth: int, origin: str) -> None:
        content = self._read(path)
        if content is None:
            self.document.problems.append(f"{origin} includes {path}, which is not there")
            return
        if depth > _DEEPEST:
            self.document.problems.append(f"{path}: files that include each other")
            return
        if isinstance(content, tuple):
            for inner in content:
                self.file(inner, depth + 1, path)
            return
        self.document.files.append(path)
        for number, line in _logical_lines(content):
            self.lines += 1
            if self.lines > _MOST_LINES:
                return
            self._line(line, path, number, depth)

    def _line(self, line: str, path: str, number: int, depth: int) -> None:
        if match := _INCLUDE.match(line):
            self.file(self._include_path(match["path"]), depth + 1, f"{path}:{number}")
        elif _PRAGMA.match(line):
            return
        elif line.startswith("["):
            found = _SECTION.match(line)
            if found is None:
                self.document.problems.append(f"{path}:{number}: a section without ]")
                return
            self.section = found["name"]
            self.document.sections.setdefault(self.section, {})
        else:
            self._assign(line, f"{path}:{number}")

    def _include_path(self, written: str) -> str:
        path = self._expand(_unquote(written.strip()), self.section)
        if not path.startswith("/") and self.include_dir:
            return f"{self.include_dir}/{path}"
        return path

    def _assign(self, line: str, where: str) -> None:
        name, equals, value = line.partition("=")
        if not equals:
            self.document.problems.append(f"{where}: neither a section nor name = value")
            return
        name, section = name.strip(), self.section
        if "::" in name:
            section, _, name = name.partition("::")
        values = self.document.sections.setdefault(section, {})
        values[name] = self._expand(_unquote(value.strip()), section)

    def _expand(self, value: str, section: str) -> str:
        def replace(match: re.Match[str]) -> str:
            word = match[1] or match[2] or match[3] or ""
            place, colons, name = word.partition("::")
            if not colons:
                place, name = section, word
            if place == "ENV":
                return self._environment.get(name, "")
            return self.document.get(place, name) or ""

        return _VARIABLE.sub(replace, value)[:_LONGEST]


def _logical_lines(content: str) -> list[tuple[int, str]]:
    """Join continued lines, drop comments and empty lines; numbers are of the first part."""
    lines: list[tuple[int, str]] = []
    pending, start = "", 0
    for number, raw in enumerate(content.splitlines(), 1):
        start = start or number
        text = pending + _without_comment(raw)
        if text.endswith("\\") and not text.endswith("\\\\"):
            pending = text[:-1]
            continue
        if text.strip():
            lines.append((start, text.strip()))
        pending, start = "", 0
    if pending.strip():
        lines.append((start, pending.strip()))
    return lines


def _without_comment(line: str) -> str:
    """Cut at the first # that is neither quoted nor escaped."""
    quote, index = "", 0
    while index < len(line):
        char = line[index]
        if char == "\\":
            index += 1
        elif quote:
            quote = "" if char == quote else quote
        elif char in "\"'`":
            quote = char
        elif char == "#":
            return line[:index]
        index += 1
    return line


def _unquote(value: str) -> str:
    """Remove quotes, which OpenSSL allows anywhere in a value."""
    return re.sub(r"[\"'`]", "", value)


def read_config(path: str, read: Reader, environment: Mapping[str, str]) -> Document:
    """Read a configuration file with everything that it includes."""
    reading = _Reading(read, environment)
    if read(path) is not None:
        reading.file(path, 0, path)
    return reading.document
