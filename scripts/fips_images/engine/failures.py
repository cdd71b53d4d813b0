"""Turns what an engine printed when it failed into one error with a next step. Pure."""

from __future__ import annotations

import re

from fips_images.errors import (
    BadInputError,
    DoesNotHoldError,
    EnvironmentFailureError,
    FipsImagesError,
)

_AGAIN = "then run the same command again; what is finished is kept."
_UNREACHABLE = re.compile(
    r"cannot connect to the docker daemon|error during connect|connection refused"
    r"|is the docker daemon running|failed to connect to the docker api"
    r"|dial unix .*(no such file|permission denied)",
    re.IGNORECASE,
)
_STOPPED = re.compile(
    r"code = Unavailable|error reading from server: EOF|transport is closing|unexpected EOF"
    r"|context canceled: .*closing",
    re.IGNORECASE,
)
_FULL = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
_MISMATCH = re.compile(r"digest mismatch (\S+): (\S+)")
_NETWORK = re.compile(
    r"could not resolve|temporary failure (in name resolution|resolving)|no such host"
    r"|failed to fetch|i/o timeout|network is unreachable|tls: |certificate verif"
    r"|failed to resolve source metadata|failed to do request|connection timed out",
    re.IGNORECASE,
)
_NO_OCI = re.compile(r"OCI exporter is not supported|exporter .*not supported", re.IGNORECASE)
_SYNTAX = re.compile(r"dockerfile parse error|unknown instruction|failed to parse stage", re.I)
_STEP = re.compile(r'process "(.*)" did not complete successfully: exit code: (\d+)')


def explain_build(output: str, log: str) -> FipsImagesError:
    """Return the error for a failed build; `log` is where the whole output can be read.

    A step that fails is a defect of the Dockerfile (bad input) unless the log shows that
    something outside failed: the engine, the disk, the network.
    """
    for pattern, make in _RULES:
        match = pattern.search(output)
        if match:
            return make(match, log)
    return EnvironmentFailureError(
        f"the build failed: {_last_line(output)}", where=log, hint="Read the log, " + _AGAIN
    )


def explain_engine(output: str, what: str) -> EnvironmentFailureError:
    """Return the error for anything else an engine could not do; `what` names it."""
    if _UNREACHABLE.search(output):
        return _unreachable(None, "")
    if _FULL.search(output):
        return _full(None, "")
    return EnvironmentFailureError(
        f"{what}: {_last_line(output)}", hint="Run `fipsctl doctor` to see the engine's state."
    )


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("ERROR", "Error"))]
    return (errors or lines or ["no output"])[-1]


def _unreachable(_: re.Match[str] | None, log: str) -> EnvironmentFailureError:
    return EnvironmentFailureError(
        "the container engine does not answer",
        where=log,
        hint="Start it (`systemctl start docker`, or scripts/bootstrap/install-engine.sh where "
        "there is no service manager) and check DOCKER_HOST, " + _AGAIN,
    )


def _stopped(_: re.Match[str], log: str) -> EnvironmentFailureError:
    return EnvironmentFailureError(
        "the container engine stopped during the build",
        where=log,
        hint="Start it again and look at its log, " + _AGAIN,
    )


def _full(_: re.Match[str] | None, log: str) -> EnvironmentFailureError:
    return EnvironmentFailureError(
        "the disk is full",
        where=log,
        hint="Free some space (`docker builder prune` drops the build cache) or choose another "
        "folder with --work DIR, " + _AGAIN,
    )


def _mismatch(match: re.Match[str], log: str) -> DoesNotHoldError:
    return DoesNotHoldError(
        f"a downloaded source differs from its sha256: got {match[1]}, expected {match[2]}",
        where=log,
        hint="Do not use it. Compare the checksum of the catalogue with the publisher's own list.",
    )


def _network(match: re.Match[str], log: str) -> EnvironmentFailureError:
    return EnvironmentFailureError(
        f"the build could not reach the network or trust what answered ({match[0].strip()})",
        where=log,
        hint="Bring the sources in with `fipsctl mirror`, the base with `fipsctl base make`, "
        "a proxy's certificate with --ca-bundle FILE, " + _AGAIN,
    )


def _no_oci(_: re.Match[str], log: str) -> EnvironmentFailureError:
    return EnvironmentFailureError(
        "this builder cannot write OCI archives",
        where=log,
        hint='Add {"features":{"containerd-snapshotter":true}} to /etc/docker/daemon.json and '
        "restart the engine, or run `docker buildx create --use`, " + _AGAIN,
    )


def _syntax(match: re.Match[str], log: str) -> BadInputError:
    return BadInputError(
        f"the Dockerfile cannot be read: {match.string[match.start() :].splitlines()[0]}",
        where=log,
        hint="Correct the template it is rendered from, then run `fipsctl render`.",
    )


def _step(match: re.Match[str], log: str) -> BadInputError:
    command = match[1] if len(match[1]) <= 120 else match[1][:117] + "..."
    return BadInputError(
        f"a step of the Dockerfile failed with exit status {match[2]}: {command}",
        where=log,
        hint="Read the end of the log for the reason.",
    )


_RULES = (
    (_FULL, _full),
    (_MISMATCH, _mismatch),
    (_UNREACHABLE, _unreachable),
    (_STOPPED, _stopped),
    (_NO_OCI, _no_oci),
    (_NETWORK, _network),
    (_SYNTAX, _syntax),
    (_STEP, _step),
)
