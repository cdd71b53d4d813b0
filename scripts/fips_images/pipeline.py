"""The whole job for a set of images, in order, on one resolved set of options.

build → validate → describe → sign → publish → verify → report. An image that fails keeps its
evidence and its report, is neither signed nor published, and does not stop the others.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from fips_images.attest.content import Moment
from fips_images.attest.judge import Terms
from fips_images.attest.predicates import BuildFacts, Material
from fips_images.attest.signer import KeySigner
from fips_images.attest.signing import sign_evidence
from fips_images.build.builder import BuildOptions, build_images
from fips_images.build.record import RECORD
from fips_images.describe.cyclonedx import make_bom
from fips_images.describe.describe import describe
from fips_images.engine.interface import Engine
from fips_images.errors import DoesNotHoldError
from fips_images.files import read_json, write_bytes, write_json
from fips_images.model.finding import Validation
from fips_images.model.image import BuiltImage, ImageSpec
from fips_images.model.progress import Progress
from fips_images.plan.dockerfile import read_dockerfile
from fips_images.publish.layout import LayoutRepository
from fips_images.publish.publisher import Publication, PublishResult, publish_image, write_result
from fips_images.publish.reference import Reference
from fips_images.publish.verify import VerifyResult, verify_reference, verify_to_json
from fips_images.report.write import write_report
from fips_images.validate.options import CertificateLookup, Options
from fips_images.validate.run import validate_image
from fips_images.validate.serial import to_json
from fips_images.workspace import Workspace


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Everything a run can be told, resolved once."""

    build: BuildOptions
    as_of: date
    signer: KeySigner
    registry: str = ""  # HOST/NAME; empty: the layout on disk of the workspace
    profile: str = "default"
    certificate_lookup: CertificateLookup | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one image. `failure` is empty when every claim holds."""

    spec: ImageSpec
    digest: str
    evidence: Path
    report: Path
    verified: str  # the reference that was verified, or empty
    failure: str
    hint: str = ""

    @property
    def holds(self) -> bool:
        """Whether the image was validated, published and verified."""
        return bool(self.verified) and not self.failure


def run_images(
    specs: Sequence[ImageSpec],
    workspace: Workspace,
    engine: Engine,
    options: RunOptions,
    progress: Progress,
) -> tuple[Outcome, ...]:
    """Do the whole job for the images; one outcome each, in the order given.

    Raises:
        FipsImagesError: the builds failed, or the environment did (registry, disk, engine); what
            was finished before is kept, and the same command finishes the rest.
    """
    built = build_images(specs, workspace, engine, options.build, progress)
    return tuple(
        _process(spec, image, workspace, engine, options, progress)
        for spec, image in zip(specs, built, strict=True)
    )


def _process(
    spec: ImageSpec,
    image: BuiltImage,
    workspace: Workspace,
    engine: Engine,
    options: RunOptions,
    progress: Progress,
) -> Outcome:
    evidence = workspace.evidence(image.digest)
    _forget(evidence, ("publish.json", "verify.json"))  # of an earlier run: not said of this one
    record = workspace.image(spec.slug) / RECORD
    write_bytes(evidence / RECORD, record.read_bytes())
    failure, hint, verified = "", "", ""
    try:
        validation = validate(image, evidence, engine, options, progress)
        bom = write_bom(spec, image, workspace, progress)
        if validation.holds:
            verified = _release(spec, image, validation, bom, workspace, options, progress)
        else:
            names = ", ".join(one.check.id for one in blocking(validation))
            failure = f"validation does not hold ({names or 'no check passed'}); nothing published"
            hint = f"Read the remedies: fipsctl report {spec.id}"
    except DoesNotHoldError as error:
        failure, hint = str(error), error.hint
    finally:
        progress.step(f"report {spec.id}")
        page = write_report(evidence)
    return Outcome(spec, image.digest, evidence, page, verified, failure, hint)


def _forget(evidence: Path, names: Sequence[str]) -> None:
    for name in names:
        (evidence / name).unlink(missing_ok=True)


def blocking(validation: Validation) -> tuple[Any, ...]:
    """Return the findings because of which a validation does not hold."""
    failed = [one for one in validation.findings if one.status.value == "fail"]
    return (*failed, *validation.unanswered)


def validate(
    image: BuiltImage, evidence: Path, engine: Engine, options: RunOptions, progress: Progress
) -> Validation:
    """Validate a built image and keep what was found in its evidence."""
    progress.step(f"validate {image.image_id}")
    trust = options.build.trust
    asked = Options(
        as_of=options.as_of,
        profile=options.profile,
        expected_module=image.image_id.split("/")[1],
        build_certificates=trust.fingerprints if trust else frozenset(),
        certificate_lookup=options.certificate_lookup,
    )
    found = validate_image(Path(image.archive), engine, asked, progress)
    # The subject is the image, not the path of this machine that it was read from.
    found = replace(found, subject=image.image_id)
    write_json(evidence / "validation.json", to_json(found))
    return found


def write_bom(
    spec: ImageSpec, image: BuiltImage, workspace: Workspace, progress: Progress
) -> dict[str, Any]:
    """Describe a built image, keep the SBOM in its evidence, and return it."""
    progress.step(f"describe {image.image_id}")
    inputs = describe(
        Path(image.archive),
        image.image_id,
        slug=image.slug,
        digest=image.digest,
        dockerfile=read_dockerfile(workspace.root, spec.dockerfile),
        context=workspace.root / spec.directory,
    )
    document = make_bom(inputs)
    write_bytes(workspace.evidence(image.digest) / "sbom.cdx.json", document)
    parsed: dict[str, Any] = json.loads(document)
    return parsed


def build_facts(workspace: Workspace, slug: str) -> BuildFacts:
    """Return what the build's record says of its inputs, for the provenance statement."""
    record = read_json(workspace.image(slug) / RECORD)
    bases = tuple(
        Material(f"pkg:docker/{one['reference']}", one["digest"]) for one in record["bases"]
    )
    sources = tuple(Material(one["url"], f"sha256:{one['sha256']}") for one in record["sources"])
    return BuildFacts(materials=bases + sources, started=record["started"])


def repository_name(spec: ImageSpec, registry: str, workspace: Workspace) -> Reference:
    """Return the repository an image goes to: one per runtime."""
    if not registry:
        return Reference("", workspace.registry, spec.runtime)
    host, _, name = registry.partition("/")
    return Reference(host, None, f"{name}/{spec.runtime}" if name else spec.runtime)


def _release(
    spec: ImageSpec,
    image: BuiltImage,
    validation: Validation,
    bom: dict[str, Any],
    workspace: Workspace,
    options: RunOptions,
    progress: Progress,
) -> str:
    """Sign, publish and verify; return the verified reference."""
    evidence = workspace.evidence(image.digest)
    progress.step(f"sign {spec.id}")
    facts = build_facts(workspace, image.slug)
    bundles = sign_evidence(evidence, image, validation, bom, facts, options.signer)
    repository = LayoutRepository(workspace.registry, spec.runtime)
    terms = Terms(options.signer.trust, Moment(options.as_of))
    publication = Publication(image, validation, tuple(bundles), spec.tags)
    result: PublishResult = publish_image(repository, publication, terms, progress)
    write_result(evidence / "publish.json", result)
    progress.step(f"verify {repository.name}:{spec.tags[0]}")
    verified: VerifyResult = verify_reference(repository, spec.tags[0], terms)
    write_json(evidence / "verify.json", verify_to_json(verified))
    if not verified.holds or verified.digest != image.digest:
        reasons = "; ".join(one.reason for one in verified.failures)
        raise DoesNotHoldError(
            reasons or f"the tag names {verified.digest}, not the tested {image.digest}",
            where=verified.reference,
            hint="Run the same command again; if it persists, look at the registry.",
        )
    return f"{verified.reference}@{verified.digest}"
