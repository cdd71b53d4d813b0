"""Publishing to a layout on disk: whole, idempotent, tags last."""

from pathlib import Path

import pytest

from fips_images.errors import BadInputError, DoesNotHoldError
from fips_images.model.finding import Status
from fips_images.model.progress import Silent
from fips_images.publish.layout import LayoutRepository
from fips_images.publish.publisher import Publication, PublishResult, publish_image
from fips_images.publish.verify import verify_reference
from tests.attest import samples
from tests.publish.images import Ready, ready


def publish(repository: LayoutRepository, image: Ready, *tags: str) -> PublishResult:
    """Publish with the terms of its own signer."""
    terms = samples.terms(image.signer)
    return publish_image(repository, image.publication(*tags), terms, Silent())


def test_what_is_published_verifies(tmp_path: Path) -> None:
    image = ready(tmp_path / "image")
    repository = LayoutRepository(tmp_path / "registry", "python")
    result = publish(repository, image)
    assert (result.uploaded, result.present, result.attached, result.known) == (3, 0, 4, 0)
    for tag in ("3.13", "3", image.built.digest):
        verified = verify_reference(repository, tag, samples.terms(image.signer))
        assert verified.failures == ()
        assert verified.holds
        assert verified.digest == image.built.digest
    assert any("1 checks" in line for line in verified.may_claim)
    assert any("certificate" in line for line in verified.must_not_claim)


def test_publishing_again_adds_nothing(tmp_path: Path) -> None:
    image = ready(tmp_path / "image")
    repository = LayoutRepository(tmp_path / "registry", "python")
    publish(repository, image)
    before = {
        path: path.read_bytes() for path in (tmp_path / "registry").rglob("*") if path.is_file()
    }
    again = publish(repository, image)
    assert (again.uploaded, again.attached, again.known) == (0, 0, 4)
    after = {
        path: path.read_bytes() for path in (tmp_path / "registry").rglob("*") if path.is_file()
    }
    assert after == before


def test_repositories_of_one_layout_are_apart(tmp_path: Path) -> None:
    image = ready(tmp_path / "image")
    publish(LayoutRepository(tmp_path / "registry", "python"), image)
    other = LayoutRepository(tmp_path / "registry", "base")
    assert other.manifest("3.13") is None
    assert other.referrers(image.built.digest) == ()


@pytest.mark.parametrize(
    ("validation", "says"),
    [
        (None, "was not validated"),
        (samples.validation(samples.OTHER), "was validated, and"),
    ],
)
def test_what_was_not_tested_is_not_published(tmp_path: Path, validation, says: str) -> None:
    image = ready(tmp_path / "image")
    publication = Publication(image.built, validation, image.bundles, ("3.13",))
    repository = LayoutRepository(tmp_path / "registry", "python")
    with pytest.raises(DoesNotHoldError, match=says):
        publish_image(repository, publication, samples.terms(image.signer), Silent())
    assert not (tmp_path / "registry").exists()


@pytest.mark.parametrize("status", [Status.FAIL, Status.NOT_RUN])
def test_what_does_not_hold_is_not_published(tmp_path: Path, status: Status) -> None:
    image = ready(tmp_path / "image")
    validation = samples.validation(image.built.digest, Status.PASS, status)
    publication = Publication(image.built, validation, image.bundles, ("3.13",))
    repository = LayoutRepository(tmp_path / "registry", "python")
    with pytest.raises(DoesNotHoldError, match="does not hold"):
        publish_image(repository, publication, samples.terms(image.signer), Silent())
    assert not (tmp_path / "registry").exists()


def test_a_missing_or_foreign_statement_stops_it_before_anything_is_sent(tmp_path: Path) -> None:
    image, other = ready(tmp_path / "image"), ready(tmp_path / "other", b"other")
    repository = LayoutRepository(tmp_path / "registry", "python")
    for bundles, signer in (
        (image.bundles[1:], image.signer),
        (other.bundles, other.signer),
        (image.bundles, other.signer),
    ):
        publication = Publication(image.built, image.validation, bundles, ("3.13",))
        with pytest.raises(DoesNotHoldError, match="statement of kind"):
            publish_image(repository, publication, samples.terms(signer), Silent())
    assert not (tmp_path / "registry").exists()


def test_a_damaged_archive_moves_no_tag(tmp_path: Path) -> None:
    image = ready(tmp_path / "image")
    archive = Path(image.built.archive)
    content = bytearray(archive.read_bytes())
    position = content.index(b"\x1f\x8b")  # the first compressed layer
    content[position + 20] ^= 1
    archive.write_bytes(content)
    repository = LayoutRepository(tmp_path / "registry", "python")
    with pytest.raises(DoesNotHoldError, match="something else"):
        publish(repository, image)
    assert repository.manifest("3.13") is None


def test_a_missing_archive_is_one_clear_error(tmp_path: Path) -> None:
    image = ready(tmp_path / "image")
    Path(image.built.archive).unlink()
    with pytest.raises(BadInputError, match="no such archive"):
        publish(LayoutRepository(tmp_path / "registry", "python"), image)
