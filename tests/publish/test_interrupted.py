"""Killed anywhere, run again: it finishes, and no tag ever points to less than the whole.

The publisher runs in a child process that kills itself with SIGKILL at its n-th step; n counts up
until it comes through. A step is a write of the registry, before and after it, and below that every
file that is put in its place.
"""

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fips_images.errors import EnvironmentFailureError
from fips_images.model.progress import Silent
from fips_images.publish.layout import LayoutRepository
from fips_images.publish.lock import locked
from fips_images.publish.publisher import publish_image
from fips_images.publish.verify import verify_reference
from tests.attest import samples
from tests.publish.fake_registry import Rule, cut
from tests.publish.images import Ready, ready


def run_killed(
    work: Callable[[], None], arm: Callable[[Callable[[], None]], None], at: int
) -> bool:
    """Run `work` in a child that dies at the `at`-th step; whether it died."""
    child = os.fork()
    if child == 0:
        left = at

        def step() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            arm(step)
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, how = os.waitpid(child, 0)
    if os.WIFSIGNALED(how):
        return True
    assert os.waitstatus_to_exitcode(how) == 0
    return False


def around(step: Callable[[], None], function: Callable[..., Any]) -> Callable[..., Any]:
    """Call `step` before and after the function."""

    def stepped(*arguments: Any, **more: Any) -> Any:
        step()
        result = function(*arguments, **more)
        step()
        return result

    return stepped


def arm_files(step: Callable[[], None]) -> None:
    """Die around whatever changes names of files."""
    for name in ("replace", "unlink", "chmod"):
        setattr(Path, name, around(step, getattr(Path, name)))
    os.fsync = around(step, os.fsync)


def assert_tags_are_whole(repository: LayoutRepository, images: list[Ready], tags: tuple[str, ...]):
    """Each tag is absent, or verifies as one of the images."""
    for tag in tags:
        manifest = repository.manifest(tag)
        if manifest is None:
            continue
        image = next(it for it in images if it.built.digest == manifest.digest)
        result = verify_reference(repository, tag, samples.terms(image.signer))
        assert result.failures == ()


def test_a_layout_is_whole_wherever_the_publisher_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # the machine stays up: only slower
    old, new = ready(tmp_path / "old", b"old"), ready(tmp_path / "new", b"new")
    before = tmp_path / "before"
    publish_image(
        LayoutRepository(before, "python"), old.publication("3.13"), samples.terms(old.signer),
        Silent(),
    )  # fmt: skip
    kills = 0
    for at in range(1, 1000):
        repository = LayoutRepository(tmp_path / f"registry{at}", "python")
        shutil.copytree(before, repository.folder)

        def work(repository: LayoutRepository = repository) -> None:
            publish_image(
                repository, new.publication("3.13", "3"), samples.terms(new.signer), Silent()
            )

        died = run_killed(work, arm_files, at)
        assert_tags_are_whole(repository, [old, new], ("3.13", "3"))
        work()
        assert_tags_are_whole(repository, [new], ("3.13", "3"))
        assert repository.manifest("3") is not None
        with locked(repository.folder / ".lock", patience=0):
            pass
        if not died:
            break
        kills += 1
    assert kills > 40
    assert len(list(repository.folder.rglob(".*"))) == 0  # the run that came through left no rest


def test_what_a_killed_publisher_left_is_swept_away(tmp_path: Path) -> None:
    image = ready(tmp_path / "image")
    repository = LayoutRepository(tmp_path / "registry", "python")
    blobs = repository.folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    fresh, stale, index = blobs / ".incoming-a", blobs / ".incoming-b", ".index.json.c"
    for path in (fresh, stale, repository.folder / index):
        path.write_bytes(b"half")
    os.utime(stale, (1, 1))
    publish_image(repository, image.publication("1"), samples.terms(image.signer), Silent())
    assert [it.name for it in repository.folder.rglob(".*")] == [".incoming-a"]


def test_a_registry_is_whole_wherever_the_connection_was_cut(registry, open_at, image) -> None:
    """Every request is cut once, and the publisher has no patience: it must be run again."""
    terms = samples.terms(image.signer)
    for method in ("HEAD", "POST", "PUT", "GET"):
        for skip in range(40):
            registry.repos.clear()
            registry.rules[:] = [Rule(method, ".", cut, skip=skip, times=3)]
            repository = open_at(registry, attempts=1)
            failed = False
            try:
                publish_image(repository, image.publication("3.13", "3"), terms, Silent())
            except Exception:
                failed = True
            registry.rules.clear()
            for tag in ("3.13", "3"):
                result = verify_reference(repository, tag, terms)
                assert result.holds or [it.code for it in result.failures] == ["absent"]
            publish_image(repository, image.publication("3.13", "3"), terms, Silent())
            assert verify_reference(repository, "3", terms).holds
            if not failed:
                break


def test_two_publishers_of_one_layout_lose_nothing(tmp_path: Path) -> None:
    images = [ready(tmp_path / str(number), bytes([number])) for number in range(6)]
    folder = tmp_path / "registry"
    children = []
    for number, image in enumerate(images):
        child = os.fork()
        if child == 0:
            try:
                repository = LayoutRepository(folder, "python")
                publication = image.publication(f"tag{number}", "latest")
                publish_image(repository, publication, samples.terms(image.signer), Silent())
            except BaseException:
                os._exit(1)
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 6
    repository = LayoutRepository(folder, "python")
    for number, image in enumerate(images):
        assert verify_reference(repository, f"tag{number}", samples.terms(image.signer)).holds


def test_the_lock_of_a_killed_process_holds_nobody_up(tmp_path: Path) -> None:
    def hold() -> None:
        with locked(tmp_path / ".lock"):
            os.kill(os.getpid(), signal.SIGKILL)

    assert run_killed(hold, lambda step: None, 1)
    assert (tmp_path / ".lock").exists()
    with locked(tmp_path / ".lock", patience=1):
        pass
    assert not (tmp_path / ".lock").exists()


def test_a_lock_that_is_held_is_one_clear_error(tmp_path: Path) -> None:
    with (
        locked(tmp_path / ".lock"),
        pytest.raises(EnvironmentFailureError, match="another process"),
        locked(tmp_path / ".lock", patience=0.1),
    ):
        pass
