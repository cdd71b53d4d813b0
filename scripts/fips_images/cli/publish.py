"""`fipsctl publish`: a validated image and its statements; tags move last."""

from __future__ import annotations

from pathlib import Path

import click

from fips_images.attest.policy import Policy
from fips_images.build.locate import locate
from fips_images.build.record import read_built
from fips_images.cli.common import format_option, make_progress, print_json, workspace_options
from fips_images.cli.github import github_output_option, set_outputs
from fips_images.cli.signing import local_policy, open_reference, registry_options, today
from fips_images.publish.publisher import PublishResult, result_to_json
from fips_images.publish.steps import publish_built, reference_for
from fips_images.workspace import Workspace


@click.command(
    epilog="Example: fipsctl publish openssl/3.5.7/debian/13/python/3.13 --registry ghcr.io/me/fips"
)
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True)
@registry_options
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Public key of the statements (default: the local one).",
)
@github_output_option
@workspace_options
@format_option("table", "json")
def command(
    workspace: Workspace,
    images: tuple[str, ...],
    registry: str | None,
    plain_http: bool,
    key: Path | None,
    github_output: Path | None,
    format_: str,
) -> None:
    """Publish a validated image and its statements.

    The digest that was tested is pushed, its statements are attached and read back, and then the
    tags move. Without a validation that holds, nothing is sent. Run it again to finish what was
    interrupted.
    """
    terms = (Policy((key,)) if key else local_policy(workspace)).terms(today())
    progress = make_progress()
    results = []
    for spec in locate(images, workspace.root):
        built = read_built(workspace, spec.slug)
        repository = open_reference(reference_for(workspace, spec, registry), plain_http)
        results.append(publish_built(workspace, built, repository, spec.tags, terms, progress))
    references = [f"{it.repository}@{it.digest}" for it in results]
    set_outputs(github_output, {"reference": "\n".join(references)})
    _render(results, format_)


def _render(results: list[PublishResult], format_: str) -> None:
    if format_ == "json":
        print_json([result_to_json(it) for it in results])
        return
    for it in results:
        click.echo(f"{it.repository}@{it.digest}")
        click.echo(f"  tags        {', '.join(it.tags)}")
        click.echo(f"  blobs       {it.uploaded} sent, {it.present} there before")
        click.echo(f"  statements  {it.attached} attached, {it.known} there before")
