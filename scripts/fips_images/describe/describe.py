"""Describes an image archive: lists it, measures its module, and adds what its build recorded."""

from __future__ import annotations

from pathlib import Path

from fips_images.describe.inputs import BomInputs, Origin, gather, is_module
from fips_images.describe.target import Target
from fips_images.errors import DoesNotHoldError
from fips_images.image import open_image
from fips_images.image.module import module_mac
from fips_images.tools.syft import list_packages


def describe(target: Target, origin: Origin | None = None) -> BomInputs:
    """Return what is known of an OCI archive.

    Raises:
        DoesNotHoldError: the archive holds an image of another digest than was recorded.
        BadInputError: the archive cannot be read.
        EnvironmentFailureError: syft is missing or failed.
    """
    inventory = list_packages(target.archive)
    if target.digest and inventory.digest != target.digest:
        raise DoesNotHoldError(
            f"holds {inventory.digest}, not {target.digest}",
            where=str(target.archive),
            hint="Build the image again: `fipsctl build`.",
        )
    macs = measure_modules(target.archive)
    return gather(target.name, inventory, origin, slug=target.slug, macs=macs)


def measure_modules(archive: Path) -> dict[str, str]:
    """Return the MAC of every FIPS module of the image, by path, as fipsmodule.cnf would say it."""
    macs = {}
    with open_image(archive) as image:
        for entry in image.files():
            if is_module(entry.path):
                macs[entry.path] = module_mac(image.chunks(entry))
    return macs
