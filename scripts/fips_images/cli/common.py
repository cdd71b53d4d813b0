"""What verbs share: the workspace options, the progress printer, JSON output."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from fips_images.model.progress import Progress
from fips_images.workspace import Workspace, find_root

_WIDTH_OF_LOGS = 160


def workspace_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--root` and `--work`; the command receives one `workspace` instead.

    `--root` is looked for from the current folder upwards, and is the current folder where there
    is no tree.
    """

    @click.option(
        "--root",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        help="The tree: the folder with openssl/catalog.yaml (default: here or above).",
    )
    @click.option(
        "--work",
        type=click.Path(path_type=Path, file_okay=False),
        help="The working folder (default: .fips in the tree).",
    )
    @functools.wraps(function)
    def wrapper(*args: Any, root: Path | None, work: Path | None, **kwargs: Any) -> Any:
        base = root.resolve() if root else find_root(Path.cwd())
        workspace = Workspace(base, (work or base / ".fips").resolve())
        return function(*args, workspace=workspace, **kwargs)

    return wrapper


def format_option(*choices: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add `--format`, the first choice being the default; passed as `format_`."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(choices),
        default=choices[0],
        show_default=True,
        help="How to print the result.",
    )


def print_json(value: Any) -> None:
    """Print JSON the same way everywhere."""
    click.echo(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False))


def stdout_console() -> Console:
    """The console for results; where nobody watches, wide, so that a log cuts nothing off."""
    width = None if sys.stdout.isatty() else _WIDTH_OF_LOGS
    return Console(file=sys.stdout, highlight=False, width=width)


class TerminalProgress:
    """Steps as lines on standard error; details only where somebody watches a terminal."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._status = self._console.status("") if self._console.is_terminal else None

    def step(self, title: str) -> None:
        """Print the step, and keep it as the heading of the details."""
        self._console.print(f"[bold]·[/bold] {escape(title)}", soft_wrap=True)

    def detail(self, line: str) -> None:
        """Show the line until the next one."""
        if self._status is not None:
            self._status.update(line[: self._console.width - 4].replace("[", r"\["))
            self._status.start()


class GitHubProgress:
    """Steps as collapsible groups of GitHub's log."""

    def __init__(self) -> None:
        self._open = False

    def step(self, title: str) -> None:
        """Close the last group and open one."""
        if self._open:
            click.echo("::endgroup::", err=True)
        click.echo(f"::group::{_escape(title)}", err=True)
        self._open = True

    def detail(self, line: str) -> None:
        """Print the line where it cannot be taken for a workflow command."""
        click.echo(f"  {_escape(line)}", err=True)


def _escape(text: str) -> str:
    """Escape what GitHub's runner would act on (actions/toolkit, command.ts, escapeData)."""
    return (
        text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A").replace("::", ":\u200b:")
    )


def make_progress() -> Progress:
    """Choose how progress is shown."""
    return GitHubProgress() if os.environ.get("GITHUB_ACTIONS") == "true" else TerminalProgress()
