"""Small images for tests, written byte by byte so that hostile ones can be made, too."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any


def member(name: str, kind: bytes = tarfile.REGTYPE, **fields: Any) -> tarfile.TarInfo:
    """A tar member with the given fields set."""
    info = tarfile.TarInfo(name)
    info.type = kind
    for key, value in fields.items():
        setattr(info, key, value)
    return info


def layer(*items: tuple[tarfile.TarInfo | str, bytes]) -> bytes:
    """An uncompressed layer; a plain name stands for a regular file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for head, content in items:
            info = member(head) if isinstance(head, str) else head
            if info.isreg():
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def sha256(content: bytes) -> str:
    """The digest as OCI writes it."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def layout(
    layers: list[bytes], config: dict[str, Any] | None = None, *, compress: bool = True
) -> dict[str, bytes]:
    """The files of an OCI layout."""
    files: dict[str, bytes] = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}'}

    def blob(content: bytes, kind: str) -> dict[str, Any]:
        digest = sha256(content)
        files[f"blobs/sha256/{digest[7:]}"] = content
        return {"mediaType": kind, "digest": digest, "size": len(content)}

    document = {
        "architecture": "amd64",
        "os": "linux",
        "config": config or {},
        "rootfs": {"type": "layers", "diff_ids": [sha256(it) for it in layers]},
    }
    packed = [gzip.compress(it, 1, mtime=0) if compress else it for it in layers]
    manifest = {
        "schemaVersion": 2,
        "config": blob(json.dumps(document).encode(), "application/vnd.oci.image.config.v1+json"),
        "layers": [blob(it, "application/vnd.oci.image.layer.v1.tar+gzip") for it in packed],
    }
    described = blob(json.dumps(manifest).encode(), "application/vnd.oci.image.manifest.v1+json")
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [described]}).encode()
    return files


def docker(layers: list[bytes], config: dict[str, Any] | None = None) -> dict[str, bytes]:
    """The files of a docker archive of the old kind."""
    document = json.dumps(
        {"config": config or {}, "rootfs": {"diff_ids": [sha256(it) for it in layers]}}
    ).encode()
    name = sha256(document)[7:] + ".json"
    files = {name: document}
    for number, content in enumerate(layers):
        files[f"{number}/layer.tar"] = content
    names = [f"{number}/layer.tar" for number in range(len(layers))]
    files["manifest.json"] = json.dumps([{"Config": name, "Layers": names}]).encode()
    return files


def write_archive(path: Path, files: dict[str, bytes]) -> Path:
    """Write the files as one tar archive."""
    path.write_bytes(layer(*files.items()))
    return path


def write_folder(path: Path, files: dict[str, bytes]) -> Path:
    """Write the files as a folder."""
    for name, content in files.items():
        place = path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return path
