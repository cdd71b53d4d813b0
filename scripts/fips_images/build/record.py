"""The record of a build, `.fips/images/<slug>/build.json`: written last, read by later steps."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from fips_images.build.base import ResolvedBase
from fips_images.build.fetch import Fetched
from fips_images.engine.archive import verify_archive
from fips_images.errors import BadInputError
from fips_images.files import read_json, write_json
from fips_images.model.image import BuiltImage
from fips_images.workspace import Workspace

ARCHIVE = "image.oci.tar"
LOG = "build.log"
RECORD = "build.json"


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """How an image came to be, beside what every later step needs of it."""

    image: BuiltImage
    engine: str
    engine_version: str
    bases: tuple[ResolvedBase, ...]
    sources: tuple[Fetched, ...]
    source_date_epoch: int
    labels: dict[str, str]
    extra_certificates: frozenset[str]
    started: str  # UTC, ISO 8601
    seconds: float
    toolkit: str


def write_record(workspace: Workspace, record: BuildRecord) -> Path:
    """Write build.json as a whole, after its archive has its place."""
    path = workspace.image(record.image.slug) / RECORD
    write_json(path, _to_json(record))
    return path


def drop_record(workspace: Workspace, slug: str) -> None:
    """Take the claim back before a new build begins: what is interrupted claims nothing."""
    (workspace.image(slug) / RECORD).unlink(missing_ok=True)


def read_built(workspace: Workspace, slug: str, *, verify: bool = True) -> BuiltImage:
    """Return what the last build of the image left behind.

    With `verify`, every blob of the archive is hashed again.

    Raises:
        BadInputError: it was not built, or the record is not readable.
        DoesNotHoldError: the archive was altered.
    """
    folder = workspace.image(slug)
    import jsonschema  # noqa: PLC0415 - takes a second, and most verbs end before

    hint = "Build it: fipsctl build IMAGE."
    if not (folder / RECORD).is_file():
        raise BadInputError("this image is not built", where=slug, hint=hint)
    value = read_json(folder / RECORD, hint=hint)
    problem = next(jsonschema.Draft202012Validator(_schema()).iter_errors(value), None)
    if problem is not None:
        raise BadInputError(problem.message, where=str(folder / RECORD), hint=hint)
    archive = folder / ARCHIVE
    if verify and verify_archive(archive) != value["digest"]:
        raise BadInputError(
            "the archive is not the one that was recorded", where=str(archive), hint=hint
        )
    names = ("slug", "image_id", "digest", "platform", "identity")
    return BuiltImage(**{name: value[name] for name in names}, archive=str(archive), reused=True)


def find_built(workspace: Workspace, name: str) -> BuiltImage | None:
    """Return the build of the image with this folder, slug or digest; None where there is none.

    Raises:
        BadInputError: its record is not readable, or its archive was altered.
    """
    for path in sorted((workspace.work / "images").glob(f"*/{RECORD}")):
        value = read_json(path, hint="Build the image again: fipsctl build IMAGE.")
        if isinstance(value, dict) and name.rstrip("/") in (
            value.get("image_id"),
            value.get("slug"),
            value.get("digest"),
        ):
            return read_built(workspace, path.parent.name)
    return None


def read_certificates(workspace: Workspace, slug: str) -> frozenset[str]:
    """Return the fingerprints of the certificates that a build trusted beyond its base's own.

    Raises:
        BadInputError: the image is not built, or the record is not readable.
    """
    value = read_json(workspace.image(slug) / RECORD, hint="Build it: fipsctl build IMAGE.")
    return frozenset(value.get("extra_certificates", ()))


def _schema() -> dict[str, Any]:
    text = files("fips_images.build").joinpath("schemas/build.schema.json").read_text("utf-8")
    value: dict[str, Any] = json.loads(text)
    return value


def _to_json(record: BuildRecord) -> dict[str, Any]:
    image = asdict(record.image)
    del image["reused"]
    return image | {
        "schema": 1,
        "archive": ARCHIVE,
        "engine": {"name": record.engine, "version": record.engine_version},
        "bases": [asdict(base) for base in record.bases],
        "sources": [asdict(item.source) | {"origin": item.origin} for item in record.sources],
        "source_date_epoch": record.source_date_epoch,
        "labels": record.labels,
        "extra_certificates": sorted(record.extra_certificates),
        "started": record.started,
        "seconds": round(record.seconds, 1),
        "toolkit": record.toolkit,
    }
