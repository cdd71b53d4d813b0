"""The mutants that are real images, and the good images, through the whole verb.

The good image is what `fipsctl build` left in `.fips/images/`; FIPS_TEST_IMAGE names another.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from fips_images.engine.interface import Engine
from fips_images.engine.select import select_engine
from fips_images.image import Image, open_image
from fips_images.model.finding import Status
from fips_images.process import run
from fips_images.validate.options import Options
from fips_images.validate.run import validate_image
from tests.validate.engine_mutants import ENGINE_MUTANTS, EngineMutant

pytestmark = pytest.mark.engine

_ROOT = Path(__file__).parents[2]
_ARCHIVE = _ROOT / ".fips/images/python3.13-openssl3.5.7-debian13/image.oci.tar"
_GIVEN = os.environ.get("FIPS_TEST_IMAGE", "")  # before the suite scrubs the environment
_OPTIONS = Options(as_of=date(2026, 11, 20))


@pytest.fixture(scope="module")
def engine() -> Engine:
    """Docker: derived images are built with its command line."""
    return select_engine("docker")


@pytest.fixture(scope="module")
def good(engine: Engine) -> Iterator[str]:
    """A reference of the good Python image."""
    if _GIVEN:
        yield _GIVEN
        return
    if not _ARCHIVE.is_file():
        pytest.skip(f"{_ARCHIVE} is not there: build openssl/3.5.7/debian/13/python/3.13 first")
    reference = engine.load(_ARCHIVE)
    yield reference
    engine.remove(reference)


@pytest.fixture(scope="module")
def image(engine: Engine, good: str) -> Iterator[Image]:
    """The good image, opened, to take files from."""
    with open_image(good, engine) as opened:
        yield opened


def test_the_good_image_holds(engine: Engine, good: str) -> None:
    validation = validate_image(good, engine, _OPTIONS)
    assert not validation.with_status(Status.FAIL)
    assert validation.holds
    assert len(validation.with_status(Status.PASS)) >= 55


def _docker(*words: str) -> bool:
    return run(["docker", *words], timeout=300, check=False).ok


def test_an_ordinary_image_fails_in_plain_words(engine: Engine) -> None:
    """The base that the good image was built on: no module, no configuration."""
    names = ("debian:13", "fips-base/debian:13")  # pulled, or made on this machine
    there = [name for name in names if _docker("image", "inspect", name)]
    if not there and _docker("pull", "debian:13"):
        there = ["debian:13"]
    if not there:
        pytest.skip("no ordinary image is here, and none can be pulled")
    validation = validate_image(there[0], engine, _OPTIONS)
    failing = {it.check.id: it.reason for it in validation.with_status(Status.FAIL)}
    assert not validation.holds
    assert "there is no FIPS module" in failing["FIPS-01-01"]
    assert {"FIPS-01-02", "FIPS-01-03", "FIPS-01-04", "FIPS-12-01"} <= set(failing)


@pytest.mark.parametrize("mutant", ENGINE_MUTANTS, ids=lambda it: it.name)
def test_the_engine_mutant_is_caught(
    mutant: EngineMutant, engine: Engine, good: str, image: Image, tmp_path: Path
) -> None:
    reference = f"fips-mutant:{uuid.uuid4().hex}"
    _build(mutant, good, image, reference, tmp_path)
    try:
        validation = validate_image(reference, engine, _OPTIONS)
    finally:
        engine.remove(reference)
    failing = {it.check.id: it.reason for it in validation.with_status(Status.FAIL)}
    assert not validation.holds
    assert set(mutant.checks) <= set(failing), failing


def _build(mutant: EngineMutant, good: str, image: Image, reference: str, folder: Path) -> None:
    steps = [f"FROM {good}", "USER 0", mutant.steps]
    changed = {path: edit(image.read(path, 1 << 26)) for path, edit in mutant.edits.items()}
    changed |= {to: image.read(path, 1 << 26) for to, path in mutant.copies.items()}
    for number, (path, content) in enumerate(changed.items()):
        (folder / str(number)).write_bytes(content)
        steps.append(f"COPY --chown=0:0 --chmod={mutant.mode} {number} {path}")
    text = "\n".join([*steps, f"USER {mutant.user}", ""])
    (folder / "Dockerfile").write_text(text)
    run(
        ["docker", "buildx", "build", "--load", "--quiet", "--tag", reference, folder],
        timeout=300,
    )
