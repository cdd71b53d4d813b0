"""Brings the probe into a container read-only, runs it once per session, and reads its facts."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fips_images.engine.interface import Engine, Mount, RunOptions
from fips_images.errors import EnvironmentFailureError
from fips_images.image import Image
from fips_images.validate.facts import CommandFact, Session, StaticFacts
from fips_images.validate.material import write_material

_INSIDE = "/fips-probe"
_SECONDS = 180.0
_MOST_LINES = 20_000
#: An arbitrary user, as OpenShift gives (uid from a large range, gid 0).
ARBITRARY_USER = "1000650000:0"
#: Few enough to be quick, enough to show whether the same image still works or still refuses.
_CONFINED = (
    "providers",
    "version",
    "random",
    "kat.sha256",
    "kat.aes-128-cbc",
    "no.md5",
    "drbg.one",
)
_FLIPPED = ("providers", "kat.sha256", "kat.aes-128-cbc", "drbg.one", "no.md5")


@dataclass(frozen=True, slots=True)
class Plan:
    """One session: how the container is started, and which commands run in it (all when empty)."""

    name: str
    options: RunOptions
    commands: tuple[str, ...] = ()
    flip_module: bool = False


PLANS = (
    Plan("own", RunOptions()),
    Plan(
        "confined",
        RunOptions(user=ARBITRARY_USER, read_only=True, drop_capabilities=True),
        _CONFINED,
    ),
    Plan("flipped", RunOptions(), _FLIPPED, flip_module=True),
)


def run_sessions(
    engine: Engine, reference: str, image: Image, static: StaticFacts
) -> list[Session]:
    """Start one container per plan. A session that cannot run says why; it is never left out."""
    with TemporaryDirectory(prefix="fips-probe-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        write_material(folder)
        for probe in ("probe.sh", "probe.py"):
            _put(folder / probe, _probe_file(probe))
        return [_session(engine, reference, image, static, plan, folder) for plan in PLANS]


def _session(
    engine: Engine, reference: str, image: Image, static: StaticFacts, plan: Plan, folder: Path
) -> Session:
    reason = _why_not(static, plan)
    if reason:
        return Session(plan.name, False, reason)
    _put(folder / "commands", _commands(static.module_path, plan.commands))
    options = _options(static, plan, folder, image)
    start = time.monotonic()
    try:
        done = engine.run(reference, [static.shell, f"{_INSIDE}/probe.sh"], options)
    except EnvironmentFailureError as error:
        return Session(plan.name, False, f"the container did not run: {error}")
    session = parse_output(plan.name, done.text, time.monotonic() - start)
    if not session.ran:
        reason = f"the probe printed nothing: {done.last_error_line}"
        return Session(plan.name, False, reason)
    return session


def _why_not(static: StaticFacts, plan: Plan) -> str:
    if not static.shell:
        return "the image has no shell to run the probe with"
    if not static.programs and not static.pythons:
        return "the image has neither an openssl program nor Python to ask"
    if plan.flip_module and not static.modules:
        return "the image has no fips.so to change"
    return ""


def _options(static: StaticFacts, plan: Plan, folder: Path, image: Image) -> RunOptions:
    mounts = [Mount(folder, _INSIDE)]
    if plan.flip_module:
        flipped = folder / "flipped.so"
        content = bytearray(b"".join(image.chunks(static.modules[0].path)))
        content[-1] ^= 0x01
        _put(flipped, bytes(content))
        mounts.append(Mount(flipped, static.modules[0].path))
    environment = {
        "FIPS_PROBE": _INSIDE,
        "FIPS_PROBE_OPENSSL": static.programs[0].path if static.programs else "",
        "FIPS_PROBE_PYTHONS": " ".join(static.pythons),
    }
    given = plan.options
    return RunOptions(
        user=given.user,
        entrypoint="",
        read_only=given.read_only,
        drop_capabilities=given.drop_capabilities,
        environment=environment,
        mounts=tuple(mounts),
        timeout=_SECONDS,
    )


def _commands(module: str, chosen: tuple[str, ...]) -> bytes:
    text = _probe_file("commands").decode()
    lines = [
        line
        for line in text.splitlines()
        if line and not line.startswith("#") and (not chosen or line.split("|")[0] in chosen)
    ]
    body = "\n".join(lines) + "\n"
    return body.replace("@MODULE@", module or "none").replace("@PROBE@", _INSIDE).encode()


def _probe_file(name: str) -> bytes:
    return (files("fips_images.validate") / "probes" / name).read_bytes()


def _put(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o644)


@dataclass(slots=True)
class _Read:
    commands: dict[str, CommandFact] = field(default_factory=dict)
    process: dict[str, str] = field(default_factory=dict)
    python: dict[str, Any] = field(default_factory=dict)
    lines: int = 0
    finished: bool = False


def parse_output(name: str, text: str, seconds: float) -> Session:
    """Read the probe's lines; lines that are none of its own are passed over."""
    read = _Read()
    for line in text.splitlines()[:_MOST_LINES]:
        try:
            record = json.loads(line, strict=False)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            read.lines += 1
            _take(read, record)
    return Session(
        name, read.lines > 0, "", seconds, read.commands, read.process, read.python, read.finished
    )


def _take(read: _Read, record: Mapping[str, Any]) -> None:
    if "command" in record:
        lines = tuple(str(it) for it in record.get("lines") or ())
        status = record.get("status")
        fact = CommandFact(status if isinstance(status, int) else -1, lines)
        read.commands[str(record["command"])] = fact
    elif "process" in record:
        read.process[str(record["process"])] = str(record.get("value"))
    elif "fact" in record:
        read.python[f"{record.get('python')}:{record['fact']}"] = record.get("value")
    elif record.get("end") is True:
        read.finished = True
