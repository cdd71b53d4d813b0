"""Reads what an image was built from: build.json, and the patches of its Dockerfile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fips_images.describe.inputs import BaseImage, Origin, SourcePatch
from fips_images.errors import BadInputError
from fips_images.files import read_json
from fips_images.model.dockerfile import Dockerfile, RemoteSource

_AGAIN = "Build the image again: `fipsctl build`."


def read_origin(record: Path, dockerfile: Dockerfile | None, context: Path) -> Origin:
    """Return what the build recorded in `record` (build.json).

    `dockerfile` and `context` (its folder) are for the patches; where the Dockerfile names other
    sources than were built from, it has changed since, and its patches are not taken.

    Raises:
        BadInputError: the record or a patch cannot be read.
    """
    value = read_json(record, hint=_AGAIN)
    try:
        sources = tuple(_source(item) for item in value["sources"])
        bases = tuple(
            BaseImage(str(item["reference"]), str(item["digest"])) for item in value["bases"]
        )
    except (KeyError, TypeError) as error:
        problem = f"not a record of a build ({type(error).__name__}: {error})"
        raise BadInputError(problem, where=str(record), hint=_AGAIN) from error
    same = dockerfile is not None and set(dockerfile.sources) == set(sources)
    patches = read_patches(dockerfile, context) if dockerfile and same else ()
    return Origin(sources, tuple(sorted(bases, key=lambda base: base.reference)), patches)


def _source(item: dict[str, Any]) -> RemoteSource:
    return RemoteSource(*(str(item[name]) for name in ("stage", "url", "sha256", "file")))


def read_patches(dockerfile: Dockerfile, context: Path) -> tuple[SourcePatch, ...]:
    """Return the `*.patch` files that a stage reads together with the stage of a source.

    Raises:
        BadInputError: a patch cannot be read.
    """
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
