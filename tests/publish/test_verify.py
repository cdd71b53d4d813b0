"""Whatever was tampered with is refused, each with its own reason."""

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from fips_images import publish
from fips_images.attest.canonical import canonical
from fips_images.attest.judge import Standing
from fips_images.attest.statement import TEST_RESULT, about
from fips_images.model.progress import Silent
from fips_images.publish.layout import LayoutRepository
from fips_images.publish.publisher import attach, publish_image
from fips_images.publish.registry import Manifest, fallback_tag
from fips_images.publish.verify import verify_reference, verify_to_json
from tests.attest import samples
from tests.publish.images import ready
from tests.publish.tampering import CASES, Scene, passed


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A published image; it verifies before it is tampered with."""
    image = ready(tmp_path / "image")
    repository = LayoutRepository(tmp_path / "registry", "python")
    terms = samples.terms(image.signer)
    publish_image(repository, image.publication(), terms, Silent())
    made = Scene(tmp_path / "registry", repository, image)
    assert made.verify().holds
    return made


@pytest.mark.parametrize(("tamper", "code", "says"), CASES, ids=[it[0].__name__ for it in CASES])
def test_it_is_refused_with_its_reason(scene: Scene, tamper, code: str, says: str) -> None:
    tamper(scene)
    result = scene.verify()
    assert not result.holds
    assert result.may_claim == ()
    told = [it.reason for it in result.failures if it.code == code]
    assert any(says in reason for reason in told), result.failures


def test_a_tag_that_is_not_there(scene: Scene) -> None:
    result = scene.verify("4")
    assert [it.code for it in result.failures] == ["absent"]
    assert result.digest == ""


def test_an_old_test_result_counts_as_long_as_the_policy_says(scene: Scene) -> None:
    late = date(2026, 12, 20)
    assert scene.verify(as_of=late).holds
    assert scene.verify(as_of=late, test_age=30).holds
    result = scene.verify(as_of=late, test_age=29)
    assert "30 days old" in result.failures[0].reason


def test_a_day_before_the_test_is_refused(scene: Scene) -> None:
    result = scene.verify(as_of=date(2026, 11, 19))
    assert "after 2026-11-19" in result.failures[0].reason


def test_strangers_may_add_what_they_like(scene: Scene) -> None:
    """Who can write to the registry can add rubbish; it must not unsay what rightly stands."""
    stranger = samples.signer()
    scene.attach_bytes(stranger.sign(about(scene.digest, TEST_RESULT, passed())), TEST_RESULT)
    scene.attach_bytes(b"rubbish", TEST_RESULT)
    result = scene.verify()
    assert result.holds
    standings = {it.standing for it in result.statements}
    assert {Standing.STRANGER, Standing.REFUSED, Standing.ACCEPTED} == standings


def test_a_kind_that_is_not_read_is_not_claimed(scene: Scene) -> None:
    attach(
        scene.repository,
        scene.subject(),
        scene.image.signer.sign(about(scene.digest, "https://example.test/x/v1", {"a": 1})),
    )
    result = scene.verify()
    assert result.holds
    assert [it.said for it in result.statements if it.standing is Standing.UNREAD] == [()]
    asked = scene.verify(required=("https://example.test/x/v1",))
    assert not asked.holds


def test_a_statement_listed_by_old_writers_is_found(scene: Scene) -> None:
    """go-containerregistry before 0.21.6 lists bundles with the type of their configuration."""
    digest, _ = scene.statement(TEST_RESULT)
    size = scene.blob(digest).stat().st_size
    scene.drop(TEST_RESULT)
    kind = "application/vnd.oci.image.index.v1+json"
    entry = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": digest,
        "size": size,
        "artifactType": "application/vnd.oci.empty.v1+json",
    }
    index = Manifest(kind, canonical({"schemaVersion": 2, "manifests": [entry]}))
    scene.repository.put_manifest(index, fallback_tag(scene.digest))
    assert scene.verify().holds


def test_without_the_layers_it_says_so(scene: Scene) -> None:
    terms = samples.terms(scene.image.signer)
    result = verify_reference(scene.repository, "3", terms, layers=False)
    assert result.holds
    assert any("layers" in line for line in result.must_not_claim)


def test_the_result_keeps_to_its_schema(scene: Scene) -> None:
    path = Path(publish.__file__).parent / "schemas" / "verify.schema.json"
    schema = json.loads(path.read_text())
    jsonschema.validate(verify_to_json(scene.verify()), schema)
    scene.drop(TEST_RESULT)
    jsonschema.validate(verify_to_json(scene.verify()), schema)
    jsonschema.validate(verify_to_json(scene.verify("4")), schema)


def test_a_fallback_tag_that_is_rolled_back_is_a_missing_statement(
    registry, open_at, image
) -> None:
    repository = open_at(registry)
    terms = samples.terms(image.signer)
    publish_image(repository, image.publication(), terms, Silent())
    tag = fallback_tag(image.built.digest)
    now = repository.manifest(tag)
    assert now
    index = now.parse()
    index["manifests"] = index["manifests"][1:]
    repository.put_manifest(Manifest(now.media_type, canonical(index)), tag)
    result = verify_reference(repository, "3", terms)
    assert [it.code for it in result.failures] == ["missing"]
    publish_image(repository, image.publication(), terms, Silent())
    assert verify_reference(repository, "3", terms).holds
