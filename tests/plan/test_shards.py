"""Shards: more images than one matrix can hold, as rows of a calling job."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fips_images.errors import BadInputError
from fips_images.plan.discover import discover
from fips_images.plan.graph import make_plan
from fips_images.plan.matrix import ROWS_PER_MATRIX, make_matrix, make_shards
from tests.plan.test_discover import put


def _shards(root: Path, count: int) -> list[dict[str, list[dict[str, str]]]]:
    for number in range(count):
        put(root, f"openssl/3.5.7/debian/13/python/{number // 30}.{number % 30}", "FROM scratch\n")
    matrix = make_matrix(make_plan(root, discover(root)), "linux/amd64")
    return [json.loads(row["images"]) for row in make_shards(matrix)["include"]]


@pytest.mark.parametrize("count", [1, 256, 600])
def test_every_image_is_in_exactly_one_shard_that_a_matrix_holds(tmp_path: Path, count: int):
    shards = _shards(tmp_path, count)
    slugs = [row["slug"] for shard in shards for row in shard["include"]]
    assert len(slugs) == len(set(slugs)) == count
    assert all(0 < len(shard["include"]) <= ROWS_PER_MATRIX for shard in shards)
    assert len(shards) >= -(-count // ROWS_PER_MATRIX)


def test_an_image_of_a_later_wave_is_refused_rather_than_built_too_early(tmp_path: Path):
    put(tmp_path, "openssl/3.5.7/debian/13/base", "FROM scratch\n")
    put(tmp_path, "openssl/3.5.7/debian/13/python/3.13", "FROM x/base:openssl3.5.7-debian13\n")
    plan = make_plan(tmp_path, discover(tmp_path))
    assert plan.waves == 2
    with pytest.raises(BadInputError, match="later wave"):
        make_shards(make_matrix(plan, "linux/amd64"))
