"""A tiny image with signed evidence, ready to be published."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from fips_images.attest.signer import KeySigner
from fips_images.attest.signing import sign_evidence
from fips_images.model.finding import Validation
from fips_images.model.image import BuiltImage
from fips_images.publish.publisher import Publication
from tests.attest import samples
from tests.image import archives


@dataclass(frozen=True)
class Ready:
    """An image that was built, validated and signed."""

    built: BuiltImage
    validation: Validation
    bundles: tuple[Path, ...]
    signer: KeySigner

    def publication(self, *tags: str) -> Publication:
        """What to publish."""
        return Publication(self.built, self.validation, self.bundles, tags or ("3.13", "3"))


def ready(folder: Path, content: bytes = b"hello", signer: KeySigner | None = None) -> Ready:
    """Make an archive of two layers and sign its evidence."""
    layers = [archives.layer(("etc/x", content)), archives.layer(("etc/common", b"c" * 5000))]
    files = archives.layout(layers)
    folder.mkdir(parents=True, exist_ok=True)
    archive = archives.write_archive(folder / "image.oci.tar", files)
    digest = json.loads(files["index.json"])["manifests"][0]["digest"]
    built = samples.built(digest, str(archive))
    validation = samples.validation(digest)
    who = signer or samples.signer()
    bundles = sign_evidence(folder, built, validation, samples.BOM, samples.FACTS, who)
    return Ready(built, validation, tuple(bundles), who)
