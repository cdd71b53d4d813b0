"""`fipsctl build` on a real engine when something breaks: one error, nothing half-done."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fips_images.build.ca import fingerprints
from fips_images.build.record import read_built
from fips_images.workspace import Workspace
from tests.build.server import serving
from tests.engine.shells import copy_shell

pytestmark = pytest.mark.engine

_IMAGE = "openssl/1.2.3/debian/13/base"
_SLUG = "base-openssl1.2.3-debian13"
_SOURCE = b"source"


class Tree:
    """One image that takes a source, the CA secret, and as many seconds as it is told."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.work = root / ".fips"
        self.folder = root / _IMAGE
        self.environment: dict[str, str] = {"NO_PROXY": "127.0.0.1"}
        copy_shell(self.folder / "root")
        (root / "openssl/catalog.yaml").write_text("")
        (root / "s.tar").write_bytes(_SOURCE)

    def write(self, seconds: int = 0, url: str = "https://unreachable.invalid/s.tar") -> None:
        """Write the Dockerfile."""
        (self.folder / "fips-dockerfile").write_text(
            "FROM scratch AS s\n"
            f"ADD --checksum=sha256:{hashlib.sha256(_SOURCE).hexdigest()} {url} /s.tar\n"
            "FROM scratch\nCOPY root/ /\n"
            "RUN --mount=type=bind,from=s,target=/s --mount=type=secret,id=ca-bundle "
            f"cat /s/s.tar > /got && sleep {seconds} && echo {uuid.uuid4()}\n"
        )

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start fipsctl."""
        argv = [sys.executable, "-m", "fips_images", *words]
        argv += ["--root", str(self.root), "--work", str(self.work)]
        environment = os.environ | self.environment
        return subprocess.Popen(
            argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )

    def fipsctl(self, *words: str) -> tuple[int, str]:
        """Run fipsctl and return its exit code and what it printed to standard error."""
        child = self.start(*words)
        _, errors = child.communicate(timeout=120)
        assert "Traceback" not in errors
        return child.returncode, errors

    def leftovers(self) -> list[str]:
        """Return the unfinished files in the working folder."""
        return [path.name for path in self.work.rglob(".*") if path.is_file()]

    def wait_for_step(self) -> None:
        """Wait until the build runs its long step."""
        log = self.work / "images" / _SLUG / "build.log"
        _until(lambda: log.exists() and "RUN" in log.read_text())
        time.sleep(0.5)


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A tree whose source is in the mirror."""
    made = Tree(tmp_path)
    made.write()
    assert made.fipsctl("mirror", "--add", str(tmp_path / "s.tar"))[0] == 0
    return made


def test_build_then_reuse_without_certificates_left(tree: Tree, tmp_path: Path) -> None:
    """The real thing, twice: the second run reuses, and the secret is in neither image nor log."""
    bundle = tmp_path / "ca.pem"
    bundle.write_bytes(
        b"-----BEGIN CERTIFICATE-----\naGlkZGVu\n-----END CERTIFICATE-----\n"  # base64 of "hidden"
    )
    assert tree.fipsctl("build", _IMAGE, "--ca-bundle", str(bundle))[0] == 0
    code, errors = tree.fipsctl("build", _IMAGE, "--ca-bundle", str(bundle))
    assert (code, "reused" in errors) == (0, True)
    folder = tree.work / "images" / _SLUG
    record = json.loads((folder / "build.json").read_text())
    assert set(record["extra_certificates"]) >= fingerprints(bundle.read_bytes())
    assert b"aGlkZGVu" not in (folder / "image.oci.tar").read_bytes()
    assert tree.leftovers() == []


def test_replaced_base_is_what_the_image_is_built_on(tree: Tree, tmp_path: Path) -> None:
    """`--base` with a reference that nobody has: only the replacement can have been used."""
    name = f"fips-test-base-{uuid.uuid4().hex[:8]}:1"
    (tmp_path / "base").mkdir()
    (tmp_path / "base/mark").write_text("from the replacement")
    (tmp_path / "base/Dockerfile").write_text("FROM scratch\nCOPY mark /mark\n")
    subprocess.run(["docker", "build", "-q", "-t", name, tmp_path / "base"], check=True)
    reference = "docker.io/library/fips-absent:13"
    (tree.folder / "fips-dockerfile").write_text(f"FROM {reference}\nLABEL a=b\n")
    try:
        code, errors = tree.fipsctl("build", _IMAGE, "--base", f"{reference}={name}")
    finally:
        subprocess.run(["docker", "rmi", name], check=True, stdout=subprocess.DEVNULL)
    assert code == 0, errors
    record = json.loads((tree.work / "images" / _SLUG / "build.json").read_text())
    assert record["bases"][0]["origin"] == "replaced"


def test_other_bytes_end_with_exit_code_1(tree: Tree) -> None:
    """A source that differs from its checksum is not built."""
    for path in (tree.work / "mirror/sha256").rglob("s.tar"):
        path.unlink()
    with serving(b"other") as site:
        tree.write(url=site.url.replace("file.tar", "s.tar"))
        code, errors = tree.fipsctl("build", _IMAGE)
    assert code == 1
    assert hashlib.sha256(b"other").hexdigest() in errors
    assert not (tree.work / "images" / _SLUG / "image.oci.tar").exists()


def test_no_engine_ends_with_exit_code_3(tree: Tree) -> None:
    """A socket nobody listens on: one error and what to do."""
    tree.environment["DOCKER_HOST"] = f"unix://{tree.root}/dead.sock"
    code, errors = tree.fipsctl("build", _IMAGE, "--engine", "docker")
    assert code == 3
    assert "next: " in errors


def test_killed_build_is_finished_by_the_next(tree: Tree) -> None:
    """After SIGKILL there is no claim, and the same command finishes and sweeps."""
    tree.write(seconds=4)
    child = tree.start("build", _IMAGE)
    tree.wait_for_step()
    child.kill()
    child.wait()
    folder = tree.work / "images" / _SLUG
    assert not (folder / "build.json").exists()
    assert not (folder / "image.oci.tar").exists()
    code, errors = tree.fipsctl("build", _IMAGE)
    assert code == 0, errors
    workspace = Workspace(tree.root, tree.work)
    assert read_built(workspace, _SLUG).digest.startswith("sha256:")
    assert tree.leftovers() == []


def test_ctrl_c_leaves_nothing_half_written(tree: Tree) -> None:
    """An interrupt ends with 130 at once, and no unfinished file stays."""
    tree.write(seconds=30)
    child = tree.start("build", _IMAGE)
    tree.wait_for_step()
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=25)
    assert child.returncode == 130, errors
    assert "Traceback" not in errors
    assert tree.leftovers() == []
    assert not (tree.work / "images" / _SLUG / "build.json").exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can make a small file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_full_disk_ends_with_exit_code_3(tree: Tree, small_disk: Path) -> None:
    """The archive does not fit: the error says so, and nothing that looks finished stays."""
    mirror = tree.work / "mirror"
    tree.work = small_disk
    code, errors = tree.fipsctl("build", _IMAGE, "--source-mirror", str(mirror))
    assert code == 3, errors
    assert "disk is full" in errors or "No space left" in errors
    assert "--work DIR" in errors
    assert not list(small_disk.rglob("*.tar"))
    assert tree.leftovers() == []


def test_engine_that_stops_ends_with_exit_code_3(tree: Tree, tmp_path: Path) -> None:
    """The line to the engine breaks in the middle of a build."""
    real = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if not real.startswith("unix://"):
        pytest.skip("needs an engine on a local socket")
    line = Line(tmp_path / "line.sock", real.removeprefix("unix://"))
    tree.environment["DOCKER_HOST"] = f"unix://{line.path}"
    tree.write(seconds=30)
    child = tree.start("build", _IMAGE)
    tree.wait_for_step()
    line.cut()
    _, errors = child.communicate(timeout=60)
    assert child.returncode == 3, errors
    assert "engine" in errors
    assert "run the same command again" in errors
    assert tree.leftovers() == []


class Line:
    """Carries connections to the engine's socket until it is cut."""

    def __init__(self, path: Path, target: str) -> None:
        self.path, self._target = path, target
        self._open: list[socket.socket] = []
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._target)
            self._open += [near, far]
            for pair in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=pair, daemon=True).start()

    @staticmethod
    def _carry(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def cut(self) -> None:
        """End every connection and take no new one."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.path.unlink()
        for connection in self._open:
            connection.shutdown(socket.SHUT_RDWR)
