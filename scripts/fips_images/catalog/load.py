"""Reads `openssl/catalog.yaml` into values; every error names the file and the line.

All problems of the file are reported at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from fips_images.errors import BadInputError
from fips_images.model.catalog import Base, Catalog, Combination, Download, Module, Runtime

_HINT = "Correct the catalogue; fips_images/catalog/schemas/catalog.schema.json says what it takes."
_MAX_BYTES = 4 * 1024 * 1024


def load_catalog(path: Path) -> Catalog:
    """Read, check and resolve the catalogue.

    Raises:
        BadInputError: unreadable, not YAML, against the schema, or contradictory; all problems at
            once, each with its line.
    """
    document = _read(path)
    _raise_all(path, _schema_problems(document) + _key_problems(document))
    modules = {version: _module(version, entry) for version, entry in document["modules"].items()}
    bases = {name: _base(name, entry) for name, entry in document["bases"].items()}
    runtimes = dict(_runtimes(document["runtimes"]))
    combinations, problems = _combine(document["images"], modules, bases, runtimes)
    _raise_all(path, problems)
    return Catalog(
        tuple(modules.values()), tuple(bases.values()), tuple(runtimes.values()), combinations
    )


def _read(path: Path) -> CommentedMap:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise BadInputError("larger than 4 MiB", where=str(path), hint=_HINT)
        # Base constructor types: versions such as 3.10 stay text, dates too.
        yaml = YAML(typ="rt", pure=True)
        yaml.version = None
        document = yaml.load(path.read_text("utf-8"))
    except OSError as error:
        raise BadInputError(
            f"cannot read the catalogue: {error.strerror}",
            where=str(path),
            hint="Change into a checkout of the tree, or name it with --root DIR.",
        ) from error
    except UnicodeDecodeError as error:
        raise BadInputError(f"not UTF-8: {error.reason}", where=str(path), hint=_HINT) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise BadInputError(f"not YAML: {error.problem}", where=where, hint=_HINT) from error
    except (YAMLError, ValueError, RecursionError) as error:  # a bad character, a bad date, nesting
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInputError(f"not YAML: {text}", where=f"{path}:1", hint=_HINT) from error
    if not isinstance(document, CommentedMap):
        raise BadInputError("not a YAML mapping", where=f"{path}:1", hint=_HINT)
    return document


def _plain(value: Any) -> Any:
    """The document as JSON values: dates and bare versions as the text that was written."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return value


def _schema_problems(document: CommentedMap) -> list[tuple[int, str]]:
    schema = json.loads(files(__package__).joinpath("schemas/catalog.schema.json").read_text())
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    return [
        (_line(document, error.absolute_path), f"{error.json_path}: {error.message}")
        for error in validator.iter_errors(_plain(document))
    ]


def _key_problems(document: CommentedMap) -> list[tuple[int, str]]:
    """Find keys that YAML took for a number: 3.10 without quotes would mean 3.1."""
    sections = [value for value in document.values() if isinstance(value, CommentedMap)]
    return [
        (section.lc.key(key)[0] + 1, f"the key {key} is not text: put it in quotes")
        for section in sections
        for key in section
        if not isinstance(key, str)
    ]


def _line(node: Any, path: Iterable[str | int]) -> int:
    """The line (from 1) of the deepest node of `path` that can be found."""
    line = 1
    for step in path:
        if isinstance(node, CommentedMap) and step in node:
            line = node.lc.key(step)[0] + 1
        elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
            line = node.lc.item(step)[0] + 1
        else:
            break
        node = node[step]
    return line


def _raise_all(path: Path, problems: list[tuple[int, str]]) -> None:
    if not problems:
        return
    problems.sort()
    first_line, first = problems[0]
    rest = "".join(f"\n{path}:{line}: {text}" for line, text in problems[1:])
    raise BadInputError(first + rest, where=f"{path}:{first_line}", hint=_HINT)


def _module(version: str, entry: CommentedMap) -> Module:
    download = Download(
        "openssl-source", entry["url"].replace("{version}", version), entry["sha256"]
    )
    return Module(version, entry["certificate"], entry["note"], tuple(entry["configure"]), download)


def _base(name: str, entry: CommentedMap) -> Base:
    os, _, version = name.partition("/")
    keep = {
        runtime: tuple(sorted(package for line in lines for package in line))
        for runtime, lines in entry["keep"].items()
    }
    end_of_life = date.fromisoformat(str(entry["end_of_life"]))
    return Base(os, version, entry["image"], entry["digest"], entry["family"], end_of_life, keep)


def _runtimes(entries: CommentedMap) -> Iterable[tuple[str, Runtime]]:
    for name, entry in entries.items():
        if "versions" not in entry:
            yield name, Runtime(name, "", "", None)
            continue
        for minor, pin in entry["versions"].items():
            url = entry["url"].replace("{version}", pin["version"])
            download = Download(f"{name}-source", url, pin["sha256"])
            yield f"{name}/{minor}", Runtime(name, minor, pin["version"], download)


def _combine(
    entries: CommentedSeq,
    modules: Mapping[str, Module],
    bases: Mapping[str, Base],
    runtimes: Mapping[str, Runtime],
) -> tuple[tuple[Combination, ...], list[tuple[int, str]]]:
    found: dict[str, tuple[int, Combination]] = {}
    problems: list[tuple[int, str]] = []
    for index, entry in enumerate(entries):
        line = entries.lc.item(index)[0] + 1
        for kind, known in (("modules", modules), ("bases", bases), ("runtimes", runtimes)):
            problems += [
                (_line(entry, [kind]), f"{name!r} is not under `{kind}`; known: {', '.join(known)}")
                for name in entry[kind]
                if name not in known
            ]
        if problems:
            continue
        for names in product(entry["modules"], entry["bases"], entry["runtimes"]):
            one = Combination(modules[names[0]], bases[names[1]], runtimes[names[2]])
            if one.directory in found:
                first = found[one.directory][0]
                problems.append((line, f"{one.directory} is already listed at line {first}"))
            found[one.directory] = (line, one)
    return tuple(one for _, one in found.values()), problems
