"""Category 11: the module loads and answers in reasonable time."""

from __future__ import annotations

from fips_images.validate.check import LOW, Verdict, check, not_run, passed, warned
from fips_images.validate.facts import Facts

_SECONDS = 3.0  # of one process that loads the module, runs its self-tests and computes one thing


@check(
    "11-01", "A process with self-tests starts in reasonable time", LOW,
    source="docs/validation.md; the limit is ours",
    remedy="Look at the CPU that the container gets; self-tests at load take most of the time.",
)  # fmt: skip
def load_time(facts: Facts) -> Verdict:
    """Upper bound: the session's whole time, divided by the processes it started."""
    session = facts.own
    if not session.ran or not session.commands:
        return not_run(session.reason or "no openssl program was run")
    each = session.seconds / len(session.commands)
    text = f"{each * 1000:.0f} ms per process at most, over {len(session.commands)} processes"
    return warned(text) if each > _SECONDS else passed(text)


CHECKS = (load_time,)
