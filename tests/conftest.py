"""Guards of the whole suite: unit tests reach neither engine nor network, and no CI variable."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# A harness that starts the suite in the background hands an ignored SIGINT down to every child, and
# the tests of interruptions would wait for programs that cannot be interrupted.
signal.signal(signal.SIGINT, signal.default_int_handler)

#: Programs that a unit test never starts; a stand-in below pytest's temporary folder is fine.
#: syft is not among them: it is a wheel of the locked environment and reads files only.
_OUTSIDE = frozenset(
    {"buildah", "cosign", "docker", "dockerd", "docker-registry", "grype", "mmdebstrap", "oras",
     "podman", "skopeo", "trivy"}
)  # fmt: skip

#: Variables by which a CI run or a developer's shell would change what a test sees.
_SCRUBBED = (
    "GITHUB_",
    "RUNNER_",
    "ACTIONS_",
    "DOCKER_",
    "BUILDX_",
    "COSIGN_",
    "SIGSTORE_",
    "FIPS_",
)

_LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True)
def _scrubbed_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove what CI sets, so that a test sees the same everywhere."""
    for name in list(os.environ):
        if name == "CI" or name.startswith(_SCRUBBED):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _outside_is_out_of_reach(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """Fail a unit test that starts an engine or leaves the machine."""
    if any(request.node.get_closest_marker(name) for name in ("engine", "registry")):
        yield
        return
    temporary = tmp_path_factory.getbasetemp().resolve()
    start = subprocess.Popen.__init__
    connect = socket.socket.connect

    def guarded_start(self: Any, args: Any, *rest: Any, **more: Any) -> None:
        program = _program(args, more.get("env"))
        if program.name in _OUTSIDE and temporary not in program.parents:
            pytest.fail(f"a unit test started {program}; mark it `engine` or `registry`")
        start(self, args, *rest, **more)

    def guarded_connect(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if not str(host).startswith(_LOOPBACK) and self.family != socket.AF_UNIX:
            pytest.fail(f"a unit test connected to {host}")
        if self.family == socket.AF_UNIX and "docker" in str(address):
            pytest.fail("a unit test spoke to the container engine")
        connect(self, address)

    monkeypatch.setattr(subprocess.Popen, "__init__", guarded_start)
    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    yield


def _program(args: Any, env: Any) -> Path:
    """Return the file that would be started."""
    name = str(args if isinstance(args, (str, bytes, Path)) else args[0])
    found = shutil.which(name, path=(env or os.environ).get("PATH"))
    return Path(found or name).absolute()
