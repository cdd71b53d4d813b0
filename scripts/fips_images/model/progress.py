"""Progress as a stream of events; the terminal and GitHub's log render it differently."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told what is going on. Rendering lives in the command line."""

    def step(self, title: str) -> None:
        """A new step begins."""

    def detail(self, line: str) -> None:
        """One line of what the step is doing right now (a build log line, a file name)."""


class Silent:
    """Tells nobody."""

    def step(self, title: str) -> None:
        """Ignore it."""

    def detail(self, line: str) -> None:
        """Ignore it."""
