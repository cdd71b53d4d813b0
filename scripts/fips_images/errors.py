"""The errors of the toolkit and the exit code of each.

An error says what is wrong, where, and what to do next. Rooms raise these; only the command line
prints them and exits. Everything that is not one of these is a defect of ours (exit code 70).
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a verb's exit status means (design.md section 5)."""

    HOLDS = 0
    DOES_NOT_HOLD = 1
    BAD_INPUT = 2
    ENVIRONMENT = 3
    DEFECT = 70  # EX_SOFTWARE of sysexits.h: a bug in this toolkit
    INTERRUPTED = 130  # 128 + SIGINT


class FipsImagesError(Exception):
    """Root of the errors that a user may meet."""

    exit_code: ExitCode = ExitCode.ENVIRONMENT

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        """`what` happened, `where` (file:line, reference, URL), and as `hint` what to do next."""
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        """Return `where: what`, without the hint."""
        return f"{self.where}: {self.what}" if self.where else self.what


class BadInputError(FipsImagesError):
    """What the user gave cannot be used: an argument, a file, a path, an image."""

    exit_code = ExitCode.BAD_INPUT


class DoesNotHoldError(FipsImagesError):
    """A claim was examined and does not hold (a signature, a digest, a validation)."""

    exit_code = ExitCode.DOES_NOT_HOLD


class EnvironmentFailureError(FipsImagesError):
    """Something outside failed: an engine, a registry, a disk, a missing program."""

    exit_code = ExitCode.ENVIRONMENT
