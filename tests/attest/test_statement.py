"""Statements are the same bytes for the same claim, and strangers' are read strictly."""

import json

import pytest

from fips_images.attest.canonical import parse_object
from fips_images.attest.predicates import (
    BuildFacts,
    Material,
    provenance,
    sbom,
    signature,
    validation_passed,
)
from fips_images.attest.statement import about, parse_statement
from fips_images.errors import BadInputError, DoesNotHoldError
from fips_images.model.finding import Status
from tests.attest import samples


def test_the_signature_is_the_statement_that_cosign_makes() -> None:
    """Seen in what cosign 3.1.1 signs, save for its empty annotations."""
    assert json.loads(signature(samples.DIGEST).to_bytes()) == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"digest": {"sha256": "1" * 64}}],
        "predicateType": "https://sigstore.dev/cosign/sign/v1",
        "predicate": {},
    }


def test_a_statement_survives_its_bytes() -> None:
    made = provenance(samples.built(), samples.FACTS)
    assert parse_statement(made.to_bytes()) == made
    assert parse_statement(made.to_bytes()).to_bytes() == made.to_bytes()


def test_provenance_does_not_depend_on_the_order_of_inputs() -> None:
    turned = BuildFacts(
        tuple(reversed(samples.FACTS.materials)),
        started=samples.FACTS.started,
        finished=samples.FACTS.finished,
    )
    assert provenance(samples.built(), turned) == provenance(samples.built(), samples.FACTS)


def test_an_input_without_a_digest_is_listed_without_one() -> None:
    made = provenance(samples.built(), BuildFacts((Material("debian:13", ""),)))
    assert made.predicate["buildDefinition"]["resolvedDependencies"] == [{"uri": "debian:13"}]


def test_a_test_result_names_its_checks() -> None:
    value = samples.validation(samples.DIGEST, Status.PASS, Status.WARN, Status.NOT_APPLICABLE)
    predicate = validation_passed(value).predicate
    assert predicate["result"] == "PASSED"
    assert predicate["passedTests"] == ["FIPS-01-01"]
    assert predicate["warnedTests"] == ["FIPS-01-02"]
    assert predicate["failedTests"] == []
    assert predicate["configuration"][0]["annotations"]["asOf"] == "2026-11-20"


@pytest.mark.parametrize(
    "statuses",
    [(Status.PASS, Status.FAIL), (Status.NOT_APPLICABLE,), (Status.PASS, Status.NOT_RUN)],
)
def test_what_does_not_hold_is_never_stated(statuses: tuple[Status, ...]) -> None:
    with pytest.raises(DoesNotHoldError, match="no test result is signed"):
        validation_passed(samples.validation(samples.DIGEST, *statuses))


def test_only_cyclonedx_is_stated_as_cyclonedx() -> None:
    with pytest.raises(BadInputError, match="bomFormat"):
        sbom(samples.DIGEST, {"spdxVersion": "SPDX-2.3"})


@pytest.mark.parametrize("digest", ["", "sha256:12", "sha512:" + "1" * 64, "sha256:" + "G" * 64])
def test_a_subject_must_be_a_sha256_digest(digest: str) -> None:
    with pytest.raises(BadInputError, match="not a sha256 digest"):
        about(digest, "x", {})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"_type": "https://in-toto.io/Statement/v0.1"}, "not an in-toto Statement v1"),
        ({"subject": []}, "no subject"),
        ({"subject": [{"digest": {"sha512": "1"}}]}, "no sha256 digest"),
        ({"subject": ["x"]}, "no sha256 digest"),
        ({"predicateType": 3}, "no predicateType"),
        ({"predicate": []}, "not an object"),
    ],
)
def test_strangers_statements_are_read_strictly(change: dict[str, object], says: str) -> None:
    value = json.loads(signature(samples.DIGEST).to_bytes()) | change
    with pytest.raises(BadInputError, match=says):
        parse_statement(json.dumps(value).encode())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "not JSON"),
        (b"[]", "not a JSON object"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"a":' * 100 + b"1" + b"}" * 100, "levels deep"),
        (b'{"a":' * 100_000, "not JSON"),
        (b"\xff\xfe", "not JSON"),
    ],
)
def test_hostile_json_is_refused_with_its_reason(content: bytes, says: str) -> None:
    with pytest.raises(BadInputError, match=says):
        parse_object(content, "it")


def test_too_large_a_document_is_not_even_parsed() -> None:
    with pytest.raises(BadInputError, match="at most 10 are read"):
        parse_object(b" " * 11, "it", largest=10)
