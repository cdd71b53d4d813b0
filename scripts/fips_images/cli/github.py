"""What the verbs tell GitHub's runner: step outputs and the step summary, in its own files.

Values may come from a hostile tree, so each is written between delimiters that nobody can guess
and never as `name=value` (docs.github.com, "Setting an output parameter").
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from fips_images.errors import BadInputError, EnvironmentFailureError

#: The runner drops a step's whole summary above 1 MiB (actions/runner, FileCommandManager.cs).
SUMMARY_LIMIT_BYTES = 1024 * 1024

#: Job outputs are measured as UTF-16 and limited to 1 MiB per job, all outputs of it together.
OUTPUT_LIMIT_BYTES = 1024 * 1024

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_CUT = "\n\n_The rest was left out: GitHub keeps 1 MiB per step. The artifact has everything._\n"


def github_output_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--github-output FILE`; the command receives `github_output`, a path or None."""
    return click.option(
        "--github-output",
        type=click.Path(path_type=Path, dir_okay=False),
        help='Also set step outputs: pass "$GITHUB_OUTPUT".',
    )(function)


def set_outputs(path: Path | None, outputs: Mapping[str, str]) -> None:
    """Append step outputs to the runner's file; with None, do nothing.

    Raises:
        BadInputError: a name is no identifier, or the values exceed what a job may output.
        EnvironmentFailureError: the file cannot be written.
    """
    if path is None:
        return
    size = sum(len(value.encode("utf-16-le", "surrogatepass")) for value in outputs.values())
    if size > OUTPUT_LIMIT_BYTES:
        raise BadInputError(
            f"the outputs take {size} bytes; GitHub takes {OUTPUT_LIMIT_BYTES} per job",
            hint="Select fewer images with --filter, or split the plan into shards.",
        )
    _append(path, "".join(_assignment(name, value) for name, value in outputs.items()))


def add_summary(path: Path | None, markdown: str) -> None:
    """Append to the step summary, cut at GitHub's limit; with None, do nothing.

    Raises:
        EnvironmentFailureError: the file cannot be written.
    """
    if path is None:
        return
    written = path.stat().st_size if path.exists() else 0
    room = SUMMARY_LIMIT_BYTES - written - len(_CUT.encode())
    if room <= 0:
        return
    content = markdown.encode("utf-8", "replace")
    if len(content) > room:
        content = content[:room] + _CUT.encode()
    _append(path, content.decode("utf-8", "ignore"))


def harmless(text: str) -> str:
    """Return the text so that GitHub's runner cannot take a part of it for a workflow command.

    Outside GitHub Actions it stays as it is. The runner acts on `::` at the start of a line and on
    `##[` anywhere (actions/runner, ActionCommand.cs).
    """
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return text
    return text.replace("::", ":\u200b:").replace("##[", "#\u200b#[")


def _assignment(name: str, value: str) -> str:
    """Return one output in the multi-line form, between delimiters the value does not hold."""
    if not _NAME.fullmatch(name):
        raise BadInputError(f"not a name for an output: {name!r}")
    delimiter = f"end_{secrets.token_hex(16)}"
    while delimiter in value:
        delimiter = f"end_{secrets.token_hex(16)}"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8", errors="replace", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        raise EnvironmentFailureError(
            f"cannot write: {error.strerror or error}", where=str(path)
        ) from error
