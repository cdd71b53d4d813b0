"""The commands by which a stranger checks the evidence again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fips_images.report.evidence import Evidence

# What a shell takes as one word without quotes, and what a reference can be made of.
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@+-]*")


@dataclass(frozen=True, slots=True)
class Command:
    """A command line and what it shows."""

    purpose: str
    line: str


def make_commands(evidence: Evidence) -> tuple[Command, ...]:
    """Return copyable commands; one with a name that a shell would read otherwise is left out."""
    found = [*_published(evidence), *_local(evidence)]
    return tuple(command for command in found if command.line)


def _published(evidence: Evidence) -> list[Command]:
    published = evidence.publication
    if published is None or not _PLAIN.fullmatch(published.repository):
        return []
    reference = f"{published.repository}@{evidence.digest}"
    return [
        Command(
            "Check signatures, statements and the digest of what was published",
            f"fipsctl verify {reference}",
        )
    ]


def _local(evidence: Evidence) -> list[Command]:
    build = evidence.build
    if build is None or not _PLAIN.fullmatch(build.image_id):
        return []
    return [
        Command("Validate the image again on this machine", f"fipsctl validate {build.image_id}"),
        Command("Write the SBOM again and compare it", f"fipsctl bom {build.image_id}"),
    ]
