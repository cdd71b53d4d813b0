"""Which images a change concerns: by git, for pull requests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from fips_images.errors import BadInputError
from fips_images.plan.discover import DiscoveredImage
from fips_images.plan.graph import parents_of
from fips_images.process import run

# A change here can change any image or any verdict. Templates and catalogue are not among them: the
# rendered Dockerfiles are committed, so that their difference is the precise answer.
_EVERYTHING = ("scripts", "actions", ".github", "requirements.lock", "pyproject.toml")


def changed_since(root: Path, reference: str) -> tuple[PurePosixPath, ...]:
    """Return what differs between the working tree and the commit, relative to `root`.

    Raises:
        BadInputError: git does not know the commit, or this is no checkout.
    """
    if reference.startswith("-"):
        raise BadInputError(f"{reference!r} is not a commit", hint="Name a branch, tag or commit.")
    listing = ["diff", "--name-only", "--no-renames", "--relative", "-z", reference, "--"]
    done = run(["git", "-C", root, *listing], timeout=60, check=False)
    if not done.ok:
        raise BadInputError(
            f"git cannot compare with {reference[:100]!r}: {done.last_error_line}",
            where=str(root),
            hint="Fetch that commit (a shallow clone lacks it), or leave --changed-since out.",
        )
    return tuple(PurePosixPath(name) for name in done.text.split("\0") if name)


def concerned(
    images: Sequence[DiscoveredImage], changed: Sequence[PurePosixPath]
) -> dict[str, str]:
    """Return slug -> reason for the images that the changed files concern.

    Images built from a concerned image of the tree are concerned, too.
    """
    for path in changed:
        if path.parts and path.parts[0] in _EVERYTHING:
            return {image.spec.slug: f"{path} changed" for image in images}
    reasons: dict[str, str] = {}
    for image in images:
        for path in changed:
            if image.spec.directory in path.parents:
                reasons[image.spec.slug] = f"{path} changed"
                break
    parents = parents_of(images)
    grown = True
    while grown:  # dependents of dependents, until nothing is added
        before = len(reasons)
        for slug, above in parents.items():
            for parent in above:
                if parent in reasons and slug not in reasons:
                    reasons[slug] = f"built from {parent}"
        grown = len(reasons) > before
    return reasons
