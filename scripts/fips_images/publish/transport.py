"""HTTP with a registry: retries with patience, authorization, redirects, bounded answers.

Knows nothing of images. Secrets go to the registry's own origin and its token server only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import requests

from fips_images import __version__
from fips_images.errors import BadInputError, EnvironmentFailureError
from fips_images.publish.challenge import Authorizer

_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_CHUNK = 1 << 18
_HINT = "Run the same command again: what is stored already is kept."


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to bear with a registry; times in seconds."""

    attempts: int = 5
    first_pause: float = 0.5  # doubles each time
    longest_pause: float = 60.0  # a Retry-After above this is an error at once
    connect: float = 10.0
    read: float = 60.0  # between two pieces of an answer
    document: float = 300.0  # for a whole document
    sleep: Callable[[float], None] = time.sleep


@dataclass(slots=True)
class Transport:
    """Requests to one registry."""

    origin: str  # https://host[:port]
    authorizer: Authorizer
    patience: Patience = field(default_factory=Patience)
    _session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        """Keep .netrc out: only Docker's configuration says who we are."""
        self._session.auth = lambda request: request
        self._session.headers["User-Agent"] = f"fips-container-images/{__version__}"
        self._session.headers["Accept-Encoding"] = "identity"  # digests are of what is sent

    def request(
        self,
        method: str,
        address: str,
        *,
        scope: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        follow: bool = False,
        attempts: int | None = None,
    ) -> requests.Response:
        """Send until there is an answer that is not "try later"; the caller judges its status.

        `address` is a path of the registry or a whole URL that the registry gave.

        Raises:
            EnvironmentFailureError: no answer, or still "try later" after every attempt.
        """
        url, left = urljoin(self.origin, address), attempts or self.patience.attempts
        pause = self.patience.first_pause
        while True:
            left -= 1
            try:
                response = self._authorized(method, url, scope, dict(headers or {}), body, follow)
            except requests.RequestException as error:
                if left <= 0:
                    raise self.unreachable(error) from error
                self.patience.sleep(pause)
            else:
                if response.status_code not in _TRANSIENT:
                    return response
                wait = max(pause, _retry_after(response))
                response.close()
                if left <= 0 or wait > self.patience.longest_pause:
                    raise self._try_later(response, wait)
                self.patience.sleep(wait)
            pause = min(pause * 2, self.patience.longest_pause)

    def read(self, response: requests.Response, largest: int) -> bytes:
        """Return the whole answer.

        Raises:
            BadInputError: larger than `largest` bytes.
            EnvironmentFailureError: it was cut, or comes too slowly.
        """
        deadline = time.monotonic() + self.patience.document
        pieces, size = [], 0
        for piece in self.pieces(response):
            size += len(piece)
            if size > largest:
                raise BadInputError(
                    f"more than {largest} bytes", where=_without_query(response.url)
                )
            if time.monotonic() > deadline:
                raise EnvironmentFailureError(
                    f"the answer took more than {self.patience.document:.0f} s",
                    where=_without_query(response.url),
                    hint=_HINT,
                )
            pieces.append(piece)
        return b"".join(pieces)

    def pieces(self, response: requests.Response) -> Iterator[bytes]:
        """Yield the answer as it comes.

        Raises:
            EnvironmentFailureError: the connection was cut.
        """
        try:
            with response:
                yield from response.iter_content(_CHUNK)
        except requests.RequestException as error:
            raise self.unreachable(error) from error

    def unreachable(self, error: Exception) -> EnvironmentFailureError:
        """Say that the registry cannot be used, in one sentence."""
        kind = "is too slow" if isinstance(error, requests.Timeout) else "cannot be reached"
        if isinstance(error, requests.exceptions.SSLError):
            kind = "has a certificate that is not trusted here"
        reason = str(error).split(":")[-1].strip(" ')>") or type(error).__name__
        return EnvironmentFailureError(
            f"the registry {kind}: {reason[:200]}", where=self.origin, hint=_HINT
        )

    def _authorized(
        self,
        method: str,
        url: str,
        scope: str,
        headers: dict[str, str],
        body: bytes | None,
        follow: bool,
    ) -> requests.Response:
        response = self._follow(method, url, scope, headers, body, follow)
        if response.status_code != requests.codes.unauthorized or not self._is_ours(response.url):
            return response
        challenge = response.headers.get("WWW-Authenticate", "")
        if not self.authorizer.answer(challenge, scope, self._send):
            return response
        response.close()
        return self._follow(method, url, scope, headers, body, follow)

    def _follow(
        self,
        method: str,
        url: str,
        scope: str,
        headers: dict[str, str],
        body: bytes | None,
        follow: bool,
    ) -> requests.Response:
        """Follow redirects of reads; another origin never sees Authorization."""
        for _ in range(_MOST_REDIRECTS + 1):
            known = self.authorizer.header(scope) if self._is_ours(url) else ""
            sent = headers | ({"Authorization": known} if known else {})
            response = self._send(method, url, headers=sent, data=body)
            if not follow or response.status_code not in _REDIRECTS:
                return response
            target = urljoin(url, response.headers.get("Location", ""))
            response.close()
            if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
                raise EnvironmentFailureError(
                    f"it redirects from https to {_without_query(target)[:200]}", where=self.origin
                )
            url = target
        raise EnvironmentFailureError(
            f"more than {_MOST_REDIRECTS} redirects", where=_without_query(url)
        )

    def _send(self, method: str, url: str, **more: object) -> requests.Response:
        limits = (self.patience.connect, self.patience.read)
        return self._session.request(
            method,
            url,
            allow_redirects=False,
            stream=True,
            timeout=limits,
            **more,  # type: ignore[arg-type]
        )

    def _is_ours(self, url: str) -> bool:
        mine, its = urlsplit(self.origin), urlsplit(url)
        return (mine.scheme, mine.netloc) == (its.scheme, its.netloc)

    def _try_later(self, response: requests.Response, wait: float) -> EnvironmentFailureError:
        later = f" and asks to wait {wait:.0f} s" if "Retry-After" in response.headers else ""
        return EnvironmentFailureError(
            f"the registry answers HTTP {response.status_code}{later}",
            where=_without_query(response.url),
            hint=f"Wait a while. {_HINT}",
        )


def _retry_after(response: requests.Response) -> float:
    """Return the seconds that Retry-After asks for (RFC 9110, section 10.2.3); 0 for none."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _without_query(url: str) -> str:
    """Leave out what may be a secret: signed addresses carry it in the query."""
    return url.partition("?")[0]
