"""`fipsctl render`: the tree of Dockerfiles from the catalogue."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from fips_images.catalog.load import load_catalog
from fips_images.catalog.render import compare, render_tree, write
from fips_images.cli.common import format_option, print_json, workspace_options
from fips_images.errors import ExitCode
from fips_images.workspace import Workspace


@click.command(epilog="Example: fipsctl render --check")
@workspace_options
@click.option("--check", is_flag=True, help="Change nothing; exit 1 where the tree differs.")
@format_option("table", "json")
def command(workspace: Workspace, check: bool, format_: str) -> ExitCode:
    """Render the tree of Dockerfiles from openssl/catalog.yaml."""
    catalog = load_catalog(workspace.catalog)
    tree = render_tree(catalog, workspace.templates)
    differences = compare(workspace.root, tree) if check else write(workspace.root, tree)
    today = datetime.now(UTC).date()
    past = [base for base in catalog.bases if base.end_of_life < today]
    for base in past:
        click.secho(
            f"warning: {base.os} {base.version} reached its end of life on {base.end_of_life}",
            fg="yellow",
            err=True,
        )
    if format_ == "json":
        rows = [{"path": str(one.path), "difference": one.kind} for one in differences]
        print_json({"files": len(tree), "differences": rows})
    else:
        for one in differences:
            click.echo(f"{one.kind:9} {one.path}")
        verb = "differ" if check else "written"
        click.echo(f"{len(tree)} files rendered, {len(differences)} {verb}")
        if check and differences:
            click.echo("  next: run `fipsctl render` and commit the result", err=True)
    return ExitCode.DOES_NOT_HOLD if check and differences else ExitCode.HOLDS
