"""What to build in which order: equal stages recognised, images sorted into waves.

Two stages are equal when their instructions, what they are built from and the files they copy are
equal (design.md section 4, decision 5). Pure but for reading the copied files.
"""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fips_images.errors import BadInputError
from fips_images.model.dockerfile import Stage
from fips_images.plan.discover import DiscoveredImage

_MAX_WAVES = 4  # the workflow has so many wave jobs; GitHub's matrices have no order between rows


@dataclass(frozen=True, slots=True)
class StageBuild:
    """A stage that is built once, however many images have it."""

    digest: str  # sha256 of everything that decides its result
    name: str
    images: tuple[str, ...]  # slugs


@dataclass(frozen=True, slots=True)
class Planned:
    """One image of the plan."""

    image: DiscoveredImage
    wave: int
    stages: Mapping[str, str]  # stage name -> digest
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All images to build, and the stages behind them."""

    images: tuple[Planned, ...]
    stages: tuple[StageBuild, ...]

    @property
    def waves(self) -> int:
        """How many sets of builds must follow one another."""
        return max((one.wave for one in self.images), default=-1) + 1

    @property
    def naive_stage_builds(self) -> int:
        """Stage builds if every image built its own."""
        return sum(len(stage.images) for stage in self.stages)


def make_plan(
    root: Path, images: Sequence[DiscoveredImage], reasons: Mapping[str, str] | None = None
) -> Plan:
    """Plan the images; `reasons` says for each slug why it is built.

    Raises:
        BadInputError: images are built on one another in a circle or too deep.
    """
    waves = _waves(images)
    why = reasons or {}
    planned = []
    users: dict[tuple[str, str], list[str]] = {}
    for image in images:
        slug = image.spec.slug
        stages = _stage_digests(root, image)
        for name, digest in stages.items():
            users.setdefault((digest, name), []).append(slug)
        planned.append(Planned(image, waves[slug], stages, why.get(slug, "selected")))
    builds = tuple(StageBuild(digest, name, tuple(all_)) for (digest, name), all_ in users.items())
    return Plan(tuple(planned), builds)


def _stage_digests(root: Path, image: DiscoveredImage) -> dict[str, str]:
    digests: dict[str, str] = {}
    for stage in image.dockerfile.stages:
        value = {
            "directives": image.dockerfile.directives,
            "head": stage.head,
            "from": digests.get(stage.base, stage.base),
            "instructions": [one.original for one in stage.instructions],
            "arguments": image.dockerfile.global_args,
            "needs": [digests[name] for name in stage.depends_on if name in digests],
            "images": stage.external_images,
            "files": _files(root / image.spec.directory, stage),
        }
        text = json.dumps(value, sort_keys=True)
        digests[stage.name] = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return digests


def _files(context: Path, stage: Stage) -> list[list[str]]:
    """Say what the stage copies from its context: name, mode and SHA-256 of every file.

    What cannot be followed (a variable, a path out of the context, a hostile pattern) makes the
    stage one of its own: never equal to another folder's.
    """
    rows: list[list[str]] = []
    patterns = [*stage.context_files, *([".dockerignore"] if stage.context_files else [])]
    for pattern in patterns:
        clean = pattern.lstrip("/")
        try:
            if ".." in Path(clean).parts or "$" in clean:
                raise ValueError(pattern)
            matches = [context] if clean in ("", ".") else sorted(context.glob(clean))
            rows += [row for match in matches for row in _rows(context, match)]
        except (ValueError, OSError, NotImplementedError):
            rows.append([pattern, "not followed", str(context)])
    return rows


def _rows(context: Path, match: Path) -> Iterator[list[str]]:
    folder = match.is_dir() and not match.is_symlink()
    for file in sorted(match.rglob("*")) if folder else [match]:
        name, mode = str(file.relative_to(context)), file.lstat().st_mode
        if stat.S_ISLNK(mode):
            yield [name, "link", str(file.readlink())]
        elif stat.S_ISREG(mode):
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            yield [name, oct(stat.S_IMODE(mode)), content]


def parents_of(images: Sequence[DiscoveredImage]) -> dict[str, list[str]]:
    """Return for each slug the slugs of this tree's images that its Dockerfile starts from.

    They are recognised by `<runtime>:<tag>` at the end of a reference, whatever the registry.
    """
    slugs = {f"{one.spec.runtime}:{tag}": one.spec.slug for one in images for tag in one.spec.tags}

    def short(reference: str) -> str:
        return reference.partition("@")[0].rpartition("/")[2]

    return {
        one.spec.slug: [
            slugs[short(base)] for base in one.dockerfile.base_images if short(base) in slugs
        ]
        for one in images
    }


def _waves(images: Sequence[DiscoveredImage]) -> dict[str, int]:
    """Give each image a wave later than the images of this tree that it is built from."""
    parents = parents_of(images)
    waves: dict[str, int] = {}

    def wave_of(slug: str, chain: tuple[str, ...]) -> int:
        if slug in chain:
            circle = " → ".join((*chain[chain.index(slug) :], slug))
            raise BadInputError(
                f"images are built on one another in a circle: {circle}",
                hint="Break the circle: one of them must start from another base.",
            )
        if len(chain) > _MAX_WAVES:
            raise _too_deep(slug, len(chain))
        if slug not in waves:
            deeper = [wave_of(parent, (*chain, slug)) for parent in parents[slug]]
            waves[slug] = max(deeper, default=-1) + 1
            if waves[slug] >= _MAX_WAVES:
                raise _too_deep(slug, waves[slug])
        return waves[slug]

    for image in images:
        wave_of(image.spec.slug, ())
    return waves


def _too_deep(slug: str, levels: int) -> BadInputError:
    return BadInputError(
        f"{slug} is one of more than {levels} images of this tree, one built on another",
        hint=f"At most {_MAX_WAVES} levels can be planned; start it from a lower one.",
    )
