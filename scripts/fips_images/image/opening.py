"""Opens what a user names as an image: archive, layout, root folder, or engine reference."""

from __future__ import annotations

import platform as host
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from fips_images.errors import BadInputError
from fips_images.image.config import ImageConfig, parse_config
from fips_images.image.folder import index_folder
from fips_images.image.layers import apply_layer
from fips_images.image.limits import DEFAULT, Limits
from fips_images.image.manifest import Packed, find_image
from fips_images.image.region import Region, unpack
from fips_images.image.store import Store, open_store
from fips_images.image.tree import Tree
from fips_images.image.view import Image

if TYPE_CHECKING:
    from fips_images.engine.interface import Engine

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def open_image(
    target: str | Path,
    engine: Engine | None = None,
    *,
    platform: str = "",
    limits: Limits = DEFAULT,
) -> Image:
    """Open an OCI archive or layout, a docker archive, a root folder, or an engine's image.

    A path that exists is taken as a path; anything else goes to the engine as a reference.
    `platform` (`linux/amd64`; default: this machine's) chooses among several images.

    Raises:
        BadInputError: no such image; damaged, hostile or too large; nothing that we can read.
        EnvironmentFailureError: no room to unpack, or the engine failed.
    """
    path = Path(target)
    scratch = TemporaryDirectory(prefix="fips-image-", ignore_cleanup_errors=True)
    try:
        if not path.exists():
            path = _export(str(target), engine, Path(scratch.name))
        return _open(str(target), path, platform or _this_platform(), scratch, limits)
    except BadInputError as error:
        scratch.cleanup()
        if not error.where:
            error.where = str(target)
        raise
    except BaseException:
        scratch.cleanup()
        raise


def _open(
    subject: str, path: Path, platform: str, scratch: TemporaryDirectory[str], limits: Limits
) -> Image:
    if path.is_dir() and not (path / "index.json").is_file():
        tree = index_folder(path.resolve(), limits)
        return Image(subject, "", ImageConfig(), tree, root=path.resolve(), scratch=scratch)
    store = open_store(path, Path(scratch.name), limits)
    regions: list[Region] = []
    try:
        packed = find_image(store, platform, limits)
        config = parse_config(packed.config)
        tree = _lay(store, packed, config, regions, Path(scratch.name), limits)
    except BaseException:
        for region in regions:
            with suppress(OSError):
                region.stream.close()
        store.close()
        raise
    return Image(
        subject, packed.digest, config, tree, regions=regions, store=store, scratch=scratch
    )


def _lay(
    store: Store,
    packed: Packed,
    config: ImageConfig,
    regions: list[Region],
    scratch: Path,
    limits: Limits,
) -> Tree:
    """Unpack, verify and apply each layer in order."""
    if not len(packed.layers) == len(config.diff_ids) <= limits.layers:
        raise BadInputError(
            f"{len(packed.layers)} layers, but {len(config.diff_ids)} layer digests in the config"
        )
    tree, total = Tree(), 0
    for number, (name, digest) in enumerate(packed.layers):
        stored = store.get(name)
        if stored is None:
            raise BadInputError(f"the image lacks {name}", hint="The archive is incomplete.")
        region, stored_sum, plain_sum = unpack(stored, scratch, limits)
        regions.append(region)
        total += region.size
        if digest and digest != f"sha256:{stored_sum}":
            raise BadInputError(f"{name} is not what its digest says: damaged or changed")
        if config.diff_ids[number] != f"sha256:{plain_sum}":
            raise BadInputError(f"{name} does not unpack to what the configuration says")
        if total > limits.bytes_in_all:
            raise BadInputError(f"more than {limits.bytes_in_all >> 30} GiB of layers")
        apply_layer(tree, region, number, digest or f"sha256:{plain_sum}", limits)
    return tree


def _export(reference: str, engine: Engine | None, scratch: Path) -> Path:
    if engine is None:
        raise BadInputError(
            "no such file or folder, and no container engine to ask for an image of that name",
            where=reference,
            hint="Check the path; `fipsctl doctor` says which container engine is there.",
        )
    archive = scratch / "image.tar"
    engine.export(reference, archive)
    return archive


def _this_platform() -> str:
    machine = host.machine()
    return f"linux/{_ARCHITECTURES.get(machine, machine)}"
