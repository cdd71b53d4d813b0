"""Names the source archives of a Dockerfile: product, version, licence, what they install."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

import yaml

from fips_images.model.dockerfile import RemoteSource


@dataclass(frozen=True, slots=True)
class Source:
    """A downloaded source archive, named where sources.yaml knows it."""

    name: str  # cpython; the archive's name where unknown
    title: str
    version: str  # empty where unknown
    licence: str  # SPDX identifier, empty where unknown
    cpe: str
    purl: str
    url: str
    sha256: str
    file: str
    stage: str
    installs: tuple[str, ...]

    def owns(self, path: str) -> bool:
        """Whether our Dockerfiles install the file from this source."""
        return any(fnmatchcase(path, pattern) for pattern in self.installs)


@cache
def _known() -> tuple[dict[str, str | list[str]], ...]:
    text = files("fips_images.describe").joinpath("sources.yaml").read_text("utf-8")
    return tuple(yaml.safe_load(text)["sources"])


def name_source(remote: RemoteSource) -> Source:
    """Return what is known of a source archive; an unknown one keeps its file name as name."""
    for entry in _known():
        match = re.fullmatch(str(entry["file"]), remote.file)
        if match:
            return _named(remote, entry, match[1])
    return Source(
        name=remote.file,
        title=remote.file,
        version="",
        licence="",
        cpe="",
        purl="",
        url=remote.url,
        sha256=remote.sha256,
        file=remote.file,
        stage=remote.stage,
        installs=(),
    )


def _named(remote: RemoteSource, entry: dict[str, str | list[str]], version: str) -> Source:
    minor = ".".join(version.split(".")[:2])
    return Source(
        name=str(entry["name"]),
        title=str(entry["title"]),
        version=version,
        licence=str(entry["licence"]),
        cpe=str(entry["cpe"]).format(version=version),
        purl=str(entry["purl"]).format(version=version),
        url=remote.url,
        sha256=remote.sha256,
        file=remote.file,
        stage=remote.stage,
        installs=tuple(pattern.format(minor=minor) for pattern in entry["installs"]),
    )
