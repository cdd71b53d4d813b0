"""The verb `validate`: parse, call one function, render."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import click

from fips_images.build.ca import given_trust
from fips_images.build.record import find_built
from fips_images.cli.common import (
    format_option,
    make_progress,
    stdout_console,
    workspace_options,
)
from fips_images.engine.select import select_engine
from fips_images.errors import ExitCode
from fips_images.files import write_text
from fips_images.pipeline import validate_built
from fips_images.validate.checks import CHECKS
from fips_images.validate.options import Options
from fips_images.validate.render import FORMATS
from fips_images.validate.render.terminal import print_validation
from fips_images.validate.run import validate_image
from fips_images.validate.sbom import read_sbom
from fips_images.validate.waivers import read_waivers
from fips_images.workspace import Workspace

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command(epilog="Example: fipsctl validate my-fips-python:3.13 --profile strict")
@click.argument("target")
@click.option(
    "--profile",
    type=click.Choice(["default", "strict"]),
    default="default",
    show_default=True,
    help="strict: a check that was not run breaks the verdict.",
)
@click.option(
    "--category",
    "categories",
    type=click.IntRange(1, 15),
    multiple=True,
    help="Only this category; may be repeated.",
)
@click.option(
    "--check",
    "checks",
    multiple=True,
    metavar="FIPS-CC-NN",
    help="Only this check; may be repeated.",
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Judge certificates and waivers as of this day (default: today, UTC).",
)
@click.option("--waivers", type=_FILE, help="Accepted failures: owner, reason, expiry.")
@click.option("--module-version", default="", help="The module version the image must have.")
@click.option("--sbom", type=_FILE, help="A CycloneDX SBOM of this image.")
@click.option(
    "--build-ca-bundle",
    type=_FILE,
    help="Certificates that the build trusted and that must not be in the image.",
)
@click.option(
    "--engine",
    "engine_name",
    metavar="NAME|none",
    help="docker, podman, or none: then what needs a container is not run.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the result to this file instead (as JSON when --format is table).",
)
@click.option("--verbose", is_flag=True, help="Show every check in the table.")
@workspace_options
@format_option("table", *FORMATS)
def command(
    workspace: Workspace,
    target: str,
    profile: str,
    categories: tuple[int, ...],
    checks: tuple[str, ...],
    as_of: datetime | None,
    waivers: Path | None,
    module_version: str,
    sbom: Path | None,
    build_ca_bundle: Path | None,
    engine_name: str | None,
    output: Path | None,
    verbose: bool,
    format_: str,
) -> ExitCode:
    """Find out what an image really does, and judge it.

    TARGET is an image of the tree that was built here (its result is kept as evidence), any image
    reference, an OCI archive or layout, a docker archive, or a root folder.
    """
    known = frozenset(it.info.id for it in CHECKS)
    options = Options(
        as_of=as_of.date() if as_of else _today(),
        profile=profile,
        categories=frozenset(categories),
        checks=frozenset(checks),
        waivers=read_waivers(waivers, known) if waivers else (),
        expected_module=module_version,
        build_certificates=given_trust(build_ca_bundle).fingerprints if build_ca_bundle else None,
        sbom=read_sbom(sbom) if sbom else None,
    )
    built = find_built(workspace, target)
    unrunnable = not built and Path(target).is_dir() and not (Path(target) / "index.json").exists()
    engine = None if engine_name == "none" or unrunnable else select_engine(engine_name)
    progress = make_progress()
    if built:
        validation = validate_built(workspace, built, engine, options, progress)
    else:
        validation = validate_image(target, engine, options, progress)
    if output is not None:
        write_text(output, FORMATS.get(format_, FORMATS["json"])(validation))
    if format_ == "table":
        print_validation(stdout_console(), validation, verbose=verbose)
    elif output is None:
        click.echo(FORMATS[format_](validation), nl=False)
    return ExitCode.HOLDS if validation.holds else ExitCode.DOES_NOT_HOLD


def _today() -> date:
    return datetime.now(UTC).date()
