"""What goes wrong outside: one clear error, the next step, the right exit code, nothing lost."""

from __future__ import annotations

import subprocess

import pytest

from tests.pipeline.conftest import BASE, Cli, published


def assert_one_error(done: subprocess.CompletedProcess[str], status: int, *says: str) -> None:
    assert done.returncode == status, done.stdout + done.stderr
    assert done.stderr.count("error: ") == 1, done.stderr
    assert "next: " in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    for words in says:
        assert words in done.stderr


def test_an_unknown_image(cli):
    assert_one_error(cli("run", "openssl/9.9.9/none"), 2, "no image 'openssl/9.9.9/none'")


@pytest.mark.parametrize("verb", ["render"])
def test_an_unreadable_catalogue(tmp_path, verb):
    root = tmp_path / "tree"
    (root / "openssl").mkdir(parents=True)
    (root / "openssl" / "catalog.yaml").write_text("modules: [\n")
    assert_one_error(Cli(tmp_path / "work", root)(verb), 2, "catalog.yaml:2", "not YAML")


@pytest.mark.engine
@pytest.mark.timeout(900)
def test_an_engine_that_does_not_answer(cli, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    done = cli("run", BASE, "--engine", "docker")
    assert_one_error(done, 3)


@pytest.mark.engine
@pytest.mark.timeout(900)
def test_a_registry_that_is_down_keeps_what_was_done(cli):
    done = cli("run", BASE, "--registry", "127.0.0.1:9/fips")
    assert_one_error(done, 3, "127.0.0.1:9")
    assert list(cli.work.glob("evidence/*/validation.json"))
    assert list(cli.work.glob("evidence/*/report.html"))
    again = cli("run", BASE)
    assert again.returncode == 0
    assert "reused" in again.stderr


@pytest.mark.engine
@pytest.mark.timeout(900)
def test_a_full_disk(tmp_path):
    """A file system of 4 MiB, for which root is needed."""
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(small)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this user cannot mount a small file system")
    try:
        done = Cli(small / "work")("run", BASE)
        assert_one_error(done, 3, "space")
        assert published(small / "work") == []
    finally:
        subprocess.run(["umount", str(small)], check=True)
