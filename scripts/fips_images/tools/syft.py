"""Runs syft over an OCI archive and returns what it lists. It never uses the network.

Output format: https://github.com/anchore/syft/tree/main/schema/json (read: 16.x).
"""

from __future__ import annotations

import base64
import binascii
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fips_images.errors import BadInputError, EnvironmentFailureError
from fips_images.model.inventory import ImageFile, Inventory, Package, PackageLicense
from fips_images.process import find_program, run

HINT = (
    "Install it beside this Python with `pip install 'fips-container-images[tools]'`,"
    " or put the syft program on PATH."
)
_TIMEOUT_SECONDS = 600.0
# Every file with its sha256, not only those that packages own; no look for newer versions.
_SETTINGS = {
    "SYFT_CHECK_FOR_APP_UPDATE": "false",
    "SYFT_FILE_METADATA_SELECTION": "all",
    "SYFT_FILE_METADATA_DIGESTS": "sha256",
    "SYFT_ENRICH": "",
    "SYFT_CONFIG": "",
    "SYFT_LOG_LEVEL": "error",
    "NO_COLOR": "1",
}


def find_syft() -> Path | None:
    """Return where syft is: beside this Python (the wheel puts it there), else on PATH."""
    beside = Path(sys.executable).with_name("syft")
    return beside if beside.is_file() else find_program("syft")


def list_packages(archive: Path) -> Inventory:
    """List the packages and files of an OCI archive.

    Raises:
        EnvironmentFailureError: there is no syft, or it failed.
        BadInputError: the archive is not there, or syft's answer cannot be read.
    """
    if not archive.is_file():
        raise BadInputError(
            "no such archive", where=str(archive), hint="Build the image first: `fipsctl build`."
        )
    program = find_syft()
    if program is None:
        raise EnvironmentFailureError("syft is not installed", hint=HINT)
    # The scheme and an absolute path: no name can be taken for an option or another scheme.
    where = f"oci-archive:{archive.resolve()}"
    argv = [str(program), "scan", where, "--output", "syft-json"]
    return parse(run(argv, timeout=_TIMEOUT_SECONDS, env=_SETTINGS).stdout)


def parse(document: bytes) -> Inventory:
    """Read syft's JSON.

    Raises:
        BadInputError: it lacks what every scan of an image has.
    """
    try:
        return _inventory(json.loads(document))
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise BadInputError(
            f"syft's answer cannot be read: {type(error).__name__}: {error}",
            hint="Use a syft whose JSON schema is 16.x (1.18 is known to work).",
        ) from error


def _inventory(document: dict[str, Any]) -> Inventory:
    metadata = document["source"]["metadata"]
    config = json.loads(base64.b64decode(metadata["config"]))
    paths = {item["id"]: item["location"]["path"] for item in document.get("files", ())}
    owned = _owned(document.get("artifactRelationships", ()), paths)
    artifacts = sorted(document["artifacts"], key=lambda item: (item["purl"], item["id"]))
    distro = document.get("distro") or {}
    return Inventory(
        tool=document["descriptor"]["name"],
        tool_version=document["descriptor"]["version"],
        digest=metadata["manifestDigest"],
        created=config.get("created", ""),
        platform=f"{config.get('os', '')}/{config.get('architecture', '')}",
        os_id=distro.get("id", ""),
        os_version=distro.get("versionID", ""),
        os_name=distro.get("prettyName", ""),
        packages=_packages(artifacts, owned),
        files=_files(document.get("files", ())),
        dependencies=_dependencies(document.get("artifactRelationships", ()), artifacts),
        labels=dict(config.get("config", {}).get("Labels") or {}),
    )


def _owned(relations: Iterable[dict[str, Any]], paths: dict[str, str]) -> dict[str, set[str]]:
    """Return the paths that each artifact contains."""
    owned: dict[str, set[str]] = {}
    for relation in relations:
        if relation["type"] == "contains" and relation["child"] in paths:
            owned.setdefault(relation["parent"], set()).add(paths[relation["child"]])
    return owned


def _packages(
    artifacts: Iterable[dict[str, Any]], owned: dict[str, set[str]]
) -> tuple[Package, ...]:
    """One package per purl: syft repeats a package for each place where it is found."""
    by_purl: dict[str, list[dict[str, Any]]] = {}
    for item in artifacts:
        by_purl.setdefault(item["purl"] or f"{item['type']}:{item['name']}", []).append(item)
    return tuple(_package(items, owned) for items in by_purl.values())


def _package(items: list[dict[str, Any]], owned: dict[str, set[str]]) -> Package:
    first = items[0]
    metadata = first.get("metadata")
    source = metadata.get("source", "") if isinstance(metadata, dict) else ""
    places = {
        place["path"]
        for item in items
        for place in item.get("locations", ())
        if place.get("annotations", {}).get("evidence") == "primary"
    }
    licenses = {
        PackageLicense(entry["value"], entry.get("spdxExpression", ""))
        for item in items
        for entry in item.get("licenses", ())
    }
    return Package(
        name=first["name"],
        version=first["version"],
        kind=first["type"],
        purl=first["purl"],
        licenses=tuple(sorted(licenses, key=lambda entry: (entry.value, entry.spdx))),
        source_package=source if isinstance(source, str) and source else first["name"],
        locations=tuple(sorted(places)),
        files=tuple(sorted(set().union(*(owned.get(item["id"], set()) for item in items)))),
    )


def _files(items: Iterable[dict[str, Any]]) -> tuple[ImageFile, ...]:
    found = []
    for item in items:
        metadata = item.get("metadata") or {}
        if metadata.get("type") not in ("RegularFile", "HardLink"):
            continue
        digests = {entry["algorithm"]: entry["value"] for entry in item.get("digests", ())}
        path, size = item["location"]["path"], metadata.get("size", 0)
        found.append(ImageFile(path, digests.get("sha256", ""), size))
    return tuple(sorted(found, key=lambda file: file.path))


def _dependencies(
    relations: Iterable[dict[str, Any]], artifacts: Iterable[dict[str, Any]]
) -> tuple[tuple[str, str], ...]:
    purls = {item["id"]: item["purl"] for item in artifacts if item["purl"]}
    pairs = {
        (purls[relation["child"]], purls[relation["parent"]])
        for relation in relations
        if relation["type"] == "dependency-of"
        and relation["parent"] in purls
        and relation["child"] in purls
    }
    return tuple(sorted(pair for pair in pairs if pair[0] != pair[1]))
