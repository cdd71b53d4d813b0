"""From a reference to the repository behind it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path

from fips_images.publish.challenge import Authorizer
from fips_images.publish.credentials import config_path, find_credentials
from fips_images.publish.http import HttpRepository
from fips_images.publish.layout import LayoutRepository
from fips_images.publish.reference import Reference
from fips_images.publish.registry import Repository
from fips_images.publish.transport import Patience, Transport

_HUB = "docker.io"
_HUB_API = "registry-1.docker.io"


def open_repository(
    reference: Reference,
    environment: Mapping[str, str],
    home: Path,
    *,
    plain_http: bool = False,
    patience: Patience | None = None,
) -> Repository:
    """Open a layout's or a registry's repository; nothing is sent yet.

    Plain http is for this machine itself, and for others only when asked for.

    Raises:
        BadInputError: Docker's configuration cannot be read.
        EnvironmentFailureError: its credential helper fails.
    """
    if reference.folder is not None:
        return LayoutRepository(reference.folder, reference.name)
    host, name = reference.host, reference.name
    if host == _HUB:
        host, name = _HUB_API, name if "/" in name else f"library/{name}"
    plain = plain_http or is_loopback(host)
    credentials = find_credentials(reference.host, config_path(environment, home))
    transport = Transport(
        f"{'http' if plain else 'https'}://{host}",
        Authorizer(reference.host, credentials, plain),
        patience or Patience(),
    )
    return HttpRepository(transport, reference.host, name)


def is_loopback(host: str) -> bool:
    """Whether the host (with or without port) is this machine."""
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False
