"""Looks through an image's files for what does not belong there: owners, secrets, certificates."""

from __future__ import annotations

import base64
import binascii
import hashlib
import posixpath
import re
from collections.abc import Iterable, Iterator

from fips_images.errors import BadInputError
from fips_images.image import Entry, Image, Kind
from fips_images.validate.facts import FileFact

_SECRET_NAMES = re.compile(
    r"(\.netrc|_netrc|\.pypirc|\.git-credentials|id_(rsa|dsa|ecdsa|ed25519)|\.htpasswd)|"
    r".*\.(p12|pfx|jks|kdbx)"
)
_SECRET_PATHS = re.compile(r".*/(\.docker/config\.json|\.aws/credentials|\.kube/config)")
_KEY_CARRIERS = re.compile(
    r".*(\.pem|\.key|\.crt|\.cer|\.env|\.npmrc|\.cnf|_key|/id_.*|token.*)", re.I
)
_SECRET_CONTENT = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----|_authToken\s*=\s*[\"']?[A-Za-z0-9_\-]{16}|"
    rb"\bgh[pousr]_[A-Za-z0-9]{36}\b|\bAKIA[0-9A-Z]{16}\b"
)
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.S)
_CERTIFICATE_FILES = re.compile(r".*\.(pem|crt|cer|ca-bundle)|.*/ca-bundle.*|.*/ca-certificates.*")
_LARGEST = 2 << 20
#: written to by everybody by design, with the sticky bit (Filesystem Hierarchy Standard 3.18, 5.15)
_SHARED_FOLDERS = {"/tmp", "/var/tmp", "/dev/shm", "/run/lock", "/dev/mqueue"}  # noqa: S108


def file_facts(image: Image, paths: Iterable[str]) -> tuple[FileFact, ...]:
    """Return owner and mode of each path, of what it links to, and of all folders above both."""
    wanted: dict[str, Entry] = {}
    for path in paths:
        for entry in (image.get(path), image.resolve(path)):
            if entry is not None:
                wanted[entry.path] = entry
                for folder in _above(entry.path):
                    above = image.get(folder)
                    if above is not None:
                        wanted[above.path] = above
    return tuple(
        FileFact(it.path, it.mode, it.uid, it.gid, it.kind is Kind.SYMLINK)
        for _, it in sorted(wanted.items())
    )


def _above(path: str) -> Iterator[str]:
    while path != "/":
        path = posixpath.dirname(path)
        yield path


def world_writable(image: Image) -> tuple[str, ...]:
    """Return what everybody may change, sticky shared folders aside."""
    return tuple(
        entry.path
        for entry in image.entries.values()
        if entry.world_writable
        and entry.kind in (Kind.FILE, Kind.DIRECTORY)
        and not (entry.path in _SHARED_FOLDERS and entry.mode & 0o1000)
    )


def secrets(image: Image) -> tuple[str, ...]:
    """Return files that look like keys or credentials, also those that a later layer deleted."""
    found = []
    for entry, gone in _all_files(image):
        if _is_secret(image, entry):
            found.append(
                f"{entry.path} (deleted, still in layer {entry.layer[:19]})" if gone else entry.path
            )
    return tuple(sorted(found))


def _is_secret(image: Image, entry: Entry) -> bool:
    if entry.size == 0:
        return False
    if _SECRET_NAMES.fullmatch(posixpath.basename(entry.path)) or _SECRET_PATHS.fullmatch(
        entry.path
    ):
        return True
    if not _KEY_CARRIERS.fullmatch(entry.path) or entry.size > _LARGEST:
        return False
    return _SECRET_CONTENT.search(_content(image, entry)) is not None


def foreign_certificates(image: Image, fingerprints: frozenset[str]) -> tuple[str, ...]:
    """Return files with a certificate of the build's own bundle (sha256 of its DER form)."""
    found = []
    for entry, gone in _all_files(image) if fingerprints else ():
        if not _CERTIFICATE_FILES.fullmatch(entry.path) or entry.size > _LARGEST:
            continue
        if fingerprints & set(certificate_fingerprints(_content(image, entry))):
            found.append(f"{entry.path} (deleted later)" if gone else entry.path)
    return tuple(sorted(found))


def certificate_fingerprints(content: bytes) -> tuple[str, ...]:
    """Return the sha256 of each PEM certificate's DER form."""
    sums = []
    for body in _CERTIFICATE.findall(content):
        try:
            sums.append(hashlib.sha256(base64.b64decode(body)).hexdigest())
        except binascii.Error:
            continue
    return tuple(sums)


def _all_files(image: Image) -> Iterator[tuple[Entry, bool]]:
    for entry in image.entries.values():
        if entry.is_file:
            yield entry, False
    for entry in image.deleted:
        if entry.is_file:
            yield entry, True


def _content(image: Image, entry: Entry) -> bytes:
    try:
        return image.read(entry, _LARGEST)
    except BadInputError:
        return b""
