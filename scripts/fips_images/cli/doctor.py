"""The verb `doctor`: what is installed, what is missing, and how to get it."""

from __future__ import annotations

from dataclasses import asdict

import click
from rich.table import Table

from fips_images.build.doctor import Diagnosis, can_run, diagnose
from fips_images.cli.common import format_option, print_json, stdout_console, workspace_options
from fips_images.errors import ExitCode
from fips_images.workspace import Workspace


@click.command(epilog="Example: fipsctl doctor --format json")
@workspace_options
@format_option("table", "json")
def command(workspace: Workspace, format_: str) -> int:
    """Say what is installed, what is missing, and how to get it.

    Exit code 0 when the main job can run here, 3 when it cannot. Changes nothing.
    """
    rows = diagnose(workspace.work)
    ready = can_run(rows)
    if format_ == "json":
        print_json({"ready": ready, "rows": [asdict(row) for row in rows]})
    else:
        _print(rows, ready)
    return ExitCode.HOLDS if ready else ExitCode.ENVIRONMENT


def _print(rows: tuple[Diagnosis, ...], ready: bool) -> None:
    table = Table("", "what", "found", "used for", box=None, pad_edge=False)
    for row in rows:
        table.add_row("ok" if row.present else "--", row.name, row.found, row.used_for)
    stdout_console().print(table)
    for row in rows:
        if row.remedy:
            click.echo(f"to get {row.name}: {row.remedy}")
    click.echo("The main job can run here." if ready else "The main job cannot run here.")
