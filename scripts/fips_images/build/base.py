"""Base images: which digest a reference stands for, and a base made where none can be pulled."""

from __future__ import annotations

import os
import platform as machine
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fips_images.build import apt
from fips_images.engine.interface import BuildRequest, Engine
from fips_images.errors import BadInputError, EnvironmentFailureError
from fips_images.files import write_text
from fips_images.model.progress import Progress
from fips_images.process import find_program, run

#: Debian version -> suite that mmdebstrap takes (https://www.debian.org/releases/)
SUITES = {"12": "bookworm", "13": "trixie"}
#: Every time stamp in a made base: 2025-01-01. Any fixed day makes it reproducible.
_EPOCH = 1735689600
_SECONDS = 1800.0
_DEBIAN = re.compile(r"(?:docker\.io/)?(?:library/)?debian:(\d+)(?:-slim)?")
_ARCHITECTURES = {"linux/amd64": "amd64", "linux/arm64": "arm64"}


@dataclass(frozen=True, slots=True)
class ResolvedBase:
    """What a `FROM` of an image reference is built on."""

    reference: str  # as the Dockerfile has it
    used: str  # as the engine knows it
    digest: str
    origin: str  # "engine", "registry", "replaced", "made-locally"

    @property
    def build_context(self) -> str | None:
        """What the build is told to take for the reference; None leaves it to the engine.

        What was just pulled is pinned, so that a tag that moves meanwhile changes nothing. An
        image that only the engine has cannot be named by digest (BuildKit would ask a registry).
        """
        if self.origin == "registry" and "@" not in self.reference:
            return f"docker-image://{self.reference}@{self.digest}"
        return f"docker-image://{self.used}" if self.used != self.reference else None


def made_name(version: str) -> str:
    """Return the name of the base that this toolkit makes for a Debian version."""
    return f"fips-base/debian:{version}"


def resolve_base(
    reference: str,
    replacements: Mapping[str, str],
    engine: Engine,
    platform: str,
    progress: Progress,
) -> ResolvedBase:
    """Find what to build on: a replacement, what the engine has or can pull, or a made base.

    Raises:
        EnvironmentFailureError: nothing can be had.
    """
    if reference in replacements:
        return _replaced(reference, replacements[reference], engine)
    for pull, origin in ((False, "engine"), (True, "registry")):
        digest = engine.resolve(reference, pull=pull)
        if digest:
            return ResolvedBase(reference, reference, digest, origin)
    match = _DEBIAN.fullmatch(reference)
    if not match or match[1] not in SUITES:
        raise EnvironmentFailureError(
            f"the base image {reference} is not here and cannot be pulled",
            hint=f"Load it into the engine, or build with --base {reference}=REPLACEMENT.",
        )
    progress.step(
        f"WARNING: {reference} cannot be pulled; building on a base made on this machine instead"
    )
    made = make_debian(match[1], engine, platform, progress)
    return ResolvedBase(reference, made.used, made.digest, "made-locally")


def make_debian(version: str, engine: Engine, platform: str, progress: Progress) -> ResolvedBase:
    """Make `fips-base/debian:<version>` with mmdebstrap, unless the engine has it already.

    Raises:
        BadInputError: this version cannot be made.
        EnvironmentFailureError: mmdebstrap or a Debian mirror is missing, or it failed.
    """
    if version not in SUITES or platform not in _ARCHITECTURES:
        raise BadInputError(
            f"no base can be made for debian/{version} on {platform}",
            hint=f"Debian {', '.join(SUITES)} on {', '.join(_ARCHITECTURES)} can be made.",
        )
    name = made_name(version)
    digest = engine.resolve(name, pull=False)
    if digest:
        progress.step(f"reusing {name} ({digest[:19]})")
        return ResolvedBase(name, name, digest, "made-locally")
    progress.step(f"making {name} with mmdebstrap")
    with tempfile.TemporaryDirectory(prefix="fips-base-") as folder:
        context = Path(folder)
        _debootstrap(SUITES[version], platform, context / "rootfs.tar", progress)
        write_text(context / "Dockerfile", 'FROM scratch\nADD rootfs.tar /\nCMD ["bash"]\n')
        archive = context / "out" / "base.oci.tar"
        request = BuildRequest(
            context, context / "Dockerfile", archive, platform, source_date_epoch=_EPOCH
        )
        engine.build({"base": request}, progress)
        engine.load(archive, name)
    digest = engine.resolve(name, pull=False)
    assert digest
    return ResolvedBase(name, name, digest, "made-locally")


def debian_mirror(suite: str, known: tuple[apt.Repository, ...]) -> str | None:
    """Return the mirror this machine's apt uses for the suite, or for any Debian suite. Pure."""
    exact = [item.uri for item in known if item.codename == suite]
    debian = [item.uri for item in known if item.codename in {*SUITES.values(), "sid"}]
    return next(iter(exact + debian), None)


def parse_replacements(values: tuple[str, ...]) -> dict[str, str]:
    """Return `REF=REPLACEMENT` options as a mapping.

    Raises:
        BadInputError: one has another form.
    """
    pairs = {}
    for value in values:
        reference, sign, replacement = value.partition("=")
        if not (reference and sign and replacement) or value.startswith("-"):
            raise BadInputError(
                f"--base takes REF=REPLACEMENT, not {value!r}",
                hint="For example --base docker.io/library/debian:13=fips-base/debian:13",
            )
        pairs[reference] = replacement
    return pairs


def _replaced(reference: str, replacement: str, engine: Engine) -> ResolvedBase:
    digest = engine.resolve(replacement, pull=True)
    if not digest:
        raise EnvironmentFailureError(
            f"the replacement {replacement} is not here and cannot be pulled",
            hint="Load it into the engine, or make one with `fipsctl base make debian/13`.",
        )
    return ResolvedBase(reference, replacement, digest, "replaced")


def _debootstrap(suite: str, platform: str, target: Path, progress: Progress) -> None:
    if find_program("mmdebstrap") is None:
        raise EnvironmentFailureError(
            "mmdebstrap is not installed, and the base cannot be pulled",
            hint="Type `sudo apt-get install mmdebstrap`, or load a base image into the engine "
            "and build with --base REF=IMAGE.",
        )
    mirror = debian_mirror(suite, apt.repositories())
    if mirror is None:
        raise EnvironmentFailureError(
            "this machine's apt knows no Debian mirror",
            hint="Load a base image into the engine and build with --base REF=IMAGE.",
        )
    argv = ["mmdebstrap", "--variant=minbase", "--format=tar"]
    if _ARCHITECTURES[platform] != _native():
        argv.append(f"--architectures={_ARCHITECTURES[platform]}")
    environment = {"SOURCE_DATE_EPOCH": str(_EPOCH), "TMPDIR": os.environ.get("TMPDIR", "/tmp")}  # noqa: S108
    run(
        [*argv, suite, target, mirror],
        timeout=_SECONDS, env=environment, on_line=progress.detail,
    )  # fmt: skip


def _native() -> str:
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine.machine(), machine.machine())
