"""Build, validate, describe, sign, publish and verify FIPS container images."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def _version_of_checkout() -> str:
    """Return the version that a checkout declares, marked as such; evidence quotes it."""
    try:
        declared = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
        return f"{declared['project']['version']}+checkout"
    except (OSError, KeyError, ValueError):
        return "0+unknown"


try:
    __version__ = version("fips-container-images")
except PackageNotFoundError:  # run from a checkout, not installed: so do the actions
    __version__ = _version_of_checkout()
