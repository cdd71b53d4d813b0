"""What each kind of statement must say to count, and what may be said because of it.

`cosign verify` looks at none of this: it accepts any signed statement about the digest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from fips_images.attest.predicates import LOCAL_BUILDER
from fips_images.attest.statement import CYCLONEDX, PROVENANCE, SIGNATURE, TEST_RESULT
from fips_images.errors import BadInputError, DoesNotHoldError


@dataclass(frozen=True, slots=True)
class Claims:
    """Sentences that hold because of a statement, and sentences that warn of its limits."""

    said: tuple[str, ...]
    unsaid: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """The day to judge for, and how old a test result may be in days (None: any age)."""

    as_of: date
    test_age: int | None = None


Reader = Callable[[dict[str, Any], Moment], Claims]


def read_content(predicate_type: str, predicate: dict[str, Any], moment: Moment) -> Claims | None:
    """Return what a statement amounts to; None for a kind that we cannot read.

    Raises:
        DoesNotHoldError: it says that something failed, or is too old or too new.
        BadInputError: it does not have the form of its kind.
    """
    reader = _READERS.get(predicate_type)
    if reader is None:
        return None
    try:
        return reader(predicate, moment)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise BadInputError(f"the predicate lacks what its kind asks for: {error}") from error


def _signature(predicate: dict[str, Any], _: Moment) -> Claims:
    if predicate:
        raise BadInputError("a signature's predicate is not empty")
    return Claims(("It was signed.",))


def _test_result(predicate: dict[str, Any], moment: Moment) -> Claims:
    """Read in-toto test-result v0.1, in the form that `predicates.test_result` gives it."""
    if predicate.get("result") != "PASSED":
        raise DoesNotHoldError(f"the test result is {str(predicate.get('result'))[:40]!r}")
    passed, warned, failed = (
        _names(predicate, name) for name in ("passedTests", "warnedTests", "failedTests")
    )
    if failed:
        raise DoesNotHoldError(f"it says PASSED, and lists failed tests: {_some(failed)}")
    if not passed:
        raise DoesNotHoldError("it says PASSED, and no test is listed as passed")
    configuration = predicate["configuration"][0]
    day = _day(configuration["annotations"]["asOf"])
    _fresh(day, moment)
    profile = str(configuration["name"]).removeprefix("profile:")
    said = f"Its validation of {day} passed: {len(passed)} checks, profile {profile}."
    unsaid = f"Checks that warned, were waived or were not run: {_some(warned)}."
    return Claims((said,), (unsaid,) if warned else ())


def _cyclonedx(predicate: dict[str, Any], _: Moment) -> Claims:
    if predicate.get("bomFormat") != "CycloneDX":
        raise BadInputError("the SBOM is not a CycloneDX document")
    components = predicate.get("components")
    if not isinstance(components, list) or not components:
        raise DoesNotHoldError("the SBOM lists no component")
    version = str(predicate.get("specVersion"))[:8]
    return Claims((f"Its SBOM (CycloneDX {version}) lists {len(components)} components.",))


def _provenance(predicate: dict[str, Any], _: Moment) -> Claims:
    definition, builder = predicate["buildDefinition"], predicate["runDetails"]["builder"]["id"]
    if not isinstance(definition["buildType"], str) or not isinstance(builder, str):
        raise BadInputError("the provenance names no build type or no builder")
    inputs = definition["resolvedDependencies"]
    if not isinstance(inputs, list) or not inputs:
        raise DoesNotHoldError("the provenance lists no input")
    unknown = [str(it.get("uri"))[:200] for it in inputs if not it.get("digest")]
    said = f"It was built from {len(inputs)} inputs that its provenance names; builder {builder}."
    unsaid = [f"Inputs without a digest: {_some(unknown)}."] if unknown else []
    if builder == LOCAL_BUILDER:
        unsaid.append("Nobody but the signer vouches for how it was built (local builder).")
    return Claims((said,), tuple(unsaid))


_READERS: dict[str, Reader] = {
    SIGNATURE: _signature,
    TEST_RESULT: _test_result,
    CYCLONEDX: _cyclonedx,
    PROVENANCE: _provenance,
}


def _names(predicate: dict[str, Any], key: str) -> list[str]:
    names = predicate.get(key, [])
    if not isinstance(names, list) or not all(isinstance(it, str) for it in names):
        raise BadInputError(f"{key} is not a list of names")
    return names


def _day(text: Any) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        raise BadInputError(f"not a date: {str(text)[:40]!r}") from error


def _fresh(day: date, moment: Moment) -> None:
    age = (moment.as_of - day).days
    if age < 0:
        raise DoesNotHoldError(f"the test result is of {day}, after {moment.as_of}")
    if moment.test_age is not None and age > moment.test_age:
        raise DoesNotHoldError(
            f"the test result is {age} days old on {moment.as_of}; at most {moment.test_age} count"
        )


def _some(names: list[str], most: int = 10) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
