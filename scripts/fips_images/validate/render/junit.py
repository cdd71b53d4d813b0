"""JUnit XML: a suite per category, a case per check."""

from __future__ import annotations

import re
from itertools import groupby
from xml.etree import ElementTree as Xml

from fips_images.model.finding import Finding, Status, Validation
from fips_images.validate.checks import CATEGORIES

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(validation: Validation) -> str:
    """Failures and serious not-run are failures; other not-run and not-applicable are skipped."""
    root = Xml.Element("testsuites", name=_clean(validation.subject))
    unanswered = set(map(id, validation.unanswered))
    for category, group in groupby(validation.findings, key=lambda it: it.check.category):
        suite = Xml.SubElement(root, "testsuite", name=f"{category} {CATEGORIES[category]}")
        tallies = {"tests": 0, "failures": 0, "skipped": 0}
        for finding in group:
            tallies["tests"] += 1
            kind = _case(suite, finding, broken=id(finding) in unanswered)
            if kind:
                tallies[kind] += 1
        for name, number in tallies.items():
            suite.set(name, str(number))
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: Xml.Element, finding: Finding, *, broken: bool) -> str:
    info = finding.check
    case = Xml.SubElement(suite, "testcase", classname=info.id, name=_clean(info.title))
    text = "\n".join((*finding.evidence, f"Remedy: {info.remedy}", f"Source: {info.source}"))
    if finding.status is Status.FAIL or broken:
        message = f"{finding.status}: {finding.reason}"
        Xml.SubElement(case, "failure", message=_clean(message)).text = _clean(text)
        return "failures"
    if finding.status in (Status.NOT_RUN, Status.NOT_APPLICABLE, Status.WAIVED):
        Xml.SubElement(case, "skipped", message=_clean(f"{finding.status}: {finding.reason}"))
        return "skipped"
    Xml.SubElement(case, "system-out").text = _clean(f"{finding.status}: {finding.reason}")
    return ""


def _clean(text: str) -> str:
    return _NOT_XML.sub("?", text)
