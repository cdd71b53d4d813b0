"""Finds libcrypto, the FIPS module and the openssl programs of an image, in the loader's order."""

from __future__ import annotations

import hashlib
import posixpath
import re

from fips_images.errors import BadInputError
from fips_images.image import Entry, Image
from fips_images.image.module import module_mac
from fips_images.validate.elf import elf_fact
from fips_images.validate.facts import LibraryFact, ModuleFact, ProgramFact

_LIBCRYPTO = re.compile(r"libcrypto\.so(\.[0-9.]+)?")
_DIR = re.compile(rb'(OPENSSLDIR|MODULESDIR): "([^"\0]{1,4096})"')
_VERSION = re.compile(rb"OpenSSL [0-9]+\.[0-9]+\.[0-9]+[^\0]{0,40}")
_PLAIN_VERSION = re.compile(rb"(?<![0-9.])[34]\.[0-9]{1,2}\.[0-9]{1,2}(?![0-9.])")
_LARGEST = 256 << 20
_USUAL = ("/lib64", "/usr/lib64", "/lib", "/usr/lib")
_PROGRAM_FOLDERS = (
    "/usr/local/ssl/bin", "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin",
    "/sbin", "/bin",
)  # fmt: skip


def find_libraries(image: Image) -> tuple[LibraryFact, ...]:
    """Return every libcrypto; the one that a program without RPATH gets comes first."""
    places = _loader_folders(image)
    found = [it for it in image.files() if _LIBCRYPTO.fullmatch(posixpath.basename(it.path))]

    def order(entry: Entry) -> tuple[int, str]:
        folder = posixpath.dirname(entry.path)
        return (places.index(folder) if folder in places else len(places), entry.path)

    return tuple(_library(image, entry) for entry in sorted(found, key=order))


def _library(image: Image, entry: Entry) -> LibraryFact:
    content = _content(image, entry)
    folders = {
        key.decode(): value.decode("utf-8", "replace") for key, value in _DIR.findall(content)
    }
    version = _VERSION.search(content)
    return LibraryFact(
        entry.path,
        version[0].decode("ascii", "replace").strip() if version else "",
        folders.get("OPENSSLDIR", ""),
        folders.get("MODULESDIR", ""),
    )


def _loader_folders(image: Image) -> list[str]:
    """Return the folders of ld.so(8), links resolved: environment, ld.so.conf, then the usual."""
    named = [it for it in image.config.environment.get("LD_LIBRARY_PATH", "").split(":") if it]
    named += _conf_folders(image, "/etc/ld.so.conf", 0)
    for usual in _USUAL:
        named += [it.path for it in image.children(usual) if it.path.endswith("-linux-gnu")]
        named.append(usual)
    resolved = (image.resolve(it) for it in named)
    return list(dict.fromkeys(it.path for it in resolved if it is not None))


def _conf_folders(image: Image, path: str, depth: int) -> list[str]:
    entry = image.resolve(path)
    if entry is None or not entry.is_file or entry.size > 65536 or depth > 4:
        return []
    folders: list[str] = []
    for line in image.read(entry, 65536).decode("utf-8", "replace").splitlines():
        word = line.partition("#")[0].strip()
        if word.startswith("include"):
            folder = posixpath.dirname(word.removeprefix("include").strip())
            for inner in image.children(folder):
                if inner.path.endswith(".conf"):
                    folders += _conf_folders(image, inner.path, depth + 1)
        elif word:
            folders.append(word)
    return folders


def find_module(image: Image, path: str) -> ModuleFact | None:
    """Return the module at a path, its MAC recomputed over the whole file (FIPS_MODULE(7))."""
    entry = image.resolve(path) if path else None
    if entry is None or not entry.is_file or entry.size == 0:
        return None
    content = _content(image, entry)
    versions = sorted({it.decode() for it in _PLAIN_VERSION.findall(content)})
    return ModuleFact(
        entry.path,
        entry.size,
        hashlib.sha256(content).hexdigest(),
        module_mac([content]),
        tuple(versions),
        elf_fact(entry.path, content),
        content[-1],
    )


def find_programs(image: Image) -> tuple[ProgramFact, ...]:
    """Return every `openssl` on the usual paths, each real file once."""
    search = [
        it for it in image.config.environment.get("PATH", "").split(":") if it.startswith("/")
    ]
    found: dict[str, ProgramFact] = {}
    for folder in dict.fromkeys((*_PROGRAM_FOLDERS[:1], *search, *_PROGRAM_FOLDERS[1:])):
        path = f"{folder.rstrip('/')}/openssl"
        entry = image.resolve(path)
        if entry is None or not entry.is_file or entry.path in found:
            continue
        content = _content(image, entry)
        head = content[:80].split(b"\n")[0].decode("ascii", "replace")
        elf = elf_fact(entry.path, content)
        found[entry.path] = ProgramFact(path, entry.path, elf, "" if elf else head)
    return tuple(found.values())


def _content(image: Image, entry: Entry) -> bytes:
    try:
        return image.read(entry, _LARGEST)
    except BadInputError:
        return b""
