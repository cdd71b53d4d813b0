"""Podman with Buildah: the second engine, for machines without a daemon.

Images are built one after the other; Buildah's layer cache keeps equal steps.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from fips_images.engine import archive as archives
from fips_images.engine.failures import explain_build, explain_engine
from fips_images.engine.interface import BuildRequest, RunOptions
from fips_images.engine.logs import log_to
from fips_images.engine.options import RUN_LABEL, run_flags
from fips_images.files import replacing
from fips_images.model.progress import Progress
from fips_images.process import Completed, ProgramFailedError, run

_BUILD_SECONDS = 4 * 3600.0
_MOVE_SECONDS = 1800.0
_SHORT_SECONDS = 60.0
_GRACE = 0.5  # a container's first process ignores SIGTERM; it is removed right after
_REPOSITORY = "localhost/fips-container-images/loaded"


class PodmanEngine:
    """Calls the `podman` client, which needs no daemon."""

    name = "podman"

    def build(self, requests: Mapping[str, BuildRequest], progress: Progress) -> None:
        """Build one image after the other; each archive appears whole or not at all."""
        for slug, request in requests.items():
            progress.detail(f"podman builds {slug}")
            self._build_one(request, progress)

    def _build_one(self, request: BuildRequest, progress: Progress) -> None:
        reference = _reference()
        log = request.archive.with_name("build.log")
        request.archive.parent.mkdir(parents=True, exist_ok=True)
        try:
            with log_to([log], progress) as on_line:
                argv = [*build_command(request, reference), str(request.context)]
                done = run(argv, timeout=_BUILD_SECONDS, check=False, on_line=on_line)
            if not done.ok:
                raise explain_build(_all(done), str(log))
            self._save(reference, request.archive)
        finally:
            with suppress(ProgramFailedError):
                self._podman("rmi", "--force", reference)

    def load(self, archive: Path, name: str = "") -> str:
        """Load the archive; without `name`, under one of its own that removing harms nobody."""
        done = self._must("pull", "--quiet", f"oci-archive:{archive}", seconds=_MOVE_SECONDS)
        reference = name or _reference()
        self._must("tag", done.text.strip().splitlines()[-1], reference)
        return reference

    def resolve(self, reference: str, *, pull: bool) -> str | None:
        """Ask podman for the image's digest; pull it first when asked to and needed."""
        known = self._podman("image", "exists", reference).ok
        if not known and pull:
            known = self._podman("pull", "--quiet", reference, seconds=_MOVE_SECONDS).ok
        if not known:
            return None
        return self._must("image", "inspect", "--format", "{{.Digest}}", reference).text.strip()

    def export(self, reference: str, archive: Path) -> None:
        """Write the image with its own manifest; pulls it when podman does not have it."""
        if not self._podman("image", "exists", reference).ok:
            self._must("pull", "--quiet", reference, seconds=_MOVE_SECONDS)
        self._save(reference, archive)

    def run(self, image: str, argv: Sequence[str], options: RunOptions) -> Completed:
        """Run the command; whatever happens, no container is left behind.

        Raises:
            ProgramFailedError: it ran longer than `options.timeout` seconds.
            EnvironmentFailureError: podman could not start the container.
        """
        name = f"fips-run-{uuid.uuid4().hex}"
        words = ["podman", "run", "--name", name, "--label", f"{RUN_LABEL}={name}"]
        words += ["--rm", "--pull", "never", *run_flags(options), image, *argv]
        try:
            done = run(
                words, timeout=options.timeout, check=False, stdin=options.stdin, grace=_GRACE
            )
        except BaseException:
            with suppress(ProgramFailedError):
                self._podman("rm", "--force", name)
            raise
        if done.returncode == 125 and b"Error: " in done.stderr:
            raise explain_engine(_all(done), f"podman cannot run {image}")
        return done

    def remove(self, image: str) -> None:
        """Forget the image; it is no error when it is gone already."""
        self._must("rmi", "--ignore", image)

    def _save(self, reference: str, archive: Path) -> None:
        with replacing(archive) as whole:
            whole.unlink()  # podman refuses to write into a file that exists
            self._must(
                "save", "--format", "oci-archive", "--output", str(whole), reference,
                seconds=_MOVE_SECONDS,
            )  # fmt: skip
            archives.read_archive(whole)

    def _podman(self, *words: str, seconds: float = _SHORT_SECONDS) -> Completed:
        return run(["podman", *words], timeout=seconds, check=False)

    def _must(self, *words: str, seconds: float = _SHORT_SECONDS) -> Completed:
        done = self._podman(*words, seconds=seconds)
        if not done.ok:
            raise explain_engine(_all(done), f"podman {words[0]} failed")
        return done


def build_command(request: BuildRequest, reference: str) -> list[str]:
    """Return the `podman build` command without the context. Pure."""
    argv = ["podman", "build", "--tag", reference, "--file", str(request.dockerfile)]
    argv += ["--platform", request.platform, "--format", "oci", "--layers"]
    argv += ["--timestamp", str(request.source_date_epoch)]
    for name, value in request.build_args.items():
        argv += ["--build-arg", f"{name}={value}"]
    for name, value in request.contexts.items():
        argv += ["--build-context", f"{name}={_context(value)}"]
    for name, path in request.secrets.items():
        argv += ["--secret", f"id={name},src={path}"]
    for name, value in request.labels.items():
        argv += ["--label", f"{name}={value}"]
    if request.target:
        argv += ["--target", request.target]
    if request.no_cache:
        argv.append("--no-cache")
    return argv


def _context(value: str) -> str:
    """Buildah's word for an image as build context differs from BuildKit's."""
    prefix = "docker-image://"
    return "container-image://" + value[len(prefix) :] if value.startswith(prefix) else value


def _all(done: Completed) -> str:
    return done.stderr.decode("utf-8", "replace") + "\n" + done.text


def _reference() -> str:
    return f"{_REPOSITORY}:{uuid.uuid4().hex}"
