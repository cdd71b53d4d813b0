"""The verb `base`: make a base image where none can be pulled."""

from __future__ import annotations

import click

from fips_images.build.base import make_debian
from fips_images.cli.common import format_option, make_progress, print_json
from fips_images.engine.select import select_engine
from fips_images.errors import BadInputError


@click.group(epilog="Example: fipsctl base make debian/13")
def command() -> None:
    """Make a base image where it cannot be pulled."""


@command.command(epilog="Example: fipsctl base make debian/13")
@click.argument("system", metavar="OS/VERSION")
@click.option("--platform", default="linux/amd64", show_default=True, help="For which machine.")
@click.option("--engine", "engine_name", help="docker or podman (default: the first usable).")
@format_option("table", "json")
def make(system: str, platform: str, engine_name: str | None, format_: str) -> None:
    """Make the base with mmdebstrap from this machine's Debian mirror.

    The image is called fips-base/OS:VERSION, and is reproducible as long as the mirror does not
    change. One that is there already is reused; remove it from the engine to make it anew.
    """
    name, _, version = system.partition("/")
    if name != "debian":
        raise BadInputError(
            f"only Debian bases can be made, not {system!r}", hint="Example: debian/13"
        )
    made = make_debian(version, select_engine(engine_name), platform, make_progress())
    if format_ == "json":
        print_json({"reference": made.used, "digest": made.digest, "origin": made.origin})
    else:
        click.echo(f"{made.used}  {made.digest}")
