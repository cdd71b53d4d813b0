"""`fipsctl run`: the whole job."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from fips_images.attest.content import Moment
from fips_images.attest.judge import Terms
from fips_images.attest.signer import local_signer
from fips_images.build.base import parse_replacements
from fips_images.build.builder import BuildOptions, host_platform
from fips_images.build.ca import choose_trust
from fips_images.build.locate import locate
from fips_images.cli.common import (
    format_option,
    make_progress,
    print_json,
    stdout_console,
    workspace_options,
)
from fips_images.cli.signing import open_reference, registry_options
from fips_images.engine.select import select_engine
from fips_images.errors import ExitCode
from fips_images.pipeline import Outcome, RunOptions, run_images
from fips_images.report.write import summary_table
from fips_images.validate.options import Options
from fips_images.workspace import Workspace


@click.command(epilog="Example: fipsctl run openssl/3.5.7/debian/13/python/3.13")
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True)
@registry_options
@click.option(
    "--source-mirror",
    type=click.Path(path_type=Path, file_okay=False),
    help="Content-addressed folder of sources (default: .fips/mirror).",
)
@click.option("--base", "bases", multiple=True, metavar="REF=IMAGE", help="Build on IMAGE instead.")
@click.option(
    "--ca-bundle",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Certificates to trust while building only (default: the host's own extra trust).",
)
@click.option("--profile", type=click.Choice(["default", "strict"]), default="default")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Judge for this day [today].")
@click.option("--engine", "engine_name", help="docker or podman (default: the first usable).")
@workspace_options
@format_option("table", "json")
def command(
    workspace: Workspace,
    images: tuple[str, ...],
    registry: str | None,
    plain_http: bool,
    source_mirror: Path | None,
    bases: tuple[str, ...],
    ca_bundle: Path | None,
    profile: str,
    as_of: datetime | None,
    engine_name: str | None,
    format_: str,
) -> ExitCode:
    """Discover, plan, build, validate, describe, sign, publish, verify and report.

    Publishes only what was validated. Run again after an interruption, it finishes.
    """
    progress = make_progress()
    progress.step(f"discover and plan {', '.join(images)}")
    specs = locate(list(dict.fromkeys(images)), workspace.root)
    day = (as_of or datetime.now(UTC)).date()
    signer = local_signer(workspace.keys)
    options = RunOptions(
        build=BuildOptions(
            mirror=(source_mirror or workspace.mirror).resolve(),
            platform=host_platform(),
            bases=parse_replacements(bases),
            trust=choose_trust(ca_bundle),
        ),
        validate=Options(as_of=day, profile=profile),
        signer=signer,
        terms=Terms(signer.trust, Moment(day)),
        registry=registry,
        open_repository=partial(open_reference, plain_http=plain_http),
    )
    engine = select_engine(engine_name)
    outcomes = run_images(specs, workspace, engine, options, progress)
    _render(outcomes, format_)
    return ExitCode.HOLDS if all(one.holds for one in outcomes) else ExitCode.DOES_NOT_HOLD


def _render(outcomes: tuple[Outcome, ...], format_: str) -> None:
    if format_ == "json":
        print_json([_row(one) for one in outcomes])
        return
    console = stdout_console()
    console.print()
    console.print(summary_table([one.evidence for one in outcomes]))
    for one in outcomes:
        console.print()
        if one.verified:
            click.echo(f"verified  {one.verified}")
        if one.failure:
            click.secho(f"failed    {one.spec.id}: {one.failure}", fg="red")
            click.echo(f"  next: {one.hint}")
        click.echo(f"report    {one.report}")


def _row(one: Outcome) -> dict[str, object]:
    """One image in the form of `schemas/run.schema.json`."""
    return {
        "id": one.spec.id,
        "digest": one.digest,
        "holds": one.holds,
        "verified": one.verified,
        "failure": one.failure,
        "hint": one.hint,
        "evidence": str(one.evidence),
        "report": str(one.report),
    }
