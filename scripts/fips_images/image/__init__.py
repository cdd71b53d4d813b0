"""A read-only view of a built image, opened once: config, files, packages, ELF facts."""

from fips_images.image.config import ImageConfig
from fips_images.image.entry import Entry, Kind
from fips_images.image.limits import Limits
from fips_images.image.opening import open_image
from fips_images.image.view import Image

__all__ = ["Entry", "Image", "ImageConfig", "Kind", "Limits", "open_image"]
