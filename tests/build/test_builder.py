"""What is built is recorded; what has not changed is reused; what is interrupted claims nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from fips_images.build import builder
from fips_images.build.builder import BuildOptions, build_images
from fips_images.build.identity import build_identity
from fips_images.build.locate import locate
from fips_images.build.mirror import Mirror
from fips_images.build.record import read_built
from fips_images.engine.interface import BuildRequest
from fips_images.engine.select import EngineState
from fips_images.errors import BadInputError, EnvironmentFailureError
from fips_images.model.image import BuiltImage
from fips_images.model.progress import Progress, Silent
from fips_images.workspace import Workspace
from tests.engine.archives import Layout

_IMAGE = "openssl/1.2.3/debian/13/base"
_SOURCE = b"source"


class FakeEngine:
    """Writes an archive of a few bytes for every request, and remembers the requests."""

    name = "docker"

    def __init__(self) -> None:
        self.calls: list[Mapping[str, BuildRequest]] = []
        self.fails = False
        self.digest = "sha256:" + "d" * 64

    def resolve(self, reference: str, *, pull: bool) -> str | None:
        """Know every image."""
        return self.digest

    def build(self, requests: Mapping[str, BuildRequest], progress: Progress) -> None:
        """Write the archives, or fail after the first."""
        self.calls.append(requests)
        for request in requests.values():
            if self.fails:
                raise EnvironmentFailureError("stopped")
            layout = Layout()
            layout.write(request.archive, layout.image(json.dumps(dict(request.labels))))
            request.archive.with_name("build.log").write_text("log")


class Tree:
    """A tree of one image with one source, and everything to build it."""

    def __init__(self, root: Path) -> None:
        self.workspace = Workspace(root, root / ".fips")
        self.folder = root / _IMAGE
        self.folder.mkdir(parents=True)
        sha256 = hashlib.sha256(_SOURCE).hexdigest()
        (self.folder / "fips-dockerfile").write_text(
            f"FROM scratch AS src\nADD --checksum=sha256:{sha256} https://x.invalid/s /s\n"
            "FROM docker.io/library/debian:13\n"
        )
        (root / "s").write_bytes(_SOURCE)
        self.place = Mirror(self.workspace.mirror).add(root / "s")
        self.engine = FakeEngine()

    def build(self, **options: object) -> BuiltImage:
        """Build the image."""
        specs = locate([_IMAGE], self.workspace.root)
        values = BuildOptions(mirror=self.workspace.mirror, platform="linux/amd64", **options)  # type: ignore[arg-type]
        [image] = build_images(specs, self.workspace, self.engine, values, Silent())  # type: ignore[arg-type]
        return image


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """A fresh tree; nothing asks a real engine for its version."""
    monkeypatch.setattr(builder, "examine", lambda name: EngineState(name, "1.0", ""))
    return Tree(tmp_path)


def test_build_then_reuse(tree: Tree) -> None:
    """The second run finds identity and archive unchanged, and asks the engine for nothing."""
    first = tree.build()
    second = tree.build()
    assert not first.reused
    assert second.reused
    assert first.digest == second.digest
    assert len(tree.engine.calls) == 1


def test_mirror_replaces_the_download(tree: Tree) -> None:
    """The stage that downloads is replaced by the folder with the checked file."""
    tree.build()
    request = tree.engine.calls[0]["base-openssl1.2.3-debian13"]
    assert request.contexts == {"src": str(tree.place.parent)}


def test_replaced_base_is_passed_on_and_recorded(tree: Tree) -> None:
    """The build is told what to take instead, and the record says so."""
    image = tree.build(bases={"docker.io/library/debian:13": "mine:1"})
    [request] = tree.engine.calls[0].values()
    assert request.contexts["docker.io/library/debian:13"] == "docker-image://mine:1"
    record = json.loads((Path(image.archive).parent / "build.json").read_text())
    assert record["bases"][0]["origin"] == "replaced"
    assert record["sources"][0]["origin"] == "mirror"


@pytest.mark.parametrize("change", ["dockerfile", "context", "base", "archive", "record", "epoch"])
def test_every_change_builds_again(tree: Tree, change: str) -> None:
    """Inputs, outputs and record: whatever differs, the image is built again."""
    image, options = tree.build(), {}
    folder = Path(image.archive).parent
    if change == "dockerfile":
        with (tree.folder / "fips-dockerfile").open("a") as stream:
            stream.write("LABEL a=b\n")
    elif change == "context":
        (tree.folder / "x.patch").write_text("x")
    elif change == "base":
        tree.engine.digest = "sha256:" + "e" * 64
    elif change == "archive":
        Path(image.archive).write_bytes(Path(image.archive).read_bytes().replace(b"io.", b"oi."))
    elif change == "record":
        (folder / "build.json").write_text("{}")
    else:
        options = {"source_date_epoch": 1}
    assert not tree.build(**options).reused
    assert len(tree.engine.calls) == 2


def test_failed_build_claims_nothing(tree: Tree) -> None:
    """After a failure no record stands, not even the one before; the next run finishes."""
    image = tree.build()
    tree.engine.fails = True
    with pytest.raises(EnvironmentFailureError):
        tree.build(no_cache=True)
    with pytest.raises(BadInputError, match="not built"):
        read_built(tree.workspace, image.slug)
    tree.engine.fails = False
    assert tree.build().digest == image.digest


def test_leftovers_of_a_killed_build_are_swept(tree: Tree) -> None:
    """A killed build cannot clean up: the next one does."""
    left = tree.workspace.image("base-openssl1.2.3-debian13") / ".image.oci.tar.abc"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    tree.build()
    assert not left.exists()


def test_log_is_kept_as_evidence(tree: Tree) -> None:
    """The log stands where everything about the digest is kept."""
    image = tree.build()
    assert (tree.workspace.evidence(image.digest) / "build.log").read_text() == "log"


def test_identity_depends_on_everything_that_decides(tmp_path: Path) -> None:
    """Name, content, permission to execute and platform all count."""
    (tmp_path / "f").write_text("a")
    seen = {build_identity(tmp_path, "f", "linux/amd64", {}, 0)}
    seen.add(build_identity(tmp_path, "f", "linux/arm64", {}, 0))
    seen.add(build_identity(tmp_path, "f", "linux/amd64", {"a": "b"}, 0))
    (tmp_path / "f").chmod(0o755)
    seen.add(build_identity(tmp_path, "f", "linux/amd64", {}, 0))
    (tmp_path / "f").rename(tmp_path / "g")
    seen.add(build_identity(tmp_path, "f", "linux/amd64", {}, 0))
    assert len(seen) == 5
