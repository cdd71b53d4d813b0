"""Chooses the container engine: docker first, podman second, or the one that was named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fips_images.engine.docker import DockerEngine
from fips_images.engine.interface import Engine
from fips_images.engine.podman import PodmanEngine
from fips_images.errors import BadInputError, EnvironmentFailureError
from fips_images.process import ProgramFailedError, find_program, run

_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class EngineState:
    """Whether an engine can be used: its version, or why not."""

    name: str
    version: str  # empty when it cannot be used
    problem: str


def select_engine(name: str | None = None) -> Engine:
    """Return the engine of that name, or the first that can be used.

    Raises:
        BadInputError: no engine has this name.
        EnvironmentFailureError: none can be used; the hint has the commands to type.
    """
    if name is not None and name not in ENGINES:
        raise BadInputError(
            f"no engine is called {name!r}", hint=f"Use one of: {', '.join(ENGINES)}."
        )
    states = [examine(candidate) for candidate in ([name] if name else ENGINES)]
    for state in states:
        if state.version:
            return ENGINES[state.name][1]()
    raise EnvironmentFailureError(
        "no usable container engine: " + "; ".join(f"{s.name}: {s.problem}" for s in states),
        hint=how_to_install(),
    )


def how_to_install() -> str:
    """Return the commands that bring an engine to this machine, or start the one it has."""
    if find_program("dockerd") and Path("/run/systemd/system").is_dir():
        return "Start it: `sudo systemctl start docker`. Check DOCKER_HOST if you set it."
    if find_program("apt-get"):
        return "Type `sudo sh scripts/bootstrap/install-engine.sh`, then the same command again."
    return "Install Docker 25 or newer with buildx (docs/engines.md), then run the same command."


def examine(name: str) -> EngineState:
    """Ask an engine for its version without changing anything."""
    return ENGINES[name][0]()


def _docker_state() -> EngineState:
    return _ask(
        "docker",
        ("docker", "version", "--format", "{{.Server.Version}}"),
        ("docker", "buildx", "version"),
    )


def _podman_state() -> EngineState:
    return _ask("podman", ("podman", "version", "--format", "{{.Version}}"))


def _ask(name: str, *commands: tuple[str, ...]) -> EngineState:
    """Return the first line of the first command's answer; all commands must succeed."""
    if find_program(name) is None:
        return EngineState(name, "", "not installed")
    version = ""
    for command in commands:
        try:
            done = run(command, timeout=_SECONDS)
        except ProgramFailedError as error:
            return EngineState(name, "", error.what)
        version = version or done.text.strip().partition("\n")[0]
    return EngineState(name, version, "" if version else "it does not tell its version")


ENGINES: dict[str, tuple[Callable[[], EngineState], Callable[[], Engine]]] = {
    "docker": (_docker_state, DockerEngine),
    "podman": (_podman_state, PodmanEngine),
}
