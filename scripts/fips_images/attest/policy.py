"""What a consumer asks for, as a file: whose signatures, which statements, how fresh."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from fips_images.attest.content import Moment
from fips_images.attest.judge import REQUIRED, Terms
from fips_images.attest.keys import load_public_key
from fips_images.attest.statement import CYCLONEDX, PROVENANCE, SIGNATURE, TEST_RESULT
from fips_images.attest.trust import KeyTrust, Trust
from fips_images.errors import BadInputError

#: Short names that a policy may use for predicate types.
KINDS = {
    "signature": SIGNATURE,
    "test-result": TEST_RESULT,
    "sbom": CYCLONEDX,
    "provenance": PROVENANCE,
}
_LARGEST = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Policy:
    """The terms of a consumer, before keys are loaded."""

    keys: tuple[Path, ...] = ()
    require: tuple[str, ...] = REQUIRED
    test_age: int | None = None  # days

    def terms(self, as_of: date, trust: Trust | None = None) -> Terms:
        """Load the keys, unless somebody else is to be believed.

        Raises:
            BadInputError: there is no key, or one cannot be read.
        """
        if trust is None:
            if not self.keys:
                raise BadInputError(
                    "nobody is named whose signatures count",
                    hint="Name a public key with --key FILE, or keys in a policy with --policy.",
                )
            trust = KeyTrust(tuple(load_public_key(path) for path in self.keys))
        return Terms(trust, Moment(as_of, self.test_age), self.require)


def load_policy(path: Path) -> Policy:
    """Read a policy file (YAML or JSON); paths of keys are relative to it.

    Raises:
        BadInputError: it cannot be read, or breaks `schemas/policy.schema.json`; says where.
    """
    try:
        content = path.read_bytes()[: _LARGEST + 1]
        value: Any = yaml.safe_load(content) if len(content) <= _LARGEST else None
    except OSError as error:
        raise BadInputError(error.strerror or str(error), where=str(path)) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise BadInputError(f"not YAML: {error}", where=str(path)) from error
    problems = [
        f"{'/'.join(map(str, it.absolute_path)) or 'policy'}: {it.message}"
        for it in jsonschema.Draft202012Validator(_schema()).iter_errors(value)
    ]
    if problems:
        raise BadInputError("; ".join(problems), where=str(path), hint="See docs/verify.md.")
    require = tuple(KINDS.get(it, it) for it in value.get("require", KINDS))
    keys = tuple(path.parent / it for it in value.get("keys", ()))
    return Policy(keys, require, value.get("test_result_max_age_days"))


@cache
def _schema() -> dict[str, Any]:
    text = files("fips_images.attest").joinpath("schemas/policy.schema.json").read_text("utf-8")
    value: dict[str, Any] = json.loads(text)
    return value
