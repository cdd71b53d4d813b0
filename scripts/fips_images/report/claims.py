"""What may be said of an image on the strength of its evidence, and what may not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fips_images.report.evidence import Evidence
from fips_images.report.sbom import Module

_CERTIFICATE = "https://csrc.nist.gov/projects/cryptographic-module-validation-program/certificate/"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact that a claim rests on."""

    name: str
    value: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Claims:
    """`may` and `may_not` are sentences; `facts` is what the first rest on."""

    may: tuple[str, ...]
    may_not: tuple[str, ...]
    facts: tuple[Fact, ...]


def make_claims(evidence: Evidence, *, holds: bool) -> Claims:
    """Derive claims. Where the verdict does not hold, nothing may be claimed."""
    module = _module(evidence)
    facts = tuple(_facts(module)) if module else ()
    may = tuple(_may(evidence, module)) if holds else ()
    return Claims(may, tuple(_may_not(evidence, module, holds)), facts)


def _module(evidence: Evidence) -> Module | None:
    modules = evidence.bom.modules if evidence.bom else ()
    return modules[0] if len(modules) == 1 else None


def _facts(module: Module) -> Iterator[Fact]:
    yield Fact("Module", module.name)
    yield Fact("Version (label)", module.version or "not said")
    yield Fact("CMVP certificate (label)", _certificate_words(module), _link(module))
    yield Fact("Module MAC (measured)", module.mac or "not measured")
    yield Fact("SHA-256 of the file", module.sha256 or "not known")
    yield Fact("Path", module.path)


def _certificate_words(module: Module) -> str:
    if _has_certificate(module):
        return f"#{module.certificate}"
    return module.certificate or "not said"


def _has_certificate(module: Module) -> bool:
    return module.certificate.isascii() and module.certificate.isdigit()


def _link(module: Module) -> str:
    return f"{_CERTIFICATE}{module.certificate}" if _has_certificate(module) else ""


def _may(evidence: Evidence, module: Module | None) -> Iterator[str]:
    validation = evidence.validation
    verification = evidence.verification
    if validation is None:
        return
    yield (
        f"On {validation.as_of}, the image with this digest passed the checks listed below"
        f" (profile {validation.profile})."
    )
    if module and module.mac:
        yield f"The module file in the image has the MAC {module.mac}."
    if module and _has_certificate(module):
        yield (
            f"The image is labelled as carrying {module.name} {module.version}, of CMVP"
            f" certificate #{module.certificate}."
        )
    if verification:
        yield from verification.may_claim


def _may_not(evidence: Evidence, module: Module | None, holds: bool) -> Iterator[str]:
    if not holds:
        yield "Anything that needs a verdict: there is none that holds."
    if module is None:
        yield "Which module the image carries: no single one is described by an SBOM."
    elif not _has_certificate(module):
        yield "Anything about FIPS 140 validation: the module has no CMVP certificate on record."
    else:
        yield (
            f"That certificate #{module.certificate} is active: that changes with time."
            " Look it up on the day it matters."
        )
    yield "That the image as a whole is validated: a certificate covers a module on tested systems."
    yield "That programs added to the image use the module, or use it in an approved way."
    if evidence.verification is None:
        yield "That what is published is this image: publication was not verified."
    else:
        yield from evidence.verification.must_not_claim
