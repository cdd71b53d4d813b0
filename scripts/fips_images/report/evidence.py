"""Reads the evidence folder of one image digest. What is missing is None, never an error."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from fips_images.errors import BadInputError
from fips_images.evidence.validation import from_json
from fips_images.files import read_json
from fips_images.model.finding import Validation
from fips_images.report.sbom import Bom, read_bom

T = TypeVar("T")
_AGAIN = "Run the step that writes it again, then `fipsctl report`."


@dataclass(frozen=True, slots=True)
class Base:
    """A base image that the build used."""

    reference: str
    digest: str
    origin: str


@dataclass(frozen=True, slots=True)
class Download:
    """A source archive that the build used."""

    file: str
    url: str
    sha256: str
    origin: str


@dataclass(frozen=True, slots=True)
class Build:
    """What build.json says."""

    image_id: str
    slug: str
    digest: str
    platform: str
    identity: str
    engine: str
    started: str
    seconds: float
    toolkit: str
    bases: tuple[Base, ...]
    sources: tuple[Download, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement in a bundle, as it says itself; nothing is verified here."""

    name: str
    predicate_type: str
    subject: str  # sha256:…


@dataclass(frozen=True, slots=True)
class Publication:
    """What publish.json says."""

    repository: str
    digest: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """What verify.json says."""

    reference: str
    digest: str
    holds: bool
    problems: tuple[str, ...]
    may_claim: tuple[str, ...]
    must_not_claim: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything said about one digest. None: that step did not leave anything behind."""

    digest: str
    build: Build | None
    validation: Validation | None
    bom: Bom | None
    statements: tuple[Statement, ...]
    publication: Publication | None
    verification: Verification | None


def read_evidence(folder: Path) -> Evidence:
    """Read the folder `evidence/sha256-<hex>`.

    Raises:
        BadInputError: no such folder, or a file in it cannot be read; says which.
    """
    if not folder.is_dir():
        raise BadInputError(
            "no evidence", where=str(folder), hint="Make some: `fipsctl validate IMAGE`."
        )
    return Evidence(
        digest=folder.name.replace("-", ":", 1),
        build=_optional(_build_record(folder), _build),
        validation=_optional(folder / "validation.json", from_json),
        bom=_optional(folder / "sbom.cdx.json", read_bom),
        statements=_statements(folder / "bundles"),
        publication=_optional(folder / "publish.json", _publication),
        verification=_optional(folder / "verify.json", _verification),
    )


def _build_record(folder: Path) -> Path:
    """The record of the newest build, if it is of this digest, else the one in the folder."""
    digest = folder.name.replace("-", ":", 1)
    for path in sorted(folder.parent.parent.glob("images/*/build.json")):
        value = read_json(path, hint=_AGAIN)
        if isinstance(value, dict) and value.get("digest") == digest:
            return path
    return folder / "build.json"


def _optional(path: Path, make: Callable[[Any], T]) -> T | None:
    if not path.exists():
        return None
    value = read_json(path, hint=_AGAIN)
    try:
        return make(value)
    except BadInputError as error:
        raise BadInputError(str(error), where=str(path), hint=_AGAIN) from error
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
        problem = f"not what this version of fipsctl writes ({type(error).__name__}: {error})"
        raise BadInputError(problem, where=str(path), hint=_AGAIN) from error


def _build(value: dict[str, Any]) -> Build:
    engine = value["engine"]
    return Build(
        image_id=str(value["image_id"]),
        slug=str(value["slug"]),
        digest=str(value["digest"]),
        platform=str(value["platform"]),
        identity=str(value["identity"]),
        engine=f"{engine['name']} {engine['version']}".strip(),
        started=str(value["started"]),
        seconds=float(value["seconds"]),
        toolkit=str(value["toolkit"]),
        bases=tuple(
            Base(str(item["reference"]), str(item["digest"]), str(item["origin"]))
            for item in value["bases"]
        ),
        sources=tuple(
            Download(str(item["file"]), str(item["url"]), str(item["sha256"]), str(item["origin"]))
            for item in value["sources"]
        ),
    )


def _statements(folder: Path) -> tuple[Statement, ...]:
    paths = sorted(folder.glob("*.sigstore.json")) if folder.is_dir() else []
    found = [
        _optional(path, lambda value, name=path.name: _statement(name, value))  # type: ignore[misc]
        for path in paths
    ]
    return tuple(statement for statement in found if statement is not None)


def _statement(name: str, bundle: dict[str, Any]) -> Statement:
    payload = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    digests = payload["subject"][0]["digest"]
    return Statement(
        name=name.removesuffix(".sigstore.json"),
        predicate_type=str(payload["predicateType"]),
        subject=f"sha256:{digests['sha256']}",
    )


def _publication(value: dict[str, Any]) -> Publication:
    return Publication(
        repository=str(value["repository"]),
        digest=str(value["digest"]),
        tags=_texts(value["tags"]),
    )


def _verification(value: dict[str, Any]) -> Verification:
    return Verification(
        reference=str(value["reference"]),
        digest=str(value["digest"]),
        holds=value["holds"] is True,
        problems=_texts(item["reason"] for item in value["failures"]),
        may_claim=_texts(value.get("may_claim", ())),
        must_not_claim=_texts(value.get("must_not_claim", ())),
    )


def _texts(items: Iterable[Any]) -> tuple[str, ...]:
    return tuple(str(item) for item in items)
