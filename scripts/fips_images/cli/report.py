"""The verb `report`."""

from __future__ import annotations

import io
import json
from pathlib import Path

import click
from rich.console import Console

from fips_images.cli.common import stdout_console, workspace_options
from fips_images.cli.github import add_summary
from fips_images.describe.target import find_evidence
from fips_images.files import write_text
from fips_images.report.html import render_html
from fips_images.report.jsonform import to_json
from fips_images.report.markdown import render_markdown
from fips_images.report.terminal import render_terminal
from fips_images.report.view import Report
from fips_images.report.write import load_report, write_report
from fips_images.workspace import Workspace

_FORMATS = ("table", "json", "html", "markdown")


@click.command(epilog="Example: fipsctl report openssl/3.5.7/debian/13/python/3.13")
@click.argument("image", metavar="IMAGE|DIGEST")
@click.option(
    "--format",
    "format_",
    type=click.Choice(_FORMATS),
    default=_FORMATS[0],
    show_default=True,
    help="How to render it; markdown is for a step summary.",
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write it here.")
@click.option(
    "--github-summary",
    type=click.Path(path_type=Path, dir_okay=False),
    help='Also add it to a step summary: pass "$GITHUB_STEP_SUMMARY".',
)
@workspace_options
def command(
    workspace: Workspace,
    image: str,
    format_: str,
    output: Path | None,
    github_summary: Path | None,
) -> None:
    """Render the evidence as a page, a table or JSON.

    Without --output, report.html and report.json are written beside the evidence, and the report
    is printed. It exits with 0 whatever the verdict: `validate` and `verify` are the judges.
    """
    folder = find_evidence(workspace, image)
    report = load_report(folder)
    add_summary(github_summary, render_markdown(report))
    if output is not None:
        write_text(output, _text(report, format_))
        return
    page = write_report(folder)
    if format_ == "table":
        stdout_console().print(render_terminal(report))
    else:
        click.echo(_text(report, format_), nl=False)
    click.echo(f"report: {page}", err=True)


def _text(report: Report, format_: str) -> str:
    if format_ == "html":
        return render_html(report)
    if format_ == "markdown":
        return render_markdown(report)
    if format_ == "json":
        return json.dumps(to_json(report), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    stream = io.StringIO()
    Console(file=stream, width=100, highlight=False).print(render_terminal(report))
    return stream.getvalue()
