"""Fixtures of the publishing tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fips_images.publish.http import HttpRepository
from fips_images.publish.opening import open_repository
from fips_images.publish.reference import parse_reference
from fips_images.publish.transport import Patience
from tests.publish.fake_registry import FakeRegistry, serve
from tests.publish.images import Ready, ready

QUICK = {"first_pause": 0.001, "connect": 2.0, "read": 2.0, "document": 5.0}


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    """A registry that behaves, like Debian's: no referrers API."""
    with serve(FakeRegistry()) as running:
        yield running


@pytest.fixture
def image(tmp_path: Path) -> Ready:
    """A signed image."""
    return ready(tmp_path / "image")


@pytest.fixture
def open_at(tmp_path: Path) -> Callable[..., HttpRepository]:
    """Opens a repository of a registry with little patience and a Docker configuration."""

    def make(
        registry: FakeRegistry, name: str = "fips/python", config: Any = None, **patience: Any
    ) -> HttpRepository:
        folder = tmp_path / "docker"
        folder.mkdir(exist_ok=True)
        (folder / "config.json").write_text(json.dumps(config or {}))
        repository = open_repository(
            parse_reference(f"{registry.address}/{name}"),
            {"DOCKER_CONFIG": str(folder)},
            tmp_path,
            patience=Patience(**(QUICK | patience)),
        )
        assert isinstance(repository, HttpRepository)
        return repository

    return make
