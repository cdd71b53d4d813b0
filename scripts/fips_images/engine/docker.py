"""Docker with BuildKit: builds with `docker buildx bake`, runs with `docker run`."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from fips_images.engine import archive as archives
from fips_images.engine.bake import bake_file
from fips_images.engine.failures import explain_build, explain_engine
from fips_images.engine.interface import BuildRequest, RunOptions
from fips_images.engine.logs import log_to
from fips_images.engine.options import RUN_LABEL, run_flags
from fips_images.files import replacing, write_json
from fips_images.model.progress import Progress
from fips_images.process import Completed, ProgramFailedError, run

_BUILD_SECONDS = 4 * 3600.0
_MOVE_SECONDS = 1800.0  # load, save, pull
_SHORT_SECONDS = 60.0
_GRACE = 0.5  # a container's first process ignores SIGTERM; it is removed right after
# The manifest's digest where the image came from a registry or the containerd store keeps it; else
# the classic store's image ID, which is the digest of the configuration.
_DIGESTS = "{{range .RepoDigests}}{{println .}}{{end}}{{.Id}}"
_REPOSITORY = "fips-container-images.local/loaded"
_ENVIRONMENT = {
    "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
    "DOCKER_CLI_HINTS": "false",
}


class DockerEngine:
    """Speaks to the engine that the `docker` client is configured for (context, DOCKER_HOST)."""

    name = "docker"

    def build(self, requests: Mapping[str, BuildRequest], progress: Progress) -> None:
        """Build all requests in one call of bake; each archive appears whole or not at all.

        Raises:
            EnvironmentFailureError: engine, disk or network failed.
            BadInputError: a Dockerfile cannot be read, or a step of it fails.
            DoesNotHoldError: a source differs from its checksum.
        """
        with tempfile.TemporaryDirectory(prefix="fips-bake-") as folder, _outputs(requests) as out:
            bake = Path(folder) / "bake.json"
            write_json(bake, bake_file(requests, out))
            self._bake(bake, requests, progress)
            for slug, request in requests.items():
                archives.read_archive(out[slug], request.platform)

    def _bake(self, bake: Path, requests: Mapping[str, BuildRequest], progress: Progress) -> None:
        logs = [request.archive.with_name("build.log") for request in requests.values()]
        with log_to(logs, progress) as on_line:
            argv = ["docker", "buildx", "bake", "--file", str(bake), "--progress", "plain"]
            # Since 0.18 bake asks before it reads outside the current folder; the paths are ours.
            if "--allow" in self._must("buildx", "bake", "--help").text:
                argv += ["--allow", "fs=*"]
            done = run(argv, timeout=_BUILD_SECONDS, check=False, env=_ENVIRONMENT, on_line=on_line)
        if not done.ok:
            raise explain_build(_all(done), str(logs[0]))

    def load(self, archive: Path, name: str = "") -> str:
        """Load the archive; without `name`, under one of its own that removing harms nobody."""
        digest = archives.read_archive(archive).digest
        done = self._docker("load", "--quiet", "--input", str(archive), seconds=_MOVE_SECONDS)
        if not done.ok and "docker-import" in _all(done):  # the classic store knows no index.json
            return self._load_classic(archive, name or _reference(digest))
        if not done.ok:
            raise explain_engine(_all(done), f"docker cannot load {archive}")
        reference = name or _reference(digest)
        self._must("tag", digest, reference)
        return reference

    def _load_classic(self, archive: Path, reference: str) -> str:
        """Load into an engine without the containerd image store, which wants a manifest.json."""
        with tempfile.TemporaryDirectory(prefix=".load-", dir=archive.parent) as folder:
            classic = Path(folder) / "image.tar"
            archives.write_classic(archive, classic, reference)
            self._must("load", "--quiet", "--input", str(classic), seconds=_MOVE_SECONDS)
        return reference

    def resolve(self, reference: str, *, pull: bool) -> str | None:
        """Ask the engine for the image's digest; pull it first when asked to and needed."""
        done = self._docker("image", "inspect", "--format", _DIGESTS, reference)
        if not done.ok and "no such image" not in _all(done).lower():
            raise explain_engine(_all(done), f"docker cannot inspect {reference}")
        if not done.ok and pull:
            pulled = self._docker("pull", "--quiet", reference, seconds=_MOVE_SECONDS)
            return self.resolve(reference, pull=False) if pulled.ok else None
        return done.text.split()[0].rpartition("@")[2] if done.ok else None

    def export(self, reference: str, archive: Path) -> None:
        """Write the image with its own manifest; pulls it when the engine does not have it."""
        if not self._docker("image", "inspect", reference).ok:
            self._must("pull", "--quiet", reference, seconds=_MOVE_SECONDS)
        platform = self._must("version", "--format", "{{.Server.Os}}/{{.Server.Arch}}").text.strip()
        with (
            replacing(archive) as whole,
            tempfile.NamedTemporaryFile(
                prefix=f".{archive.name}.save-", dir=archive.parent
            ) as saved,
        ):
            self._must("save", "--output", saved.name, reference, seconds=_MOVE_SECONDS)
            archives.write_single(Path(saved.name), whole, platform)

    def run(self, image: str, argv: Sequence[str], options: RunOptions) -> Completed:
        """Run the command; whatever happens, no container is left behind.

        Raises:
            ProgramFailedError: it ran longer than `options.timeout` seconds.
            EnvironmentFailureError: docker could not start the container.
        """
        name = f"fips-run-{uuid.uuid4().hex}"
        words = ["docker", "run", "--name", name, "--label", f"{RUN_LABEL}={name}"]
        words += ["--rm", "--pull", "never", *run_flags(options), image, *argv]
        try:
            done = run(
                words, timeout=options.timeout, check=False, stdin=options.stdin, grace=_GRACE
            )
        except BaseException:
            self._kill(name)
            raise
        if done.returncode == 125 and b"docker: " in done.stderr:
            self._kill(name)
            raise explain_engine(_all(done), f"docker cannot run {image}")
        return done

    def remove(self, image: str) -> None:
        """Forget the image; it is no error when it is gone already."""
        done = self._docker("image", "rm", image)
        if not done.ok and "no such image" not in _all(done).lower():
            raise explain_engine(_all(done), f"docker cannot remove {image}")

    def _kill(self, name: str) -> None:
        with suppress(ProgramFailedError):
            self._docker("rm", "--force", "--volumes", name)

    def _docker(self, *words: str, seconds: float = _SHORT_SECONDS) -> Completed:
        return run(["docker", *words], timeout=seconds, check=False, env=_ENVIRONMENT)

    def _must(self, *words: str, seconds: float = _SHORT_SECONDS) -> Completed:
        done = self._docker(*words, seconds=seconds)
        if not done.ok:
            raise explain_engine(_all(done), f"docker {words[0]} failed")
        return done


def _all(done: Completed) -> str:
    return done.stderr.decode("utf-8", "replace") + "\n" + done.text


def _reference(digest: str) -> str:
    return f"{_REPOSITORY}:{digest.partition(':')[2][:12]}-{uuid.uuid4().hex[:12]}"


@contextmanager
def _outputs(requests: Mapping[str, BuildRequest]) -> Iterator[dict[str, Path]]:
    """Yield a temporary path per archive; they get their names when the block ends well."""
    with ExitStack() as stack:
        yield {
            slug: stack.enter_context(replacing(request.archive))
            for slug, request in requests.items()
        }
