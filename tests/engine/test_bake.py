"""The bake file says what the requests say, and nothing is expanded by bake."""

from __future__ import annotations

from pathlib import Path

from fips_images.engine.bake import bake_file, context_name, target_name
from fips_images.engine.interface import BuildRequest


def _request(**changes: object) -> BuildRequest:
    values: dict[str, object] = {
        "context": Path("/tree/a"),
        "dockerfile": Path("/tree/a/fips-dockerfile"),
        "archive": Path("/out/a.tar"),
        "platform": "linux/amd64",
    }
    return BuildRequest(**(values | changes))  # type: ignore[arg-type]


def test_one_target_per_request_with_its_output() -> None:
    """Each request becomes one target that writes to the temporary path it was given."""
    requests = {"python3.13-x": _request(), "base-x": _request(target="final", no_cache=True)}
    made = bake_file(requests, {"python3.13-x": Path("/w/1"), "base-x": Path("/w/2")})
    assert made["group"]["default"]["targets"] == ["base-x", "python3_13-x"]
    assert made["target"]["python3_13-x"]["output"] == [
        "type=oci,dest=/w/1,tar=true,rewrite-timestamp=true"
    ]
    assert made["target"]["base-x"]["target"] == "final"
    assert made["target"]["base-x"]["no-cache"] is True
    assert "no-cache" not in made["target"]["python3_13-x"]


def test_templates_in_values_are_escaped() -> None:
    """Bake would expand `${…}`: a label must arrive as it was written."""
    made = bake_file({"a": _request(labels={"x": "${HOME} %{if}"})}, {"a": Path("/w/1")})
    assert made["target"]["a"]["labels"] == {"x": "$${HOME} %%{if}"}


def test_no_attestations_and_pinned_time() -> None:
    """The archive holds one plain manifest, and its layers do not depend on the clock."""
    target = bake_file({"a": _request(source_date_epoch=7)}, {"a": Path("/w/1")})["target"]["a"]
    assert all("disabled=true" in entry for entry in target["attest"])
    assert target["args"]["SOURCE_DATE_EPOCH"] == "7"


def test_target_names_have_only_what_bake_accepts() -> None:
    """Bake accepts letters, digits, `_` and `-`."""
    assert target_name("python3.13-openssl3.5.7-debian13") == "python3_13-openssl3_5_7-debian13"


def test_paths_with_commas_stay_one_path() -> None:
    """Bake reads outputs and secrets as CSV."""
    request = _request(secrets={"ca": Path("/s,t")})
    target = bake_file({"a": request}, {"a": Path('/w,"x')})["target"]["a"]
    assert target["secret"] == ['type=file,id=ca,"src=/s,t"']
    assert target["output"] == ['type=oci,"dest=/w,""x",tar=true,rewrite-timestamp=true']


def test_replaced_images_are_named_in_the_short_form() -> None:
    """BuildKit looks a replacement up by the short name: a long one would replace nothing."""
    assert context_name("docker.io/library/debian:13") == "debian:13"
    assert context_name("docker.io/some/image:latest") == "some/image"
    assert context_name("registry.invalid/a:1") == "registry.invalid/a:1"
    assert context_name("openssl-source") == "openssl-source"
