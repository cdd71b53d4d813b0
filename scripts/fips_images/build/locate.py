"""From what the user typed to an image of the tree: its folder, its Dockerfile, or its name."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from fips_images.errors import BadInputError
from fips_images.model.image import ImageSpec

_FILE = "fips-dockerfile"
_PART = re.compile(r"[a-z0-9][a-z0-9._-]*")
_GRAMMAR = (
    "openssl/<module version>/<os>/<os version>/<runtime>[/<runtime version>]/fips-dockerfile"
)


def locate(name: str, root: Path) -> ImageSpec:
    """Return the image that the name stands for.

    Raises:
        BadInputError: there is no such image, or its path breaks the grammar of the tree.
    """
    folder = _folder(name, root)
    parts = folder.parts
    if len(parts) not in (5, 6) or parts[0] != "openssl" or not all(map(_PART.fullmatch, parts)):
        raise BadInputError("not a path of the tree", where=name, hint=f"It is {_GRAMMAR}.")
    dockerfile = folder / _FILE
    if not (root / dockerfile).is_file():
        raise BadInputError(
            f"no image is called {str(folder)!r}",
            where=str(root / dockerfile),
            hint="List the images with `fipsctl discover`.",
        )
    version = parts[5] if len(parts) == 6 else ""
    return ImageSpec(dockerfile, parts[1], parts[2], parts[3], parts[4], version)


def _folder(name: str, root: Path) -> PurePosixPath:
    """Return the folder relative to the root, for an id, a folder or a Dockerfile."""
    text = name.rstrip("/").removesuffix("/" + _FILE)
    if not (root / text).is_dir() and Path(text).is_dir():
        text = str(Path(text).resolve())
    path = Path(text)
    if path.is_absolute():
        if not path.is_relative_to(root):
            raise BadInputError("not inside the tree", where=name, hint=f"The tree is {root}.")
        path = path.relative_to(root)
    return PurePosixPath(path.as_posix())
