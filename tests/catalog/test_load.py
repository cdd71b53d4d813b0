"""The catalogue: what it resolves to, and that every mistake is named with its line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fips_images.catalog.load import load_catalog
from fips_images.errors import BadInputError

ROOT = Path(__file__).parents[2]
SHA = "a" * 64
GOOD = f"""\
modules:
  3.5.7:
    certificate: null
    note: not validated
    configure: [enable-fips]
    url: https://example.org/openssl-{{version}}.tar.gz
    sha256: {SHA}
    source: a test
bases:
  debian/13:
    image: docker.io/library/debian:13
    digest: null
    family: debian
    end_of_life: 2030-06-30
    keep: {{base: [[openssl, bash]], python: [[libffi8]]}}
runtimes:
  base: {{}}
  python:
    url: https://example.org/Python-{{version}}.tar.xz
    versions:
      "3.10": {{version: 3.10.1, sha256: {SHA}}}
images:
  - {{modules: [3.5.7], bases: [debian/13], runtimes: [base, python/3.10]}}
"""


def load(folder: Path, text: str):
    path = folder / "catalog.yaml"
    path.write_text(text)
    return load_catalog(path)


def test_a_good_catalogue_resolves_to_its_combinations(tmp_path):
    catalog = load(tmp_path, GOOD)
    assert [one.directory for one in catalog.combinations] == [
        "openssl/3.5.7/debian/13/base",
        "openssl/3.5.7/debian/13/python/3.10",
    ]
    python = catalog.combinations[1]
    assert python.runtime.download.url == "https://example.org/Python-3.10.1.tar.xz"
    assert python.runtime.download.file == "Python-3.10.1.tar.xz"
    assert python.base.keep == {"base": ("bash", "openssl"), "python": ("libffi8",)}


def test_the_catalogue_of_this_project_is_good():
    catalog = load_catalog(ROOT / "openssl" / "catalog.yaml")
    assert {module.version: module.certificate for module in catalog.modules} == {
        "3.0.9": 4282,
        "3.1.2": 4985,
        "3.5.7": None,
    }


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        (f"sha256: {SHA}\n    source", "sha256: abc\n    source", 7, "'abc' does not match"),
        ("certificate: null", "certificate: yes-please", 3, "certificate"),
        ("runtimes: [base,", "runtimes: [ruby/3.3,", 23, "'ruby/3.3' is not under `runtimes`"),
        ("bases: [debian/13]", "bases: [debian/99]", 23, "'debian/99' is not under `bases`"),
        ("modules: [3.5.7]", "modules: [3.5.7, 3.5.7]", 23, "is already listed at line 23"),
        ("    note: not validated\n", "", 2, "'note' is a required property"),
        ("end_of_life: 2030-06-30", "end_of_life: someday", 14, "is not a 'date'"),
        ("family: debian", "family: debian\n    colour: red", 10, "'colour' was unexpected"),
        ("https://example.org/openssl", "ftp://example.org/openssl", 6, "does not match"),
        ("configure: [enable-fips]", "configure: [no-fips]", 5, "does not contain"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path, old, new, line, says):
    assert old in GOOD
    with pytest.raises(BadInputError) as caught:
        load(tmp_path, GOOD.replace(old, new, 1))
    assert f"catalog.yaml:{line}" in str(caught.value)
    assert says in str(caught.value)
    assert caught.value.exit_code == 2


def test_all_mistakes_are_reported_at_once(tmp_path):
    text = GOOD.replace("certificate: null", "certificate: x").replace("[[libffi8]]", "[[LIB!]]")
    with pytest.raises(BadInputError) as caught:
        load(tmp_path, text)
    assert "certificate" in str(caught.value)
    assert "LIB!" in str(caught.value)


def test_a_missing_catalogue_is_one_error(tmp_path):
    with pytest.raises(BadInputError, match="cannot read the catalogue"):
        load_catalog(tmp_path / "catalog.yaml")


@given(st.text(max_size=300))
def test_any_text_is_a_catalogue_or_a_bad_input(tmp_path_factory, text):
    try:
        load(tmp_path_factory.mktemp("fuzz"), text)
    except BadInputError as error:
        assert error.where


@given(st.integers(0, len(GOOD) - 1), st.text(max_size=3))
def test_a_damaged_catalogue_never_crashes(tmp_path_factory, position, junk):
    text = GOOD[:position] + junk + GOOD[position + 1 :]
    try:
        load(tmp_path_factory.mktemp("fuzz"), text)
    except BadInputError as error:
        assert error.where
