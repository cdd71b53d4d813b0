"""Answers a registry's 401: Basic at once, Bearer by a token from the realm that it names."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests

from fips_images.attest.canonical import parse_object, to_base64
from fips_images.errors import EnvironmentFailureError
from fips_images.publish.credentials import Credentials

_PARAMETER = re.compile(r'([A-Za-z]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))')
_LARGEST_TOKEN = 1 << 20  # bytes of the answer
_CLIENT = "fips-container-images"


@dataclass(frozen=True, slots=True)
class Challenge:
    """What WWW-Authenticate asks for."""

    scheme: str  # "basic" or "bearer"
    realm: str = ""
    service: str = ""
    scope: str = ""


def parse_challenge(header: str) -> Challenge | None:
    """Read the first challenge that we can answer; None when there is none."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() not in ("basic", "bearer"):
        return None
    values = {key.lower(): quoted or bare for key, quoted, bare in _PARAMETER.findall(rest)}
    names = (values.get(name, "") for name in ("realm", "service", "scope"))
    return Challenge(scheme.lower(), *names)


#: Sends one request to a token server: method, address, keyword arguments of `requests`.
Send = Callable[..., requests.Response]


@dataclass(slots=True)
class Authorizer:
    """Keeps the Authorization header of each scope of one registry."""

    host: str
    credentials: Credentials
    plain_http: bool
    _headers: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def header(self, scope: str) -> str:
        """Return what is known to work for the scope, or nothing."""
        return self._headers.get(scope, "")

    def answer(self, header: str, scope: str, send: Send) -> bool:
        """Answer a challenge; whether there is a header to try with now.

        Raises:
            EnvironmentFailureError: the token server refuses or cannot be trusted with secrets.
        """
        challenge = parse_challenge(header)
        if challenge is None:
            return False
        if challenge.scheme == "basic":
            value = self._basic()
        else:
            value = f"Bearer {self._token(challenge, scope, send)}"
        with self._lock:
            fresh = bool(value) and self._headers.get(scope) != value
            self._headers[scope] = value
        return fresh

    def _basic(self) -> str:
        if not self.credentials.secret:
            return ""
        pair = f"{self.credentials.username}:{self.credentials.secret}"
        return f"Basic {to_base64(pair.encode())}"

    def _token(self, challenge: Challenge, scope: str, send: Send) -> str:
        """Ask as the distribution specification's token documents describe (GET, or OAuth2)."""
        secure = urlsplit(challenge.realm).scheme == "https"
        if not (secure or self.plain_http):
            raise EnvironmentFailureError(
                f"the registry wants tokens from {challenge.realm[:200]}, which is not https",
                where=self.host,
                hint="Do not log in there; with a registry on this machine use --plain-http.",
            )
        # The scope that we need, not the one that the registry names: it must not widen it.
        asked = {"service": challenge.service, "scope": scope or challenge.scope}
        if self.credentials.identity_token:
            form = asked | {
                "grant_type": "refresh_token",
                "refresh_token": self.credentials.identity_token,
                "client_id": _CLIENT,
            }
            response = send("POST", challenge.realm, data=form)
        else:
            basic = self._basic()
            headers = {"Authorization": basic} if basic else {}
            response = send("GET", challenge.realm, params=asked, headers=headers)
        return self._read(response)

    def _read(self, response: requests.Response) -> str:
        if response.status_code != requests.codes.ok:
            raise EnvironmentFailureError(
                f"the token server refuses (HTTP {response.status_code})",
                where=self.host,
                hint=f"Log in: docker login {self.host}",
            )
        content = response.raw.read(_LARGEST_TOKEN + 1, decode_content=False) or b""
        value = parse_object(content, "the token server's answer", largest=_LARGEST_TOKEN)
        token = value.get("token") or value.get("access_token")
        if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]+", token):
            raise EnvironmentFailureError("the token server gave no token", where=self.host)
        return token
