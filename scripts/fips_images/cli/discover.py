"""`fipsctl discover`: the images of the tree."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table

from fips_images.cli.common import format_option, print_json, stdout_console, workspace_options
from fips_images.cli.github import github_output_option, set_outputs
from fips_images.plan.discover import NAMES, DiscoveredImage, discover, select
from fips_images.workspace import Workspace


@click.command(epilog="Example: fipsctl discover --filter '*/python/*' --format json")
@workspace_options
@click.option("--filter", "patterns", multiple=True, help="Only matching images; repeatable.")
@click.option("--name", "names", multiple=True, help="Dockerfile name to look for; repeatable.")
@format_option("table", "json")
@github_output_option
def command(
    workspace: Workspace,
    patterns: tuple[str, ...],
    names: tuple[str, ...],
    format_: str,
    github_output: Path | None,
) -> None:
    """List the images of the tree."""
    images = discover(workspace.root, names=names or NAMES)
    if patterns:
        images = select(images, [part for one in patterns for part in one.split(",") if part])
    set_outputs(github_output, {"count": str(len(images))})
    if format_ == "json":
        print_json({"images": [_row(image) for image in images]})
        return
    table = Table("image", "module", "tags", box=None)
    for image in images:
        spec = image.spec
        table.add_row(spec.id, spec.module_version, " ".join(spec.tags))
    stdout_console().print(table)


def _row(image: DiscoveredImage) -> dict[str, object]:
    spec = image.spec
    return {
        "id": spec.id,
        "slug": spec.slug,
        "dockerfile": str(spec.dockerfile),
        "module": spec.module_version,
        "os": spec.os,
        "os_version": spec.os_version,
        "runtime": spec.runtime,
        "runtime_version": spec.runtime_version,
        "tags": list(spec.tags),
        "bases": list(image.dockerfile.base_images),
        "sources": [
            {"url": one.url, "sha256": one.sha256, "file": one.file, "stage": one.stage}
            for one in image.dockerfile.sources
        ],
    }
