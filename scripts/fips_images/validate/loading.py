"""Makes whatever was opened as an image runnable, and tidies up afterwards."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from fips_images.engine.archive import write_single
from fips_images.engine.interface import Engine
from fips_images.errors import BadInputError
from fips_images.image import Image


@contextmanager
def runnable(engine: Engine, target: str | Path, image: Image) -> Iterator[str]:
    """Yield the reference by which the engine runs the image.

    Raises:
        BadInputError: the engine cannot load what was opened (a docker archive of the old kind).
        EnvironmentFailureError: the engine failed.
    """
    path = Path(target)
    if not path.exists():
        yield str(target)
        return
    with TemporaryDirectory(prefix="fips-load-", ignore_cleanup_errors=True) as scratch:
        reference = _load(engine, path, image, Path(scratch))
        try:
            yield reference
        finally:
            engine.remove(reference)


def _load(engine: Engine, path: Path, image: Image, scratch: Path) -> str:
    """Load an OCI archive of one image as it is; make one of anything else first."""
    if path.is_dir():
        path = _pack(path, scratch / "layout.tar")
    try:
        return engine.load(path)
    except BadInputError:
        single = scratch / "single.tar"
        write_single(path, single, f"{image.config.os}/{image.config.architecture}")
        return engine.load(single)


def _pack(folder: Path, archive: Path) -> Path:
    """Put an OCI layout into an archive; only what a layout consists of, no links."""
    with tarfile.open(archive, "w") as tar:
        for name in ("oci-layout", "index.json"):
            tar.add(folder / name, name, recursive=False)
        for blob in sorted((folder / "blobs").glob("sha256/*")):
            if blob.is_file() and not blob.is_symlink():
                tar.add(blob, str(blob.relative_to(folder)), recursive=False)
    return archive
