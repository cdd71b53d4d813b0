"""One self-contained page: no outside resource, everything escaped, readable without script."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from fips_images.report import words
from fips_images.report.view import Report


def render_html(report: Report) -> str:
    """Return the page. Its policy lets the browser load nothing and run only its own script."""
    css, js = _own("page.css"), _own("page.js")
    policy = (
        f"default-src 'none'; style-src 'sha256-{_hash(css)}'; script-src 'sha256-{_hash(js)}';"
        " base-uri 'none'; form-action 'none'"
    )
    environment = Environment(
        loader=PackageLoader("fips_images.report"),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    page = environment.get_template("page.html.j2")
    return page.render(report=report, words=words, css=css, js=js, policy=policy)


def _own(name: str) -> Markup:
    """Our own style or script, which must not be escaped."""
    text = files("fips_images.report").joinpath("templates", name).read_text("utf-8")
    return Markup(text)  # noqa: S704 - a file of this package, not input


def _hash(text: str) -> str:
    """The hash by which a Content-Security-Policy names an inline block (CSP level 3, 8.3)."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
