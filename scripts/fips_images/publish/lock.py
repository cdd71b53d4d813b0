"""One writer at a time: a lock file whose lock the kernel drops with the process that held it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fips_images.errors import EnvironmentFailureError

_POLL_SECONDS = 0.02


@contextmanager
def locked(path: Path, *, patience: float = 60.0) -> Iterator[None]:
    """Hold the lock while the block runs; `patience` in seconds.

    A file left behind by a killed process holds nobody up: what counts is the kernel's lock on it.
    The file is removed at the end, so whoever waited for it checks that it is still the one.

    Raises:
        EnvironmentFailureError: the file cannot be made, or another process kept the lock too long.
    """
    handle = _acquire(path, time.monotonic() + patience, patience)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _acquire(path: Path, deadline: float, patience: float) -> int:
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise EnvironmentFailureError(
                f"cannot lock: {error.strerror or error}", where=str(path)
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(handle, path):
                return handle
        except BlockingIOError:
            pass
        os.close(handle)
        if time.monotonic() > deadline:
            raise EnvironmentFailureError(
                f"another process has been writing here for {patience:.0f} s",
                where=str(path),
                hint="Wait until it has ended (`fuser` names it), then run the same command.",
            )
        time.sleep(_POLL_SECONDS)


def _is_at(handle: int, path: Path) -> bool:
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    mine = os.fstat(handle)
    return (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)
