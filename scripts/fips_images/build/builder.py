"""Builds images of the tree: resolves inputs, skips what is built already, records the rest."""

from __future__ import annotations

import fcntl
import os
import platform as machine
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from fips_images import __version__
from fips_images.build.base import ResolvedBase, resolve_base
from fips_images.build.ca import ExtraTrust
from fips_images.build.fetch import Fetched, fetch
from fips_images.build.identity import build_identity
from fips_images.build.inputs import read_inputs
from fips_images.build.mirror import Mirror
from fips_images.build.record import (
    ARCHIVE,
    LOG,
    BuildRecord,
    drop_record,
    read_built,
    write_record,
)
from fips_images.engine.archive import verify_archive
from fips_images.engine.interface import BuildRequest, Engine
from fips_images.engine.select import examine
from fips_images.errors import FipsImagesError
from fips_images.files import disk_errors, write_bytes
from fips_images.model.dockerfile import Dockerfile
from fips_images.model.image import BuiltImage, ImageSpec
from fips_images.model.progress import Progress
from fips_images.workspace import Workspace

IDENTITY_LABEL = "io.github.fips-container-images.source.identity"
CA_SECRET = "ca-bundle"  # noqa: S105 - the secret's name


def host_platform() -> str:
    """Return the platform of this machine as the engines write it."""
    names = {"x86_64": "amd64", "aarch64": "arm64"}
    return f"linux/{names.get(machine.machine(), machine.machine())}"


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """Everything a build can be told, resolved once."""

    mirror: Path
    platform: str = field(default_factory=host_platform)
    bases: Mapping[str, str] = field(default_factory=dict)
    trust: ExtraTrust | None = None
    no_cache: bool = False
    source_date_epoch: int = 0


@dataclass(frozen=True, slots=True)
class _Plan:
    """One image with resolved inputs."""

    spec: ImageSpec
    dockerfile: Dockerfile
    bases: tuple[ResolvedBase, ...]
    identity: str


def build_images(
    specs: Sequence[ImageSpec],
    workspace: Workspace,
    engine: Engine,
    options: BuildOptions,
    progress: Progress,
) -> tuple[BuiltImage, ...]:
    """Build the images in one call of the engine and return them in the order given.

    An image whose identity was built already, and whose archive still holds, is reused.

    Raises:
        FipsImagesError: see the engine, `fetch` and `resolve_base`; nothing half-built stays.
    """
    resolved: dict[str, ResolvedBase] = {}
    plans = [_plan(spec, workspace, engine, options, resolved, progress) for spec in specs]
    with _locked([workspace.image(spec.slug) for spec in specs], progress):
        done = {plan.spec.slug: _reusable(plan, workspace, options, progress) for plan in plans}
        pending = [plan for plan in plans if done[plan.spec.slug] is None]
        if pending:
            done |= _build(pending, workspace, engine, options, progress)
    return tuple(image for spec in specs if (image := done[spec.slug]))


def _plan(
    spec: ImageSpec,
    workspace: Workspace,
    engine: Engine,
    options: BuildOptions,
    resolved: dict[str, ResolvedBase],
    progress: Progress,
) -> _Plan:
    """Read the Dockerfile and resolve its bases; each base is resolved once per run."""
    dockerfile = read_inputs(workspace.root, spec.dockerfile)
    for base in dockerfile.base_images:
        if base not in resolved:
            resolved[base] = resolve_base(base, options.bases, engine, options.platform, progress)
    bases = tuple(resolved[base] for base in dockerfile.base_images)
    identity = build_identity(
        workspace.root / spec.directory,
        spec.dockerfile.name,
        options.platform,
        {base.reference: base.digest for base in bases},
        options.source_date_epoch,
    )
    return _Plan(spec, dockerfile, bases, identity)


def _reusable(
    plan: _Plan, workspace: Workspace, options: BuildOptions, progress: Progress
) -> BuiltImage | None:
    """Return the earlier build when nothing that decides it has changed."""
    if options.no_cache:
        return None
    try:
        image = read_built(workspace, plan.spec.slug)
    except FipsImagesError:
        return None  # absent, unreadable or altered: build it
    if image.identity != plan.identity:
        return None
    progress.step(f"reused {plan.spec.id} ({image.digest[:19]}): its inputs have not changed")
    return image


def _build(
    plans: Sequence[_Plan],
    workspace: Workspace,
    engine: Engine,
    options: BuildOptions,
    progress: Progress,
) -> dict[str, BuiltImage | None]:
    """Fetch, build and record."""
    fetched = {plan.spec.slug: _fetch(plan, options, progress) for plan in plans}
    requests = {
        plan.spec.slug: _request(plan, fetched[plan.spec.slug], workspace, options)
        for plan in plans
    }
    for plan in plans:
        drop_record(workspace, plan.spec.slug)
        progress.step(f"building {plan.spec.id}")
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    engine.build(requests, progress)
    version, seconds = examine(engine.name).version, time.monotonic() - clock
    images: dict[str, BuiltImage | None] = {}
    for plan in plans:
        request = requests[plan.spec.slug]
        image = _built(plan, request, options)
        trust = options.trust.fingerprints if options.trust else frozenset()
        record = BuildRecord(
            image=image,
            engine=engine.name,
            engine_version=version,
            bases=plan.bases,
            sources=fetched[plan.spec.slug],
            source_date_epoch=options.source_date_epoch,
            labels=dict(request.labels),
            extra_certificates=trust,
            started=started,
            seconds=seconds,
            toolkit=__version__,
        )
        _keep_evidence(workspace, image)
        write_record(workspace, record)
        images[plan.spec.slug] = image
    return images


def _fetch(plan: _Plan, options: BuildOptions, progress: Progress) -> tuple[Fetched, ...]:
    mirror = Mirror(options.mirror)
    bundle = options.trust.bundle if options.trust else None
    return tuple(
        fetch(item, mirror, progress, ca_bundle=bundle) for item in plan.dockerfile.sources
    )


def _request(
    plan: _Plan, fetched: Sequence[Fetched], workspace: Workspace, options: BuildOptions
) -> BuildRequest:
    """Replace what the network would give: sources by folders, bases by images."""
    mirror = Mirror(options.mirror)
    by_stage: dict[str, list[Path]] = {}
    for item in fetched:
        by_stage.setdefault(item.source.stage, []).append(item.path)
    contexts = {stage: str(mirror.together(tuple(paths))) for stage, paths in by_stage.items()}
    for base in plan.bases:
        if base.build_context:
            contexts[base.reference] = base.build_context
    return BuildRequest(
        context=workspace.root / plan.spec.directory,
        dockerfile=workspace.root / plan.spec.dockerfile,
        archive=workspace.image(plan.spec.slug) / ARCHIVE,
        platform=options.platform,
        contexts=contexts,
        secrets={CA_SECRET: options.trust.bundle} if options.trust else {},
        labels={IDENTITY_LABEL: plan.identity},
        source_date_epoch=options.source_date_epoch,
        no_cache=options.no_cache,
    )


def _built(plan: _Plan, request: BuildRequest, options: BuildOptions) -> BuiltImage:
    return BuiltImage(
        slug=plan.spec.slug,
        image_id=plan.spec.id,
        digest=verify_archive(request.archive),
        archive=str(request.archive),
        platform=options.platform,
        identity=plan.identity,
    )


def _keep_evidence(workspace: Workspace, image: BuiltImage) -> None:
    """Copy the log to where everything about this digest is kept."""
    content = (workspace.image(image.slug) / LOG).read_bytes()
    write_bytes(workspace.evidence(image.digest) / LOG, content)


@contextmanager
def _locked(folders: Sequence[Path], progress: Progress) -> Iterator[None]:
    """Hold the folders for this process; the system lets go when it ends, however it ends."""
    handles: list[int] = []
    try:
        for folder in sorted(set(folders)):
            with disk_errors(folder):
                folder.mkdir(parents=True, exist_ok=True)
                handles.append(os.open(folder, os.O_RDONLY | os.O_DIRECTORY))
            _wait_for(handles[-1], folder, progress)
            for left in folder.glob(f".{ARCHIVE}.*"):
                left.unlink()  # of a build that was killed
        yield
    finally:
        for handle in handles:
            os.close(handle)


def _wait_for(handle: int, folder: Path, progress: Progress) -> None:
    """Take the lock, and say so when somebody else has it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        progress.step(f"waiting for another build of {folder.name} to end")
        fcntl.flock(handle, fcntl.LOCK_EX)
