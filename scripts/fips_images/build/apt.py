"""What this machine's apt knows: repositories, and source packages with their files.

No repository is named here: every address comes from the machine's own configuration.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from fips_images.process import ProgramFailedError, find_program, run

_SECONDS = 120.0
#: a publisher's file -> Debian source package that carries the same bytes as `.orig` tarball
_PACKAGES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?:^|/)openssl-\d[^/]*\.tar\.gz$"), "openssl"),
    (re.compile(r"(?:^|/)Python-(3\.\d+)\.[^/]*\.tar\.xz$"), r"python\1"),
)


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository of the machine's apt: its address and the suite as apt knows it."""

    uri: str
    codename: str


def repositories() -> tuple[Repository, ...]:
    """Return the repositories that apt has package lists of; none where there is no apt."""
    if find_program("apt-get") is None:
        return ()
    form = "$(REPO_URI)\t$(CODENAME)"
    argv = ("apt-get", "indextargets", "--format", form, "Created-By: Packages")
    done = run(argv, timeout=_SECONDS, check=False)
    rows = [line.split("\t") for line in done.text.splitlines() if line.count("\t") == 1]
    return tuple(dict.fromkeys(Repository(uri, codename) for uri, codename in rows))


def source_package(url: str) -> str | None:
    """Return the Debian source package that may carry the file of this URL."""
    for pattern, template in _PACKAGES:
        match = pattern.search(url)
        if match:
            return match.expand(template)
    return None


def find_source(package: str, sha256: str) -> tuple[str, ...]:
    """Return the addresses at which apt would fetch the file with this SHA-256.

    Looks through every version of the source package that the machine's `deb-src` lists have.
    """
    if find_program("apt-get") is None:
        return ()
    try:
        listed = run(
            ("apt-cache", "showsrc", "--only-source", package), timeout=_SECONDS, check=False
        )
        found: list[str] = []
        for version in versions_with(listed.text, sha256):
            argv = ("apt-get", "source", "--print-uris", "--only-source", f"{package}={version}")
            found += uris_with(run(argv, timeout=_SECONDS, check=False).text, sha256)
    except ProgramFailedError:
        return ()
    return tuple(dict.fromkeys(found))


def versions_with(records: str, sha256: str) -> tuple[str, ...]:
    """Return the versions whose record of `apt-cache showsrc` lists the SHA-256. Pure."""
    versions = []
    for record in records.split("\n\n"):
        version = re.search(r"^Version: (\S+)$", record, re.MULTILINE)
        if version and sha256 in record:
            versions.append(version[1])
    return tuple(dict.fromkeys(versions))


def uris_with(listing: str, sha256: str) -> Iterable[str]:
    """Return the addresses that `--print-uris` gives for the SHA-256. Pure."""
    for line in listing.splitlines():
        if line.startswith("'") and line.endswith(f"SHA256:{sha256}"):
            yield shlex.split(line)[0]
