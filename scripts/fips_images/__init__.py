"""Build, validate, describe, sign, publish and verify FIPS container images."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("fips-container-images")
except PackageNotFoundError:  # run from a checkout, not installed
    __version__ = "0+unknown"
