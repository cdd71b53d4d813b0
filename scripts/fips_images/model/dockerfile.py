"""A Dockerfile as values: stages, what each is built from, copies and downloads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction after parsing; `line` counts from 1."""

    keyword: str  # upper case: RUN, COPY, ...
    flags: tuple[str, ...]  # --from=x, --checksum=sha256:...
    value: tuple[str, ...]
    line: int
    original: str


@dataclass(frozen=True, slots=True)
class RemoteSource:
    """An `ADD --checksum=sha256:… URL /file`: a download that the build verifies.

    The stage that holds it can be replaced by a folder: `--build-context <stage>=<folder>`.
    """

    stage: str
    url: str
    sha256: str  # 64 hexadecimal digits
    file: str  # the name under which the stage offers it, without directories


@dataclass(frozen=True, slots=True)
class Stage:
    """One build stage."""

    index: int
    name: str  # its AS name, or its index as text
    base: str  # after ARG substitution: an image reference, "scratch", or another stage's name
    base_is_stage: bool
    instructions: tuple[Instruction, ...]  # without FROM
    depends_on: tuple[str, ...]  # names of the stages it needs: base, COPY --from, mounts
    external_images: tuple[str, ...]  # references pulled: base, COPY --from=image, mount from=image
    context_files: tuple[str, ...]  # paths of the build context that COPY and ADD read
    line: int
    head: str = ""  # the FROM instruction as written, with its flags


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A parsed Dockerfile; the last stage is what the image is."""

    path: PurePosixPath
    global_args: tuple[tuple[str, str], ...]
    stages: tuple[Stage, ...]
    sources: tuple[RemoteSource, ...]
    directives: tuple[str, ...] = ()  # parser directives: syntax, escape, check

    @property
    def base_images(self) -> tuple[str, ...]:
        """Every external image reference, sorted, without duplicates."""
        return tuple(sorted({ref for stage in self.stages for ref in stage.external_images}))
