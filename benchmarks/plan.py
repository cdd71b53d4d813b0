"""Planning against the simplest thing that could find the images, in the same run.

Baseline: `find … | sort | xargs grep -H ^FROM`, which only lists the FROM lines. Ours parses every
Dockerfile, checks it against its path, hashes its stages and sorts the images into waves. What is
looked at is whether the ratio stays the same as the tree grows, not its size.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

from fips_images.plan.discover import discover
from fips_images.plan.graph import make_plan

ROOT = Path(__file__).parents[1]
MODEL = ROOT / "openssl/3.5.7/debian/13/python/3.13"
SIZES = (100, 1_000, 10_000)


def make_tree(root: Path, count: int) -> None:
    text = (MODEL / "fips-dockerfile").read_text()
    for number in range(count):
        folder = root / f"openssl/3.5.7/debian/13/app{number:05}"
        folder.mkdir(parents=True)
        (folder / "fips-dockerfile").write_text(text.replace("fips_3.13.patch", "fips.patch"))
        (folder / "fips.patch").write_text(f"{number}\n")


def baseline(root: Path) -> float:
    command = "find openssl -name fips-dockerfile | sort | xargs grep -H ^FROM > /dev/null"
    started = time.perf_counter()
    subprocess.run(command, shell=True, check=True, cwd=root)
    return time.perf_counter() - started


def ours(root: Path) -> float:
    started = time.perf_counter()
    plan = make_plan(root, discover(root))
    seconds = time.perf_counter() - started
    print(f"  {len(plan.stages)} stage builds, {plan.naive_stage_builds} without sharing")
    return seconds


def main() -> None:
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            make_tree(Path(folder), size)
            base = min(baseline(Path(folder)) for _ in range(3))
            mine = ours(Path(folder))
        print(
            f"{size:6} Dockerfiles: {mine:7.2f} s, {mine / size * 1000:5.2f} ms each, "
            f"{mine / base:6.1f} times find|sort|grep ({base:.3f} s)"
        )


if __name__ == "__main__":
    main()
