"""Turns build requests into a bake file: pure values, no processes, no files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fips_images.engine.interface import BuildRequest
from fips_images.engine.options import csv_line


def bake_file(requests: Mapping[str, BuildRequest], outputs: Mapping[str, Path]) -> dict[str, Any]:
    """Return the bake file (JSON form) that builds each request to its entry of `outputs`.

    One call of bake sends all targets to one BuildKit, which runs steps of equal content once.
    """
    targets = {
        target_name(slug): _target(request, outputs[slug]) for slug, request in requests.items()
    }
    return {"group": {"default": {"targets": sorted(targets)}}, "target": targets}


def target_name(slug: str) -> str:
    """Return a name that bake accepts (letters, digits, `_` and `-`)."""
    return "".join(sign if sign.isalnum() or sign in "_-" else "_" for sign in slug)


def context_name(name: str) -> str:
    """Return a stage name or image reference as BuildKit looks it up: in the short form.

    `docker buildx build` shortens names itself (buildx, ParseContextNames); bake takes them as is,
    and a long name would silently replace nothing.
    """
    for prefix in ("docker.io/library/", "index.docker.io/library/", "docker.io/"):
        if name.startswith(prefix):
            name = name.removeprefix(prefix)
            break
    return name.removesuffix(":latest")


def _target(request: BuildRequest, output: Path) -> dict[str, Any]:
    """Return one target. Times are pinned so that equal inputs give equal layers."""
    target: dict[str, Any] = {
        "context": str(request.context),
        "dockerfile": str(request.dockerfile),
        "platforms": [request.platform],
        "args": {**request.build_args, "SOURCE_DATE_EPOCH": str(request.source_date_epoch)},
        "contexts": {context_name(name): value for name, value in request.contexts.items()},
        "labels": dict(request.labels),
        "secret": [
            csv_line(["type=file", f"id={name}", f"src={path}"])
            for name, path in request.secrets.items()
        ],
        "output": [csv_line(["type=oci", f"dest={output}", "tar=true", "rewrite-timestamp=true"])],
        # An attestation would turn the archive into an index; ours are separate statements.
        "attest": ["type=provenance,disabled=true", "type=sbom,disabled=true"],
    }
    if request.target:
        target["target"] = request.target
    if request.no_cache:
        target["no-cache"] = True
    escaped = _escape(target)
    assert isinstance(escaped, dict)
    return escaped


def _escape(value: Any) -> Any:
    """Keep bake from expanding `${…}` and `%{…}` in our values (HCL templates, also in JSON)."""
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, dict):
        return {key: _escape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_escape(item) for item in value]
    return value
