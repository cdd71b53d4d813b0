"""What is inside an image: packages and files, as a package lister found them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PackageLicense:
    """A licence as the package declares it; `spdx` is empty where no SPDX identifier is known."""

    value: str
    spdx: str = ""


@dataclass(frozen=True, slots=True)
class Package:
    """One package. `files` are the paths that it owns."""

    name: str
    version: str
    kind: str  # deb, rpm, apk, python, binary, ...
    purl: str
    licenses: tuple[PackageLicense, ...] = ()
    source_package: str = ""
    locations: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageFile:
    """One regular file of the image's last state."""

    path: str  # absolute
    sha256: str  # empty for an empty or unread file
    size: int


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that a package lister reads from one image archive."""

    tool: str
    tool_version: str
    digest: str  # sha256:… of the image manifest
    created: str  # RFC 3339, as the image configuration says
    platform: str  # linux/amd64
    os_id: str
    os_version: str
    os_name: str
    packages: tuple[Package, ...]
    files: tuple[ImageFile, ...]
    dependencies: tuple[tuple[str, str], ...] = ()  # (purl, purl that it needs)
    labels: dict[str, str] = field(default_factory=dict)
