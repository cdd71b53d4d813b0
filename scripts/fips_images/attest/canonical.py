"""JSON in one form, so that the same value is always the same bytes; and JSON from strangers."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from fips_images.errors import BadInputError

#: Bytes of one document taken from a registry: a bundle with an SBOM in it may be large.
LARGEST_DOCUMENT = 32 << 20
_DEEPEST = 64  # levels of nesting; the statements and manifests that we know have under 20


def canonical(value: Any) -> bytes:
    """Return JSON with sorted keys, no spaces, UTF-8, and without NaN or infinities."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode("utf-8")


def parse_object(content: bytes, what: str, *, largest: int = LARGEST_DOCUMENT) -> dict[str, Any]:
    """Return a JSON object from bytes that nobody vouches for.

    A name that occurs twice is refused: readers would disagree on which of the two counts.

    Raises:
        BadInputError: larger than `largest` bytes, not JSON, not an object, or nested too deeply.
    """
    if len(content) > largest:
        raise BadInputError(f"{what} has {len(content)} bytes; at most {largest} are read")
    try:
        value = json.loads(content.decode("utf-8"), object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"{what} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise BadInputError(f"{what} is not a JSON object")
    if _depth_over(value, _DEEPEST):
        raise BadInputError(f"{what} is nested more than {_DEEPEST} levels deep")
    return value


def from_base64(text: Any, what: str) -> bytes:
    """Decode standard base64, strictly.

    Raises:
        BadInputError: not text, or not base64.
    """
    try:
        return base64.b64decode(str(text).encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise BadInputError(f"{what} is not base64: {error}") from error


def to_base64(content: bytes) -> str:
    """Encode as standard base64."""
    return base64.b64encode(content).decode("ascii")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name occurs twice in one object")
    return value


def _depth_over(value: Any, left: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    if left == 0:
        return True
    return any(
        _depth_over(it, left - 1) for it in (value.values() if isinstance(value, dict) else value)
    )
