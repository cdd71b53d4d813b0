"""Names from an image are data: they cannot act in a browser, on GitHub or in a terminal."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from fips_images.report.evidence import read_evidence
from fips_images.report.html import render_html
from fips_images.report.markdown import LIMIT_BYTES, render_markdown
from fips_images.report.terminal import render_terminal, summary_of
from fips_images.report.view import Report, make_report
from tests.report import samples

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>[red]\x1b[2J|`@octocat\n::error::"
GOOD_TYPES = {"https:", "#"}


def poisoned(value: Any) -> Any:
    """Every free text of the evidence replaced by a hostile one."""
    if isinstance(value, dict):
        fixed = ("digest", "status", "severity", "category", "sha256", "alg", "findings", "id")
        fixed += ("profile", "asOf")  # the schema leaves no room in these
        return {
            key: value[key] if key in fixed and key != "findings" else poisoned(value[key])
            for key in value
        }
    if isinstance(value, list):
        return [poisoned(item) for item in value]
    return EVIL if isinstance(value, str) else value


@pytest.fixture
def report(tmp_path: Path) -> Report:
    files = samples.bad()
    files["publish.json"] = samples.good()["publish.json"]
    sbom = files["sbom.cdx.json"]
    for item in sbom["components"]:
        item["name"] = item["version"] = EVIL
    sbom["metadata"]["component"]["properties"].append(
        {"name": "io.github.fips-container-images:unowned-file", "value": EVIL}
    )
    for name in ("build.json", "validation.json", "publish.json"):
        files[name] = poisoned(files[name])
    return make_report(read_evidence(samples.write(tmp_path, files)))


class Page(HTMLParser):
    """Collects the elements and attributes that a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def test_nothing_hostile_becomes_an_element(report: Report) -> None:
    text = render_html(report)
    page = Page(text)
    assert "&lt;script&gt;alert(1)" in text
    assert page.tags.count("script") == 1 and "img" not in page.tags
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "style"]


def test_the_page_loads_nothing(report: Report) -> None:
    """Links may lead away; nothing is fetched, and the policy forbids it."""
    page = Page(render_html(report))
    assert not {"link", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    assert not [value for name, value in page.attributes if name in ("src", "srcset", "action")]
    links = [value for name, value in page.attributes if name == "href"]
    assert all(link.startswith("https://csrc.nist.gov/") for link in links)
    (policy,) = [value for name, value in page.attributes if "default-src" in value]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "url(" not in render_html(report)


def test_the_terminal_gets_no_control_characters(report: Report) -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=120, color_system=None)
    console.print(render_terminal(report))
    console.print(summary_of([report]))
    assert "\x1b" not in stream.getvalue()
    assert "[red]" in stream.getvalue(), "markup of ours is not read from names"


def test_markdown_shows_it_as_text(report: Report) -> None:
    text = render_markdown(report)
    assert "<script" not in text and "<img" not in text
    assert "\x1b" not in text and "@octocat" not in text and "`" not in text
    assert not re.search(r"^::", text, re.MULTILINE)


def test_a_huge_summary_stays_below_the_limit(tmp_path: Path) -> None:
    many = [
        samples.finding(f"05-{number % 100:02}", EVIL * 40, "fail", EVIL * 400)
        for number in range(3000)
    ]
    folder = samples.write(tmp_path, {"validation.json": samples.validation(*many)})
    text = render_markdown(make_report(read_evidence(folder)))
    assert len(text.encode()) < LIMIT_BYTES
    assert "2950 more are in report.html" in text


@pytest.mark.parametrize("case", [samples.good, samples.bad, dict])
def test_no_adjective_is_ever_used(case: Any, tmp_path: Path) -> None:
    shown = make_report(read_evidence(samples.write(tmp_path, case())))
    text = (render_html(shown) + render_markdown(shown)).lower()
    assert "compliant" not in text and "certified" not in text and "compliance" not in text
