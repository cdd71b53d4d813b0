"""Habits of the repository's files: short, free of adjectives, free of this machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.test_layers import MODULES, ROOT

_MAX_LINES = 400

# Spelled in parts, so that this file does not find itself.
_FOREIGN_HOSTS = re.compile(
    "|".join(
        re.escape(name)
        for name in (
            "deb.debian" + ".org", "security.debian" + ".org", "snapshot.debian" + ".org",
            "archive.ubuntu" + ".com", "pypi" + ".org", "pythonhosted" + ".org",
            "proxy.golang" + ".org", "sum.golang" + ".org", "registry.npmjs" + ".org",
            "static.crates" + ".io", "index.crates" + ".io", "repo1.maven" + ".org",
            "repo.maven.apache" + ".org",
        )
    )
)  # fmt: skip
_MACHINE = re.compile("/" + r"(?:tmp/lab|work/(?:main|wt|shared))\b")
_ADJECTIVES = re.compile(r"\bFIPS[- ]?(?:140-[23] )?(?:compliant|certified)\b", re.IGNORECASE)


def _tracked() -> list[Path]:
    """Every text file that git knows."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:1024]]


def _hits(pattern: re.Pattern[str], *, ignore: tuple[str, ...] = ()) -> list[str]:
    found = []
    for path in _tracked():
        name = str(path.relative_to(ROOT))
        if name in ignore:
            continue
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{name}:{number}: {line.strip()[:120]}")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_is_long(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= _MAX_LINES


def test_no_package_registry_is_named() -> None:
    """The machine's own configuration decides where packages come from."""
    assert _hits(_FOREIGN_HOSTS) == []


def test_no_path_of_a_machine_is_named() -> None:
    assert _hits(_MACHINE) == []


def test_no_adjective_claims_what_only_a_certificate_can() -> None:
    """No sentence of ours calls an image by an adjective that NIST alone may give (decision 9)."""
    mutant = "tests/validate/mutants.py"  # the label that FIPS-13-02 must catch
    assert _hits(_ADJECTIVES, ignore=(mutant,)) == []
