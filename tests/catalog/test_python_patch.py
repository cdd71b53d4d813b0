"""The patch of CPython: what it is for, shown with this interpreter's own hashlib.py.

`_blake2` is hidden, as in an image whose CPython has no hash implementations of its own.
"""

import hashlib
import shutil
import sys
from pathlib import Path

import pytest

from fips_images.process import run

PATCHES = sorted((Path(__file__).parents[2] / "templates-dockerfiles/patches/python").glob("*"))
PROGRAM = """
import sys
sys.modules["_blake2"] = None
import hashlib
print(hashlib.sha256(b"").hexdigest()[:8])
print("blake2b" in hashlib.algorithms_available)
try:
    hashlib.blake2b(b"x")
except Exception as error:
    print(type(error).__name__, error)
"""


def import_hashlib(folder: Path):
    return run([sys.executable, "-c", PROGRAM], timeout=30, env={"PYTHONPATH": str(folder)})


@pytest.fixture
def original(tmp_path):
    text = Path(hashlib.__file__).read_text()
    if "logging.exception('code for hash %s was not found.'" not in text:
        pytest.skip("this interpreter's hashlib.py no longer logs what is missing")
    (tmp_path / "Lib").mkdir()
    shutil.copy(hashlib.__file__, tmp_path / "Lib" / "hashlib.py")
    return tmp_path


def test_without_the_patch_every_import_logs_a_traceback(original):
    done = import_hashlib(original / "Lib")
    assert b"code for hash blake2b was not found" in done.stderr


@pytest.mark.parametrize("patch", PATCHES, ids=lambda path: path.stem)
def test_with_the_patch_a_refused_algorithm_is_an_error_where_it_is_used(original, patch):
    run(["patch", "-p1", "-d", original, "-i", patch], timeout=30)
    done = import_hashlib(original / "Lib")
    assert done.stderr == b""
    assert done.text.splitlines() == [
        "e3b0c442",
        "False",
        "ValueError blake2b is not available from the FIPS provider",
    ]


def test_there_are_patches():
    assert [path.stem for path in PATCHES] == ["3.11", "3.13"]
