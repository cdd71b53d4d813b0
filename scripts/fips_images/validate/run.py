"""The room's one entry: open an image, collect facts, judge them."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from fips_images.engine.interface import Engine
from fips_images.errors import BadInputError
from fips_images.image import Image, open_image
from fips_images.model.finding import Finding, Validation
from fips_images.model.progress import Progress, Silent
from fips_images.validate.check import Check
from fips_images.validate.checks import CHECKS
from fips_images.validate.facts import NO_SESSION, Facts, Session, StaticFacts
from fips_images.validate.loading import runnable
from fips_images.validate.options import Options
from fips_images.validate.probe import run_sessions
from fips_images.validate.reading import module_version
from fips_images.validate.static import collect
from fips_images.validate.waivers import apply_waivers

_MODULE_NAME = "OpenSSL FIPS Provider"


def validate_image(
    target: str | Path, engine: Engine | None, options: Options, progress: Progress | None = None
) -> Validation:
    """Say what an image does. `engine` None: nothing is run, and what needs running is not-run.

    Raises:
        BadInputError: no such image, or one that cannot be read; no check of the name asked for.
        EnvironmentFailureError: the engine failed to load the image.
    """
    start = time.monotonic()
    progress = progress or Silent()
    chosen = select(options)
    progress.step(f"Reading {target}")
    with open_image(target, engine) as image:
        facts = _facts(image, target, engine, options, progress)
        digest = image.digest
    progress.step(f"Judging {len(chosen)} checks")
    findings = judge(facts, chosen, options)
    return Validation(
        str(target), digest, options.profile, options.as_of.isoformat(), findings,
        round(time.monotonic() - start, 3),
    )  # fmt: skip


def select(options: Options) -> tuple[Check, ...]:
    """Return the checks that are asked for.

    Raises:
        BadInputError: a check or category that does not exist, or nothing left.
    """
    known = {it.info.id for it in CHECKS}
    unknown = sorted(options.checks - known)
    if unknown:
        raise BadInputError(f"there is no check {unknown[0]}", hint="See docs/checks/ for all.")
    chosen = tuple(
        it
        for it in CHECKS
        if (not options.checks or it.info.id in options.checks)
        and (not options.categories or it.info.category in options.categories)
    )
    if not chosen:
        raise BadInputError("no check is left to run", hint="Categories are 1 to 15.")
    return chosen


def judge(facts: Facts, checks: tuple[Check, ...], options: Options) -> tuple[Finding, ...]:
    """Judge the facts with each check, then apply the waivers."""
    findings = tuple(it.find(facts) for it in checks)
    return apply_waivers(findings, options.waivers, options.as_of)


def _facts(
    image: Image, target: str | Path, engine: Engine | None, options: Options, progress: Progress
) -> Facts:
    given = options.build_certificates
    static = collect(image, bundle=given or frozenset(), bundle_known=given is not None)
    facts = Facts(
        static,
        *_sessions(image, static, target, engine, progress),
        as_of=options.as_of.isoformat(),
        expected_module=options.expected_module,
        sbom=options.sbom,
    )
    if options.certificate_lookup is None:
        return facts
    version = module_version(facts)
    found = options.certificate_lookup(_MODULE_NAME, version, options.as_of) if version else None
    return replace(facts, certificate=found)


def _sessions(
    image: Image, static: StaticFacts, target: str | Path, engine: Engine | None, progress: Progress
) -> tuple[Session, Session, Session]:
    """Run the probe; an archive is loaded into the engine first, and removed again."""
    if engine is None:
        none = replace(NO_SESSION, reason="no container engine was used")
        return none, none, none
    if not image.digest:
        none = replace(NO_SESSION, reason="a root folder cannot be run")
        return none, none, none
    progress.step("Running the probe in containers")
    try:
        with runnable(engine, target, image) as reference:
            own, confined, flipped = run_sessions(engine, reference, image, static)
    except BadInputError as error:
        none = replace(NO_SESSION, reason=f"the engine cannot load the image: {error}")
        return none, none, none
    return own, confined, flipped
