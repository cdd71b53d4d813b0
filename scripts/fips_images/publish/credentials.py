"""Who we are to a registry: Docker's config.json and its credential helpers, read only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fips_images.attest.canonical import from_base64, parse_object
from fips_images.errors import BadInputError, EnvironmentFailureError
from fips_images.process import find_program, run

#: Docker Hub's key in config.json (docker/cli, cli/config/configfile).
_HUB_KEY = "https://index.docker.io/v1/"
_HUB_HOSTS = ("docker.io", "index.docker.io", "registry-1.docker.io")
_HELPER = re.compile(r"[A-Za-z0-9._-]+")
_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name with a secret, or an identity token alone. Never printed."""

    username: str = ""
    secret: str = ""
    identity_token: str = ""

    def __repr__(self) -> str:
        """Show nothing of it."""
        return "Credentials(…)"

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.secret or self.identity_token)


def config_path(environment: Mapping[str, str], home: Path) -> Path:
    """Return where Docker's configuration is."""
    return Path(environment.get("DOCKER_CONFIG") or home / ".docker") / "config.json"


def find_credentials(host: str, config: Path) -> Credentials:
    """Return what the configuration holds for exactly this host; nothing for any other.

    Raises:
        BadInputError: the configuration cannot be read.
        EnvironmentFailureError: its credential helper is missing or fails.
    """
    if not config.is_file():
        return Credentials()
    try:
        value = parse_object(config.read_bytes(), "it", largest=1 << 20)
    except OSError as error:
        raise BadInputError(error.strerror or str(error), where=str(config)) from error
    except BadInputError as error:
        error.where = str(config)
        raise
    keys = [_HUB_KEY, *_HUB_HOSTS] if host in _HUB_HOSTS else [host, f"https://{host}"]
    helpers, store = _section(value, "credHelpers"), value.get("credsStore")
    for key in keys:
        name = helpers.get(key)
        if isinstance(name, str):
            return _ask_helper(name, key)
    for key in keys:
        entry = _section(value, "auths").get(key)
        if isinstance(entry, dict) and (found := _read_entry(entry, config)):
            return found
    return _ask_helper(store, keys[0]) if isinstance(store, str) and store else Credentials()


def _section(value: Mapping[str, Any], name: str) -> dict[str, Any]:
    section = value.get(name)
    return section if isinstance(section, dict) else {}


def _read_entry(entry: Mapping[str, Any], config: Path) -> Credentials:
    token = str(entry.get("identitytoken") or "")
    if not entry.get("auth"):
        return Credentials(identity_token=token)
    try:
        text = from_base64(entry["auth"], "an auth entry").decode("utf-8")
    except (BadInputError, UnicodeDecodeError) as error:
        raise BadInputError("an auth entry is not base64", where=str(config)) from error
    username, _, secret = text.partition(":")
    return Credentials(username, secret.rstrip("\0"), token)


def _ask_helper(name: str, key: str) -> Credentials:
    """Run `docker-credential-NAME get` (docker/docker-credential-helpers, README)."""
    program = f"docker-credential-{name}"
    if not _HELPER.fullmatch(name) or find_program(program) is None:
        raise EnvironmentFailureError(
            f"the credential helper {program[:80]} is not installed",
            hint="Install it, or log in again with `docker login`.",
        )
    done = run([program, "get"], timeout=_TIMEOUT_SECONDS, stdin=key.encode(), check=False)
    if not done.ok:
        if b"credentials not found" in done.stdout:
            return Credentials()
        raise EnvironmentFailureError(
            f"the credential helper {program} failed with exit status {done.returncode}",
            hint="Log in again with `docker login`.",
        )
    value = parse_object(done.stdout, f"the answer of {program}", largest=1 << 20)
    username, secret = str(value.get("Username") or ""), str(value.get("Secret") or "")
    if username == "<token>":
        return Credentials(identity_token=secret)
    return Credentials(username, secret)
