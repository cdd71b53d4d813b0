"""The steps sign, publish and verify of one built image, on the files of the working folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fips_images.attest.evidence import (
    read_bom,
    read_build_facts,
    read_validation,
    require_validation,
)
from fips_images.attest.judge import Terms
from fips_images.attest.signer import Signer
from fips_images.attest.signing import SUFFIX, bundle_folder, sign_evidence
from fips_images.errors import BadInputError
from fips_images.files import write_json
from fips_images.model.image import BuiltImage, ImageSpec
from fips_images.model.progress import Progress
from fips_images.publish.publisher import Publication, PublishResult, publish_image, write_result
from fips_images.publish.reference import Reference, parse_reference
from fips_images.publish.registry import Repository
from fips_images.publish.verify import VerifyResult, verify_reference, verify_to_json
from fips_images.workspace import Workspace


def sign_built(workspace: Workspace, built: BuiltImage, signer: Signer) -> list[Path]:
    """Sign the evidence of a built image.

    Raises:
        DoesNotHoldError: not validated, or the validation does not hold.
        BadInputError: SBOM or build record are missing or unreadable.
    """
    evidence = workspace.evidence(built.digest)
    facts = read_build_facts(workspace.image(built.slug) / "build.json")
    validation = require_validation(evidence)
    return sign_evidence(evidence, built, validation, read_bom(evidence), facts, signer)


def publish_built(
    workspace: Workspace,
    built: BuiltImage,
    repository: Repository,
    tags: Sequence[str],
    terms: Terms,
    progress: Progress,
) -> PublishResult:
    """Publish a built image with its bundles, and keep the result as publish.json.

    Raises:
        DoesNotHoldError: it is not to be published, or the registry gives back something else.
        EnvironmentFailureError: the registry cannot be used.
    """
    evidence = workspace.evidence(built.digest)
    bundles = tuple(sorted(bundle_folder(evidence).glob(f"*{SUFFIX}")))
    publication = Publication(built, read_validation(evidence), bundles, tuple(tags))
    result = publish_image(repository, publication, terms, progress)
    write_result(evidence / "publish.json", result)
    return result


def verify_published(
    workspace: Workspace,
    repository: Repository,
    tag_or_digest: str,
    terms: Terms,
    *,
    layers: bool = True,
) -> VerifyResult:
    """Verify what is published; where its evidence folder is here, keep the result there.

    Raises:
        EnvironmentFailureError: the registry cannot be used.
    """
    result = verify_reference(repository, tag_or_digest, terms, layers=layers)
    evidence = workspace.evidence(result.digest) if result.digest else None
    if evidence is not None and evidence.is_dir():
        write_json(evidence / "verify.json", verify_to_json(result))
    return result


def reference_for(workspace: Workspace, spec: ImageSpec, registry: str | None) -> Reference:
    """Return where an image of the tree is published: `<registry>/<runtime>`, tag set last.

    `registry` is HOST/PREFIX, `oci:FOLDER`, or None for the layout in the working folder.

    Raises:
        BadInputError: not such a name.
    """
    tag = f":{spec.tags[0]}" if spec.tags else ""
    if registry is None:
        return parse_reference(f"oci:{workspace.registry}//{spec.runtime}{tag}")
    if registry.startswith("oci:"):
        folder, divider, prefix = registry.removeprefix("oci:").partition("//")
        name = f"{prefix}/{spec.runtime}" if divider and prefix else spec.runtime
        return parse_reference(f"oci:{Path(folder).resolve()}//{name}{tag}")
    if "@" in registry or (":" in registry.rpartition("/")[2] and "/" in registry):
        raise BadInputError(
            "a prefix without tag or digest is needed",
            where=registry,
            hint="Write --registry HOST/PREFIX; name and tags follow from the image.",
        )
    return parse_reference(f"{registry.rstrip('/')}/{spec.runtime}{tag}")
