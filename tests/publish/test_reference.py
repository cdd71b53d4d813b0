"""References: one grammar for registries and layouts; what breaks it is refused."""

from pathlib import Path

import pytest

from fips_images.errors import BadInputError
from fips_images.model.image import ImageSpec
from fips_images.publish.opening import is_loopback, open_repository
from fips_images.publish.reference import parse_reference
from fips_images.publish.steps import reference_for
from fips_images.workspace import Workspace

DIGEST = "sha256:" + "1" * 64


@pytest.mark.parametrize(
    "text",
    [
        "ghcr.io/me/fips/python",
        "ghcr.io/me/fips/python:3.13",
        f"ghcr.io/me/fips/python:3.13@{DIGEST}",
        f"localhost:5000/python@{DIGEST}",
        "[::1]:5000/python:1",
        "oci:some folder//python:3.13",
        f"oci:/a b//me/python@{DIGEST}",
    ],
)
def test_a_reference_reads_back_as_it_was_written(text: str) -> None:
    assert str(parse_reference(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "python",
        "python:3.13",
        "me/python",
        "ghcr.io/",
        "ghcr.io/Me/python",
        "ghcr.io/me//python",
        "ghcr.io/me/python:",
        "ghcr.io/me/python:a b",
        "ghcr.io/me/../python",
        "ghcr.io/me/python@sha256:1",
        "ghcr.io/me/python?x:1",
        "user@ghcr.io/me/python",
        "./openssl/3.5.7",
        "../openssl/3.5.7",
        "ghcr.io:99999999/me/python",
        "oci:folder/python",
        "oci://python",
        "ghcr.io/" + "a" * 300,
    ],
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(BadInputError):
        parse_reference(text)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("localhost:5000", True),
        ("127.0.0.1:5000", True),
        ("[::1]:5000", True),
        ("127.0.0.1.evil.test", False),
        ("localhost.evil.test:5000", False),
        ("10.0.0.1", False),
        ("ghcr.io", False),
    ],
)
def test_only_this_machine_is_spoken_to_in_plain_http(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_docker_hub_is_reached_where_its_api_is(tmp_path: Path) -> None:
    repository = open_repository(parse_reference("docker.io/python"), {}, tmp_path)
    assert repository.name == "docker.io/library/python"
    assert repository.transport.origin == "https://registry-1.docker.io"


@pytest.mark.parametrize(
    ("registry", "expected"),
    [
        (None, "oci:/tree/.fips/registry//python:3.13"),
        ("ghcr.io/me/fips", "ghcr.io/me/fips/python:3.13"),
        ("ghcr.io/me/fips/", "ghcr.io/me/fips/python:3.13"),
        ("localhost:5000", "localhost:5000/python:3.13"),
        ("oci:/else", "oci:/else//python:3.13"),
        ("oci:/else//me", "oci:/else//me/python:3.13"),
    ],
)
def test_an_image_is_published_under_its_runtime(registry: str | None, expected: str) -> None:
    spec = ImageSpec(Path("x"), "3.5.7", "debian", "13", "python", "3.13", ("3.13",))
    workspace = Workspace(Path("/tree"), Path("/tree/.fips"))
    assert str(reference_for(workspace, spec, registry)) == expected


@pytest.mark.parametrize("registry", ["ghcr.io/me:tag", f"ghcr.io/me@{DIGEST}", "me", ""])
def test_a_prefix_has_neither_tag_nor_digest(registry: str) -> None:
    spec = ImageSpec(Path("x"), "3.5.7", "debian", "13", "python", "3.13", ("3.13",))
    with pytest.raises(BadInputError):
        reference_for(Workspace(Path("/tree"), Path("/tree/.fips")), spec, registry)
