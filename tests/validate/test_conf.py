"""OpenSSL's configuration syntax, as config(5) describes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fips_images.validate.conf import DEFAULT, Document, read_config


def _read(files: dict[str, str | tuple[str, ...]], **environment: str) -> Document:
    return read_config("/c", lambda path: files.get(path), environment)


@pytest.mark.parametrize(
    ("text", "section", "name", "value"),
    [
        ("a = b", DEFAULT, "a", "b"),
        ("[ s ]\na=b # note", "s", "a", "b"),
        ("a = 'x # y'", DEFAULT, "a", "x # y"),
        ("a = one\\\n two", DEFAULT, "a", "one two"),
        ("a = 1\na = 2", DEFAULT, "a", "2"),
        ("[s]\na = 1\n[t]\n[s]\na = 2", "s", "a", "2"),
        ("a = 1\n[s]\nb = $a", "s", "b", "1"),
        ("[t]\na = 1\n[s]\nb = ${t::a}x", "s", "b", "1x"),
        ("t::a = 1", "t", "a", "1"),
        ("a = $ENV::HOME", DEFAULT, "a", "/home/x"),
        (".include /d", "s", "in", "1"),
        (".include = /d", "s", "in", "1"),
        (".include /d\nmore = 2", "s", "more", "2"),
        (".include /folder", "s", "in", "1"),
        (".pragma = dollarid:on\na = b", DEFAULT, "a", "b"),
    ],
)
def test_syntax(text: str, section: str, name: str, value: str) -> None:
    files = {"/c": text, "/d": "[s]\nin = 1", "/folder": ("/d",)}
    document = _read(files, HOME="/home/x")
    assert document.sections[section][name] == value
    assert not document.problems


@pytest.mark.parametrize("text", [".include /gone", "[s", "words without meaning", ".include /c"])
def test_what_is_wrong_is_said(text: str) -> None:
    assert _read({"/c": text}).problems


def test_a_relative_include_uses_its_variable() -> None:
    document = _read({"/c": ".include d", "/x/d": "a = 1"}, OPENSSL_CONF_INCLUDE="/x")
    assert document.sections[DEFAULT]["a"] == "1"


def test_files_that_include_each_other_end() -> None:
    document = _read({"/c": ".include /d\n.include /d", "/d": ".include /c\n.include /c"})
    assert any("include each other" in it for it in document.problems)


def test_values_that_grow_without_end_are_cut() -> None:
    text = "a = xxxxxxxxxx\n" + "a = $a$a$a$a\n" * 200
    assert len(_read({"/c": text}).sections[DEFAULT]["a"]) <= 65536


@given(st.text(max_size=300))
def test_nothing_makes_it_fall_over(text: str) -> None:
    _read({"/c": text})
