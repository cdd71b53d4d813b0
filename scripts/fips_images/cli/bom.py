"""The verb `bom`."""

from __future__ import annotations

from pathlib import Path

import click

from fips_images.cli.common import workspace_options
from fips_images.describe.cyclonedx import SPECS, make_bom
from fips_images.describe.describe import describe
from fips_images.describe.target import find_target
from fips_images.files import write_bytes
from fips_images.workspace import Workspace


@click.command(
    epilog="Example: fipsctl bom openssl/3.5.7/debian/13/python/3.13 --output sbom.cdx.json"
)
@click.argument("image", metavar="IMAGE|ARCHIVE")
@click.option(
    "--spec",
    type=click.Choice(tuple(SPECS)),
    default=next(iter(SPECS)),
    show_default=True,
    help="The version of CycloneDX.",
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write it here.")
@workspace_options
def command(workspace: Workspace, image: str, spec: str, output: Path | None) -> None:
    """Write the CycloneDX SBOM of an image.

    IMAGE is a folder of the tree that was built here; ARCHIVE is an OCI archive. Without --output,
    it is printed.
    """
    target = find_target(workspace, image)
    inputs = describe(target.archive, target.name, slug=target.slug, digest=target.digest)
    document = make_bom(inputs, spec)
    if output is None:
        click.echo(document, nl=False)
    else:
        write_bytes(output, document)
        click.echo(f"{output}: CycloneDX {spec}, {inputs.inventory.digest}", err=True)
