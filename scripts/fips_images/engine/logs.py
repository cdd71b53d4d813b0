"""The build log: every line goes to the files as it comes, and to whoever watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from fips_images.errors import EnvironmentFailureError
from fips_images.model.progress import Progress


@contextmanager
def log_to(paths: Sequence[Path], progress: Progress) -> Iterator[Callable[[str], None]]:
    """Yield a function that takes one line.

    Raises:
        EnvironmentFailureError: a log cannot be opened.
    """
    with ExitStack() as stack:
        try:
            streams = [stack.enter_context(path.open("w", encoding="utf-8")) for path in paths]
        except OSError as error:
            raise EnvironmentFailureError(
                f"cannot write the build log: {error.strerror or error}",
                where=str(error.filename),
                hint="Free some space or choose another folder with --work DIR.",
            ) from error

        def write(line: str) -> None:
            progress.detail(line)
            for stream in streams:
                # A full disk shows itself in the build's own error, which says more.
                with suppress(OSError):
                    stream.write(line + "\n")
                    stream.flush()

        yield write
