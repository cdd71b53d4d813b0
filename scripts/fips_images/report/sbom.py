"""Reads back what a report shows of an image's SBOM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_PREFIX = "io.github.fips-container-images:"


@dataclass(frozen=True, slots=True)
class Module:
    """A FIPS module as the SBOM describes it; empty means not said."""

    name: str
    version: str
    path: str
    sha256: str
    mac: str
    certificate: str  # a number, "none", or empty


@dataclass(frozen=True, slots=True)
class Component:
    """One thing inside the image."""

    name: str
    version: str
    kind: str  # the type of package, or of component
    role: str  # core, built-from-source, configuration, ...; mostly empty
    licences: str
    origin: str  # purl, or the sha256 of a file or archive


@dataclass(frozen=True, slots=True)
class Bom:
    """What the SBOM says."""

    subject: str  # sha256:…
    name: str
    spec: str
    platform: str
    modules: tuple[Module, ...]
    components: tuple[Component, ...]
    files: int
    unowned: tuple[str, ...]


def read_bom(document: dict[str, Any]) -> Bom:
    """Take from a CycloneDX document of ours what a report shows."""
    subject = document["metadata"]["component"]
    facts = _facts(subject)
    items = document.get("components", ())
    return Bom(
        subject=str(subject["version"]),
        name=str(subject["name"]),
        spec=f"{document['bomFormat']} {document['specVersion']}",
        platform=facts.get("platform", ""),
        modules=tuple(_module(item) for item in items if _facts(item).get("role") == "module"),
        components=tuple(
            _component(item) for item in items if _facts(item).get("role") != "module"
        ),
        files=int(facts.get("files:total", "0")),
        unowned=tuple(
            str(item["value"])
            for item in subject.get("properties", ())
            if item["name"] == f"{_PREFIX}unowned-file"
        ),
    )


def _facts(item: dict[str, Any]) -> dict[str, str]:
    return {
        str(entry["name"]).removeprefix(_PREFIX): str(entry["value"])
        for entry in item.get("properties", ())
    }


def _module(item: dict[str, Any]) -> Module:
    facts = _facts(item)
    return Module(
        name=str(item["name"]),
        version=str(item.get("version", "")),
        path=facts.get("path", ""),
        sha256=_sha256(item),
        mac=facts.get("module:mac", ""),
        certificate=facts.get("module:certificate", ""),
    )


def _component(item: dict[str, Any]) -> Component:
    facts = _facts(item)
    names = [entry.get("license", {}) for entry in item.get("licenses", ())]
    return Component(
        name=str(item["name"]),
        version=str(item.get("version", "")),
        kind=facts.get("package:type", str(item["type"])),
        role=facts.get("role", ""),
        licences=", ".join(str(entry.get("id") or entry.get("name")) for entry in names),
        origin=str(item.get("purl") or _sha256(item)),
    )


def _sha256(item: dict[str, Any]) -> str:
    for entry in item.get("hashes", ()):
        if entry["alg"] == "SHA-256":
            return str(entry["content"])
    return ""
