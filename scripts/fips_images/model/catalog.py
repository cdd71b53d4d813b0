"""The catalogue as values: modules, bases, runtimes, and the combinations to render."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Download:
    """A source tarball: where it is, what it must hash to, and the build stage that offers it."""

    stage: str
    url: str
    sha256: str

    @property
    def file(self) -> str:
        """The file name, the last part of the address."""
        return self.url.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Module:
    """One version of the cryptographic module."""

    version: str
    certificate: int | None
    note: str
    configure: tuple[str, ...]
    download: Download


@dataclass(frozen=True, slots=True)
class Base:
    """One operating system release that images are built on."""

    os: str
    version: str
    image: str
    digest: str | None
    family: str
    end_of_life: date
    keep: dict[str, tuple[str, ...]]  # runtime name -> packages; "base" belongs to every image


@dataclass(frozen=True, slots=True)
class Runtime:
    """One version of a language runtime; `version` and `full_version` are empty for `base`."""

    name: str
    version: str
    full_version: str
    download: Download | None


@dataclass(frozen=True, slots=True)
class Combination:
    """One image to render."""

    module: Module
    base: Base
    runtime: Runtime

    @property
    def directory(self) -> str:
        """Its folder below the tree's root."""
        parts = ["openssl", self.module.version, self.base.os, self.base.version, self.runtime.name]
        return "/".join(parts + ([self.runtime.version] if self.runtime.version else []))


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything of `openssl/catalog.yaml`."""

    modules: tuple[Module, ...]
    bases: tuple[Base, ...]
    runtimes: tuple[Runtime, ...]
    combinations: tuple[Combination, ...]
