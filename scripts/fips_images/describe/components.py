"""Turns what is known of an image into CycloneDX components."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from cyclonedx.model import (
    AttachedText,
    ExternalReference,
    ExternalReferenceType,
    HashAlgorithm,
    HashType,
    Property,
    XsUri,
)
from cyclonedx.model.component import (
    Component,
    ComponentType,
    Diff,
    Patch,
    PatchClassification,
    Pedigree,
)
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.spdx import is_supported_id
from packageurl import PackageURL

from fips_images.describe.inputs import OWN_FILES, BomInputs, ModuleFacts, SourcePatch
from fips_images.describe.ownership import assign
from fips_images.describe.sources import Source
from fips_images.model.inventory import Package, PackageLicense

NAMESPACE = "io.github.fips-container-images"
_CERTIFICATE = (
    "https://csrc.nist.gov/projects/cryptographic-module-validation-program/certificate/{number}"
)


def image_component(inputs: BomInputs) -> Component:
    """The image itself, with its digest, its base and the files that nothing owns."""
    inventory, ownership = inputs.inventory, assign(inputs)
    facts = {
        "platform": inventory.platform,
        "files:total": str(ownership.total),
        "files:owned": str(ownership.owned),
        "files:unowned": str(len(ownership.unowned)),
        "sources": "recorded by the build" if inputs.origin_known else "not known: not built here",
        "module:count": str(len(inputs.modules)),
    }
    unowned = [Property(name=f"{NAMESPACE}:unowned-file", value=path) for path in ownership.unowned]
    return Component(
        name=inputs.name,
        type=ComponentType.CONTAINER,
        bom_ref="image",
        version=inventory.digest,
        purl=PackageURL("oci", name=inputs.slug, version=inventory.digest),
        hashes=_sha256(inventory.digest.removeprefix("sha256:")),
        properties=[*properties(facts), *unowned],
        pedigree=Pedigree(ancestors=_bases(inputs)) if inputs.bases else None,
    )


def components(inputs: BomInputs) -> tuple[Component, ...]:
    """Everything inside the image: modules, configuration, sources, packages, the system."""
    return (
        *_system(inputs),
        *(_module(module) for module in inputs.modules),
        *(_file(inputs, path) for path in inputs.own_files),
        *(_source(source, inputs.patches) for source in inputs.sources),
        *(_package(package, inputs) for package in packages(inputs)),
    )


def packages(inputs: BomInputs) -> tuple[Package, ...]:
    """The listed packages, without guesses from a program's bytes about what a source explains."""
    built = {(source.purl, source.version) for source in inputs.sources if source.purl}
    return tuple(
        package
        for package in inputs.inventory.packages
        if not (package.kind == "binary" and (package.purl, package.version) in built)
    )


def tool_components(inputs: BomInputs) -> tuple[Component, ...]:
    """What made the description."""
    return (
        Component(
            name="fips-container-images",
            type=ComponentType.APPLICATION,
            version=inputs.toolkit_version,
            licenses=[DisjunctiveLicense(id="Apache-2.0")],
        ),
        Component(
            name=inputs.inventory.tool,
            type=ComponentType.APPLICATION,
            version=inputs.inventory.tool_version,
        ),
    )


def properties(facts: Mapping[str, str]) -> list[Property]:
    """Properties of ours; a fact that is not known is left out."""
    return [
        Property(name=f"{NAMESPACE}:{name}", value=value) for name, value in facts.items() if value
    ]


def _module(module: ModuleFacts) -> Component:
    facts = {
        "role": "module",
        "path": module.path,
        "module:mac": module.mac,
        "module:certificate": module.certificate,
    }
    source = module.source
    return Component(
        name=module.name,
        type=ComponentType.LIBRARY,
        bom_ref=f"module:{module.path}",
        version=module.version or None,
        hashes=_sha256(module.sha256),
        licenses=_source_license(source),
        purl=PackageURL("generic", name="openssl-fips-provider", version=module.version)
        if module.version
        else None,
        external_references=[*_certificate(module), *_download(source)],
        properties=properties(facts),
    )


def _certificate(module: ModuleFacts) -> Iterator[ExternalReference]:
    if module.certificate.isascii() and module.certificate.isdigit():
        yield ExternalReference(
            type=ExternalReferenceType.CERTIFICATION_REPORT,
            url=XsUri(_CERTIFICATE.format(number=module.certificate)),
        )


def _download(source: Source | None) -> Iterator[ExternalReference]:
    if source:
        yield ExternalReference(
            type=ExternalReferenceType.SOURCE_DISTRIBUTION,
            url=XsUri(source.url),
            hashes=_sha256(source.sha256),
        )


def _source(source: Source, patches: Iterable[SourcePatch]) -> Component:
    return Component(
        name=source.title,
        type=ComponentType.APPLICATION,
        bom_ref=f"source:{source.sha256}",
        version=source.version or None,
        licenses=_source_license(source),
        purl=PackageURL.from_string(source.purl) if source.purl else None,
        cpe=source.cpe or None,
        external_references=list(_download(source)),
        pedigree=_pedigree([patch for patch in patches if patch.stage == source.stage]),
        properties=properties({"role": "built-from-source", "archive": source.file}),
    )


def _pedigree(patches: list[SourcePatch]) -> Pedigree | None:
    if not patches:
        return None
    return Pedigree(
        notes="Built from the archive with: " + ", ".join(patch.file for patch in patches),
        patches=[
            Patch(
                type=PatchClassification.UNOFFICIAL,
                diff=Diff(text=AttachedText(content=patch.text, content_type="text/x-diff")),
            )
            for patch in patches
        ],
    )


def _source_license(source: Source | None) -> list[DisjunctiveLicense]:
    return [DisjunctiveLicense(id=source.licence)] if source and source.licence else []


def _file(inputs: BomInputs, path: str) -> Component:
    sha256 = next(file.sha256 for file in inputs.inventory.files if file.path == path)
    return Component(
        name=path,
        type=ComponentType.FILE,
        bom_ref=f"file:{path}",
        hashes=_sha256(sha256),
        properties=properties({"role": OWN_FILES[path]}),
    )


def _system(inputs: BomInputs) -> Iterator[Component]:
    inventory = inputs.inventory
    if inventory.os_id:
        yield Component(
            name=inventory.os_id,
            type=ComponentType.OPERATING_SYSTEM,
            bom_ref="operating-system",
            version=inventory.os_version or None,
            description=inventory.os_name or None,
        )


def _package(package: Package, inputs: BomInputs) -> Component:
    facts = {
        "package:type": package.kind,
        "package:source": package.source_package if package.source_package != package.name else "",
        "package:files": str(len(package.files)) if package.files else "",
        "role": "core" if package.purl in inputs.core else "",
    }
    return Component(
        name=package.name,
        type=ComponentType.LIBRARY,
        bom_ref=package.purl or f"{package.kind}:{package.name}",
        version=package.version or None,
        licenses=_licenses(package.licenses),
        purl=PackageURL.from_string(package.purl) if package.purl else None,
        properties=properties(facts),
    )


def _licenses(found: Iterable[PackageLicense]) -> list[DisjunctiveLicense]:
    """SPDX identifiers where there is one, else the words of the package."""
    identifiers = {entry.spdx for entry in found if is_supported_id(entry.spdx)}
    names = {entry.value for entry in found if not is_supported_id(entry.spdx) and entry.value}
    return [
        *(DisjunctiveLicense(id=identifier) for identifier in sorted(identifiers)),
        *(DisjunctiveLicense(name=name) for name in sorted(names)),
    ]


def _bases(inputs: BomInputs) -> list[Component]:
    return [
        Component(
            name=base.reference,
            type=ComponentType.CONTAINER,
            bom_ref=f"base:{base.reference}",
            version=base.digest or None,
            hashes=_sha256(base.digest.removeprefix("sha256:")),
        )
        for base in inputs.bases
    ]


def _sha256(value: str) -> list[HashType]:
    return [HashType(alg=HashAlgorithm.SHA_256, content=value)] if value else []
