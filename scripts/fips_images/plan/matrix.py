"""The plan as what `strategy.matrix` and `docker buildx bake` take."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from fips_images.engine.bake import target_name
from fips_images.errors import BadInputError
from fips_images.plan.graph import Plan, Planned

ROWS_PER_MATRIX = 256  # docs.github.com, Actions limits
_MAX_OUTPUT = 400_000  # half of GitHub's 1 MB per job, which counts UTF-16
RUNNERS = {"linux/amd64": "ubuntu-24.04", "linux/arm64": "ubuntu-24.04-arm"}


def make_matrix(plan: Plan, platform: str) -> dict[str, Any]:
    """Return thin rows for `strategy.matrix`; shards where one matrix cannot hold them.

    Raises:
        BadInputError: more than a job output can carry.
    """
    rows = [
        {
            "id": one.image.spec.id,
            "slug": one.image.spec.slug,
            "platform": platform,
            "runner": RUNNERS.get(platform, "ubuntu-24.04"),
            "wave": one.wave,
            "shard": 0,
        }
        for one in plan.images
    ]
    shards = _shards([str(row["slug"]) for row in rows])
    for row in rows:
        row["shard"] = _shard_of(str(row["slug"]), shards)
    matrix = {"include": rows}
    size = len(json.dumps(matrix))
    if size > _MAX_OUTPUT:
        raise BadInputError(
            f"the matrix has {size} bytes, a job output carries {_MAX_OUTPUT}",
            hint="Narrow it with --filter, or pass the plan as a file (--format json).",
        )
    return matrix


def make_shards(matrix: dict[str, Any]) -> dict[str, Any]:
    """Return one row per shard, each with the matrix of its images as JSON text.

    A job with this matrix calls a reusable workflow per shard; the called one has the images as its
    own matrix. So more images than one matrix can hold are built in one run.

    Raises:
        BadInputError: an image is built from another of the same plan.
    """
    shards: dict[int, list[dict[str, Any]]] = {}
    for row in matrix["include"]:
        if row["wave"]:
            raise BadInputError(
                f"{row['id']} is built from another image of this plan, in a later wave",
                hint="The workflow builds one wave: publish the base image first, or use `run`.",
            )
        thin = {key: row[key] for key in ("id", "slug", "platform", "runner")}
        shards.setdefault(row["shard"], []).append(thin)
    return {
        "include": [
            {"shard": shard, "images": json.dumps({"include": rows}, separators=(",", ":"))}
            for shard, rows in sorted(shards.items())
        ]
    }


def _shard_of(slug: str, shards: int) -> int:
    """The same image stays in the same shard when a run is repeated."""
    return int.from_bytes(hashlib.sha256(slug.encode()).digest()[:8]) % shards


def _shards(slugs: list[str]) -> int:
    """The smallest number of shards of which each holds at most 256 rows."""
    shards = max(1, -(-len(slugs) // ROWS_PER_MATRIX))
    while True:
        counts: dict[int, int] = {}
        for slug in slugs:
            shard = _shard_of(slug, shards)
            counts[shard] = counts.get(shard, 0) + 1
        if max(counts.values(), default=0) <= ROWS_PER_MATRIX:
            return shards
        shards += 1


def make_bake(plan: Plan) -> dict[str, Any]:
    """Return a bake file in which each stage that several images share is one target.

    Images reach it as a named context (docs.docker.com, "Using a target as a build context"). The
    paths are relative to the root of the tree, where bake is to be started.
    """
    targets: dict[str, Any] = {}
    shared = {it.digest: target_name(f"{it.name}-{it.digest[:12]}") for it in plan.stages}
    several = {stage.digest for stage in plan.stages if len(stage.images) > 1}
    for one in plan.images:
        common = {name: digest for name, digest in one.stages.items() if digest in several}
        for name, digest in common.items():
            inner = [other for other in common if other != name and _needs(one, name, other)]
            contexts = {other: f"target:{shared[common[other]]}" for other in inner}
            targets.setdefault(shared[digest], {**_target(one), "target": name} | _some(contexts))
        contexts = {name: f"target:{shared[digest]}" for name, digest in common.items()}
        output = {"output": [f"type=oci,dest={one.image.spec.slug}.oci.tar"]}
        targets[target_name(one.image.spec.slug)] = {**_target(one), **output} | _some(contexts)
    slugs = [target_name(one.image.spec.slug) for one in plan.images]
    return {"group": {"default": {"targets": slugs}}, "target": targets}


def _target(one: Planned) -> dict[str, str]:
    spec = one.image.spec
    return {"context": str(spec.directory), "dockerfile": spec.dockerfile.name}


def _some(contexts: dict[str, str]) -> dict[str, dict[str, str]]:
    return {"contexts": contexts} if contexts else {}


def _needs(one: Planned, name: str, other: str) -> bool:
    """Whether stage `name` is built from `other`, directly or not."""
    stages = {stage.name: stage for stage in one.image.dockerfile.stages}
    pending, seen = list(stages[name].depends_on), set()
    while pending:
        current = pending.pop()
        if current == other:
            return True
        if current in stages and current not in seen:
            seen.add(current)
            pending += stages[current].depends_on
    return False
