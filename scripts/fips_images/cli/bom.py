"""The verb `bom`."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import click

from fips_images.cli.common import workspace_options
from fips_images.describe.cyclonedx import SPECS, make_bom
from fips_images.describe.describe import describe
from fips_images.describe.inputs import Origin
from fips_images.describe.origin import read_origin
from fips_images.describe.ownership import assign
from fips_images.describe.target import Target, find_target
from fips_images.files import write_bytes
from fips_images.plan.dockerfile import read_dockerfile
from fips_images.workspace import Workspace


@click.command(epilog="Example: fipsctl bom openssl/3.5.7/debian/13/python/3.13")
@click.argument("image", metavar="IMAGE|ARCHIVE")
@click.option(
    "--spec",
    type=click.Choice(tuple(SPECS)),
    default=next(iter(SPECS)),
    show_default=True,
    help="The version of CycloneDX.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Write it here instead of to the evidence folder; - prints it.",
)
@workspace_options
def command(workspace: Workspace, image: str, spec: str, output: Path | None) -> None:
    """Write the CycloneDX SBOM of an image.

    IMAGE is a folder of the tree that was built here; ARCHIVE is an OCI archive. The SBOM becomes
    sbom.cdx.json in the evidence folder of the image's digest.
    """
    target = find_target(workspace, image)
    inputs = describe(target, _origin(workspace, target))
    document = make_bom(inputs, spec)
    if output == Path("-"):
        click.echo(document, nl=False)
        return
    path = output or workspace.evidence(inputs.inventory.digest) / "sbom.cdx.json"
    write_bytes(path, document)
    found = assign(inputs)
    click.echo(
        f"{path}: CycloneDX {spec}, {len(inputs.inventory.packages)} packages,"
        f" {len(found.unowned)} of {found.total} files unowned",
        err=True,
    )


def _origin(workspace: Workspace, target: Target) -> Origin | None:
    """What the build recorded; the Dockerfile is read where it is still there."""
    if not target.of_tree:
        return None
    path = PurePosixPath(target.name) / "fips-dockerfile"
    there = (workspace.root / path).is_file()
    dockerfile = read_dockerfile(workspace.root, path) if there else None
    record = target.archive.with_name("build.json")
    return read_origin(record, dockerfile, workspace.root / path.parent)
