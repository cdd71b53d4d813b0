"""Running programs: limits hold, both streams are read, children do not outlive the call."""

from __future__ import annotations

import os
import sys
import time

import pytest

from fips_images.process import ProgramFailedError, run


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_program_that_is_not_there_is_one_error():
    with pytest.raises(ProgramFailedError, match="cannot start no-such-program") as caught:
        run(["no-such-program"], timeout=5)
    assert "doctor" in caught.value.hint


def test_a_failure_carries_the_last_line_of_standard_error():
    with pytest.raises(ProgramFailedError, match="failed: second") as caught:
        run(
            python("import sys; sys.stderr.write('first\\nsecond\\n'); sys.exit(4)"),
            timeout=20,
        )
    assert caught.value.completed.returncode == 4


def test_much_output_on_both_streams_does_not_block():
    code = "import sys\nfor n in range(20000):\n print('o' * 50); print('e' * 50, file=sys.stderr)"
    lines = []
    done = run(python(code), timeout=60, on_line=lines.append)
    assert len(done.stdout) == len(done.stderr) == 20000 * 51
    assert len(lines) == 40000


def test_standard_input_arrives():
    done = run(python("import sys; print(sys.stdin.read()[::-1])"), timeout=20, stdin=b"abc")
    assert done.text == "cba\n"


@pytest.mark.parametrize("watched", [False, True])
def test_a_timeout_ends_the_program_and_what_it_started(tmp_path, watched):
    pid = tmp_path / "pid"
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(pid)!r}, 'w').write(str(child.pid))\n"
        "time.sleep(60)"
    )
    with pytest.raises(ProgramFailedError, match="did not finish"):
        run(python(code), timeout=2, on_line=print if watched else None)
    grandchild = int(pid.read_text())
    for _ in range(100):
        if not alive(grandchild):
            break
        time.sleep(0.05)
    assert not alive(grandchild)


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
            return stat.read().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_no_shell_is_involved():
    done = run([*python("import sys; print(sys.argv[1])"), "$(echo no); `id`"], timeout=20)
    assert done.text.strip() == "$(echo no); `id`"
    assert os.environ.get("PATH")
