"""The guards of tests/conftest.py do guard."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
from pathlib import Path

import pytest


def test_a_unit_test_cannot_start_an_engine() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"started .*docker"):
        subprocess.run(["docker", "version"], check=False)


def test_a_unit_test_cannot_leave_the_machine() -> None:
    with (
        socket.socket() as outside,
        pytest.raises(pytest.fail.Exception, match=r"connected to 192\.0\.2\.1"),
    ):
        outside.connect(("192.0.2.1", 443))


def test_a_stand_in_for_an_engine_is_allowed(tmp_path: Path) -> None:
    program = tmp_path / "docker"
    program.write_text("#!/bin/sh\necho stand-in\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    assert subprocess.run([program], capture_output=True, check=True).stdout == b"stand-in\n"


def test_loopback_is_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())


def test_the_environment_of_ci_is_gone() -> None:
    assert not [name for name in os.environ if name.startswith("GITHUB_")]
