"""What is asked of a validation: resolved once, handed in, never looked up later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from fips_images.validate.facts import CertificateFact, SbomFact
from fips_images.validate.waivers import Waiver

#: (module name, module version, day) -> what the certificate data says; None when it says nothing
CertificateLookup = Callable[[str, str, date], CertificateFact | None]


@dataclass(frozen=True, slots=True)
class Options:
    """`as_of` is required: no check looks at a clock."""

    as_of: date
    profile: str = "default"  # or strict
    categories: frozenset[int] = frozenset()  # all when empty
    checks: frozenset[str] = frozenset()  # all when empty
    waivers: tuple[Waiver, ...] = ()
    expected_module: str = ""
    # SHA-256 (DER) of the build's own CA certificates; None when nobody named them
    build_certificates: frozenset[str] | None = None
    sbom: SbomFact | None = None
    certificate_lookup: CertificateLookup | None = None
