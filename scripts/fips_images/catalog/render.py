"""Renders the tree of Dockerfiles from the catalogue and the templates. Pure but for the reading.

A rendered folder holds a `fips-dockerfile` and, where the runtime needs one, its patch.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from fips_images.errors import BadInputError
from fips_images.files import write_text
from fips_images.model.catalog import Catalog, Combination

DOCKERFILE = "fips-dockerfile"


@dataclass(frozen=True, slots=True)
class Difference:
    """One file where the tree does not agree with the catalogue."""

    path: PurePosixPath
    kind: str  # missing, changed, or left over


def render_tree(catalog: Catalog, templates: Path) -> dict[PurePosixPath, str]:
    """Return every file of the tree, by its path relative to the root.

    Raises:
        BadInputError: a template is missing or wrong; names the template.
    """
    environment = Environment(  # noqa: S701 - Dockerfiles, not HTML
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    tree: dict[PurePosixPath, str] = {}
    for one in catalog.combinations:
        folder = PurePosixPath(one.directory)
        tree[folder / DOCKERFILE] = _dockerfile(environment, one)
        patch = templates / "patches" / one.runtime.name / f"{one.runtime.version}.patch"
        if patch.is_file():
            tree[folder / f"fips_{one.runtime.version}.patch"] = patch.read_text("utf-8")
    return tree


def _dockerfile(environment: Environment, one: Combination) -> str:
    template = f"{one.runtime.name}.j2"
    downloads = [one.module.download]
    if one.runtime.download:
        downloads.append(one.runtime.download)
    keep = {*one.base.keep["base"], *one.base.keep.get(one.runtime.name, ())}
    try:
        return environment.get_template(template).render(
            template=template,
            module=one.module,
            base=one.base,
            runtime=one.runtime,
            downloads=downloads,
            keep=sorted(keep),
        )
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        where = f"templates-dockerfiles/{getattr(error, 'name', None) or template}"
        raise BadInputError(
            f"cannot render {one.directory}: {error}",
            where=f"{where}:{line}" if line else where,
            hint="Correct the template or the catalogue.",
        ) from error


def compare(root: Path, tree: dict[PurePosixPath, str]) -> list[Difference]:
    """Return where the files below `root`/openssl differ from the rendered ones."""
    differences = []
    for path, content in sorted(tree.items()):
        file = root / path
        if not file.is_file():
            differences.append(Difference(path, "missing"))
        elif file.read_bytes() != content.encode("utf-8"):
            differences.append(Difference(path, "changed"))
    present = [PurePosixPath(file.relative_to(root).as_posix()) for file in _rendered_files(root)]
    differences += [Difference(path, "left over") for path in present if path not in tree]
    return differences


def _rendered_files(root: Path) -> list[Path]:
    folder = root / "openssl"
    return sorted([*folder.rglob(DOCKERFILE), *folder.rglob("fips_*.patch")])


def write(root: Path, tree: dict[PurePosixPath, str]) -> list[Difference]:
    """Make the tree agree with the rendered files; return what was changed."""
    differences = compare(root, tree)
    for difference in differences:
        file = root / difference.path
        if difference.kind == "left over":
            file.unlink()
            for folder in file.parents:
                if folder == root / "openssl" or any(folder.iterdir()):
                    break
                folder.rmdir()
        else:
            write_text(file, tree[difference.path])
    return differences
