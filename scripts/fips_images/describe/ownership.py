"""Decides which component each file of an image belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fips_images.describe.inputs import BomInputs

# dpkg's own record of a package: <name>[:<architecture>].<kind>  (dpkg-query(1), FILES)
_DPKG_RECORD = re.compile(r"/var/lib/dpkg/info/([a-z0-9][a-z0-9+.-]*?)(?::[a-z0-9-]+)?\.[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Ownership:
    """How many regular files belong to a component, and which belong to none."""

    total: int
    unowned: tuple[str, ...]

    @property
    def owned(self) -> int:
        """The number of files that belong to a component."""
        return self.total - len(self.unowned)


def assign(inputs: BomInputs) -> Ownership:
    """Find the files that no component owns.

    A file is owned when a package lists it, when it is dpkg's record of a listed package, when our
    Dockerfiles install it from a named source (sources.yaml), or when it is a component by itself
    (the module, the files that our Dockerfiles write).
    """
    packages = inputs.inventory.packages
    sources = [source for source in inputs.sources if source.installs]
    owned = {path for package in packages for path in package.files}
    owned.update(
        path for package in packages if package.kind != "deb" for path in package.locations
    )
    owned.update(module.path for module in inputs.modules)
    owned.update(inputs.own_files)
    debs = {package.name for package in packages if package.kind == "deb"}
    unowned = tuple(
        file.path
        for file in inputs.inventory.files
        if file.path not in owned
        and not _is_record(file.path, debs)
        and not any(source.owns(file.path) for source in sources)
    )
    return Ownership(len(inputs.inventory.files), unowned)


def _is_record(path: str, debs: set[str]) -> bool:
    match = _DPKG_RECORD.fullmatch(path)
    return bool(match) and match[1] in debs  # type: ignore[index]
