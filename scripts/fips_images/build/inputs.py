"""What a build takes from outside, read from the Dockerfile: base images and sources."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from fips_images.errors import BadInputError
from fips_images.model.dockerfile import Dockerfile
from fips_images.plan.dockerfile import read_dockerfile

_REMOTE = re.compile(r"(?:https?|git|ssh)://|git@")


def read_inputs(root: Path, path: PurePosixPath) -> Dockerfile:
    """Read the Dockerfile `path` below `root` and see that every download has a checksum.

    Raises:
        BadInputError: it is unreadable, not a Dockerfile, or downloads without a checksum.
    """
    parsed = read_dockerfile(root, path)
    for stage in parsed.stages:
        for one in stage.instructions:
            remote = one.keyword == "ADD" and any(_REMOTE.match(word) for word in one.value[:-1])
            if remote and not any(flag.startswith("--checksum=") for flag in one.flags):
                raise BadInputError(
                    "ADD of a download without --checksum=sha256:…",
                    where=f"{path}:{one.line}",
                    hint="Every download has a checksum: add it to the template.",
                )
    return parsed
