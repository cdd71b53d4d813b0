"""The SBOM says what is known, leaves out what is not, and is the same bytes every time."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from fips_images.describe.cyclonedx import SPECS, check_bom, make_bom
from fips_images.describe.inputs import BomInputs, gather
from fips_images.errors import BadInputError
from fips_images.tools.syft import parse
from tests.describe import samples

NAME = "openssl/3.5.7/debian/13/python/3.13"


def inputs(built_here: bool = True, **changes: Any) -> BomInputs:
    inventory = parse(samples.encoded(**changes))
    origin = samples.origin() if built_here else None
    return gather(NAME, inventory, origin, macs={samples.MODULE: "AB:CD"})


def bom(spec: str = "1.7", **keywords: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(make_bom(inputs(**keywords), spec))
    return document


def component(document: dict[str, Any], reference: str) -> dict[str, Any]:
    (found,) = [item for item in document["components"] if item["bom-ref"] == reference]
    return found  # type: ignore[no-any-return]


def facts(item: dict[str, Any]) -> dict[str, str]:
    short = "io.github.fips-container-images:"
    return {it["name"].removeprefix(short): it["value"] for it in item.get("properties", ())}


@pytest.mark.parametrize("spec", SPECS)
def test_same_image_same_bytes(spec: str) -> None:
    assert make_bom(inputs(), spec) == make_bom(inputs(), spec)


def test_order_of_the_list_does_not_matter() -> None:
    turned = samples.document()
    turned["artifacts"].reverse()
    turned["files"].reverse()
    assert make_bom(inputs()) == make_bom(inputs(**turned))


@pytest.mark.parametrize("spec", SPECS)
def test_the_subject_is_the_digest(spec: str) -> None:
    document = bom(spec)
    subject = document["metadata"]["component"]
    assert document["specVersion"] == spec
    assert subject["version"] == samples.DIGEST
    assert subject["hashes"] == [{"alg": "SHA-256", "content": "d" * 64}]
    assert document["metadata"]["timestamp"] == "2026-01-02T03:04:05+00:00"
    (base,) = subject["pedigree"]["ancestors"]
    assert (base["name"], base["version"]) == ("docker.io/library/debian:13", f"sha256:{'2' * 64}")


def test_the_module_is_described_by_what_was_measured() -> None:
    module = component(bom(), f"module:{samples.MODULE}")
    assert (module["name"], module["version"]) == ("OpenSSL FIPS Provider", "3.5.7")
    assert facts(module) == {
        "role": "module",
        "path": samples.MODULE,
        "module:mac": "AB:CD",
        "module:certificate": "4985",
    }
    kinds = {item["type"]: item for item in module["externalReferences"]}
    assert kinds["certification-report"]["url"].endswith("/certificate/4985")
    assert kinds["source-distribution"]["hashes"][0]["content"] == "a" * 64
    assert module["licenses"] == [{"license": {"id": "Apache-2.0"}}]


def test_labels_are_not_believed_where_two_modules_are_found() -> None:
    """One set of labels cannot speak of two files."""
    document = samples.document()
    document["files"].append(samples.syft_file("/opt/ossl-modules/fips.so"))
    found = bom(files=document["files"])
    module = component(found, f"module:{samples.MODULE}")
    assert "version" not in module and "module:certificate" not in facts(module)
    assert facts(found["metadata"]["component"])["module:count"] == "2"


def test_an_image_without_a_module_says_so() -> None:
    plain = [item for item in samples.document()["files"] if "fips.so" not in item["id"]]
    document = bom(files=plain)
    assert facts(document["metadata"]["component"])["module:count"] == "0"
    assert not [item for item in document["components"] if item["bom-ref"].startswith("module:")]


def test_sources_carry_hash_licence_and_patch() -> None:
    source = component(bom(), f"source:{'b' * 64}")
    assert (source["name"], source["version"]) == ("CPython", "3.13.5")
    assert source["licenses"] == [{"license": {"id": "PSF-2.0"}}]
    assert source["pedigree"]["patches"][0]["diff"]["text"]["content"] == "--- a\n+++ b\n"
    names = [item["name"] for item in bom()["components"]]
    assert "python" not in names, "the guess from the program's bytes is the same thing"


def test_of_an_image_from_elsewhere_the_sources_are_not_known() -> None:
    document = bom(built_here=False)
    assert "not known" in facts(document["metadata"]["component"])["sources"]
    assert "python" in [item["name"] for item in document["components"]]
    assert "licenses" not in component(document, f"module:{samples.MODULE}")


def test_every_file_is_owned_or_listed() -> None:
    subject = bom()["metadata"]["component"]
    assert facts(subject)["files:total"] == "6"
    assert facts(subject)["files:owned"] == "5"
    unowned = [it["value"] for it in subject["properties"] if it["name"].endswith("unowned-file")]
    assert unowned == ["/etc/passwd"]


def test_packages_keep_their_licence_words_and_the_core_is_marked() -> None:
    document = bom()
    assert component(document, samples.LIBC)["licenses"] == [
        {"license": {"name": "LGPL-2.1+-with-something"}}
    ]
    assert facts(component(document, samples.LIBSSL))["role"] == "core"
    (edge,) = [item for item in document["dependencies"] if item["ref"] == samples.LIBSSL]
    assert edge["dependsOn"] == [samples.LIBC]


def test_a_broken_document_is_refused() -> None:
    document = bom() | {"invented": True}
    with pytest.raises(BadInputError, match="breaks the schema"):
        check_bom(json.dumps(document), "1.7")


def test_a_hostile_purl_is_one_clear_error() -> None:
    bad = [samples.deb("x", "not-a-purl", "MIT", "MIT")]
    with pytest.raises(BadInputError, match="no SBOM can be made"):
        make_bom(inputs(artifacts=bad, artifactRelationships=[]))


@pytest.mark.parametrize("number", ["none", "", "12a", "../evil", "٣"])
def test_only_a_number_becomes_a_link_to_a_certificate(number: str) -> None:
    image = json.loads(base64.b64decode(samples.document()["source"]["metadata"]["config"]))
    image["config"]["Labels"]["io.github.fips-container-images.module.certificate"] = number
    encoded = base64.b64encode(json.dumps(image).encode()).decode()
    source = {"metadata": {"manifestDigest": samples.DIGEST, "config": encoded}}
    module = component(bom(source=source), f"module:{samples.MODULE}")
    assert "certification-report" not in json.dumps(module)
