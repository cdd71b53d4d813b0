"""`fipsctl sign`: statements about a validated image, each in a Sigstore bundle."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from fips_images.attest.signer import Signer, key_signer, local_signer
from fips_images.build.locate import locate
from fips_images.build.record import read_built
from fips_images.cli.common import format_option, print_json, workspace_options
from fips_images.errors import BadInputError
from fips_images.publish.steps import sign_built
from fips_images.workspace import Workspace


@click.command(epilog="Example: fipsctl sign openssl/3.5.7/debian/13/python/3.13")
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True)
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Private ECDSA key, PEM PKCS#8 (default: .fips/keys/signing.pem, made on first use).",
)
@click.option("--keyless", is_flag=True, help="Sign with the workflow's own identity (Sigstore).")
@workspace_options
@format_option("table", "json")
def command(
    workspace: Workspace, images: tuple[str, ...], key: Path | None, keyless: bool, format_: str
) -> None:
    """Sign statements about an image.

    Nothing is signed about an image that was not validated or whose validation does not hold.
    """
    if key and keyless:
        raise BadInputError("--key and --keyless exclude each other", hint="Choose one.")
    signer = _signer(workspace, key, keyless)
    rows = []
    for spec in locate(images, workspace.root):
        built = read_built(workspace, spec.slug)
        paths = sign_built(workspace, built, signer)
        rows.append(
            {"image": spec.id, "digest": built.digest, "bundles": [str(it) for it in paths]}
        )
    if format_ == "json":
        print_json({"schema": 1, "signer": signer.name, "images": rows})
        return
    for row in rows:
        click.echo(f"{row['image']}  {row['digest']}  {len(row['bundles'])} statements")
    click.echo(f"signed by {signer.name}", err=True)


def _signer(workspace: Workspace, key: Path | None, keyless: bool) -> Signer:
    if keyless:
        signer: Signer = import_module("fips_images.attest.keyless").keyless_signer()
        return signer
    return key_signer(key) if key else local_signer(workspace.keys)
