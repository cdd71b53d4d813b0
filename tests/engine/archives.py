"""Makes tiny OCI archives for tests."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


class Layout:
    """Collects blobs and writes them as an archive."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}

    def blob(self, content: bytes) -> dict[str, Any]:
        """Add a blob and return its descriptor."""
        value = hashlib.sha256(content).hexdigest()
        self.files[f"blobs/sha256/{value}"] = content
        return {"digest": f"sha256:{value}", "size": len(content)}

    def image(self, text: str = "layer", platform: str = "linux/amd64") -> dict[str, Any]:
        """Add an image and return the descriptor of its manifest."""
        config = self.blob(b"{}") | {"mediaType": "application/vnd.oci.image.config.v1+json"}
        layer = self.blob(text.encode()) | {"mediaType": "application/vnd.oci.image.layer.v1.tar"}
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]}
        system, _, architecture = platform.partition("/")
        return self.blob(json.dumps(manifest).encode()) | {
            "mediaType": MANIFEST,
            "platform": {"os": system, "architecture": architecture},
        }

    def index(self, *manifests: dict[str, Any]) -> dict[str, Any]:
        """Add an image index and return its descriptor."""
        content = json.dumps({"schemaVersion": 2, "manifests": manifests}).encode()
        return self.blob(content) | {"mediaType": INDEX}

    def write(self, path: Path, *manifests: dict[str, Any]) -> Path:
        """Write the archive whose index.json has these manifests."""
        self.files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": manifests}).encode()
        with tarfile.open(path, "w") as tar:
            for name, content in self.files.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        return path
