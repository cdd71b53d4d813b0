"""From what the user typed to the images of the tree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fips_images.files import is_file, is_folder
from fips_images.model.image import ImageSpec
from fips_images.plan.discover import NAMES, discover, select


def locate(names: Sequence[str], root: Path) -> tuple[ImageSpec, ...]:
    """Return the images that ids, slugs, patterns, folders or Dockerfiles stand for.

    Raises:
        BadInputError: a name stands for none, or the tree has a problem.
    """
    patterns = [as_pattern(name, root) for name in names]
    return tuple(image.spec for image in select(discover(root), patterns))


def as_pattern(name: str, root: Path) -> str:
    """Return the id for a path in the tree, given from here or from its root; else the name."""
    for path in (root / name, Path.cwd() / name):
        if is_file(path) and any(path.match(pattern) for pattern in NAMES):
            path = path.parent
        resolved = path.resolve()
        if is_folder(path) and resolved.is_relative_to(root.resolve()):
            return resolved.relative_to(root.resolve()).as_posix()
    return name
