"""A registry over HTTP: what a good one gets, and what a bad one cannot do to us."""

import base64
import hashlib
import io
import json
import threading
from dataclasses import replace

import pytest

from fips_images.errors import BadInputError, DoesNotHoldError, EnvironmentFailureError
from fips_images.model.progress import Silent
from fips_images.publish.publisher import publish_image
from fips_images.publish.registry import OCI_MANIFEST, fallback_tag
from fips_images.publish.verify import verify_reference
from tests.attest import samples
from tests.publish.fake_registry import (
    PASSWORD,
    TOKEN,
    USER,
    FakeRegistry,
    Rule,
    content,
    cut,
    serve,
    slow,
    status,
    truncated,
)
from tests.publish.images import ready

BLOB = b"0123456789" * 1000
DIGEST = "sha256:" + hashlib.sha256(BLOB).hexdigest()


def put(repository, blob: bytes = BLOB) -> None:
    """Upload a blob."""
    digest = "sha256:" + hashlib.sha256(blob).hexdigest()
    repository.put_blob(digest, len(blob), lambda: io.BytesIO(blob))


def publish(repository, image, *tags: str):
    """Publish with the image's own terms."""
    terms = samples.terms(image.signer)
    return publish_image(repository, image.publication(*tags), terms, Silent())


@pytest.mark.parametrize("referrers", ["api", "none", "redirect", "page", "lie"])
def test_what_is_published_verifies_with_and_without_the_referrers_api(
    registry, open_at, image, referrers
) -> None:
    registry.referrers = referrers
    repository = open_at(registry)
    publish(repository, image)
    result = verify_reference(repository, "3.13", samples.terms(image.signer))
    assert result.failures == ()
    assert result.holds
    listed = fallback_tag(image.built.digest) in registry.repo("fips/python").tags
    assert listed is (referrers != "api")


def test_the_fallback_index_has_type_and_annotations(registry, open_at, image) -> None:
    """`gh attestation` and others filter on artifactType; go-containerregistry wrote it wrongly."""
    publish(open_at(registry), image)
    repo = registry.repo("fips/python")
    index = json.loads(repo.manifests[repo.tags[fallback_tag(image.built.digest)]][1])
    assert len(index["manifests"]) == 4
    for entry in index["manifests"]:
        assert entry["artifactType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"
        assert entry["annotations"]["dev.sigstore.bundle.predicateType"].startswith("https://")


def test_publishing_again_sends_nothing(registry, open_at, image) -> None:
    publish(open_at(registry), image)
    registry.log.clear()
    again = publish(open_at(registry), image)
    assert (again.uploaded, again.attached) == (0, 0)
    assert registry.count("POST", "") == registry.count("PATCH", "") == 0
    assert registry.count("PUT", "") == 1  # the manifest by its digest, which changes nothing


def test_every_page_of_referrers_is_read(registry, open_at, image) -> None:
    registry.referrers, registry.page = "api", 1
    repository = open_at(registry)
    publish(repository, image)
    assert len(repository.referrers(image.built.digest)) == 4


def test_pages_at_another_host_are_refused(registry, open_at) -> None:
    link = '<http://127.0.0.2:9/v2/x>; rel="next"'
    kind = "application/vnd.oci.image.index.v1+json"

    def elsewhere(handler) -> None:
        handler.reply(200, b'{"manifests":[]}', {"Content-Type": kind, "Link": link})

    registry.rules.append(Rule("GET", "/referrers/", elsewhere))
    with pytest.raises(EnvironmentFailureError, match="another host"):
        open_at(registry).referrers(DIGEST)


@pytest.mark.parametrize("auth", ["basic", "bearer", "refresh"])
def test_docker_logins_are_used(registry, open_at, image, auth) -> None:
    registry.auth = auth
    pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    entry = {"identitytoken": PASSWORD} if auth == "refresh" else {"auth": pair}
    repository = open_at(registry, config={"auths": {registry.address: entry}})
    publish(repository, image)
    assert verify_reference(repository, "3", samples.terms(image.signer)).holds
    tokens = registry.count("GET", "^/token") + registry.count("POST", "^/token")
    assert tokens <= 2  # one per scope


@pytest.mark.parametrize("auth", ["basic", "bearer"])
def test_without_a_login_it_says_how_to_log_in(registry, open_at, image, auth) -> None:
    registry.auth = auth
    with pytest.raises(EnvironmentFailureError) as error:
        publish(open_at(registry), image)
    assert "docker login" in error.value.hint
    assert registry.repo("fips/python").tags == {}


def test_a_login_for_another_host_is_not_used(registry, open_at) -> None:
    registry.auth = "basic"
    pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    repository = open_at(registry, config={"auths": {"other.test": {"auth": pair}}})
    with pytest.raises(EnvironmentFailureError):
        repository.manifest("1")
    assert {it.authorization for it in registry.log} == {""}


def test_a_redirect_to_another_host_does_not_see_the_secret(registry, open_at, image) -> None:
    registry.auth = "bearer"
    pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    repository = open_at(registry, config={"auths": {registry.address: {"auth": pair}}})
    with serve(FakeRegistry()) as other:
        put(repository)
        other.repo("fips/python").blobs[DIGEST] = BLOB
        place = f"http://{other.address}/v2/fips/python/blobs/{DIGEST}"
        registry.rules.append(Rule("GET", "/blobs/", status(307, Location=place)))
        assert repository.blob(DIGEST, len(BLOB)) == BLOB
        assert [it.authorization for it in other.log] == [""]
    assert any(TOKEN in it.authorization for it in registry.log)


def test_a_redirect_without_end_is_an_error(registry, open_at) -> None:
    place = f"/v2/fips/python/blobs/{DIGEST}"
    registry.rules.append(Rule("GET", "/blobs/", status(307, Location=place), times=99))
    with pytest.raises(EnvironmentFailureError, match="redirects"):
        open_at(registry).blob(DIGEST, 10)


@pytest.mark.parametrize(
    "action",
    [status(429, Retry_After="0"), status(500), status(503), cut, slow(0.01)],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT"])
def test_passing_trouble_is_borne(registry, open_at, image, action, method) -> None:
    registry.rules += [Rule(method, ".", action, skip=skip) for skip in (0, 1)]
    repository = open_at(registry)
    publish(repository, image)
    assert verify_reference(repository, "3", samples.terms(image.signer)).holds


def test_trouble_without_end_is_one_error(registry, open_at) -> None:
    registry.rules.append(Rule("GET", ".", status(503), times=99))
    with pytest.raises(EnvironmentFailureError, match="HTTP 503"):
        open_at(registry).manifest("1")
    assert registry.count("GET", ".") == 5


def test_a_registry_that_asks_for_an_hour_is_not_waited_for(registry, open_at) -> None:
    registry.rules.append(Rule("GET", ".", status(429, Retry_After="3600"), times=99))
    with pytest.raises(EnvironmentFailureError, match="wait 3600 s"):
        open_at(registry).manifest("1")
    assert registry.count("GET", ".") == 1


def test_a_registry_that_hangs_is_left(registry, open_at) -> None:
    registry.rules.append(Rule("GET", ".", slow(0.5), times=99))
    with pytest.raises(EnvironmentFailureError, match="too slow"):
        open_at(registry, read=0.1, attempts=2).manifest("1")


def test_no_registry_at_all_is_one_error(open_at) -> None:
    with serve(FakeRegistry()) as gone:
        pass
    with pytest.raises(EnvironmentFailureError, match="cannot be reached"):
        open_at(gone, attempts=2).manifest("1")


def test_a_cut_answer_is_never_taken_for_whole(registry, open_at) -> None:
    repository = open_at(registry)
    put(repository)
    registry.rules.append(Rule("GET", "/blobs/", truncated))
    with pytest.raises(EnvironmentFailureError, match="cannot be reached"):
        repository.blob(DIGEST, 2000)


@pytest.mark.parametrize("reader", ["blob", "check_blob", "manifest"])
def test_other_content_than_the_digest_says_is_refused(registry, open_at, reader) -> None:
    repository = open_at(registry)
    registry.rules.append(Rule("GET", DIGEST, content(b"{}", OCI_MANIFEST)))
    with pytest.raises(DoesNotHoldError, match="something else"):
        if reader == "manifest":
            repository.manifest(DIGEST)
        else:
            getattr(repository, reader)(DIGEST, len(BLOB))


def test_a_huge_answer_is_not_read_to_its_end(registry, open_at) -> None:
    repository = open_at(registry)
    registry.rules.append(Rule("GET", "/manifests/", content(b" " * (5 << 20), OCI_MANIFEST)))
    with pytest.raises(BadInputError, match="more than"):
        repository.manifest("1")


def test_a_manifest_of_two_types_is_refused(registry, open_at) -> None:
    """CVE-2021-41190: the type in the header and the one in the content must agree."""
    body = b'{"mediaType":"application/vnd.oci.image.index.v1+json"}'
    registry.rules.append(Rule("GET", "/manifests/", content(body, OCI_MANIFEST)))
    with pytest.raises(DoesNotHoldError, match="announced as"):
        open_at(registry).manifest("1")


def test_a_registry_that_stores_something_else_is_caught(registry, open_at, image) -> None:
    lie = status(201, Docker_Content_Digest=samples.OTHER)
    registry.rules.append(Rule("PUT", "/manifests/", lie))
    with pytest.raises(DoesNotHoldError, match="in the place of"):
        publish(open_at(registry), image)


def test_a_registry_that_forgets_the_manifest_is_caught(registry, open_at, image) -> None:
    registry.rules.append(Rule("PUT", "/manifests/", status(201)))
    with pytest.raises(DoesNotHoldError, match="does not give back"):
        publish(open_at(registry), image)
    assert registry.repo("fips/python").tags == {}


def test_large_blobs_go_in_pieces(registry, open_at) -> None:
    put(replace(open_at(registry), piece=3000))
    assert registry.count("PATCH", ".") == 3
    assert registry.repo("fips/python").blobs[DIGEST] == BLOB


@pytest.mark.parametrize("action", [cut, status(500), status(416, Range="0-5999")])
@pytest.mark.parametrize("skip", [0, 1, 2])
def test_an_upload_goes_on_where_it_was_cut(registry, open_at, action, skip) -> None:
    registry.rules.append(Rule("PATCH", ".", action, skip=skip))
    put(replace(open_at(registry), piece=3000))
    assert registry.repo("fips/python").blobs[DIGEST] == BLOB
    assert registry.count("POST", "/uploads/") == 1


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_lost_upload_begins_anew(registry, open_at, method) -> None:
    registry.rules.append(Rule(method, "/uploads/", status(404)))
    put(replace(open_at(registry), piece=3000))
    assert registry.count("POST", "/uploads/") == 2


def test_an_upload_that_is_lost_every_time_is_one_error(registry, open_at) -> None:
    registry.rules.append(Rule("PUT", "/uploads/", cut, times=99))
    with pytest.raises(EnvironmentFailureError, match="lost 3 times"):
        put(open_at(registry))


def test_content_altered_on_the_way_is_refused_by_the_registry(registry, open_at) -> None:
    repository = open_at(registry)
    with pytest.raises(DoesNotHoldError, match="not sha256:"):
        repository.put_blob(DIGEST, len(BLOB), lambda: io.BytesIO(BLOB[::-1]))


def test_a_blob_of_another_repository_is_mounted(registry, open_at) -> None:
    put(open_at(registry, "fips/base"))
    registry.log.clear()
    put(replace(open_at(registry), mount_from=("fips/base",)))
    assert registry.count("PUT", ".") == 0
    assert registry.repo("fips/python").blobs[DIGEST] == BLOB


def test_a_mount_that_is_not_possible_is_an_upload(registry, open_at) -> None:
    put(replace(open_at(registry), mount_from=("fips/base",)))
    assert registry.repo("fips/python").blobs[DIGEST] == BLOB


def test_several_publishers_at_once_lose_nothing_for_good(registry, open_at, tmp_path) -> None:
    """The fallback tag loses concurrent writes: read-back mends most, a second run the rest."""
    images = [ready(tmp_path / str(number)) for number in range(4)]  # one digest, four signers
    errors: list[Exception] = []

    def work(image, repository) -> None:
        try:
            publish(repository, image)
        except Exception as error:
            errors.append(error)

    workers = [threading.Thread(target=work, args=(it, open_at(registry))) for it in images]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert errors == []
    for image in images:
        publish(open_at(registry), image)
    repository = open_at(registry)
    assert len(repository.referrers(images[0].built.digest)) == 16
    for image in images:
        assert verify_reference(repository, "3", samples.terms(image.signer)).holds


def test_images_that_share_layers_send_each_blob_once(registry, open_at, tmp_path) -> None:
    """Twenty images of two layers, one of them common to all; five tags each."""
    who = samples.signer()
    repository = open_at(registry)
    for number in range(20):
        tags = [f"{number}-{tag}" for tag in range(5)]
        publish(repository, ready(tmp_path / str(number), bytes([number]), who), *tags)
    sent = [it.path for it in registry.log if it.method == "PUT" and "/uploads/" in it.path]
    digests = [path.partition("digest=")[2] for path in sent]
    assert len(digests) == len(set(digests))
    # 20 own layers and configurations, 1 common layer, 80 bundles, 1 empty configuration
    assert len(digests) == 20 + 20 + 1 + 80 + 1
    assert len(registry.repo("fips/python").tags) == 20 * (5 + 1)
