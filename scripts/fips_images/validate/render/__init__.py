"""A validation as text in several forms; nothing is computed here, and nothing printed."""

from __future__ import annotations

import json
from collections.abc import Callable

from fips_images.evidence.validation import to_json
from fips_images.model.finding import Validation
from fips_images.validate.render.junit import to_junit
from fips_images.validate.render.markdown import to_markdown
from fips_images.validate.render.sarif import to_sarif


def _json(validation: Validation) -> str:
    return json.dumps(to_json(validation), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


#: format -> how a validation is written in it; the terminal's table is render.terminal
FORMATS: dict[str, Callable[[Validation], str]] = {
    "json": _json,
    "markdown": to_markdown,
    "junit": to_junit,
    "sarif": to_sarif,
}
