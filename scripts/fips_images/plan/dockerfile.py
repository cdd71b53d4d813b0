"""Reads a Dockerfile into stages, downloads and the images it pulls.

The syntax is parsed by BuildKit's own parser (the `dockerfile` package); what is ours is following
names: build arguments in FROM, stages, `--from`, mounts.
"""

from __future__ import annotations

import re
import stat
from itertools import takewhile
from pathlib import Path, PurePosixPath

import dockerfile as buildkit

from fips_images.errors import BadInputError
from fips_images.model.dockerfile import Dockerfile, Instruction, RemoteSource, Stage

_MAX_BYTES = 1024 * 1024
_HINT = "Correct the Dockerfile; its reference is docs.docker.com/reference/dockerfile."
# ${NAME}, ${NAME:-word}, ${NAME:+word}, $NAME (Dockerfile reference, "Environment replacement").
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::([-+])([^}]*))?\}|(\w+))")
_KEYWORDS = frozenset(
    (
        *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK"),
        *("LABEL", "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME"),
        "WORKDIR",
    )
)
_DIRECTIVE = re.compile(r"#\s*(?:syntax|escape|check)\s*=.*")
_LONGEST_VALUE = 64 * 1024  # characters of an expanded argument; one may double the one before
_REMOTE = re.compile(r"^(https?|git|ssh)://|^git@")


def read_dockerfile(root: Path, path: PurePosixPath) -> Dockerfile:
    """Read and parse `path`, which is relative to `root`.

    Raises:
        BadInputError: unreadable, larger than 1 MiB, or not a Dockerfile; names file and line.
    """
    file = root / path
    try:
        if not stat.S_ISREG(file.lstat().st_mode):  # a link may leave the tree, a pipe never ends
            raise BadInputError("not a regular file", where=str(path), hint=_HINT)
        with file.open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise BadInputError(
            f"cannot read the Dockerfile: {error.strerror}", where=str(path), hint=_HINT
        ) from error
    if len(content) > _MAX_BYTES:
        raise BadInputError("a Dockerfile of more than 1 MiB", where=str(path), hint=_HINT)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInputError("not UTF-8", where=str(path), hint=_HINT) from error
    return parse_dockerfile(text, path)


def parse_dockerfile(text: str, path: PurePosixPath) -> Dockerfile:
    """Parse the text of a Dockerfile; `path` is for messages and kept in the result.

    Raises:
        BadInputError: not a Dockerfile, or without a stage; names file and line.
    """
    if "\0" in text:
        raise BadInputError("a NUL byte in a Dockerfile", where=str(path), hint=_HINT)
    try:
        commands = buildkit.parse_string(text)
    except (buildkit.GoParseError, ValueError) as error:
        found = re.search(r"line (\d+)", str(error))
        where = f"{path}:{found[1]}" if found else str(path)
        raise BadInputError(f"not a Dockerfile: {error}", where=where, hint=_HINT) from error
    instructions = [
        Instruction(
            (one.cmd or "").upper(),
            tuple(one.flags),
            tuple(one.value),
            one.start_line,
            one.original,
        )
        for one in commands
    ]
    for one in instructions:
        if one.keyword not in _KEYWORDS:
            what = f"{one.keyword[:40]!r} is not an instruction"
            raise BadInputError(what, where=f"{path}:{one.line}", hint=_HINT)
    global_args, groups = _split(instructions, path)
    stages: list[Stage] = []
    for index, group in enumerate(groups):
        stages.append(_stage(index, group, global_args, stages, path))
    sources = tuple(source for stage in stages for source in _sources(stage, path))
    directives = tuple(takewhile(_DIRECTIVE.fullmatch, text.splitlines()))
    return Dockerfile(path, tuple(global_args.items()), tuple(stages), sources, directives)


def _split(
    instructions: list[Instruction], path: PurePosixPath
) -> tuple[dict[str, str], list[list[Instruction]]]:
    """Separate the ARGs before the first FROM from the stages."""
    arguments: dict[str, str] = {}
    groups: list[list[Instruction]] = []
    for one in instructions:
        where = f"{path}:{one.line}"
        if one.keyword == "FROM":
            groups.append([one])
        elif groups:
            groups[-1].append(one)
        elif one.keyword == "ARG":
            for word in one.value:
                name, _, value = word.partition("=")
                arguments[name] = _expand(value.strip("\"'"), arguments)
                if len(arguments[name]) > _LONGEST_VALUE:
                    raise BadInputError("an ARG of more than 64 KiB", where=where, hint=_HINT)
        else:
            raise BadInputError(f"{one.keyword} before the first FROM", where=where, hint=_HINT)
    if not groups:
        raise BadInputError("no FROM in the Dockerfile", where=f"{path}:1", hint=_HINT)
    return arguments, groups


def _expand(text: str, values: dict[str, str]) -> str:
    def replace(found: re.Match[str]) -> str:
        value = values.get(found[1] or found[4], "")
        if found[2] == "-":
            return value or found[3]
        if found[2] == "+":
            return found[3] if value else ""
        return value

    return _VARIABLE.sub(replace, text)


def _stage(
    index: int,
    group: list[Instruction],
    arguments: dict[str, str],
    earlier: list[Stage],
    path: PurePosixPath,
) -> Stage:
    head, body = group[0], tuple(group[1:])
    where = f"{path}:{head.line}"
    words = head.value
    if len(words) not in (1, 3) or (len(words) == 3 and words[1].upper() != "AS"):
        raise BadInputError(f"FROM with {' '.join(words)!r}", where=where, hint=_HINT)
    base = _expand(words[0], arguments)
    if not base:
        raise BadInputError(
            f"FROM {words[0]} has no value: its ARG has no default", where=where, hint=_HINT
        )
    name = words[2].lower() if len(words) == 3 else str(index)
    names = {stage.name for stage in earlier}
    if name in names:
        raise BadInputError(f"two stages are called {name!r}", where=where, hint=_HINT)
    references = [base, *(_expand(one, arguments) for one in _references(body))]
    stages, images = [], []
    for reference in references:
        if reference.lower() in names or (
            reference.isdigit() and reference != base and int(reference) < index
        ):
            stages.append(_name_of(reference, earlier))
        elif reference != "scratch":
            images.append(reference)
    return Stage(
        index=index,
        name=name,
        base=base.lower() if base.lower() in names else base,
        base_is_stage=base.lower() in names,
        instructions=body,
        depends_on=tuple(dict.fromkeys(stages)),
        external_images=tuple(dict.fromkeys(images)),
        context_files=tuple(dict.fromkeys(_context_files(body))),
        line=head.line,
        head=head.original,
    )


def _name_of(reference: str, earlier: list[Stage]) -> str:
    if reference.isdigit():
        return earlier[int(reference)].name
    return reference.lower()


def _flag(instruction: Instruction, name: str) -> list[str]:
    prefix = f"--{name}="
    return [flag[len(prefix) :] for flag in instruction.flags if flag.startswith(prefix)]


def _mounts(instruction: Instruction) -> list[dict[str, str]]:
    mounts = []
    for value in _flag(instruction, "mount"):
        pairs = (part.partition("=") for part in value.split(","))
        mounts.append({key: item for key, _, item in pairs})
    return mounts


def _references(body: tuple[Instruction, ...]) -> list[str]:
    """What `--from` and mounts name: stages or images."""
    found = []
    for one in body:
        if one.keyword in ("COPY", "ADD"):
            found += _flag(one, "from")
        elif one.keyword == "RUN":
            found += [mount["from"] for mount in _mounts(one) if mount.get("from")]
    return found


def _context_files(body: tuple[Instruction, ...]) -> list[str]:
    """What is read from the build context, as written (patterns included)."""
    found = []
    for one in body:
        if one.keyword in ("COPY", "ADD") and not _flag(one, "from"):
            found += [
                word
                for word in one.value[:-1]
                if not word.startswith("<<") and not _REMOTE.match(word)
            ]
        elif one.keyword == "RUN":
            found += [
                mount.get("source", mount.get("src", "."))
                for mount in _mounts(one)
                if mount.get("type", "bind") == "bind" and not mount.get("from")
            ]
    return found


def _sources(stage: Stage, path: PurePosixPath) -> list[RemoteSource]:
    """The downloads of a stage that name a checksum.

    Raises:
        BadInputError: the checksum is not a sha256.
    """
    found = []
    for one in stage.instructions:
        checksums = _flag(one, "checksum") if one.keyword == "ADD" else []
        if not checksums:
            continue
        algorithm, _, value = checksums[-1].partition(":")
        if algorithm != "sha256" or not re.fullmatch(r"[0-9a-f]{64}", value):
            raise BadInputError(
                f"--checksum={checksums[-1]} is not sha256:<64 hexadecimal digits>",
                where=f"{path}:{one.line}",
                hint=_HINT,
            )
        if len(one.value) < 2:
            what = "ADD needs a source and a destination"
            raise BadInputError(what, where=f"{path}:{one.line}", hint=_HINT)
        url, target = one.value[0], one.value[-1]
        file = PurePosixPath(url if target.endswith("/") else target).name
        found.append(RemoteSource(stage.name, url, value, file))
    return found
