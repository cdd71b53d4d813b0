"""Where the toolkit keeps things: one folder, `.fips/` in the tree unless told otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Workspace:
    """The root of the tree and the working folder; every path of ours is made here."""

    root: Path
    work: Path

    @property
    def catalog(self) -> Path:
        """The catalogue of the tree."""
        return self.root / "openssl" / "catalog.yaml"

    @property
    def templates(self) -> Path:
        """The templates the tree is rendered from."""
        return self.root / "templates-dockerfiles"

    @property
    def mirror(self) -> Path:
        """Content-addressed copies of the sources: `<mirror>/sha256/<hex>/<file name>`."""
        return self.work / "mirror"

    @property
    def registry(self) -> Path:
        """The default registry: an OCI image layout on disk."""
        return self.work / "registry"

    @property
    def keys(self) -> Path:
        """The local signing key."""
        return self.work / "keys"

    def image(self, slug: str) -> Path:
        """The newest build of one image: `image.oci.tar`, `build.json`, `build.log`."""
        return self.work / "images" / slug

    def evidence(self, digest: str) -> Path:
        """Everything said about one image digest."""
        algorithm, _, value = digest.partition(":")
        return self.work / "evidence" / f"{algorithm}-{value}"


def find_root(start: Path) -> Path:
    """Return the nearest folder at or above `start` that holds `openssl/catalog.yaml`.

    Without one, `start` itself: a vendor's repository has images but no tree of ours, and what
    needs the tree says so when it does not find it.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "openssl" / "catalog.yaml").is_file():
            return folder
    return start
