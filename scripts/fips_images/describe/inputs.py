"""The inputs of a description, gathered from a package list, labels and the build's record."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import MappingProxyType

from fips_images import __version__
from fips_images.describe.sources import Source, name_source
from fips_images.model.dockerfile import RemoteSource
from fips_images.model.inventory import Inventory

LABELS = "io.github.fips-container-images."
_MODULE = "*/ossl-modules/fips.so"
#: Files that our Dockerfiles write themselves, and what each is for.
OWN_FILES = {
    "/etc/ssl/openssl.cnf": "configuration",
    "/etc/ssl/fipsmodule.cnf": "configuration",
    "/usr/local/bin/fips-entrypoint": "entry-point",
}
_CORE = ("libcrypto.so.3", "libssl.so.3")


@dataclass(frozen=True, slots=True)
class ModuleFacts:
    """The FIPS module's file as found, and what the image's labels say of it."""

    path: str
    sha256: str
    name: str
    version: str  # empty: not said
    mac: str  # measured, as in fipsmodule.cnf (AB:CD:…); empty: not measured
    certificate: str  # a number, "none", or empty: not said
    source: Source | None  # the archive it was built from, where known


@dataclass(frozen=True, slots=True)
class SourcePatch:
    """A change that the Dockerfile makes to a source archive before it is built."""

    stage: str  # the stage that holds the source
    file: str
    text: str


@dataclass(frozen=True, slots=True)
class BaseImage:
    """An image that the build started from; `digest` is empty where it was not resolved."""

    reference: str
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """What an image was built from, as the record of its build says."""

    sources: tuple[RemoteSource, ...] = ()
    bases: tuple[BaseImage, ...] = ()
    patches: tuple[SourcePatch, ...] = ()


@dataclass(frozen=True, slots=True)
class BomInputs:
    """Everything that a description of one image is made from."""

    name: str  # what people call the image
    slug: str  # its name in a registry
    inventory: Inventory
    modules: tuple[ModuleFacts, ...]
    sources: tuple[Source, ...]  # without those of the modules
    origin_known: bool  # False for an image that was not built here
    bases: tuple[BaseImage, ...]
    own_files: tuple[str, ...]  # paths of the files that our Dockerfiles write, see OWN_FILES
    core: tuple[str, ...]  # purls of the packages with libcrypto and libssl
    patches: tuple[SourcePatch, ...]
    toolkit_version: str


def gather(
    name: str,
    inventory: Inventory,
    origin: Origin | None,
    *,
    slug: str = "",
    macs: Mapping[str, str] = MappingProxyType({}),
) -> BomInputs:
    """Put together what is known.

    `origin` is None for an image that was not built here. `macs` are the measured MACs of the
    modules by path.
    """
    known = origin or Origin()
    sources = tuple(name_source(remote) for remote in known.sources)
    modules = _modules(inventory, sources, macs)
    used = {module.source for module in modules}
    present = {file.path for file in inventory.files}
    return BomInputs(
        name=name,
        slug=slug or _slug(name),
        inventory=inventory,
        modules=modules,
        sources=tuple(source for source in sources if source not in used),
        origin_known=origin is not None,
        bases=known.bases,
        own_files=tuple(path for path in OWN_FILES if path in present),
        core=_core(inventory),
        patches=known.patches,
        toolkit_version=__version__,
    )


def _modules(
    inventory: Inventory, sources: tuple[Source, ...], macs: Mapping[str, str]
) -> tuple[ModuleFacts, ...]:
    """The labels speak of one module; where several files are found, they are not believed."""
    found = [file for file in inventory.files if is_module(file.path)]
    labels = inventory.labels if len(found) == 1 else {}
    version = labels.get(f"{LABELS}module.version", "")
    built_from = [
        source for source in sources if source.name == "openssl" and source.version == version
    ]
    return tuple(
        ModuleFacts(
            path=file.path,
            sha256=file.sha256,
            name=labels.get(f"{LABELS}module.name", "fips.so"),
            version=version,
            mac=macs.get(file.path, ""),
            certificate=labels.get(f"{LABELS}module.certificate", ""),
            source=built_from[0] if version and len(built_from) == 1 else None,
        )
        for file in found
    )


def is_module(path: str) -> bool:
    """Whether a FIPS provider of OpenSSL lies at this path."""
    return fnmatchcase(path, _MODULE)


def _slug(name: str) -> str:
    """Only what a repository name may hold (OCI distribution specification)."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "image"


def _core(inventory: Inventory) -> tuple[str, ...]:
    """Return the packages that own the libraries which host the module."""
    return tuple(
        package.purl
        for package in inventory.packages
        if any(path.rsplit("/", 1)[-1] in _CORE for path in package.files)
    )
