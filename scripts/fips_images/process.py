"""Runs other programs: argument lists only, a time limit always, one error type.

The only module that imports `subprocess`. A child gets a process group of its own, so that Ctrl-C
or a time-out ends it with everything it started.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fips_images.errors import EnvironmentFailureError

_KILL_AFTER_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Completed:
    """How a program ended."""

    argv: tuple[str, ...]
    returncode: int
    stdout: bytes
    stderr: bytes

    @property
    def ok(self) -> bool:
        """Whether it exited with 0."""
        return self.returncode == 0

    @property
    def text(self) -> str:
        """Its standard output, undecodable bytes replaced."""
        return self.stdout.decode("utf-8", "replace")

    @property
    def last_error_line(self) -> str:
        """The last line it wrote to standard error that says something."""
        lines = self.stderr.decode("utf-8", "replace").strip().splitlines()
        return lines[-1].strip() if lines else f"exit status {self.returncode}"


class ProgramFailedError(EnvironmentFailureError):
    """A program could not be started, ran too long, or exited with an error."""

    def __init__(self, what: str, *, hint: str = "", completed: Completed | None = None) -> None:
        """`completed` is there when the program did run to its end."""
        super().__init__(what, hint=hint)
        self.completed = completed


def find_program(name: str) -> Path | None:
    """Return where the program is on PATH, or None."""
    found = shutil.which(name)
    return Path(found) if found else None


def run(
    argv: Sequence[str | Path],
    *,
    timeout: float,
    check: bool = True,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    on_line: Callable[[str], None] | None = None,
    grace: float = _KILL_AFTER_SECONDS,
) -> Completed:
    """Run a program and return how it ended.

    `env` is added to this process's environment. With `on_line`, each line of standard error and
    standard output is also handed over as it comes (for progress). Time limits are in seconds;
    `grace` is how long a child that must end has between being asked and being killed.

    Raises:
        ProgramFailedError: not found, timed out, or (with `check`) exit status other than 0.
    """
    words = tuple(str(word) for word in argv)
    try:
        child = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            start_new_session=True,
        )
    except OSError as error:
        raise ProgramFailedError(
            f"cannot start {words[0]}: {error.strerror or error}",
            hint="Run `fipsctl doctor` to see what is missing and how to get it.",
        ) from error
    with child:
        try:
            if on_line is None:
                stdout, stderr = child.communicate(stdin, timeout=timeout)
            else:
                stdout, stderr = _pump(child, stdin, timeout, on_line)
        except subprocess.TimeoutExpired as error:
            _end(child, grace)
            raise ProgramFailedError(
                f"{words[0]} did not finish within {timeout:.0f} s",
                hint="Raise the limit, or look at what it was waiting for.",
            ) from error
        except BaseException:
            _end(child, grace)
            raise
    completed = Completed(words, child.returncode, stdout, stderr)
    if check and not completed.ok:
        raise ProgramFailedError(
            f"{Path(words[0]).name} failed: {completed.last_error_line}", completed=completed
        )
    return completed


def _pump(
    child: subprocess.Popen[bytes], stdin: bytes, timeout: float, on_line: Callable[[str], None]
) -> tuple[bytes, bytes]:
    """Read both streams at once, so that neither fills its pipe while the other is awaited."""
    assert child.stdout and child.stderr and child.stdin
    kept: dict[str, list[bytes]] = {"out": [], "err": []}
    lock = threading.Lock()

    def read(name: str, stream: object) -> None:
        for line in stream:  # type: ignore[attr-defined]
            with lock:
                kept[name].append(line)
                on_line(line.decode("utf-8", "replace").rstrip("\r\n"))

    threads = [
        threading.Thread(target=read, args=(name, stream), daemon=True)
        for name, stream in (("out", child.stdout), ("err", child.stderr))
    ]
    for thread in threads:
        thread.start()
    with suppress(BrokenPipeError):
        child.stdin.write(stdin)
    child.stdin.close()
    child.wait(timeout)
    for thread in threads:
        thread.join()
    return b"".join(kept["out"]), b"".join(kept["err"])


def _end(child: subprocess.Popen[bytes], grace: float) -> None:
    """Ask the child's whole group to stop, then make it."""
    for number, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, None)):
        with suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            continue
        return
