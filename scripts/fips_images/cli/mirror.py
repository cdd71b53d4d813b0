"""The verb `mirror`: fill the folder of sources."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import click

from fips_images.build.ca import choose_trust
from fips_images.build.fetch import fetch
from fips_images.build.inputs import read_inputs
from fips_images.build.locate import locate
from fips_images.build.mirror import Mirror
from fips_images.cli.common import format_option, make_progress, print_json, workspace_options
from fips_images.workspace import Workspace


@click.command(epilog="Example: fipsctl mirror openssl/3.5.7/debian/13/python/3.13")
@click.argument("images", metavar="IMAGE|DOCKERFILE...", nargs=-1)
@click.option(
    "--add",
    "added",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Take in a file that was brought by hand.",
)
@click.option(
    "--source-mirror",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to fill (default: .fips/mirror).",
)
@click.option(
    "--ca-bundle",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Certificates to trust (default: the host's own extra trust).",
)
@workspace_options
@format_option("table", "json")
def command(
    workspace: Workspace,
    images: tuple[str, ...],
    added: tuple[Path, ...],
    source_mirror: Path | None,
    ca_bundle: Path | None,
    format_: str,
) -> None:
    """Fetch the sources into a content-addressed folder.

    Looks in the folder first, then in Debian's source packages, then upstream. Every file is
    checked against the sha256 that the Dockerfile names. Carry the folder to where there is no
    network and name it with `fipsctl build --source-mirror DIR`.
    """
    if not images and not added:
        raise click.UsageError("name an image, a Dockerfile, or a file with --add")
    mirror = Mirror((source_mirror or workspace.mirror).resolve())
    trust = choose_trust(ca_bundle)
    rows = [_row(mirror.add(path), "added") for path in added]
    progress = make_progress()
    for folder, file in _dockerfiles(images, workspace):
        for source in read_inputs(folder, file).sources:
            fetched = fetch(source, mirror, progress, ca_bundle=trust.bundle if trust else None)
            rows.append(_row(fetched.path, fetched.origin))
    if format_ == "json":
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['sha256']}  {row['file']}  ({row['origin']})")


def _dockerfiles(names: tuple[str, ...], workspace: Workspace) -> list[tuple[Path, PurePosixPath]]:
    """Return root and path of each Dockerfile: files are taken as they are, others located."""
    files = [Path(name) for name in names if Path(name).is_file()]
    images = [name for name in names if not Path(name).is_file()]
    specs = locate(images, workspace.root) if images else ()
    found = [(path.parent, PurePosixPath(path.name)) for path in files]
    return found + [(workspace.root, spec.dockerfile) for spec in specs]


def _row(path: Path, origin: str) -> dict[str, str]:
    return {
        "sha256": path.parent.name,
        "file": path.name,
        "origin": origin,
        "path": str(path),
    }
