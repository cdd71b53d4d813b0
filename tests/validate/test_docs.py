"""The pages about checks say what the table says."""

from __future__ import annotations

from pathlib import Path

import pytest

from fips_images.validate.docs import pages

_DOCS = Path(__file__).parents[2] / "docs" / "checks"


@pytest.mark.parametrize("name", pages())
def test_the_page_is_in_sync(name: str) -> None:
    """Otherwise: python -m fips_images.validate.docs docs/checks."""
    assert (_DOCS / name).read_text("utf-8") == pages()[name]


def test_no_page_is_left_over() -> None:
    assert {it.name for it in _DOCS.iterdir()} == set(pages())
