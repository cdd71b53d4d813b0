"""An OCI image layout on disk as a registry: many repositories in one folder.

Content lies under its digest, `index.json` is the only thing that changes, and it changes as a
whole. Tags are entries with the annotation `org.opencontainers.image.ref.name` = `NAME:TAG`, as
skopeo writes and reads them; statements are entries with an artifact type and the annotation
of their repository.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fips_images.attest.canonical import parse_object
from fips_images.attest.statement import DIGEST
from fips_images.errors import BadInputError, DoesNotHoldError, EnvironmentFailureError
from fips_images.files import write_bytes
from fips_images.publish.lock import locked
from fips_images.publish.registry import (
    OCI_INDEX,
    OCI_MANIFEST,
    Descriptor,
    Manifest,
    Opener,
    descriptor_of,
    fallback_tag,
    must_be,
    parse_descriptors,
)

REF_NAME = "org.opencontainers.image.ref.name"
REPOSITORY = "io.github.fips-container-images.repository"
_CHUNK = 1 << 20
_STALE_SECONDS = 24 * 3600.0  # no upload to a disk takes that long
_LARGEST_INDEX = 64 << 20  # bytes of index.json; some 100,000 tags and statements


@dataclass(frozen=True, slots=True)
class LayoutRepository:
    """One repository of a layout."""

    folder: Path
    repository: str

    @property
    def name(self) -> str:
        """`oci:FOLDER//NAME`."""
        return f"oci:{self.folder}//{self.repository}"

    def manifest(self, reference: str) -> Manifest | None:
        """Read by tag (through index.json) or digest."""
        digest = reference if DIGEST.fullmatch(reference) else self._tagged(reference)
        if not digest or not self._path(digest).is_file():
            return None
        content = self.blob(digest, 4 << 20)
        kind = parse_object(content, f"the manifest {digest}").get("mediaType", OCI_MANIFEST)
        return Manifest(str(kind), content)

    def has_blob(self, digest: str) -> bool:
        """Whether the file is there; files appear whole."""
        return self._path(digest).is_file()

    def blob(self, digest: str, largest: int) -> bytes:
        """Read and compare with the digest."""
        path = self._path(digest)
        try:
            size = path.stat().st_size
            if size > largest:
                raise BadInputError(f"{digest} has {size} bytes; at most {largest} are read")
            content = path.read_bytes()
        except OSError as error:
            raise self._unreadable(digest, error) from error
        must_be(digest, content, self.name)
        return content

    def check_blob(self, digest: str, size: int) -> None:
        """Hash the file."""
        try:
            with self._path(digest).open("rb") as stream:
                value = hashlib.file_digest(stream, "sha256").hexdigest()
                seen = stream.tell()
        except OSError as error:
            raise self._unreadable(digest, error) from error
        if (f"sha256:{value}", seen) != (digest, size):
            raise DoesNotHoldError(
                f"the content of {digest} is something else (sha256:{value}, {seen} bytes)",
                where=self.name,
                hint="The folder was altered or the disk is damaged: publish again.",
            )

    def put_blob(self, digest: str, size: int, opener: Opener) -> None:
        """Copy to a temporary file, compare, and only then give it its name."""
        path = self._path(digest)
        if path.is_file():
            self.check_blob(digest, size)
            return
        temporary = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".incoming-", dir=path.parent)
            temporary = Path(name)
            value, seen = _copy(opener, handle)
            if (f"sha256:{value}", seen) != (digest, size):
                raise DoesNotHoldError(f"what is to be stored as {digest} is something else")
            temporary.chmod(0o644)
            temporary.replace(path)
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            if temporary is not None:
                temporary.unlink(missing_ok=True)

    def put_manifest(self, manifest: Manifest, tag: str = "") -> None:
        """Store the bytes; a tag is an entry of index.json."""
        self._store(manifest)
        if not tag:
            return
        entry = descriptor_of(manifest).to_json()
        entry.pop("artifactType", None)
        entry["annotations"] = {REF_NAME: f"{self.repository}:{tag}"}
        self._change(entry)

    def referrers(self, digest: str) -> tuple[Descriptor, ...]:
        """Read every artifact of the repository; add what a fallback tag lists, where one is."""
        found = {}
        for it in parse_descriptors(self._index()):
            if it.annotations.get(REPOSITORY) == self.repository and self._subject(it) == digest:
                found[it.digest] = it
        fallback = self.manifest(fallback_tag(digest))
        for it in parse_descriptors(fallback.parse()) if fallback else ():
            found.setdefault(it.digest, it)
        return tuple(found.values())

    def add_referrer(self, digest: str, manifest: Manifest) -> None:
        """Store the manifest and list it."""
        self._store(manifest)
        entry = descriptor_of(manifest).to_json()
        entry["annotations"] = {**entry.get("annotations", {}), REPOSITORY: self.repository}
        self._change(entry)

    def _subject(self, descriptor: Descriptor) -> str:
        try:
            subject = Manifest(OCI_MANIFEST, self.blob(descriptor.digest, 4 << 20)).parse()
        except (BadInputError, DoesNotHoldError, EnvironmentFailureError):
            return ""  # damaged: it says nothing
        inner = subject.get("subject")
        return str(inner.get("digest", "")) if isinstance(inner, dict) else ""

    def _tagged(self, tag: str) -> str:
        wanted = f"{self.repository}:{tag}"
        found = [
            it.digest
            for it in parse_descriptors(self._index())
            if it.annotations.get(REF_NAME) == wanted
        ]
        if len(found) > 1:
            raise DoesNotHoldError(f"index.json has {len(found)} entries for it", where=wanted)
        return found[0] if found else ""

    def _store(self, manifest: Manifest) -> None:
        path = self._path(manifest.digest)
        if not path.is_file() or path.read_bytes() != manifest.content:
            write_bytes(path, manifest.content)

    def _change(self, entry: dict[str, Any]) -> None:
        """Put one entry into index.json in the place of what it replaces, under the lock."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with locked(self.folder / ".lock"):
            self._sweep()
            index = self._index()
            entries = [it for it in index["manifests"] if not _replaces(entry, it)]
            index["manifests"] = sorted([*entries, entry], key=_order)
            marker = self.folder / "oci-layout"
            if not marker.is_file():
                write_bytes(marker, b'{"imageLayoutVersion":"1.0.0"}')
            write_bytes(self.folder / "index.json", json.dumps(index, indent=1).encode())

    def _sweep(self) -> None:
        """Remove what killed writers left: index.json is written under the lock, blobs are not."""
        old = time.time() - _STALE_SECONDS
        for path in self.folder.glob(".index.json.*"):
            path.unlink(missing_ok=True)
        for path in (self.folder / "blobs" / "sha256").glob(".*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < old:
                    path.unlink()

    def _index(self) -> dict[str, Any]:
        path = self.folder / "index.json"
        empty: dict[str, Any] = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}
        try:
            index = parse_object(path.read_bytes(), str(path), largest=_LARGEST_INDEX)
        except FileNotFoundError:
            return empty
        except OSError as error:
            raise EnvironmentFailureError(
                f"cannot read: {error.strerror or error}", where=str(path)
            ) from error
        if not isinstance(index.get("manifests"), list):
            raise BadInputError("not the index of an OCI image layout", where=str(path))
        return index

    def _path(self, digest: str) -> Path:
        if not DIGEST.fullmatch(digest):
            raise BadInputError(f"not a sha256 digest: {digest!r}")
        return self.folder / "blobs" / "sha256" / digest.removeprefix("sha256:")

    def _unreadable(
        self, digest: str, error: OSError
    ) -> DoesNotHoldError | EnvironmentFailureError:
        if isinstance(error, FileNotFoundError):
            return DoesNotHoldError(f"{digest} is missing", where=self.name)
        return EnvironmentFailureError(
            f"cannot read {digest}: {error.strerror or error}", where=self.name
        )

    def _unwritable(self, error: OSError) -> EnvironmentFailureError:
        return EnvironmentFailureError(
            f"cannot write: {error.strerror or error}",
            where=self.name,
            hint="Free some space, then run the same command: what is stored already is kept.",
        )


def _copy(opener: Opener, handle: int) -> tuple[str, int]:
    value, seen = hashlib.sha256(), 0
    with os.fdopen(handle, "wb") as target, opener() as source:
        while piece := source.read(_CHUNK):
            value.update(piece)
            seen += len(piece)
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
    return value.hexdigest(), seen


def _replaces(new: dict[str, Any], old: Any) -> bool:
    """Whether the entry takes the place of another: same tag, or same statement."""
    if not isinstance(old, dict):
        return True
    mine, its = new["annotations"], old.get("annotations") or {}
    if REF_NAME in mine:
        return bool(mine[REF_NAME] == its.get(REF_NAME))
    same = old.get("digest") == new["digest"]
    return same and bool(mine[REPOSITORY] == its.get(REPOSITORY))


def _order(entry: dict[str, Any]) -> tuple[str, str]:
    return str((entry.get("annotations") or {}).get(REF_NAME, "~")), str(entry.get("digest"))
