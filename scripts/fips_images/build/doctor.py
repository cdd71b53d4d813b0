"""What this machine has of what the toolkit needs: looked at, never changed."""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fips_images.build.ca import host_trust
from fips_images.engine.select import examine, how_to_install
from fips_images.process import ProgramFailedError, find_program, run
from fips_images.tools.syft import find_syft

_SECONDS = 20.0
_MIN_PYTHON = (3, 11)
_MIN_FREE = 10 * 1000**3  # bytes; compilers, sources and layers of one CPython image need 4 GB
_SCRIPT = "sudo sh scripts/bootstrap/install-engine.sh --test-tools"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing, whether it is there, and how to get it."""

    name: str
    used_for: str
    needed: bool  # for the main job, on its own
    present: bool
    found: str  # version or what was seen; why not, when absent
    remedy: str  # the command to type; empty when nothing is to be done


def diagnose(work: Path) -> tuple[Diagnosis, ...]:
    """Look at everything; `work` is where builds are kept."""
    return (_python(), _disk(work), *_engines(), *(_program(row) for row in _PROGRAMS), _trust())


def can_run(rows: tuple[Diagnosis, ...]) -> bool:
    """Whether the main job can run: what is needed is there, and one of the engines. Pure."""
    engines = [row for row in rows if row.name in ("docker", "podman")]
    return all(row.present for row in rows if row.needed) and any(row.present for row in engines)


def _python() -> Diagnosis:
    present = tuple(map(int, platform.python_version_tuple()[:2])) >= _MIN_PYTHON
    return Diagnosis(
        "python", "the toolkit", True, present, platform.python_version(),
        "" if present else "sudo apt-get install python3 (3.11 or newer)",
    )  # fmt: skip


def _disk(work: Path) -> Diagnosis:
    folder = next(path for path in (work, *work.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    return Diagnosis(
        "disk space", "layers and archives", True, free >= _MIN_FREE,
        f"{free / 1e9:.1f} GB free in {folder}",
        "" if free >= _MIN_FREE else "docker builder prune, or --work DIR on another disk",
    )  # fmt: skip


def _engines() -> tuple[Diagnosis, ...]:
    rows = []
    for name, purpose in (
        ("docker", "building and running (first choice)"),
        ("podman", "the same"),
    ):
        state = examine(name)
        remedy = "" if state.version else how_to_install()
        if name == "podman" and not state.version:
            remedy = "sudo apt-get install podman (only where there is no docker)"
        found = state.version or state.problem
        rows.append(Diagnosis(name, purpose, False, bool(state.version), found, remedy))
    return (*rows, _image_store(rows[0].present))


def _image_store(docker: bool) -> Diagnosis:
    """Only the containerd image store exports OCI archives and keeps manifest digests."""
    name, purpose = "containerd image store", "docker: OCI archives, digests kept"
    if not docker:
        return Diagnosis(name, purpose, False, False, "docker does not answer", "")
    text = _ask(("docker", "info", "--format", "{{.DriverStatus}}"))
    present = "containerd.snapshotter" in text
    remedy = 'put {"features":{"containerd-snapshotter":true}} into /etc/docker/daemon.json'
    return Diagnosis(
        name, purpose, False, present, "on" if present else "off", "" if present else remedy
    )


@dataclass(frozen=True, slots=True)
class _Program:
    name: str
    used_for: str
    needed: bool
    version: tuple[str, ...]  # arguments that print it
    remedy: str
    path: Callable[[], Path | None]


def _program(row: _Program) -> Diagnosis:
    path = row.path()
    if path is None:
        return Diagnosis(row.name, row.used_for, row.needed, False, "not installed", row.remedy)
    text = _ask((str(path), *row.version))
    match = re.search(r"(?:^|[\s:v])(\d+\.\d+[\w.+~-]*)", text)
    return Diagnosis(
        row.name, row.used_for, row.needed, True, match[1] if match else "version not told", ""
    )


def _trust() -> Diagnosis:
    trust = host_trust(os.environ)
    found = f"{len(trust.fingerprints)} extra in {trust.bundle}" if trust else "none"
    return Diagnosis("extra certificates", "builds behind a TLS proxy", False, True, found, "")


def _ask(argv: tuple[str, ...]) -> str:
    try:
        done = run(argv, timeout=_SECONDS, check=False)
    except ProgramFailedError:
        return ""
    return done.text + done.stderr.decode("utf-8", "replace")


def _on_path(name: str) -> Callable[[], Path | None]:
    return lambda: find_program(name)


_PROGRAMS = (
    _Program(
        "syft", "package lists (bom)", True, ("version",), "scripts/bootstrap/venv.sh", find_syft
    ),
    _Program(
        "mmdebstrap", "bases where none can be pulled", False, ("--version",),
        "sudo apt-get install mmdebstrap", _on_path("mmdebstrap"),
    ),
    _Program(
        "cosign", "tests: verify what was signed", False, ("version",), _SCRIPT, _on_path("cosign")
    ),
    _Program(
        "skopeo", "tests: copy between registries", False, ("--version",),
        _SCRIPT, _on_path("skopeo"),
    ),
    _Program(
        "docker-registry", "tests: a registry on loopback", False, ("--version",),
        _SCRIPT, _on_path("docker-registry"),
    ),
)  # fmt: skip
