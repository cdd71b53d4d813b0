"""Finds what a user names: an OCI archive, or an image of the tree that was built here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fips_images.errors import BadInputError
from fips_images.files import is_file, read_json
from fips_images.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Target:
    """An image archive with what is recorded of it."""

    archive: Path
    name: str  # the folder of the tree, or the archive's file name
    slug: str = ""
    digest: str = ""  # empty: whatever the archive holds

    @property
    def of_tree(self) -> bool:
        """Whether it was built from the tree, so that its Dockerfile is known."""
        return bool(self.slug)


def find_target(workspace: Workspace, text: str) -> Target:
    """Find an image by its folder in the tree, its slug, its digest, or its archive's path.

    Raises:
        BadInputError: there is no such build and no such file.
    """
    for record in sorted((workspace.work / "images").glob("*/build.json")):
        built = read_json(record, hint="Build the image again: `fipsctl build`.")
        if isinstance(built, dict) and _is_meant(built, text):
            return Target(
                archive=record.parent / "image.oci.tar",
                name=str(built.get("image_id", "")),
                slug=record.parent.name,
                digest=str(built.get("digest", "")),
            )
    if is_file(Path(text)):
        return Target(Path(text), Path(text).name)
    raise BadInputError(
        "no image of this name was built here, and no such archive exists",
        where=text,
        hint="`fipsctl discover` lists the images; `fipsctl build IMAGE` builds one.",
    )


def _is_meant(built: dict[str, Any], text: str) -> bool:
    names = {str(built.get(key)) for key in ("image_id", "slug", "digest") if built.get(key)}
    return text.rstrip("/") in names


def find_evidence(workspace: Workspace, text: str) -> Path:
    """Find the evidence folder by a digest (`sha256:…`), a build's name, or its own path.

    Raises:
        BadInputError: nothing is known under this name.
    """
    if re.fullmatch(r"sha256:[0-9a-f]{64}", text):
        return workspace.evidence(text)
    if re.fullmatch(r"sha256-[0-9a-f]{64}", Path(text).name) and Path(text).is_dir():
        return Path(text)
    digest = find_target(workspace, text).digest
    if not digest:
        raise BadInputError(
            "an archive has no evidence by its path", where=text, hint="Give its digest."
        )
    return workspace.evidence(digest)
