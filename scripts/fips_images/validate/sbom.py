"""Reads of a CycloneDX SBOM what checks want: how many components, and their hashes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fips_images.files import read_json
from fips_images.validate.facts import SbomFact

_DEEPEST = 20


def read_sbom(path: Path) -> SbomFact:
    """Read the file; one that is JSON but no CycloneDX is a fact about it, not an error.

    Raises:
        BadInputError: unreadable or not JSON.
    """
    document = read_json(path, hint="Make it with `fipsctl bom`.")
    if not isinstance(document, dict) or document.get("bomFormat") != "CycloneDX":
        return SbomFact(str(path), problem="not a CycloneDX document")
    components = list(_components(document.get("components"), 0))
    hashes = {
        str(it.get("content", "")).lower()
        for component in components
        for it in component.get("hashes") or ()
        if isinstance(it, dict) and it.get("alg") == "SHA-256"
    }
    return SbomFact(str(path), len(components), frozenset(hashes))


def _components(items: Any, depth: int) -> Iterator[dict[str, Any]]:
    for item in items if isinstance(items, list) and depth < _DEEPEST else ():
        if isinstance(item, dict):
            yield item
            yield from _components(item.get("components"), depth + 1)
