"""Describes an image archive: lists it, measures its module, and adds what its Dockerfile says."""

from __future__ import annotations

import hmac
from pathlib import Path

from fips_images.describe.inputs import BomInputs, SourcePatch, gather, is_module
from fips_images.errors import BadInputError, DoesNotHoldError
from fips_images.image import open_image
from fips_images.model.dockerfile import Dockerfile
from fips_images.tools.syft import list_packages

# The fixed key of every FIPS provider of OpenSSL 3 (its Configure and providers/fips/self_test.c).
_KEY = bytes.fromhex("f4556650ac31d35461610bac4ed81b1a181b2d8a43ea2854cbae22ca74560813")


def describe(
    archive: Path,
    name: str,
    *,
    slug: str = "",
    digest: str = "",
    dockerfile: Dockerfile | None = None,
    context: Path | None = None,
) -> BomInputs:
    """Return what is known of an OCI archive.

    `digest` is the one that the image must have; `context` the folder that its Dockerfile was
    built with, for the patches that it applies.

    Raises:
        DoesNotHoldError: the archive holds an image of another digest.
        BadInputError: the archive or a patch cannot be read.
        EnvironmentFailureError: syft is missing or failed.
    """
    inventory = list_packages(archive)
    if digest and inventory.digest != digest:
        raise DoesNotHoldError(
            f"holds {inventory.digest}, not {digest}",
            where=str(archive),
            hint="Build the image again: `fipsctl build`.",
        )
    return gather(
        name,
        inventory,
        dockerfile,
        slug=slug,
        macs=measure_modules(archive),
        patches=_patches(dockerfile, context) if dockerfile and context else (),
    )


def measure_modules(archive: Path) -> dict[str, str]:
    """Return the MAC of every FIPS module of the image, by path, as fipsmodule.cnf would say it."""
    macs = {}
    with open_image(archive) as image:
        for entry in image.files():
            if is_module(entry.path):
                mac = hmac.new(_KEY, digestmod="sha256")
                for piece in image.chunks(entry):
                    mac.update(piece)
                macs[entry.path] = mac.digest().hex(":").upper()
    return macs


def _patches(dockerfile: Dockerfile, context: Path) -> tuple[SourcePatch, ...]:
    """The `*.patch` files that a stage reads together with the stage of a source."""
    sources = {source.stage for source in dockerfile.sources}
    return tuple(
        SourcePatch(needed, file, _read(context / file))
        for stage in dockerfile.stages
        for needed in stage.depends_on
        if needed in sources
        for file in stage.context_files
        if file.endswith(".patch")
    )


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"cannot read the patch: {error}", where=str(path)) from error
