"""What engines print when they fail becomes one error with a next step and an exit code."""

from __future__ import annotations

import pytest

from fips_images.engine.failures import explain_build, explain_engine
from fips_images.errors import ExitCode

_SHA = "sha256:" + "a" * 64
_OTHER = "sha256:" + "b" * 64


@pytest.mark.parametrize(
    ("output", "code", "words"),
    [
        (
            "ERROR: Cannot connect to the Docker daemon at unix:///x.",
            ExitCode.ENVIRONMENT,
            "does not answer",
        ),
        (
            "ERROR: failed to receive status: rpc error: code = Unavailable desc = EOF",
            ExitCode.ENVIRONMENT,
            "stopped during the build",
        ),
        ("write /x: no space left on device", ExitCode.ENVIRONMENT, "disk is full"),
        (f"ERROR: digest mismatch {_SHA}: {_OTHER}", ExitCode.DOES_NOT_HOLD, _SHA),
        ("dockerfile parse error on line 3: unknown instruction: RNU", ExitCode.BAD_INPUT, "RNU"),
        (
            'process "/bin/sh -c false" did not complete successfully: exit code: 1',
            ExitCode.BAD_INPUT,
            "/bin/sh -c false",
        ),
        (
            (
                "Temporary failure resolving 'y'\n"
                'process "/bin/sh -c apt-get update" did not complete successfully: exit code: 100'
            ),
            ExitCode.ENVIRONMENT,
            "network",
        ),
        ("ERROR: OCI exporter is not supported for the docker driver", 3, "OCI archives"),
        ("ERROR: something new", ExitCode.ENVIRONMENT, "something new"),
        ("", ExitCode.ENVIRONMENT, "no output"),
    ],
)
def test_each_failure_is_named(output: str, code: int, words: str) -> None:
    """The error names the cause, has the right exit code and always says what to do next."""
    error = explain_build(output, "/w/build.log")
    assert error.exit_code == code
    assert words in str(error)
    assert error.hint
    assert "/w/build.log" in str(error)


def test_other_engine_calls() -> None:
    """Errors outside of builds name what was tried."""
    assert "does not answer" in str(explain_engine("dial unix /x: connection refused", "load"))
    error = explain_engine("a\nError: odd\nb", "docker save failed")
    assert "docker save failed: Error: odd" in str(error)
