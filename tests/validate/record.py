"""Records what the probe prints in a good image, as the fixture that mutants start from.

    python -m tests.validate.record IMAGE

Run it from the root of the repository with the engine that holds IMAGE, look at the difference,
and commit `tests/validate/data/good-sessions.json`.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from fips_images.engine.select import select_engine
from fips_images.image import open_image
from fips_images.validate.facts import Session
from fips_images.validate.probe import run_sessions
from fips_images.validate.static import collect

FIXTURE = Path(__file__).with_name("data") / "good-sessions.json"


def record(reference: str) -> None:
    """Run the probe and write the fixture."""
    engine = select_engine()
    with open_image(reference, engine) as image:
        sessions = run_sessions(engine, reference, image, collect(image))
    document = {it.name: _session(it) for it in sessions}
    FIXTURE.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", "utf-8")


def _session(session: Session) -> dict[str, Any]:
    value = dataclasses.asdict(session)
    for name, command in value["commands"].items():
        lines = command["lines"]
        if name == "algorithms":  # 800 lines, of which the reader takes those with a provider
            lines = [line for line in lines if " @ " in line]
        command["lines"] = [line for line in lines if "compiler:" not in line]
    return value


if __name__ == "__main__":
    record(sys.argv[1])
