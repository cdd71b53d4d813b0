"""`fipsctl plan`: what would be built, in which order, and why."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.table import Table

from fips_images.build.builder import host_platform
from fips_images.cli.common import format_option, print_json, stdout_console, workspace_options
from fips_images.cli.github import github_output_option, set_outputs
from fips_images.files import write_text
from fips_images.plan.changed import changed_since, concerned
from fips_images.plan.discover import discover, select
from fips_images.plan.graph import Plan, make_plan
from fips_images.plan.matrix import make_bake, make_matrix, make_shards
from fips_images.workspace import Workspace


@click.command(epilog="Example: fipsctl plan --changed-since origin/main --format matrix")
@workspace_options
@click.option("--filter", "patterns", multiple=True, help="Only matching images; repeatable.")
@click.option("--changed-since", "reference", help="Only what a change since this commit concerns.")
@click.option("--platform", default=host_platform, help="For which machine (default: this one's).")
@click.option("--output", type=click.Path(path_type=Path), help="Also write the plan (JSON) here.")
@format_option("table", "json", "matrix", "bake")
@github_output_option
def command(
    workspace: Workspace,
    patterns: tuple[str, ...],
    reference: str | None,
    platform: str,
    output: Path | None,
    format_: str,
    github_output: Path | None,
) -> None:
    """Say what would be built, in which order, and why.

    `matrix` is the JSON that `strategy.matrix` takes; `bake` is a file for `docker buildx bake`.
    """
    images = discover(workspace.root)
    if patterns:
        images = select(images, [part for one in patterns for part in one.split(",") if part])
    reasons = None
    if reference:
        reasons = concerned(images, changed_since(workspace.root, reference))
        images = tuple(image for image in images if image.spec.slug in reasons)
    plan = make_plan(workspace.root, images, reasons)
    if output:
        write_text(output, json.dumps(to_json(plan), indent=2) + "\n")
    if github_output:
        shards = json.dumps(make_shards(make_matrix(plan, platform)), separators=(",", ":"))
        set_outputs(github_output, {"count": str(len(plan.images)), "shards": shards})
    if format_ == "table":
        _print_table(plan)
    elif format_ == "json":
        print_json(to_json(plan))
    else:
        print_json(make_matrix(plan, platform) if format_ == "matrix" else make_bake(plan))


def to_json(plan: Plan) -> dict[str, object]:
    """Return the plan as `plan/schemas/plan.schema.json` describes it."""
    return {
        "count": len(plan.images),
        "waves": plan.waves,
        "stage_builds": len(plan.stages),
        "stage_builds_without_sharing": plan.naive_stage_builds,
        "images": [
            {
                "id": one.image.spec.id,
                "slug": one.image.spec.slug,
                "wave": one.wave,
                "reason": one.reason,
                "tags": list(one.image.spec.tags),
                "stages": dict(one.stages),
            }
            for one in plan.images
        ],
    }


def _print_table(plan: Plan) -> None:
    table = Table("wave", "image", "stages", "shared", "why", box=None)
    shared = {stage.digest for stage in plan.stages if len(stage.images) > 1}
    for one in plan.images:
        common = sum(digest in shared for digest in one.stages.values())
        row = (str(one.wave), one.image.spec.id, str(len(one.stages)), str(common), one.reason)
        table.add_row(*row)
    stdout_console().print(table)
    click.echo(
        f"{len(plan.images)} images, {plan.waves} wave(s), {len(plan.stages)} stage builds "
        f"({plan.naive_stage_builds} if equal stages were not shared)"
    )
