"""Discovery: names from paths, every problem at once, contradictions found."""

import os
from pathlib import Path

import pytest

from fips_images.errors import BadInputError
from fips_images.plan.discover import discover, select

ROOT = Path(__file__).parents[2]
SHA = "c" * 64


def dockerfile(module: str = "3.5.7", base: str = "docker.io/library/debian:13") -> str:
    url = f"https://example.org/openssl-{module}.tar.gz"
    return (
        "FROM scratch AS openssl-source\n"
        f"ADD --checksum=sha256:{SHA} {url} /openssl-{module}.tar.gz\n"
        f"FROM {base} AS os\n"
    )


def put(root: Path, folder: str, text: str | None = None, name: str = "fips-dockerfile") -> None:
    file = root / folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(dockerfile() if text is None else text)


def test_the_tree_of_this_project_is_found():
    images = discover(ROOT)
    ids = [image.spec.id for image in images]
    assert "openssl/3.5.7/debian/13/python/3.13" in ids
    assert ids == sorted(ids)
    assert len({image.spec.slug for image in images}) == len(images)


def test_names_tags_and_other_file_names(tmp_path):
    put(tmp_path, "openssl/3.5.7/debian/13/base")
    put(tmp_path, "openssl/3.5.7/debian/13/python/3.13", name="Dockerfile")
    put(
        tmp_path,
        "openssl/3.5.7/debian/12/python/3.13",
        dockerfile(base="debian:12"),
        "x.Dockerfile",
    )
    put(tmp_path, "openssl/3.5.7/debian/13/python/3.13", "not looked at", "README")
    old, base, python = discover(tmp_path)
    assert base.spec.slug == "base-openssl3.5.7-debian13"
    assert base.spec.tags == ("openssl3.5.7-debian13", "openssl3.5.7")
    assert python.spec.tags == ("3.13-openssl3.5.7-debian13",)  # the short one is ambiguous
    assert old.spec.tags == ("3.13-openssl3.5.7-debian12",)


def test_all_problems_of_a_tree_are_told_at_once(tmp_path):
    put(tmp_path, "openssl/3.5.7/debian/13/base")
    put(tmp_path, "openssl/three/debian/13/base")
    put(tmp_path, "openssl/3.5.7/Debian/13/base")
    put(tmp_path, "openssl/3.5.7/debian/13/python/$(id)")
    put(tmp_path, "openssl/3.5.7/debian")
    put(tmp_path, "openssl/3.1.2/debian/13/base")
    put(tmp_path, "openssl/3.5.7/debian/12/base")
    put(tmp_path, "openssl/3.5.7/debian/13/go/1.26", "FRUM x\n")
    with pytest.raises(BadInputError) as caught:
        discover(tmp_path)
    text = str(caught.value)
    for expected in (
        "'three' is not a valid module version",
        "'Debian' is not a valid OS",
        "'$(id)' is not a valid runtime version",
        "openssl/3.5.7/debian/fips-dockerfile: the path is not openssl/<module>",
        "the path says openssl 3.1.2, the download is openssl-3.5.7.tar.gz",
        "the path says debian 12, FROM says docker.io/library/debian:13",
        "openssl/3.5.7/debian/13/go/1.26/fips-dockerfile:1: 'FRUM' is not an instruction",
    ):
        assert expected in text
    assert len(text.splitlines()) == 7


def test_two_images_of_one_name_are_refused(tmp_path):
    put(tmp_path, "openssl/3.5.7/debian/13/base")
    put(tmp_path, "openssl/3.5.7/debian/13/base", name="Dockerfile")
    with pytest.raises(BadInputError, match="the same image as"):
        discover(tmp_path)


@pytest.mark.parametrize("name", ["a\nb", "x" * 200, "::set-output name=a::b", "..", "-rf"])
def test_hostile_folder_names_are_refused_on_one_line(tmp_path, name):
    if name == "..":
        name = "...."
    put(tmp_path, f"openssl/3.5.7/debian/13/{name}")
    with pytest.raises(BadInputError) as caught:
        discover(tmp_path)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 500


def test_an_empty_tree_is_an_error(tmp_path):
    with pytest.raises(BadInputError, match="no Dockerfile"):
        discover(tmp_path)


def test_links_to_folders_are_not_followed(tmp_path):
    put(tmp_path, "openssl/3.5.7/debian/13/base")
    (tmp_path / "openssl/3.5.7/debian/14").symlink_to(tmp_path / "openssl/3.5.7/debian/13")
    assert len(discover(tmp_path)) == 1


def test_selection_by_folder_slug_and_pattern(tmp_path):
    put(tmp_path, "openssl/3.5.7/debian/13/base")
    put(tmp_path, "openssl/3.5.7/debian/13/python/3.13")
    images = discover(tmp_path)
    assert len(select(images, ["*/python/*"])) == 1
    assert len(select(images, ["openssl/3.5.7/debian/13/base/"])) == 1
    assert len(select(images, ["base-openssl3.5.7-debian13", "openssl/*"])) == 2
    with pytest.raises(BadInputError, match="no image 'nothing'"):
        select(images, ["nothing"])


@pytest.mark.parametrize(
    "base", ["ubuntu:22.04", "debian", "debian:1", "docker.io/library/debian:130"]
)
def test_another_system_than_the_path_says_is_a_contradiction(tmp_path, base):
    put(tmp_path, "openssl/3.5.7/debian/13/base", dockerfile(base=base))
    with pytest.raises(BadInputError, match="the path says debian 13, FROM says"):
        discover(tmp_path)


@pytest.mark.parametrize("base", ["debian:13", "debian:13.2", "debian:trixie-slim", "x/own:1"])
def test_the_system_that_the_path_says_has_several_names(tmp_path, base):
    put(tmp_path, "openssl/3.5.7/debian/13/base", dockerfile(base=base))
    assert len(discover(tmp_path)) == 1


def test_a_pipe_and_a_link_are_no_dockerfiles(tmp_path):
    for name in ("base", "python"):
        (tmp_path / f"openssl/3.5.7/debian/13/{name}").mkdir(parents=True)
    os.mkfifo(tmp_path / "openssl/3.5.7/debian/13/base/fips-dockerfile")
    (tmp_path / "openssl/3.5.7/debian/13/python/fips-dockerfile").symlink_to("/etc/passwd")
    with pytest.raises(BadInputError) as caught:
        discover(tmp_path)
    assert str(caught.value).count("not a regular file") == 2
