"""The whole way on a real archive with the real syft, and which build a name means."""

from __future__ import annotations

import hmac
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from fips_images.describe.cyclonedx import make_bom
from fips_images.describe.describe import describe
from fips_images.describe.origin import read_origin
from fips_images.describe.target import Target, find_evidence, find_target
from fips_images.errors import BadInputError, DoesNotHoldError
from fips_images.tools.syft import find_syft
from fips_images.workspace import Workspace
from tests.describe import samples
from tests.describe.samples import MODULE
from tests.image.archives import layer, layout, member

needs_syft = pytest.mark.skipif(find_syft() is None, reason="syft is not installed")
STATUS = b"""Package: tiny
Status: install ok installed
Architecture: amd64
Version: 1.0-1
Maintainer: nobody

"""


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An image with one Debian package, one module and one file of nobody."""
    content = layer(
        ("etc/os-release", b"ID=debian\nVERSION_ID=13\nPRETTY_NAME=Debian\n"),
        ("etc/hosts", b"x"),
        ("usr/bin/tiny", b"tiny"),
        ("var/lib/dpkg/status", STATUS),
        ("var/lib/dpkg/info/tiny.md5sums", b"d41d8cd98f00b204e9800998ecf8427e  usr/bin/tiny\n"),
        (MODULE.lstrip("/"), b"module"),
    )
    files = layout([content], {"Labels": {"a": "b"}})
    # syft unpacks the archive as it comes: folders before what lies in them
    folders = [
        (member(name, tarfile.DIRTYPE, mode=0o755), b"") for name in ("blobs", "blobs/sha256")
    ]
    path = tmp_path / "image.oci.tar"
    path.write_bytes(layer(*folders, *files.items()))
    return path


@needs_syft
def test_a_real_archive(archive: Path) -> None:
    target = Target(archive, "tiny")
    inputs = describe(target)
    document = make_bom(inputs)
    assert document == make_bom(describe(target))
    (module,) = inputs.modules
    key = bytes.fromhex("f4556650ac31d35461610bac4ed81b1a181b2d8a43ea2854cbae22ca74560813")
    expected = hmac.new(key, b"module", "sha256").hexdigest()
    assert module.mac.replace(":", "").lower() == expected
    assert [package.name for package in inputs.inventory.packages] == ["tiny"]
    text = document.decode()
    assert '"/etc/hosts"' in text and '"/usr/bin/tiny"' not in text


@needs_syft
def test_an_archive_of_another_digest_is_refused(archive: Path) -> None:
    with pytest.raises(DoesNotHoldError, match="not sha256:0"):
        describe(Target(archive, "tiny", digest="sha256:" + "0" * 64))


@pytest.mark.parametrize(
    "name", ["openssl/1/a/2/base", "openssl/1/a/2/base/", "base-a", "sha256:1"]
)
def test_a_build_is_found_by_each_of_its_names(tmp_path: Path, name: str) -> None:
    workspace = Workspace(tmp_path, tmp_path / ".fips")
    folder = workspace.image("base-a")
    folder.mkdir(parents=True)
    built = {"image_id": "openssl/1/a/2/base", "slug": "base-a", "digest": "sha256:1"}
    (folder / "build.json").write_text(json.dumps(built))
    target = find_target(workspace, name)
    assert target.archive == folder / "image.oci.tar"
    assert (target.name, target.digest, target.of_tree) == (built["image_id"], "sha256:1", True)


def test_an_unknown_name_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(BadInputError) as caught:
        find_target(Workspace(tmp_path, tmp_path / ".fips"), "openssl/9")
    assert "fipsctl discover" in caught.value.hint


def test_evidence_is_found_by_digest_and_by_name(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, tmp_path / ".fips")
    digest = "sha256:" + "1" * 64
    folder = workspace.evidence(digest)
    built = {"image_id": "openssl/1/a/2/base", "slug": "base-a", "digest": digest}
    record = workspace.image("base-a") / "build.json"
    record.parent.mkdir(parents=True)
    record.write_text(json.dumps(built))
    assert find_evidence(workspace, digest) == folder
    assert find_evidence(workspace, "base-a") == folder
    with pytest.raises(BadInputError):
        find_evidence(workspace, "sha256:../../x")


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A build.json of the sample Dockerfile, and its patch."""
    sources = [
        {"stage": it.stage, "url": it.url, "sha256": it.sha256, "file": it.file, "origin": "mirror"}
        for it in samples.dockerfile().sources
    ]
    bases = [{"reference": "docker.io/library/debian:13", "digest": "sha256:" + "2" * 64}]
    path = tmp_path / "build.json"
    path.write_text(json.dumps({"sources": sources, "bases": bases}))
    (tmp_path / "fips_3.13.patch").write_text("--- a\n+++ b\n")
    return path


def test_the_record_of_the_build_says_what_it_was_built_from(record: Path) -> None:
    assert read_origin(record, samples.dockerfile(), record.parent) == samples.origin()
    assert read_origin(record, None, record.parent).patches == ()


def test_patches_of_a_dockerfile_that_changed_since_are_not_taken(record: Path) -> None:
    changed = replace(samples.dockerfile(), sources=samples.dockerfile().sources[1:])
    assert read_origin(record, changed, record.parent).patches == ()


@pytest.mark.parametrize("content", ["[]", "{}", '{"sources": [{}]}', "nonsense"])
def test_a_record_that_cannot_be_read_is_one_clear_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "build.json").write_text(content)
    with pytest.raises(BadInputError) as caught:
        read_origin(tmp_path / "build.json", None, tmp_path)
    assert "fipsctl build" in caught.value.hint
