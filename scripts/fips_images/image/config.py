"""What an image says about how it is run, read from its configuration document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fips_images.errors import BadInputError


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """The part of the OCI image configuration that decides what a container does."""

    user: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    working_directory: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    architecture: str = ""
    os: str = ""
    created: str = ""
    history: tuple[str, ...] = ()  # the instructions, as the builder recorded them
    diff_ids: tuple[str, ...] = ()

    @property
    def numeric_user(self) -> int | None:
        """The user's number, or None when it is a name (or unset, which is root)."""
        name = self.user.partition(":")[0]
        return int(name) if name.isascii() and name.isdigit() else None


def parse_config(document: Any) -> ImageConfig:
    """Read an OCI image configuration.

    Raises:
        BadInputError: it does not have the shape that the OCI image specification gives it.
    """
    try:
        run = document.get("config") or {}
        words = (str(word) for word in run.get("Env") or ())
        return ImageConfig(
            user=str(run.get("User") or ""),
            environment={name: value for name, _, value in (w.partition("=") for w in words)},
            entrypoint=tuple(map(str, run.get("Entrypoint") or ())),
            command=tuple(map(str, run.get("Cmd") or ())),
            working_directory=str(run.get("WorkingDir") or ""),
            labels={str(k): str(v) for k, v in (run.get("Labels") or {}).items()},
            architecture=str(document.get("architecture") or ""),
            os=str(document.get("os") or ""),
            created=str(document.get("created") or ""),
            history=tuple(str(h.get("created_by") or "") for h in document.get("history") or ()),
            diff_ids=tuple(map(str, (document.get("rootfs") or {}).get("diff_ids") or ())),
        )
    except (AttributeError, TypeError) as error:
        raise BadInputError(f"the image's configuration has an odd shape: {error}") from error
