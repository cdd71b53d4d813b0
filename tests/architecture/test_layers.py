"""Who may import whom (design.md section 3): arrows point one way only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "scripts" / "fips_images"
MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if "probes" not in path.relative_to(PACKAGE).parts
)

#: From the ground up. A room imports from lower levels and from itself, never from beside or above.
LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"errors"}),
    frozenset({"model"}),
    frozenset({"files", "process", "workspace"}),
    frozenset({"catalog", "engine", "evidence", "tools"}),
    frozenset({"image"}),
    frozenset({"plan", "validate", "boundary", "describe", "attest"}),
    frozenset({"build", "publish", "report"}),
    frozenset({"pipeline"}),
    frozenset({"cli"}),
    frozenset({"__init__", "__main__"}),
)

#: The version number is for everybody.
_FREE = frozenset({"__version__"})


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _level(room: str) -> int:
    for number, rooms in enumerate(LEVELS):
        if room in rooms:
            return number
    pytest.fail(f"the room {room!r} has no level: add it to LEVELS in {__file__}")


def _imported_rooms(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            module = node.module or ""
            names = (
                [f"{module}.{a.name}" for a in node.names if a.name not in _FREE]
                if module == "fips_images"
                else [module]
            )
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "fips_images" and len(parts) > 1:
                yield node.lineno, parts[1]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_from_below(path: Path) -> None:
    here = _room(path)
    for line, room in _imported_rooms(path):
        if room != here:
            assert _level(room) < _level(here), f"{path}:{line}: {here} imports {room}"


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_process_module_starts_programs(path: Path) -> None:
    if path != PACKAGE / "process.py":
        assert "subprocess" not in _imports(path)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_command_line_prints_and_exits(path: Path) -> None:
    if _room(path) in ("cli", "__main__"):
        return
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in ("print", "sys.exit", "exit", "os._exit"), (
                f"{path}:{node.lineno}"
            )


@pytest.mark.parametrize("room", ["model", "errors"])
def test_the_values_do_no_input_or_output(room: str) -> None:
    forbidden = {"os", "io", "subprocess", "socket", "requests", "urllib", "tempfile", "shutil"}
    for path in MODULES:
        if _room(path) == room:
            assert not _imports(path) & forbidden, path


def test_the_probes_import_nothing_of_ours() -> None:
    """A probe runs inside the image, with its standard library only (style.md, 21)."""
    for path in (PACKAGE / "validate" / "probes").glob("*.py"):
        assert "fips_images" not in _imports(path), path
