"""The verb `build`: from Dockerfiles to OCI archives."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from fips_images.build.base import parse_replacements
from fips_images.build.builder import BuildOptions, build_images, host_platform
from fips_images.build.ca import choose_trust
from fips_images.build.locate import locate
from fips_images.cli.common import (
    format_option,
    make_progress,
    print_json,
    workspace_options,
)
from fips_images.cli.github import github_output_option, set_outputs
from fips_images.engine.select import select_engine
from fips_images.model.image import BuiltImage
from fips_images.workspace import Workspace


@click.command(epilog="Example: fipsctl build openssl/3.5.7/debian/13/python/3.13")
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True)
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
@click.option("--platform", default=host_platform, help="For which machine (default: this one's).")
@click.option("--engine", "engine_name", help="docker or podman (default: the first usable).")
@click.option("--no-cache", is_flag=True, help="Reuse nothing.")
@workspace_options
@format_option("table", "json")
@github_output_option
def command(
    workspace: Workspace,
    images: tuple[str, ...],
    source_mirror: Path | None,
    bases: tuple[str, ...],
    ca_bundle: Path | None,
    platform: str,
    engine_name: str | None,
    no_cache: bool,
    format_: str,
    github_output: Path | None,
) -> None:
    """Build images and keep each as an OCI archive.

    Sources are fetched when the mirror lacks them. An image whose inputs have not changed is
    reused. The archive's digest is the one that every later step uses.
    """
    specs = locate(images, workspace.root)
    options = BuildOptions(
        mirror=(source_mirror or workspace.mirror).resolve(),
        platform=platform,
        bases=parse_replacements(bases),
        trust=choose_trust(ca_bundle),
        no_cache=no_cache,
    )
    engine = select_engine(engine_name)
    built = build_images(specs, workspace, engine, options, make_progress())
    outputs = {name: [getattr(image, name) for image in built] for name in ("digest", "archive")}
    set_outputs(github_output, {name: "\n".join(values) for name, values in outputs.items()})
    _render(built, format_)


def _render(built: tuple[BuiltImage, ...], format_: str) -> None:
    if format_ == "json":
        rows: list[dict[str, Any]] = [asdict(image) for image in built]
        print_json(rows)
        return
    for image in built:
        click.echo(f"{image.image_id}  {image.digest}  {'reused' if image.reused else 'built'}")
