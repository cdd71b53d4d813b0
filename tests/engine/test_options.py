"""Run options become flags; what is not asked for is off."""

from __future__ import annotations

from pathlib import Path

from fips_images.engine.interface import Mount, RunOptions
from fips_images.engine.options import run_flags


def test_nothing_asked_for_means_no_network_and_limits() -> None:
    """The default container has no network and cannot exhaust the host."""
    assert run_flags(RunOptions()) == [
        "--pids-limit", "512", "--memory", "4g", "--network", "none",
    ]  # fmt: skip


def test_every_option_has_its_flag() -> None:
    """All options together, in one line each."""
    options = RunOptions(
        user="12345:0",
        entrypoint="",
        read_only=True,
        drop_capabilities=True,
        network=True,
        tmpfs=("/tmp",),
        environment={"A": "b c"},
        mounts=(Mount(Path("/s,x"), "/t"), Mount(Path("/w"), "/w", writable=True)),
        stdin=b"x",
    )
    assert run_flags(options)[4:] == [
        "--user", "12345:0", "--entrypoint=", "--read-only",
        "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
        "--tmpfs", "/tmp", "--env", "A=b c",
        "--mount", 'type=bind,"source=/s,x",target=/t,readonly',
        "--mount", "type=bind,source=/w,target=/w",
        "--interactive",
    ]  # fmt: skip
