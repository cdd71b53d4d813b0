"""What the probe prints is read with care: it comes from a stranger's container."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

from fips_images.validate.expectations import known_answers
from fips_images.validate.material import write_material
from fips_images.validate.probe import parse_output

_PROBES = Path(__file__).parents[2] / "scripts/fips_images/validate/probes"


def test_lines_of_others_are_passed_over() -> None:
    text = "\n".join(
        ["banner", '{"command":"a","status":0,"lines":["x\ty"]}', "[1]", '{"command":', "[" * 9999]
    )
    session = parse_output("own", text, 1.0)
    assert session.ran and not session.finished
    assert session.commands["a"].lines == ("x\ty",)


def test_nothing_printed_is_not_a_run() -> None:
    assert not parse_output("own", "sh: not found\n", 1.0).ran


def test_a_status_that_is_no_number_is_a_failure() -> None:
    session = parse_output("own", '{"command":"a","status":"0","lines":null}', 1.0)
    assert not session.commands["a"].ok


def test_the_shell_probe_prints_json_whatever_openssl_prints(tmp_path: Path) -> None:
    fake = tmp_path / "openssl"
    fake.write_text('#!/bin/sh\ncat "$0.txt"\necho "last $*"\nexit 3\n')
    (tmp_path / "openssl.txt").write_text('a "b" \\ c\n\n')
    fake.chmod(0o755)
    (tmp_path / "empty").touch()
    (tmp_path / "commands").write_text("# note\none|own|empty|list -x\ntwo|none|empty|rand\n")
    done = subprocess.run(
        ["/bin/sh", _PROBES / "probe.sh"],
        env={
            **os.environ,
            "FIPS_PROBE": str(tmp_path),
            "FIPS_PROBE_OPENSSL": str(fake),
            "FIPS_PROBE_PYTHONS": "",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    session = parse_output("own", done.stdout, 1.0)
    assert session.finished
    assert session.commands["one"].lines == ('a "b" \\ c', "", "last list -x")
    assert session.commands["two"].status == 3
    assert "Uid" in session.process


def test_the_python_probe_runs_and_judges_nothing(tmp_path: Path) -> None:
    """On whatever Python runs the tests: facts come out, whether FIPS or not."""
    write_material(tmp_path)
    (tmp_path / "probe.py").write_bytes((_PROBES / "probe.py").read_bytes())
    done = subprocess.run(
        [sys.executable, "-B", tmp_path / "probe.py", "py"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    facts = {it["fact"]: it["value"] for it in map(json.loads, done.stdout.splitlines())}
    assert facts["end"] is True
    assert facts["hashlib.new.sha256"][1][0] == known_answers("sha2")[1].answer
    assert facts["tls.default"][0] == "ok"
    assert not [name for name in facts if name.startswith("part.")]


def test_the_material_is_right_by_another_implementation(tmp_path: Path) -> None:
    """The published vectors verify with pyca/cryptography, and the changed ones do not."""
    write_material(tmp_path)
    key = serialization.load_pem_public_key((tmp_path / "ec.pub").read_bytes())
    key.verify((tmp_path / "ec.sig").read_bytes(), b"sample", ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        key.verify((tmp_path / "ec.bad").read_bytes(), b"sample", ec.ECDSA(hashes.SHA256()))
    rsa = serialization.load_pem_public_key((tmp_path / "rsa.pub").read_bytes())
    with pytest.raises(InvalidSignature):
        rsa.verify(
            (tmp_path / "rsa.bad").read_bytes(), b"sample", padding.PKCS1v15(), hashes.SHA256()
        )
    mine = serialization.load_pem_private_key((tmp_path / "ecdh.key").read_bytes(), None)
    peer = serialization.load_pem_public_key((tmp_path / "ecdh.pub").read_bytes())
    assert mine.exchange(ec.ECDH(), peer).hex() == known_answers("ecdh")[0].answer
