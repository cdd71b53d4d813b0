"""What a build takes from outside: base images and sources, read from the Dockerfile.

A small reader of FROM, ARG and ADD on top of BuildKit's own parser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import dockerfile as buildkit

from fips_images.errors import BadInputError
from fips_images.model.dockerfile import RemoteSource

_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})")
_URL = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Inputs:
    """The external images and the checksummed downloads of a Dockerfile."""

    bases: tuple[str, ...]
    sources: tuple[RemoteSource, ...]


@dataclass(slots=True)
class _Reader:
    path: Path
    globals: dict[str, str] = field(default_factory=dict)
    locals: dict[str, str] = field(default_factory=dict)
    stages: list[str] = field(default_factory=list)
    bases: dict[str, None] = field(default_factory=dict)
    sources: list[RemoteSource] = field(default_factory=list)

    def take(self, command: buildkit.Command) -> None:
        """Take one instruction in."""
        keyword = command.cmd.upper()
        if not self.stages and keyword not in ("FROM", "ARG"):
            raise BadInputError(
                f"{command.cmd} before the first FROM", where=f"{self.path}:{command.start_line}"
            )
        if keyword == "FROM":
            self._from(command)
        elif keyword == "ARG":
            self._arg(command)
        elif keyword == "ADD":
            self._add(command)
        self._images(command)

    def _from(self, command: buildkit.Command) -> None:
        base = _expand(command.value[0], self.globals)
        if base != "scratch" and base not in self.stages:
            self.bases[base] = None
        named = len(command.value) == 3 and command.value[1].upper() == "AS"
        self.stages.append(command.value[2] if named else str(len(self.stages)))
        self.locals = {}

    def _arg(self, command: buildkit.Command) -> None:
        for item in command.value:
            name, sign, value = item.partition("=")
            known = self.locals if self.stages else self.globals
            text = _expand(value.strip("\"'"), known) if sign else self.globals.get(name, "")
            known[name] = text

    def _add(self, command: buildkit.Command) -> None:
        url = _expand(command.value[0], self.locals)
        if not _URL.fullmatch(url):
            return
        checksums = [flag for flag in command.flags if flag.startswith("--checksum=sha256:")]
        if not checksums:
            raise BadInputError(
                f"ADD of {url} without --checksum=sha256:…",
                where=f"{self.path}:{command.start_line}",
                hint="Every download has a checksum: add it to the template.",
            )
        sha256 = _expand(checksums[0].partition("sha256:")[2], self.locals)
        target = _expand(command.value[-1], self.locals)
        name = PurePosixPath(url if target.endswith("/") else target).name
        self.sources.append(RemoteSource(self.stages[-1], url, sha256, name))

    def _images(self, command: buildkit.Command) -> None:
        """Take the images of `--from=` and of mounts."""
        for flag in command.flags:
            match = re.search(r"(?:^--|,)from=([^,]+)", flag)
            name = _expand(match[1], self.locals) if match else ""
            if name and name not in self.stages and not name.isdigit():
                self.bases[name] = None


def read_inputs(path: Path) -> Inputs:
    """Read the Dockerfile.

    Raises:
        BadInputError: it is unreadable, not a Dockerfile, or downloads without a checksum.
    """
    try:
        commands = buildkit.parse_file(str(path))
    except (buildkit.GoIOError, buildkit.GoParseError) as error:
        raise BadInputError(
            f"cannot be read as a Dockerfile: {error}",
            where=str(path),
            hint="Correct the template it is rendered from, then run `fipsctl render`.",
        ) from error
    reader = _Reader(path)
    for command in commands:
        reader.take(command)
    if not reader.stages:
        raise BadInputError(
            "no FROM: not a Dockerfile", where=str(path), hint="Render the tree: fipsctl render."
        )
    return Inputs(tuple(sorted(reader.bases)), tuple(reader.sources))


def _expand(text: str, known: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        return known.get(match[1] or match[2]) or match[3] or ""

    return _VARIABLE.sub(value, text)
