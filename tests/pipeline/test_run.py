"""The main job, end to end, with a real engine: what holds is published, what does not is not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time

import pytest
from jsonschema import Draft202012Validator

from tests.pipeline.conftest import BASE, ROOT, Cli, published

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1800)]
DERIVED = "openssl/3.5.7/debian/13/derived"


def test_the_main_job_ends_with_a_verified_digest_and_a_report(cli):
    done = cli("run", BASE, "--format", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    schema = json.loads((ROOT / "scripts/fips_images/cli/schemas/run.schema.json").read_text())
    Draft202012Validator(schema).validate(json.loads(done.stdout))
    (outcome,) = json.loads(done.stdout)
    assert outcome["holds"] is True
    assert outcome["verified"].endswith(outcome["digest"])
    assert published(cli.work) == ["base:openssl3.5.7", "base:openssl3.5.7-debian13"]
    evidence = cli.work / "evidence" / outcome["digest"].replace(":", "-")
    assert {path.name for path in evidence.iterdir()} >= {
        "build.json",
        "build.log",
        "bundles",
        "publish.json",
        "report.html",
        "report.json",
        "sbom.cdx.json",
        "validation.json",
        "verify.json",
    }
    again = cli("run", BASE)
    assert again.returncode == 0, again.stderr
    assert "reused" in again.stderr
    assert outcome["digest"] in again.stdout
    assert "report.html" in again.stdout


@pytest.mark.parametrize(
    ("defect", "check"),
    [
        (
            "RUN printf X | dd conv=notrunc bs=1 seek=99999 of=$(ls /usr/lib/*/*/fips.so)\n",
            "FIPS-01",
        ),
        ("RUN sed -i /default_properties/d /etc/ssl/openssl.cnf\n", "FIPS-05"),
    ],
    ids=["one byte of fips.so flipped", "default_properties dropped"],
)
def test_a_defect_is_named_with_its_remedy_and_nothing_is_published(derived, defect, check):
    cli = derived(f"USER 0\n{defect}USER 65532:65532\n")
    done = cli("run", DERIVED)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "validation does not hold" in done.stdout
    assert published(cli.work) == []
    (report,) = cli.work.glob("evidence/*/validation.json")
    failed = [one for one in json.loads(report.read_text())["findings"] if one["status"] == "fail"]
    assert any(one["id"].startswith(check) for one in failed), failed
    assert all(one["remedy"] for one in failed)
    assert not list(cli.work.glob("evidence/*/bundles/*"))


@pytest.mark.parametrize("step", ["building", "validate", "sign", "Pushing", "Attaching", "verify"])
def test_killed_anywhere_the_next_run_finishes(cli, step):
    child = cli.start("run", BASE)
    assert child.stdout
    for line in child.stdout:
        if step in line:
            break
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    digests = {path.name for path in cli.work.glob("evidence/sha256-*/verify.json")}
    assert not digests or step == "verify"
    done = cli("run", BASE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(published(cli.work)) == 2
    assert leftovers(cli) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_no_container_no_lock_and_no_half_file(cli, number):
    child = cli.start("run", BASE)
    assert child.stdout
    for line in child.stdout:
        if "probe" in line or "Judging" in line:
            break
    os.kill(child.pid, number)
    assert child.wait(timeout=60) == 130
    label = "label=io.github.fips-container-images.run"
    listed = ["docker", "ps", "--all", "--quiet", "--filter", label]
    for _ in range(20):
        running = subprocess.run(listed, capture_output=True, text=True, check=True).stdout
        if not running:
            break
        time.sleep(0.5)
    assert running == ""
    assert published(cli.work) == []
    assert leftovers(cli) == []


def leftovers(cli: Cli) -> list[str]:
    """Temporary and lock files that somebody forgot."""
    names = (path.name for path in cli.work.rglob("*") if path.is_file())
    return [name for name in names if name.startswith(".") or name.endswith((".lock", ".tmp"))]
