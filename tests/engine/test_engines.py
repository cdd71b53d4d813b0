"""The real engines on images of a few bytes (plus a shell where one is needed)."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fips_images.engine.archive import verify_archive
from fips_images.engine.docker import DockerEngine
from fips_images.engine.interface import BuildRequest, Engine, Mount, RunOptions
from fips_images.engine.options import RUN_LABEL
from fips_images.engine.select import ENGINES, examine, select_engine
from fips_images.errors import EnvironmentFailureError
from fips_images.model.progress import Silent
from fips_images.process import ProgramFailedError
from tests.engine.shells import copy_shell

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build context with this machine's shell and the libraries it needs, as a root folder."""
    context = tmp_path_factory.mktemp("shell")
    copy_shell(context / "root")
    (context / "Dockerfile").write_text("FROM scratch\nCOPY root/ /\n")
    return context


def _request(context: Path, archive: Path, **changes: object) -> BuildRequest:
    values: dict[str, object] = {
        "context": context,
        "dockerfile": context / "Dockerfile",
        "archive": archive,
        "platform": "linux/amd64",
    }
    return BuildRequest(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine that answers on this machine; at least one must."""
    if not any(examine(name).version for name in ENGINES):
        pytest.fail("no container engine answers")
    state = examine(request.param)
    if not state.version:
        pytest.skip(f"{state.name}: {state.problem}")
    return select_engine(request.param)


@pytest.fixture(scope="module")
def image(engine: Engine, shell: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The shell image, loaded."""
    archive = tmp_path_factory.mktemp("out") / "image.oci.tar"
    engine.build({"shell": _request(shell, archive)}, Silent())
    reference = engine.load(archive)
    yield reference
    engine.remove(reference)
    engine.remove(reference)  # gone already: no error


def _containers(engine: Engine, image: str) -> str:
    """Return our containers of this image; other tests may be running theirs."""
    listing = [engine.name, "ps", "--all", "--quiet", "--filter", f"label={RUN_LABEL}"]
    listing += ["--filter", f"ancestor={image}"]
    return subprocess.run(listing, capture_output=True, text=True, check=True).stdout


def test_run_passes_streams_and_status(engine: Engine, image: str) -> None:
    """Standard input goes in, output and status come out, whatever the status."""
    options = RunOptions(stdin=b"in", user="12345:0", read_only=True, drop_capabilities=True)
    done = engine.run(image, ["/bin/sh", "-c", "cat; id -u; touch /x; exit 7"], options)
    assert (done.returncode, done.stdout) == (7, b"in12345\n")
    assert b"Read-only file system" in done.stderr


def test_mounts_and_environment(engine: Engine, image: str, tmp_path: Path) -> None:
    """A mount is read-only, and the environment arrives as written."""
    (tmp_path / "f").write_text("seen")
    options = RunOptions(
        entrypoint="/bin/sh", environment={"X": "a $b"}, mounts=(Mount(tmp_path, "/m"),)
    )
    done = engine.run(image, ["-c", 'cat /m/f; echo "$X"; touch /m/g'], options)
    assert done.stdout == b"seena $b\n"
    assert not (tmp_path / "g").exists()


def test_timeout_leaves_no_container(engine: Engine, image: str) -> None:
    """A container that runs too long is killed and removed."""
    with pytest.raises(ProgramFailedError, match="did not finish"):
        engine.run(image, ["/bin/sleep", "60"], RunOptions(timeout=1.5))
    assert _containers(engine, image) == ""


def test_ctrl_c_leaves_no_container(engine: Engine, image: str) -> None:
    """An interrupt ends the container that is running."""
    code = (
        "import sys; from fips_images.engine.select import select_engine;"
        "from fips_images.engine.interface import RunOptions as O;"
        "select_engine(sys.argv[1]).run(sys.argv[2], ['/bin/sleep', '60'], O())"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, engine.name, image], stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 20
    while not _containers(engine, image) and time.monotonic() < deadline:
        time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    child.wait(20)
    assert _containers(engine, image) == ""


def test_unknown_image_is_the_engines_failure(engine: Engine) -> None:
    """What docker itself cannot do is not taken for the command's status."""
    with pytest.raises(EnvironmentFailureError, match="cannot run"):
        engine.run("fips-container-images.local/absent:1", ["x"], RunOptions())


def test_build_is_reproducible_and_export_keeps_the_digest(
    engine: Engine, shell: Path, tmp_path: Path
) -> None:
    """Two builds without cache give one digest, which survives load and export."""
    first, second = tmp_path / "1/i.tar", tmp_path / "2/i.tar"
    engine.build({"a": _request(shell, first, no_cache=True)}, Silent())
    engine.build({"a": _request(shell, second, no_cache=True)}, Silent())
    digest = verify_archive(first)
    assert digest == verify_archive(second)
    reference = engine.load(first)
    try:
        engine.export(reference, tmp_path / "3.tar")
    finally:
        engine.remove(reference)
    assert verify_archive(tmp_path / "3.tar") == digest
    assert "COPY root/ /" in (tmp_path / "1/build.log").read_text()


def test_equal_stages_of_two_images_run_once(engine: Engine, shell: Path, tmp_path: Path) -> None:
    """One call of bake runs a stage that two Dockerfiles share once: both get its one result."""
    stage = "FROM scratch AS s\nCOPY root/ /\nRUN cat /proc/sys/kernel/random/uuid > /uuid\n"
    requests = {}
    for name in ("a", "b"):
        dockerfile = tmp_path / f"{name}.Dockerfile"
        text = f"{stage}FROM scratch\nLABEL name={name}\nCOPY --from=s / /\n"
        dockerfile.write_text(text)
        requests[name] = _request(shell, tmp_path / name / "i.tar", dockerfile=dockerfile)
    engine.build(requests, Silent())
    seen = set()
    for name in requests:
        reference = engine.load(tmp_path / name / "i.tar")
        try:
            seen.add(engine.run(reference, ["/bin/cat", "/uuid"], RunOptions()).text)
        finally:
            engine.remove(reference)
    assert len(seen) == 1


def test_secret_and_context_reach_the_build_only(
    engine: Engine, shell: Path, tmp_path: Path
) -> None:
    """A secret is readable in its step and absent from the image; a context replaces a stage."""
    (tmp_path / "secret").write_text("hidden")
    (tmp_path / "source").mkdir()
    (tmp_path / "source/f").write_text("given")
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(
        "FROM scratch AS src\nADD https://unreachable.invalid/f /f\n"
        "FROM scratch\nCOPY root/ /\n"
        "RUN --mount=type=bind,from=src,target=/src --mount=type=secret,id=ca-bundle"
        " cat /src/f > /got; cat /run/secrets/ca-bundle > /dev/null || exit 1\n"
    )
    request = _request(
        shell,
        tmp_path / "out/i.tar",
        dockerfile=dockerfile,
        contexts={"src": str(tmp_path / "source")},
        secrets={"ca-bundle": tmp_path / "secret"},
    )
    engine.build({"a": request}, Silent())
    reference = engine.load(request.archive)
    try:
        done = engine.run(
            reference, ["/bin/sh", "-c", "cat /got /run/secrets/ca-bundle"], RunOptions()
        )
    finally:
        engine.remove(reference)
    assert done.stdout == b"given"
    assert b"hidden" not in request.archive.read_bytes()


def test_failed_build_leaves_no_archive(engine: Engine, shell: Path, tmp_path: Path) -> None:
    """A failing step leaves the log and nothing that could be taken for an image."""
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text("FROM scratch\nCOPY root/ /\nRUN cat /nothing\n")
    request = _request(shell, tmp_path / "out/i.tar", dockerfile=dockerfile)
    with pytest.raises(Exception, match="cat /nothing"):
        engine.build({"a": request}, Silent())
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["build.log"]


def test_no_daemon(shell: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that does not answer is one error with the command to start it."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/dead.sock")
    with pytest.raises(EnvironmentFailureError, match="does not answer") as caught:
        DockerEngine().build({"a": _request(shell, tmp_path / "out/i.tar")}, Silent())
    assert "Start it" in caught.value.hint
