"""The whole job for a set of images, in order, on one resolved set of options.

build → validate → describe → sign → publish → verify → report. An image that fails keeps its
evidence and its report, is neither signed nor published, and does not stop the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fips_images.attest.judge import Terms
from fips_images.attest.signer import Signer
from fips_images.build.builder import BuildOptions, build_images
from fips_images.build.record import RECORD, read_certificates
from fips_images.describe.cyclonedx import make_bom
from fips_images.describe.describe import describe
from fips_images.describe.inputs import Origin
from fips_images.describe.origin import read_origin
from fips_images.describe.target import Target
from fips_images.engine.interface import Engine
from fips_images.errors import DoesNotHoldError
from fips_images.evidence.validation import to_json
from fips_images.files import write_bytes, write_json
from fips_images.model.finding import Status, Validation
from fips_images.model.image import BuiltImage, ImageSpec
from fips_images.model.progress import Progress
from fips_images.plan.dockerfile import read_dockerfile
from fips_images.publish.reference import Reference
from fips_images.publish.registry import Repository
from fips_images.publish.steps import publish_built, reference_for, sign_built, verify_published
from fips_images.report.write import write_report
from fips_images.validate.options import Options
from fips_images.validate.run import validate_image
from fips_images.workspace import Workspace


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Everything a run can be told, resolved once."""

    build: BuildOptions
    validate: Options
    signer: Signer
    terms: Terms
    registry: str | None  # HOST/PREFIX, oci:FOLDER, or the layout in the working folder
    open_repository: Callable[[Reference], Repository]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one image. `failure` is empty when every claim holds."""

    spec: ImageSpec
    digest: str
    evidence: Path
    report: Path
    verified: str = ""  # the reference that was verified, with its digest
    failure: str = ""
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
    for name in ("publish.json", "verify.json"):  # of an earlier run: not said of this one
        (evidence / name).unlink(missing_ok=True)
    write_bytes(evidence / RECORD, (workspace.image(image.slug) / RECORD).read_bytes())
    outcome = Outcome(spec, image.digest, evidence, evidence / "report.html")
    try:
        found = validate_built(workspace, image, engine, options.validate, progress)
        describe_built(workspace, spec, image, progress)
        if found.holds:
            verified = _release(spec, image, workspace, options, progress)
            outcome = replace(outcome, verified=verified)
        else:
            outcome = replace(outcome, failure=_why(found), hint=f"fipsctl report {spec.id}")
    except DoesNotHoldError as error:
        outcome = replace(outcome, failure=str(error), hint=error.hint)
    finally:
        progress.step(f"report {spec.id}")
        write_report(evidence)
    return outcome


def _why(found: Validation) -> str:
    """Name the checks because of which a validation does not hold."""
    blocking = [*found.with_status(Status.FAIL), *found.unanswered]
    names = ", ".join(one.check.id for one in blocking) or "no check passed"
    return f"the validation does not hold ({names}); nothing was signed or published"


def validate_built(
    workspace: Workspace,
    image: BuiltImage,
    engine: Engine | None,
    options: Options,
    progress: Progress,
) -> Validation:
    """Validate a built image against what its path claims; keep validation.json."""
    progress.step(f"validate {image.image_id}")
    asked = replace(
        options,
        expected_module=image.image_id.split("/")[1],
        build_certificates=read_certificates(workspace, image.slug),
    )
    found = validate_image(Path(image.archive), engine, asked, progress)
    # The subject is the image, not the path of this machine that it was read from.
    found = replace(found, subject=image.image_id)
    write_json(workspace.evidence(image.digest) / "validation.json", to_json(found))
    return found


def describe_built(
    workspace: Workspace, spec: ImageSpec, image: BuiltImage, progress: Progress
) -> None:
    """Describe a built image; keep sbom.cdx.json."""
    progress.step(f"describe {image.image_id}")
    target = Target(Path(image.archive), image.image_id, image.slug, image.digest)
    inputs = describe(target, _origin(workspace, spec))
    write_bytes(workspace.evidence(image.digest) / "sbom.cdx.json", make_bom(inputs))


def _origin(workspace: Workspace, spec: ImageSpec) -> Origin:
    dockerfile = read_dockerfile(workspace.root, spec.dockerfile)
    record = workspace.image(spec.slug) / RECORD
    return read_origin(record, dockerfile, workspace.root / spec.directory)


def _release(
    spec: ImageSpec,
    image: BuiltImage,
    workspace: Workspace,
    options: RunOptions,
    progress: Progress,
) -> str:
    """Sign, publish and verify; return the verified reference."""
    progress.step(f"sign {spec.id}")
    sign_built(workspace, image, options.signer)
    repository = options.open_repository(reference_for(workspace, spec, options.registry))
    publish_built(workspace, image, repository, spec.tags, options.terms, progress)
    progress.step(f"verify {repository.name}:{spec.tags[0]}")
    result = verify_published(workspace, repository, spec.tags[0], options.terms)
    if result.holds and result.digest == image.digest:
        return f"{result.reference}@{result.digest}"
    reasons = "; ".join(one.reason for one in result.failures)
    raise DoesNotHoldError(
        reasons or f"the tag names {result.digest}, not the tested {image.digest}",
        where=result.reference,
        hint="Run the same command again; if it persists, look at the registry.",
    )
