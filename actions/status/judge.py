"""Judge a run by its jobs' results: exit 0 when it holds, 1 when it does not.

Reads INPUT_NEEDS, INPUT_MAY_SKIP and INPUT_COUNT; standard library only, so that the judge runs
even where the toolkit could not be installed.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping


def complaints(needs: Mapping[str, str], may_skip: set[str], count: str) -> list[str]:
    """Return why the run does not hold, one sentence per reason; empty when it holds."""
    found = [
        f"{name}: {result}"
        for name, result in needs.items()
        if result != "success" and not (result == "skipped" and name in may_skip)
    ]
    if not count.isdecimal() or int(count) == 0:
        found.append("no image was found")
    if not needs:
        found.append("no job was judged")
    if needs and all(result == "skipped" for result in needs.values()):
        found.append("every job was skipped")
    return found


def main() -> int:
    """Print each complaint as an annotation."""
    needs = json.loads(os.environ["INPUT_NEEDS"])
    results = {name: str(job["result"]) for name, job in needs.items()}
    found = complaints(
        results, set(os.environ["INPUT_MAY_SKIP"].split()), os.environ["INPUT_COUNT"]
    )
    for reason in found:
        print(f"::error title=The run does not hold::{reason}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
