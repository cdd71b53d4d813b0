"""An archive is loaded for the probe and always removed again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from fips_images.errors import BadInputError, EnvironmentFailureError
from fips_images.image import open_image
from fips_images.model.finding import Status
from fips_images.process import Completed
from fips_images.validate.loading import runnable
from fips_images.validate.options import Options
from fips_images.validate.run import validate_image
from tests.image.archives import docker, layer, layout, write_archive, write_folder


class FakeEngine:
    """Counts what is loaded and removed; runs nothing."""

    name = "fake"

    def __init__(self, accepts: Callable[[Path], bool] = lambda _: True) -> None:
        self.loaded: list[str] = []
        self._accepts = accepts

    def load(self, archive: Path) -> str:
        if not self._accepts(archive):
            raise BadInputError("not an OCI archive of one image")
        self.loaded.append("ref")
        return "ref"

    def remove(self, image: str) -> None:
        self.loaded.remove(image)

    def run(self, image: str, argv: object, options: object) -> Completed:
        raise EnvironmentFailureError("the engine has stopped")


_FILES = layout([layer(("bin/sh", b"x"), ("usr/bin/openssl", b"x"))], {"User": "1"})


@pytest.mark.parametrize("write", [write_archive, write_folder])
def test_it_is_removed_whatever_happens(write, tmp_path: Path) -> None:
    engine = FakeEngine()
    target = write(tmp_path / "image", _FILES)
    with open_image(target) as image:
        with pytest.raises(KeyError), runnable(engine, target, image):
            assert engine.loaded == ["ref"]
            raise KeyError
        assert engine.loaded == []


def test_an_engine_that_fails_leaves_the_checks_not_run(tmp_path: Path) -> None:
    target = write_archive(tmp_path / "image.tar", _FILES)
    validation = validate_image(target, FakeEngine(), Options(as_of=date(2026, 11, 20)))
    reasons = {it.reason for it in validation.with_status(Status.NOT_RUN)}
    assert any("the engine has stopped" in it for it in reasons)
    assert not validation.holds


def test_what_the_engine_cannot_load_is_not_run(tmp_path: Path) -> None:
    """A docker archive of the old kind can be read, but not loaded as an OCI archive."""
    target = write_archive(tmp_path / "image.tar", docker([layer(("bin/sh", b"x"))]))
    engine = FakeEngine(lambda _: False)
    validation = validate_image(target, engine, Options(as_of=date(2026, 11, 20)))
    reasons = {it.reason for it in validation.with_status(Status.NOT_RUN)}
    assert any("cannot load the image" in it for it in reasons)
    assert not validation.holds
