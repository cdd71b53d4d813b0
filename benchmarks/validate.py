"""A whole validation against one container start per command, on the same image and engine.

    python benchmarks/validate.py [IMAGE]

Baseline: what a suite of shell checks does, `docker run IMAGE openssl …` for each of the commands
that our probe runs in one container (handshakes left out, as they need two processes each). Ours
is the whole verb: opening the image, static facts, three containers, all checks.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

from fips_images.engine.select import select_engine
from fips_images.validate.options import Options
from fips_images.validate.run import validate_image

ROOT = Path(__file__).parents[1]
COMMANDS = ROOT / "scripts/fips_images/validate/probes/commands"
BUILT = ROOT / ".fips/images/python3.13-openssl3.5.7-debian13/image.oci.tar"


def baseline(image: str) -> tuple[int, float]:
    lines = (it.split("|") for it in COMMANDS.read_text().splitlines() if it and it[0] != "#")
    commands = [shlex.split(it[3]) for it in lines if it[1] == "own"]
    started = time.perf_counter()
    for command in commands:
        words = ["docker", "run", "--rm", "--network", "none", "--entrypoint", "openssl", image]
        subprocess.run([*words, *command], capture_output=True, stdin=subprocess.DEVNULL)
    return len(commands), time.perf_counter() - started


def main() -> None:
    engine = select_engine("docker")
    given = sys.argv[1] if len(sys.argv) > 1 else ""
    if not given and not BUILT.is_file():
        print(f"not run: {BUILT} is not there; build it, or name an image")
        return
    image = given or engine.load(BUILT)
    try:
        started = time.perf_counter()
        validation = validate_image(image, engine, Options(as_of=date(2026, 11, 20)))
        mine = time.perf_counter() - started
        count, base = baseline(image)
    finally:
        if not given:
            engine.remove(image)
    print(
        f"{len(validation.findings)} checks in {mine:.1f} s; {count} containers, one per command: "
        f"{base:.1f} s; ratio {base / mine:.1f}"
    )


if __name__ == "__main__":
    main()
