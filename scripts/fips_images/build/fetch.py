"""Brings sources into the mirror: already there, from Debian's source packages, or upstream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import requests

from fips_images.build import apt
from fips_images.build.mirror import Mirror
from fips_images.errors import DoesNotHoldError, EnvironmentFailureError
from fips_images.model.dockerfile import RemoteSource
from fips_images.model.progress import Progress

_SIZE_LIMIT = 2 * 1024**3  # bytes
_TIMEOUT = (15.0, 60.0)  # seconds to connect, and between two reads
_CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Fetched:
    """A source in the mirror and how it got there."""

    source: RemoteSource
    path: Path
    origin: str  # "mirror", or the address it was fetched from


class _NotReachedError(Exception):
    """This address did not give the file; the next one may. Never leaves this module."""


def fetch(
    source: RemoteSource, mirror: Mirror, progress: Progress, *, ca_bundle: Path | None = None
) -> Fetched:
    """Return the source's file in the mirror, fetching it when it is not there.

    Raises:
        DoesNotHoldError: what was fetched differs from the SHA-256; it is kept nowhere.
        EnvironmentFailureError: it can be reached nowhere.
    """
    found = mirror.find(source.sha256, source.file)
    if found:
        return Fetched(source, found, "mirror")
    problems = []
    for address in _addresses(source):
        progress.detail(f"fetching {source.file} from {address}")
        try:
            path = _download(address, source, mirror, progress, ca_bundle)
            return Fetched(source, path, address)
        except _NotReachedError as error:
            problems.append(f"{address}: {error}")
    raise EnvironmentFailureError(
        f"cannot fetch {source.file} (sha256 {source.sha256}): {'; '.join(problems)}",
        where=source.stage,
        hint="Where the network reaches it, fetch the file and check its sha256; "
        f"then `fipsctl mirror --add {source.file}` here, and run the same command.",
    )


def _addresses(source: RemoteSource) -> Iterator[str]:
    """Yield where the file may be had: Debian's source package first, then upstream."""
    package = apt.source_package(source.url)
    if package:
        yield from apt.find_source(package, source.sha256)
    yield source.url


def _download(
    address: str, source: RemoteSource, mirror: Mirror, progress: Progress, ca_bundle: Path | None
) -> Path:
    """Fetch, going on where an earlier attempt stopped; a bad beginning is tried afresh once."""
    with mirror.incoming(source.sha256) as stream:
        found = mirror.find(source.sha256, source.file)  # another process may have been faster
        if found:
            return found
        try:
            resumed = _receive(address, stream, progress, ca_bundle)
        except requests.RequestException as error:  # is an OSError, but not one of the disk
            raise _NotReachedError(_reason(error)) from error
        try:
            return mirror.accept(stream, source.sha256, source.file)
        except DoesNotHoldError:
            if not resumed:
                raise
    return _download(address, source, mirror, progress, ca_bundle)


def _receive(address: str, stream: BinaryIO, progress: Progress, ca_bundle: Path | None) -> bool:
    """Append what is missing to the stream; return whether an earlier part was kept."""
    have = stream.seek(0, 2)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    verify = str(ca_bundle) if ca_bundle else True
    with requests.get(
        address, headers=headers, stream=True, timeout=_TIMEOUT, verify=verify
    ) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable and have:
            return True  # nothing is missing: the hash will tell
        answer.raise_for_status()
        resumed = have > 0 and answer.status_code == requests.codes.partial_content
        if not resumed:
            stream.truncate(0)
        total = have if resumed else 0
        for chunk in answer.iter_content(_CHUNK):
            total += len(chunk)
            if total > _SIZE_LIMIT:
                stream.truncate(0)
                raise requests.RequestException(f"larger than {_SIZE_LIMIT} bytes")
            stream.write(chunk)
            progress.detail(f"{address}: {total / 1e6:.1f} MB")
    return resumed


def _reason(error: requests.RequestException) -> str:
    """Return the innermost cause in one line; requests wraps it several times."""
    if error.response is not None:
        return f"HTTP status {error.response.status_code}"
    cause: BaseException = error
    while cause.__cause__ or cause.__context__:
        cause = cause.__cause__ or cause.__context__ or cause
    return str(cause).splitlines()[0] if str(cause) else type(cause).__name__
