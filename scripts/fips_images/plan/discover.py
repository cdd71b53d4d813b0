"""Finds the images of a tree and says what each one is, from its path and its Dockerfile.

Grammar of a path (design.md section 2):
`openssl/<module version>/<os>/<os version>/<runtime>[/<runtime version>]/<Dockerfile name>`.
All problems of a tree are reported at once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from fips_images.errors import BadInputError
from fips_images.model.dockerfile import Dockerfile
from fips_images.model.image import ImageSpec
from fips_images.plan.dockerfile import read_dockerfile

NAMES = ("fips-dockerfile", "Dockerfile", "*.Dockerfile")
_VERSION = re.compile(r"[0-9]+(\.[0-9]+){0,3}")
_WORD = re.compile(r"[a-z][a-z0-9]{0,30}")
_OS_VERSION = re.compile(r"[0-9a-z][0-9a-z.]{0,30}")
_MAX_TAG = 128  # OCI distribution specification, "Pull": <reference> of a tag
# Repositories whose name is an operating system's: a path must not claim another one.
_SYSTEMS = frozenset({"debian", "ubuntu", "alpine", "wolfi", "ubi9", "fedora", "amazonlinux"})
_CODENAMES = {
    ("debian", "12"): "bookworm",
    ("debian", "13"): "trixie",
    ("ubuntu", "20.04"): "focal",
    ("ubuntu", "22.04"): "jammy",
    ("ubuntu", "24.04"): "noble",
}
_GRAMMAR = "openssl/<module>/<os>/<os version>/<runtime>[/<runtime version>]/<Dockerfile>"
_HINT = f"Name the folders {_GRAMMAR}, in lower case, and render the tree again."


@dataclass(frozen=True, slots=True)
class DiscoveredImage:
    """An image of the tree with its parsed Dockerfile."""

    spec: ImageSpec
    dockerfile: Dockerfile


def discover(root: Path, *, names: Sequence[str] = NAMES) -> tuple[DiscoveredImage, ...]:
    """Return every image below `root`/openssl, sorted by path.

    Raises:
        BadInputError: a path breaks the grammar, a Dockerfile cannot be read or contradicts its
            path, two images have one name, or there is none at all.
    """
    problems: list[str] = []
    found: list[DiscoveredImage] = []
    for path in sorted(_walk(root, names)):
        try:
            spec = parse_path(path)
            dockerfile = read_dockerfile(root, path)
        except BadInputError as error:
            problems.append(str(error))
            continue
        problems += [f"{path}: {problem}" for problem in contradictions(spec, dockerfile)]
        found.append(DiscoveredImage(spec, dockerfile))
    problems += _same_names(found)
    if problems:
        raise BadInputError("\n".join(problems), hint=_HINT)
    if not found:
        raise BadInputError(
            f"no Dockerfile ({', '.join(names)}) below openssl/", where=str(root), hint=_HINT
        )
    return tuple(_with_tags(found))


def _walk(root: Path, names: Sequence[str]) -> Iterator[PurePosixPath]:
    """Every matching file, not following links to folders."""
    for folder, folders, files in os.walk(root / "openssl"):
        folders.sort()
        for file in files:
            if any(fnmatchcase(file, pattern) for pattern in names):
                yield PurePosixPath((Path(folder) / file).relative_to(root).as_posix())


def parse_path(path: PurePosixPath) -> ImageSpec:
    """Read module, OS, runtime and versions from a path.

    Raises:
        BadInputError: the path breaks the grammar.
    """
    parts = path.parts[:-1]
    shown = repr(str(path))[1:-1][:200]
    if len(parts) not in (5, 6) or parts[0] != "openssl":
        raise BadInputError(f"the path is not {_GRAMMAR}", where=shown, hint=_HINT)
    _, module, os_name, os_version, runtime, *rest = parts
    runtime_version = rest[0] if rest else ""
    rules = (
        ("module version", module, _VERSION),
        ("OS", os_name, _WORD),
        ("OS version", os_version, _OS_VERSION),
        ("runtime", runtime, _WORD),
        ("runtime version", runtime_version or "0", _VERSION),
    )
    for what, value, rule in rules:
        if not rule.fullmatch(value):
            raise BadInputError(f"{value[:60]!r} is not a valid {what}", where=shown, hint=_HINT)
    return ImageSpec(path, module, os_name, os_version, runtime, runtime_version)


def contradictions(spec: ImageSpec, dockerfile: Dockerfile) -> list[str]:
    """Say where a Dockerfile builds something else than its path claims."""
    problems = []
    for source in dockerfile.sources:
        what = source.stage.removesuffix("-source")
        claimed = {"openssl": spec.module_version, spec.runtime: spec.runtime_version}.get(what)
        found = re.search(r"[-_v]([0-9]+(?:\.[0-9]+)+)", source.file)
        if claimed and found and f"{found[1]}.".startswith(f"{claimed}.") is False:
            problems.append(f"the path says {what} {claimed}, the download is {source.file}")
    for reference in dockerfile.base_images:
        name, _, tag = reference.partition("@")[0].rpartition("/")[2].partition(":")
        releases = (spec.os_version, _CODENAMES.get((spec.os, spec.os_version), spec.os_version))
        named = any(re.match(rf"{re.escape(it)}($|[-.])", tag) for it in releases)
        if name in _SYSTEMS and not (name == spec.os and named):
            problems.append(f"the path says {spec.os} {spec.os_version}, FROM says {reference}")
    return problems


def _same_names(found: Sequence[DiscoveredImage]) -> list[str]:
    first: dict[str, PurePosixPath] = {}
    problems = []
    for image in found:
        path = image.spec.dockerfile
        other = first.setdefault(image.spec.slug.lower(), path)
        if other is not path:
            problems.append(f"{path}: the same image as {other}: both are {image.spec.slug}")
    return problems


def _with_tags(found: Sequence[DiscoveredImage]) -> Iterator[DiscoveredImage]:
    """Give each image its full tag, and each shorter one that no other image could claim."""
    wanted: dict[tuple[str, str], int] = {}
    for image in found:
        for tag in _tags(image.spec):
            key = (image.spec.runtime, tag)
            wanted[key] = wanted.get(key, 0) + 1
    for image in found:
        mine = [tag for tag in _tags(image.spec) if wanted[image.spec.runtime, tag] == 1]
        yield replace(image, spec=replace(image.spec, tags=tuple(mine)))


def _tags(spec: ImageSpec) -> list[str]:
    version = f"{spec.runtime_version}-" if spec.runtime_version else ""
    tags = [
        f"{version}openssl{spec.module_version}-{spec.os}{spec.os_version}",
        f"{version}openssl{spec.module_version}",
    ]
    return [tag for tag in tags if len(tag) <= _MAX_TAG]


def select(
    images: Sequence[DiscoveredImage], patterns: Sequence[str]
) -> tuple[DiscoveredImage, ...]:
    """Return the images whose folder or slug matches one of the patterns (`*` crosses `/`).

    Raises:
        BadInputError: a pattern matches no image.
    """
    chosen: set[str] = set()
    for pattern in patterns:
        clean = pattern.strip().rstrip("/").removesuffix("/fips-dockerfile")
        matched = {
            one.spec.slug
            for one in images
            if fnmatchcase(one.spec.id, clean) or fnmatchcase(one.spec.slug, clean)
        }
        if not matched:
            raise BadInputError(
                f"no image {pattern[:200]!r} in the tree",
                hint="`fipsctl discover` lists the images.",
            )
        chosen |= matched
    return tuple(one for one in images if one.spec.slug in chosen)
