"""What every container engine can do for the rest of the toolkit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from fips_images.model.progress import Progress
from fips_images.process import Completed


@dataclass(frozen=True, slots=True)
class Mount:
    """A bind mount, read-only unless said otherwise."""

    source: Path
    target: str
    writable: bool = False


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a container is started. The network is off unless asked for; it is always removed."""

    user: str | None = None  # "12345:0"; None is the image's own
    entrypoint: str | None = None  # "" clears the image's entry point; None keeps it
    read_only: bool = False
    drop_capabilities: bool = False
    network: bool = False
    tmpfs: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    timeout: float = 120.0
    stdin: bytes = b""


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """One image to build with everything that replaces what the network would give."""

    context: Path
    dockerfile: Path
    archive: Path  # where the OCI archive goes
    platform: str
    build_args: Mapping[str, str] = field(default_factory=dict)
    # stage name or image reference -> folder, or docker-image://reference
    contexts: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Path] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    source_date_epoch: int = 0
    target: str | None = None
    no_cache: bool = False


class Engine(Protocol):
    """A container engine."""

    name: str

    def build(self, requests: Mapping[str, BuildRequest], progress: Progress) -> None:
        """Build all of them (equal stages once), each to its archive; the key is its slug."""

    def load(self, archive: Path, name: str = "") -> str:
        """Make an OCI archive runnable and return the reference to run it by.

        Without `name` the reference is of this call alone, and the caller removes it.
        """

    def resolve(self, reference: str, *, pull: bool) -> str | None:
        """Return the digest of an image that the engine has, or with `pull` can get; else None.

        Raises:
            EnvironmentFailureError: the engine itself does not answer.
        """

    def export(self, reference: str, archive: Path) -> None:
        """Write an image the engine knows (or can pull) as an OCI archive."""

    def run(self, image: str, argv: Sequence[str], options: RunOptions) -> Completed:
        """Run a command in a new container and remove it; never raises for the command's status."""

    def remove(self, image: str) -> None:
        """Forget an image that `load` made runnable."""
