"""What the end-to-end tests share: the command line as a user types it, and a derived tree."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BASE = "openssl/3.5.7/debian/13/base"
MIRROR = ROOT / ".fips" / "mirror"


@dataclass(frozen=True)
class Cli:
    """`fipsctl` with a working folder of its own; sources and the engine's cache are shared."""

    work: Path
    root: Path = ROOT

    def argv(self, verb: str, *words: object) -> list[str]:
        shared = ["--work", str(self.work), "--root", str(self.root)]
        if verb in ("run", "build"):
            shared += ["--source-mirror", str(MIRROR)]
        return [sys.executable, "-m", "fips_images", verb, *map(str, words), *shared]

    def __call__(self, verb: str, *words: object, **more) -> subprocess.CompletedProcess[str]:
        argv = self.argv(verb, *words)
        return subprocess.run(argv, capture_output=True, text=True, timeout=1500, **more)

    def start(self, verb: str, *words: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.argv(verb, *words),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "work")


@pytest.fixture(scope="session")
def good_base(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The finished base image, loaded into the engine under a name that Dockerfiles can use."""
    work = tmp_path_factory.mktemp("good") / "work"
    done = Cli(work)("build", BASE)
    assert done.returncode == 0, done.stderr
    archive = next(work.glob("images/*/image.oci.tar"))
    name = "fips-pipeline-test/good-base:1"
    loaded = subprocess.run(
        ["docker", "load", "--input", str(archive)], capture_output=True, text=True, check=True
    )
    reference = loaded.stdout.strip().rpartition(": ")[2]
    subprocess.run(["docker", "tag", reference, name], check=True, capture_output=True)
    return name


@pytest.fixture
def derived(tmp_path: Path, good_base: str):
    """Return a function that makes a tree with one image derived from the good base."""

    def make(lines: str) -> Cli:
        root = tmp_path / "tree"
        folder = root / "openssl/3.5.7/debian/13/derived"
        folder.mkdir(parents=True)
        (root / "openssl/catalog.yaml").write_text("{}\n")
        (folder / "fips-dockerfile").write_text(f"FROM {good_base}\n{lines}")
        return Cli(tmp_path / "work", root)

    return make


def published(work: Path) -> list[str]:
    """Every tag that the layout on disk has."""
    index = work / "registry" / "index.json"
    if not index.is_file():
        return []
    entries = json.loads(index.read_text())["manifests"]
    name = "org.opencontainers.image.ref.name"
    return [one["annotations"][name] for one in entries if name in one.get("annotations", {})]
