"""Reading and writing files: whole or not at all, with one clear error."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from fips_images.errors import BadInputError, EnvironmentFailureError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; it takes the place of `path` when the block ends well.

    Raises:
        EnvironmentFailureError: the folder cannot be written or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise _cannot_write(path, error) from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn what a file system refuses inside the block into one error about `path`.

    Raises:
        EnvironmentFailureError: the folder cannot be read or written, or the disk is full.
    """
    try:
        yield
    except OSError as error:
        raise _cannot_write(path, error) from error


def write_bytes(path: Path, content: bytes) -> None:
    """Write the file as a whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """Write the file as a whole or not at all, as UTF-8."""
    write_bytes(path, content.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write indented JSON with sorted keys and a final newline."""
    write_text(path, json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def is_file(path: Path) -> bool:
    """Return whether it is a file; a name that no file system takes is none (unlike pathlib)."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Return whether it is a folder; a name that no file system takes is none (unlike pathlib)."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def read_json(path: Path, *, hint: str = "") -> Any:
    """Read a JSON file.

    Raises:
        BadInputError: it is missing, unreadable or not JSON; says where.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadInputError(error.strerror or str(error), where=str(path), hint=hint) from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        line = getattr(error, "lineno", 1)
        raise BadInputError(f"not JSON: {error}", where=f"{path}:{line}", hint=hint) from error


def _cannot_write(path: Path, error: OSError) -> EnvironmentFailureError:
    return EnvironmentFailureError(
        f"cannot write: {error.strerror or error}",
        where=str(path),
        hint="Free some space or choose another folder with --work DIR, then run the same command.",
    )
