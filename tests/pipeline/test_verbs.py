"""Each step as a verb of its own, one after another, and their JSON as the schemas say."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from tests.pipeline.conftest import BASE, ROOT, published

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1800)]
PACKAGE = ROOT / "scripts" / "fips_images"
REFERENCE = "oci:{work}/registry//base:openssl3.5.7-debian13"
STEPS = (
    (("discover",), "plan/schemas/discover.schema.json"),
    (("plan", "--filter", BASE), "plan/schemas/plan.schema.json"),
    (("build", BASE), "build/schemas/built.schema.json"),
    (("validate", BASE), "evidence/schemas/validation.schema.json"),
    (("bom", BASE), None),
    (("sign", BASE), "attest/schemas/sign.schema.json"),
    (("publish", BASE), "publish/schemas/publish.schema.json"),
    (("verify", REFERENCE), "publish/schemas/verify.schema.json"),
    (("report", BASE), "report/schemas/report.schema.json"),
)


def test_the_verbs_do_together_what_run_does(cli):
    for words, schema in STEPS:
        verb, *rest = (word.format(work=cli.work) for word in words)
        shape = ["--format", "json"] if schema else []
        done = cli(verb, *rest, *shape)
        assert done.returncode == 0, (verb, done.stdout, done.stderr)
        if schema:
            value = json.loads(done.stdout)
            # publish and verify print one document per image
            for one in value if verb in ("publish", "verify") else [value]:
                Draft202012Validator(json.loads((PACKAGE / schema).read_text())).validate(one)
    assert published(cli.work) == ["base:openssl3.5.7", "base:openssl3.5.7-debian13"]


def test_nothing_is_signed_or_published_before_it_is_validated(cli):
    assert cli("build", BASE).returncode == 0
    for verb, status in (("sign", 1), ("publish", 2)):
        done = cli(verb, BASE)
        assert done.returncode in (status, 1), done.stderr
        assert "next: " in done.stderr
    assert published(cli.work) == []
