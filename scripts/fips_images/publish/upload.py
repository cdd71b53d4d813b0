"""Uploads one blob: mounted from another repository, at once, or in resumable pieces."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from fips_images.errors import BadInputError, DoesNotHoldError, EnvironmentFailureError
from fips_images.publish.registry import Opener
from fips_images.publish.transport import Transport

_RANGE = re.compile(r"(?:bytes=)?0-([0-9]{1,18})")
_BEGINNINGS = 3  # times that an upload may begin anew
_RESUMES = 5  # times in a row that a piece may fail without progress


@dataclass(frozen=True, slots=True)
class Upload:
    """Uploads to one repository; `piece` in bytes."""

    transport: Transport
    name: str
    scope: str
    piece: int = 16 << 20

    def put(self, digest: str, size: int, opener: Opener, mount_from: tuple[str, ...] = ()) -> None:
        """Upload a blob; the registry compares it with the digest before it shows it.

        Raises:
            DoesNotHoldError: the registry says that the content is not what the digest says.
            EnvironmentFailureError: the registry cannot be used.
        """
        for repository in mount_from:
            if self._mounted(digest, repository):
                return
        for beginning in range(_BEGINNINGS):
            try:
                location = self._begin()
                self._send(location, digest, size, opener)
                return
            except _LostError as error:
                if beginning == _BEGINNINGS - 1:
                    raise EnvironmentFailureError(
                        f"the upload of {digest} was lost {_BEGINNINGS} times: {error}",
                        where=f"{self.transport.origin}/{self.name}",
                        hint="Run the same command again: what is stored already is kept.",
                    ) from error

    def _mounted(self, digest: str, repository: str) -> bool:
        address = f"/v2/{self.name}/blobs/uploads/?mount={digest}&from={repository}"
        scope = f"{self.scope} repository:{repository}:pull"
        response = self.transport.request("POST", address, scope=scope, body=b"")
        response.close()
        return bool(response.status_code == requests.codes.created)

    def _begin(self) -> str:
        address = f"/v2/{self.name}/blobs/uploads/"
        response = self.transport.request("POST", address, scope=self.scope, body=b"")
        response.close()
        if response.status_code != requests.codes.accepted:
            raise refused(response, "upload")
        return _location(response)

    def _send(self, location: str, digest: str, size: int, opener: Opener) -> None:
        offset = 0
        if size > self.piece:
            location, offset = self._send_pieces(location, size, opener)
        with opener() as stream:
            stream.seek(offset)
            rest = stream.read(size - offset)
        if offset + len(rest) != size:
            raise BadInputError(f"{digest} ends before its {size} bytes")
        self._finish(location, digest, rest)

    def _finish(self, location: str, digest: str, rest: bytes) -> None:
        joint = "&" if urlsplit(location).query else "?"
        headers = {"Content-Type": "application/octet-stream"}
        try:
            response = self.transport.request(
                "PUT", f"{location}{joint}digest={digest}", scope=self.scope, headers=headers,
                body=rest, attempts=1,
            )  # fmt: skip
        except EnvironmentFailureError as error:
            raise _LostError(str(error)) from error
        response.close()
        if response.status_code == requests.codes.not_found:
            raise _LostError("HTTP 404")
        if response.status_code == requests.codes.bad_request:
            raise DoesNotHoldError(
                f"the registry says that what arrived is not {digest}",
                where=f"{self.transport.origin}/{self.name}",
                hint="Run it again; if it stays so, something on the way alters the content.",
            )
        if response.status_code != requests.codes.created:
            raise refused(response, "upload")

    def _send_pieces(self, location: str, size: int, opener: Opener) -> tuple[str, int]:
        """Send all pieces but the last; after a failure ask how far the registry came."""
        offset, failures = 0, 0
        while size - offset > self.piece:
            with opener() as stream:
                stream.seek(offset)
                piece = stream.read(self.piece)
            try:
                location, reached = self._patch(location, offset, piece)
            except EnvironmentFailureError:
                failures += 1
                if failures > _RESUMES:
                    raise
                location, reached = self._ask(location)
            if not 0 <= reached <= size:
                raise _LostError("the registry claims more than was sent")
            failures = 0 if reached > offset else failures
            offset = reached
        return location, offset

    def _patch(self, location: str, offset: int, piece: bytes) -> tuple[str, int]:
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Range": f"{offset}-{offset + len(piece) - 1}",
        }
        response = self.transport.request(
            "PATCH", location, scope=self.scope, headers=headers, body=piece, attempts=1
        )
        response.close()
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            return self._ask(location)
        if response.status_code == requests.codes.not_found:
            raise _LostError("HTTP 404")
        if response.status_code not in (requests.codes.accepted, requests.codes.no_content):
            raise refused(response, "upload")
        return _location(response, location), _reached(response, offset + len(piece))

    def _ask(self, location: str) -> tuple[str, int]:
        """Ask for the state of an upload (distribution spec, "Pushing a blob in chunks")."""
        response = self.transport.request("GET", location, scope=self.scope)
        response.close()
        if response.status_code != requests.codes.no_content:
            raise _LostError(f"HTTP {response.status_code}")
        return _location(response, location), _reached(response, 0)


class _LostError(Exception):
    """The upload's session is gone: begin anew."""


def refused(response: requests.Response, what: str) -> EnvironmentFailureError:
    """Say that the registry refuses something, and what to do about it."""
    status = response.status_code
    hint = "Run it again; if it stays so, ask who runs the registry."
    if status in (requests.codes.unauthorized, requests.codes.forbidden):
        hint = f"Log in: docker login {urlsplit(response.url).netloc}"
    return EnvironmentFailureError(
        f"the registry refuses the {what} (HTTP {status})",
        where=response.url.partition("?")[0],
        hint=hint,
    )


def _location(response: requests.Response, otherwise: str = "") -> str:
    location = response.headers.get("Location") or otherwise
    if not location:
        raise EnvironmentFailureError("the registry names no place to upload to")
    return requests.compat.urljoin(response.url, location)


def _reached(response: requests.Response, otherwise: int) -> int:
    """Return how many bytes the registry has; `0-0` after nothing was sent means none."""
    text = response.headers.get("Range", "")
    match = _RANGE.fullmatch(text)
    if match is None:
        return otherwise
    last = int(match[1])
    return 0 if last == 0 else last + 1
