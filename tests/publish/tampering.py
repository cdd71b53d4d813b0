"""A published image, and ways to tamper with it: each with the reason that must be told."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fips_images.attest.bundle import encode, make_key_bundle
from fips_images.attest.canonical import canonical, from_base64, to_base64
from fips_images.attest.keys import hint_of, sign_bytes
from fips_images.attest.statement import (
    CYCLONEDX,
    PROVENANCE,
    SIGNATURE,
    TEST_RESULT,
    Statement,
    about,
)
from fips_images.publish.layout import LayoutRepository
from fips_images.publish.publisher import attach
from fips_images.publish.referrer import bundle_manifest
from fips_images.publish.registry import OCI_MANIFEST, Descriptor, Manifest, digest_of, fallback_tag
from fips_images.publish.verify import VerifyResult, verify_reference
from tests.attest import samples
from tests.publish.images import Ready


@dataclass
class Scene:
    """A published image that a test tampers with."""

    folder: Path
    repository: LayoutRepository
    image: Ready

    @property
    def digest(self) -> str:
        """The image's digest."""
        return self.image.built.digest

    def blob(self, digest: str) -> Path:
        """Where content lies."""
        return self.folder / "blobs" / "sha256" / digest.removeprefix("sha256:")

    def manifest(self) -> dict[str, Any]:
        """The image's manifest."""
        return json.loads(self.blob(self.digest).read_bytes())

    def statement(self, kind: str) -> tuple[str, Path]:
        """The digest of a statement's manifest, and where its bundle lies."""
        for it in self.repository.referrers(self.digest):
            if it.annotations["dev.sigstore.bundle.predicateType"] == kind:
                layer = json.loads(self.blob(it.digest).read_bytes())["layers"][0]
                return it.digest, self.blob(layer["digest"])
        raise AssertionError(kind)

    def drop(self, kind: str) -> None:
        """Take a statement out of the list."""
        digest, _ = self.statement(kind)
        path = self.folder / "index.json"
        index = json.loads(path.read_bytes())
        index["manifests"] = [it for it in index["manifests"] if it["digest"] != digest]
        path.write_text(json.dumps(index))

    def attach_bytes(self, bundle: bytes, kind: str) -> None:
        """List a bundle as a statement of some kind, whatever it is."""
        self.repository.put_blob(digest_of(bundle), len(bundle), lambda: _stream(bundle))
        subject = self.subject()
        self.repository.add_referrer(self.digest, bundle_manifest(subject, bundle, kind))

    def subject(self) -> Descriptor:
        """The image's descriptor."""
        manifest = self.repository.manifest(self.digest)
        assert manifest
        return Descriptor(manifest.media_type, manifest.digest, len(manifest.content))

    def replace(self, kind: str, statement: Statement) -> None:
        """Put a rightly signed statement in the place of one."""
        self.drop(kind)
        attach(self.repository, self.subject(), self.image.signer.sign(statement))

    def verify(self, reference: str = "3.13", **terms: Any) -> VerifyResult:
        """Verify as of the day of the samples."""
        return verify_reference(
            self.repository, reference, samples.terms(self.image.signer, **terms)
        )


def _stream(content: bytes) -> io.BytesIO:
    return io.BytesIO(content)


def edit_payload(path: Path, change: Callable[[dict[str, Any]], None]) -> bytes:
    """Return a bundle whose payload was changed and whose signature was kept."""
    bundle = json.loads(path.read_bytes())
    value = json.loads(from_base64(bundle["dsseEnvelope"]["payload"], ""))
    change(value)
    bundle["dsseEnvelope"]["payload"] = to_base64(canonical(value))
    return canonical(bundle)


def passed(**change: Any) -> dict[str, Any]:
    """A test result's predicate with changes."""
    value = {
        "result": "PASSED",
        "configuration": [{"name": "profile:x", "annotations": {"asOf": "2026-11-20"}}],
        "passedTests": ["FIPS-01-01"],
        "warnedTests": [],
        "failedTests": [],
    }
    return value | change


# Each changes one thing and says which failure must be told, in which words.


def _tampered_manifest(it: Scene) -> None:
    path = it.blob(it.digest)
    path.write_bytes(path.read_bytes() + b" ")


def _tampered_layer(it: Scene) -> None:
    path = it.blob(it.manifest()["layers"][0]["digest"])
    path.write_bytes(path.read_bytes()[:-1] + b"x")


def _longer_layer(it: Scene) -> None:
    path = it.blob(it.manifest()["layers"][1]["digest"])
    path.write_bytes(path.read_bytes() + b"x")


def _missing_layer(it: Scene) -> None:
    it.blob(it.manifest()["layers"][1]["digest"]).unlink()


def _tampered_config(it: Scene) -> None:
    path = it.blob(it.manifest()["config"]["digest"])
    path.write_bytes(path.read_bytes().replace(b"amd64", b"arm64"))


def _missing_config(it: Scene) -> None:
    it.blob(it.manifest()["config"]["digest"]).unlink()


def _tag_to_other_manifest(it: Scene) -> None:
    value = it.manifest() | {"annotations": {"x": "y"}}
    it.repository.put_manifest(Manifest(OCI_MANIFEST, canonical(value)), "3.13")


def _tag_to_index(it: Scene) -> None:
    kind = "application/vnd.oci.image.index.v1+json"
    value = {"schemaVersion": 2, "mediaType": kind, "manifests": [it.subject().to_json()]}
    it.repository.put_manifest(Manifest(kind, canonical(value)), "3.13")


def _tag_to_garbage(it: Scene) -> None:
    it.repository.put_manifest(Manifest(OCI_MANIFEST, b'{"layers": 3}'), "3.13")


def _tampered_payload(it: Scene) -> None:
    _, path = it.statement(TEST_RESULT)
    bundle = edit_payload(path, lambda value: value["predicate"].update(passedTests=["A", "B"]))
    it.drop(TEST_RESULT)
    it.attach_bytes(bundle, TEST_RESULT)


def _tampered_payload_in_place(it: Scene) -> None:
    _, path = it.statement(TEST_RESULT)
    path.write_bytes(edit_payload(path, lambda value: value["predicate"].update(passedTests=["B"])))


def _tampered_signature(it: Scene) -> None:
    _, path = it.statement(SIGNATURE)
    bundle = json.loads(path.read_bytes())
    bundle["dsseEnvelope"]["signatures"][0]["sig"] = to_base64(b"x" * 70)
    it.drop(SIGNATURE)
    it.attach_bytes(canonical(bundle), SIGNATURE)


def _two_signatures(it: Scene) -> None:
    _, path = it.statement(SIGNATURE)
    bundle = json.loads(path.read_bytes())
    bundle["dsseEnvelope"]["signatures"] *= 2
    it.drop(SIGNATURE)
    it.attach_bytes(canonical(bundle), SIGNATURE)


def _no_signature(it: Scene) -> None:
    _, path = it.statement(SIGNATURE)
    bundle = json.loads(path.read_bytes())
    bundle["dsseEnvelope"]["signatures"] = []
    it.drop(SIGNATURE)
    it.attach_bytes(canonical(bundle), SIGNATURE)


def _other_payload_type(it: Scene) -> None:
    _, path = it.statement(SIGNATURE)
    bundle = json.loads(path.read_bytes())
    bundle["dsseEnvelope"]["payloadType"] = "application/json"
    it.drop(SIGNATURE)
    it.attach_bytes(canonical(bundle), SIGNATURE)


def _signed_without_encoding(it: Scene) -> None:
    """The signature is over the payload itself and not over DSSE's encoding of it."""
    key = it.image.signer.key
    payload = about(it.digest, SIGNATURE, {}).to_bytes()
    bundle = make_key_bundle(payload, sign_bytes(key, payload), hint_of(key.public_key()))
    it.drop(SIGNATURE)
    it.attach_bytes(bundle, SIGNATURE)


def _other_key(it: Scene) -> None:
    it.drop(SIGNATURE)
    it.attach_bytes(samples.signer().sign(about(it.digest, SIGNATURE, {})), SIGNATURE)


def _other_key_with_our_hint(it: Scene) -> None:
    stranger, payload = samples.signer().key, about(it.digest, SIGNATURE, {}).to_bytes()
    hint = hint_of(it.image.signer.key.public_key())
    it.drop(SIGNATURE)
    it.attach_bytes(
        make_key_bundle(payload, sign_bytes(stranger, encode(payload)), hint), SIGNATURE
    )


def _other_subject(it: Scene) -> None:
    it.drop(TEST_RESULT)
    bundle = it.image.signer.sign(about(samples.OTHER, TEST_RESULT, passed()))
    it.attach_bytes(bundle, TEST_RESULT)


def _artifact_of_other_subject(it: Scene) -> None:
    _, path = it.statement(PROVENANCE)
    it.drop(PROVENANCE)
    bundle = path.read_bytes()
    subject = Descriptor("application/vnd.oci.image.manifest.v1+json", samples.OTHER, 3)
    manifest = bundle_manifest(subject, bundle, PROVENANCE)
    it.repository.put_manifest(manifest)
    entry = {"mediaType": manifest.media_type, "digest": manifest.digest, "size": 1}
    index = {"schemaVersion": 2, "manifests": [entry]}
    kind = "application/vnd.oci.image.index.v1+json"
    it.repository.put_manifest(Manifest(kind, canonical(index)), fallback_tag(it.digest))


def _swapped(it: Scene) -> None:
    """The provenance's bundle is announced as the test result."""
    _, path = it.statement(PROVENANCE)
    bundle = path.read_bytes()
    it.drop(TEST_RESULT)
    it.attach_bytes(bundle, TEST_RESULT)


def _downgraded(it: Scene) -> None:
    it.replace(TEST_RESULT, about(it.digest, TEST_RESULT.replace("v0.1", "v0.0"), passed()))


def _failed(it: Scene) -> None:
    it.replace(TEST_RESULT, about(it.digest, TEST_RESULT, passed(result="FAILED")))


def _failed_beside_passed(it: Scene) -> None:
    bundle = it.image.signer.sign(about(it.digest, TEST_RESULT, passed(result="FAILED")))
    it.attach_bytes(bundle, TEST_RESULT)


def _warned(it: Scene) -> None:
    it.replace(TEST_RESULT, about(it.digest, TEST_RESULT, passed(result="WARNED")))


def _passed_with_failures(it: Scene) -> None:
    it.replace(TEST_RESULT, about(it.digest, TEST_RESULT, passed(failedTests=["FIPS-01-02"])))


def _empty_run(it: Scene) -> None:
    it.replace(TEST_RESULT, about(it.digest, TEST_RESULT, passed(passedTests=[])))


def _passed_is_a_word(it: Scene) -> None:
    it.replace(TEST_RESULT, about(it.digest, TEST_RESULT, passed(passedTests="all")))


def _no_configuration(it: Scene) -> None:
    it.replace(TEST_RESULT, about(it.digest, TEST_RESULT, passed(configuration=[])))


def _future(it: Scene) -> None:
    day = [{"name": "x", "annotations": {"asOf": "2027-01-01"}}]
    it.replace(TEST_RESULT, about(it.digest, TEST_RESULT, passed(configuration=day)))


def _no_day(it: Scene) -> None:
    day = [{"name": "x", "annotations": {"asOf": "yesterday"}}]
    it.replace(TEST_RESULT, about(it.digest, TEST_RESULT, passed(configuration=day)))


def _signature_with_content(it: Scene) -> None:
    it.replace(SIGNATURE, about(it.digest, SIGNATURE, {"result": "FAILED"}))


def _bom_of_other_kind(it: Scene) -> None:
    it.replace(CYCLONEDX, about(it.digest, CYCLONEDX, {"spdxVersion": "SPDX-2.3"}))


def _empty_bom(it: Scene) -> None:
    it.replace(CYCLONEDX, about(it.digest, CYCLONEDX, samples.BOM | {"components": []}))


def _provenance_without_builder(it: Scene) -> None:
    it.replace(PROVENANCE, about(it.digest, PROVENANCE, {"buildDefinition": {}, "runDetails": {}}))


def _provenance_without_inputs(it: Scene) -> None:
    value = {
        "buildDefinition": {"buildType": "x", "resolvedDependencies": []},
        "runDetails": {"builder": {"id": "x"}},
    }
    it.replace(PROVENANCE, about(it.digest, PROVENANCE, value))


def _missing_signature(it: Scene) -> None:
    it.drop(SIGNATURE)


def _missing_test_result(it: Scene) -> None:
    it.drop(TEST_RESULT)


def _missing_bundle(it: Scene) -> None:
    it.statement(CYCLONEDX)[1].unlink()


def _missing_statement_manifest(it: Scene) -> None:
    _, path = it.statement(PROVENANCE)
    bundle = path.read_bytes()
    manifest = bundle_manifest(it.subject(), bundle, PROVENANCE)
    it.drop(PROVENANCE)
    entry = {"mediaType": manifest.media_type, "digest": samples.OTHER, "size": 1}
    kind = "application/vnd.oci.image.index.v1+json"
    index = Manifest(kind, canonical({"schemaVersion": 2, "manifests": [entry]}))
    it.repository.put_manifest(index, fallback_tag(it.digest))


def _truncated_bundle(it: Scene) -> None:
    _, path = it.statement(CYCLONEDX)
    bundle = path.read_bytes()[:200]
    it.drop(CYCLONEDX)
    it.attach_bytes(bundle, CYCLONEDX)


def _huge_bundle(it: Scene) -> None:
    it.drop(CYCLONEDX)
    it.attach_bytes(b'{"a":"' + b"x" * (33 << 20) + b'"}', CYCLONEDX)


def _deep_bundle(it: Scene) -> None:
    it.drop(CYCLONEDX)
    it.attach_bytes(b'{"a":' * 100 + b"1" + b"}" * 100, CYCLONEDX)


def _doubled_name(it: Scene) -> None:
    _, path = it.statement(SIGNATURE)
    bundle = path.read_bytes()
    it.drop(SIGNATURE)
    it.attach_bytes(bundle[:-1] + b',"mediaType":"x"}', SIGNATURE)


def _old_bundle_type(it: Scene) -> None:
    _, path = it.statement(SIGNATURE)
    bundle = path.read_bytes().replace(b"bundle.v0.3+json", b"bundle.v0.1+json")
    it.drop(SIGNATURE)
    it.attach_bytes(bundle, SIGNATURE)


def _too_many(it: Scene) -> None:
    entries = [
        {"mediaType": "x", "digest": f"sha256:{number:064}", "size": 1} for number in range(600)
    ]
    kind = "application/vnd.oci.image.index.v1+json"
    index = Manifest(kind, canonical({"schemaVersion": 2, "manifests": entries}))
    it.repository.put_manifest(index, fallback_tag(it.digest))


CASES: list[tuple[Callable[[Scene], None], str, str]] = [
    (_tampered_manifest, "manifest", "something else"),
    (_tampered_layer, "layer", "something else"),
    (_longer_layer, "layer", "something else"),
    (_missing_layer, "layer", "is missing"),
    (_tampered_config, "manifest", "something else"),
    (_missing_config, "manifest", "is missing"),
    (_tag_to_other_manifest, "missing", "no statement of kind"),
    (_tag_to_index, "manifest", "not one of an image"),
    (_tag_to_garbage, "manifest", "not one of an image"),
    (_tampered_payload, "refused", "was altered"),
    (_tampered_payload_in_place, "refused", "something else"),
    (_tampered_signature, "refused", "was altered"),
    (_two_signatures, "refused", "exactly one signature"),
    (_no_signature, "refused", "exactly one signature"),
    (_other_payload_type, "refused", "payloadType"),
    (_signed_without_encoding, "refused", "was altered"),
    (_other_key, "refused", "another key"),
    (_other_key_with_our_hint, "refused", "was altered"),
    (_other_subject, "refused", "about another image"),
    (_artifact_of_other_subject, "refused", "refers to another image"),
    (_swapped, "refused", "announced as"),
    (_downgraded, "missing", "test-result/v0.1"),
    (_failed, "contradicted", "'FAILED'"),
    (_failed_beside_passed, "contradicted", "'FAILED'"),
    (_warned, "contradicted", "'WARNED'"),
    (_passed_with_failures, "contradicted", "lists failed tests: FIPS-01-02"),
    (_empty_run, "contradicted", "no test is listed as passed"),
    (_passed_is_a_word, "refused", "not a list of names"),
    (_no_configuration, "refused", "lacks what its kind asks for"),
    (_future, "contradicted", "after 2026-11-20"),
    (_no_day, "refused", "not a date"),
    (_signature_with_content, "refused", "not empty"),
    (_bom_of_other_kind, "refused", "not a CycloneDX document"),
    (_empty_bom, "contradicted", "lists no component"),
    (_provenance_without_builder, "refused", "lacks what its kind asks for"),
    (_provenance_without_inputs, "contradicted", "lists no input"),
    (_missing_signature, "missing", "cosign/sign/v1"),
    (_missing_test_result, "missing", "test-result/v0.1"),
    (_missing_bundle, "refused", "is missing"),
    (_missing_statement_manifest, "refused", "is missing"),
    (_truncated_bundle, "refused", "not JSON"),
    (_huge_bundle, "refused", "at most"),
    (_deep_bundle, "refused", "levels deep"),
    (_doubled_name, "refused", "twice"),
    (_old_bundle_type, "refused", "not a Sigstore bundle v0.3"),
    (_too_many, "refused", "at most 500 are read"),
]
