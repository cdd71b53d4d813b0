"""One image of the tree: what its path says, and what it is called once built."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True, order=True)
class ImageSpec:
    """One leaf of the tree, e.g. `openssl/3.5.7/debian/13/python/3.13/fips-dockerfile`.

    `runtime_version` is empty for runtimes that have none of their own (base, builder).
    """

    dockerfile: PurePosixPath  # relative to the root of the tree
    module_version: str
    os: str
    os_version: str
    runtime: str
    runtime_version: str
    tags: tuple[str, ...] = ()

    @property
    def directory(self) -> PurePosixPath:
        """The build context: the folder of the Dockerfile, relative to the root of the tree."""
        return self.dockerfile.parent

    @property
    def id(self) -> str:
        """The name people type: the folder without anything else."""
        return str(self.directory)

    @property
    def slug(self) -> str:
        """A unique name for files, artifacts, matrix rows and tags: `[a-z0-9._-]` only."""
        parts = (
            f"{self.runtime}{self.runtime_version}",
            f"openssl{self.module_version}",
            f"{self.os}{self.os_version}",
        )
        return "-".join(parts)


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """What a build left behind. `digest` is the one that every later step uses."""

    slug: str
    image_id: str  # ImageSpec.id, or the reference given for an image that is not of the tree
    digest: str  # sha256:… of the OCI image manifest
    archive: str  # path of the OCI archive (tar of an OCI image layout)
    platform: str  # linux/amd64
    identity: str  # content identity of the inputs (design.md section 4, decision 6)
    reused: bool = False
