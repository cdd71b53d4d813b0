"""What the verbs sign, publish and verify share: options, and how references are opened."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from fips_images.attest.policy import Policy
from fips_images.attest.signer import local_public_key
from fips_images.errors import BadInputError
from fips_images.publish.opening import open_repository
from fips_images.publish.reference import Reference
from fips_images.publish.registry import Repository
from fips_images.workspace import Workspace


def registry_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--registry` and `--plain-http`."""
    function = click.option(
        "--plain-http", is_flag=True, help="Speak http with the registry (this machine: always)."
    )(function)
    return click.option(
        "--registry",
        metavar="HOST/PREFIX",
        help="Where images are published: HOST/PREFIX, or oci:FOLDER (default: .fips/registry).",
    )(function)


def open_reference(reference: Reference, plain_http: bool) -> Repository:
    """Open a repository with this user's Docker credentials."""
    return open_repository(reference, os.environ, Path.home(), plain_http=plain_http)


def local_policy(workspace: Workspace) -> Policy:
    """Believe the working folder's own key.

    Raises:
        BadInputError: there is none.
    """
    path = local_public_key(workspace.keys)
    if not path.is_file():
        raise BadInputError(
            "there is no local key whose signatures could count",
            where=str(path),
            hint="Name a public key with --key FILE; `fipsctl sign` makes a local one.",
        )
    return Policy((path,))


def today() -> Any:
    """The day that matters of date are judged for, unless one is given (UTC)."""
    return datetime.now(UTC).date()
