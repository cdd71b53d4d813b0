"""Collects what can be read from an opened image, without running it."""

from __future__ import annotations

import re

from fips_images.errors import BadInputError
from fips_images.image import Image
from fips_images.validate import posture
from fips_images.validate.configuration import read_configuration
from fips_images.validate.facts import (
    ConfigFacts,
    LibraryFact,
    ModuleFact,
    ProgramFact,
    StaticFacts,
)
from fips_images.validate.library import find_libraries, find_module, find_programs

_PROVIDER = re.compile(r".*/ossl-modules/[^/]+\.so")
_MODULE = re.compile(r".*/fips\.so")
_PYTHON = re.compile(r"(/usr|/usr/local|/opt/[^/]+|/opt/[^/]+/[^/]+)/bin/python3(\.[0-9]+)?")
_PRIVATE = re.compile(
    r".*/lib-dynload/_(md5|sha1|sha2|sha256|sha512|sha3|blake2|hmac)\.[^/]*so|"
    r".*/lib-dynload/_(md5|sha1|sha2|sha256|sha512|sha3|blake2|hmac)module[^/]*so"
)
_LARGEST = 32 << 20


def collect(
    image: Image, *, bundle: frozenset[str] = frozenset(), bundle_known: bool = False
) -> StaticFacts:
    """Read everything that the checks want; `bundle` are fingerprints of the build's own CAs."""
    libraries = find_libraries(image)
    config = read_configuration(image, libraries[0].openssl_dir if libraries else "")
    module_path = _module_path(image, config, libraries)
    modules = _modules(image, module_path)
    programs = find_programs(image)
    return StaticFacts(
        image=image.config,
        has_image_config=bool(image.digest),
        config=config,
        libraries=libraries,
        modules=modules,
        module_path=module_path,
        module_at_path=find_module(image, module_path) is not None,
        other_providers=_other_providers(image),
        programs=programs,
        pythons=_pythons(image),
        shell=next((it for it in ("/bin/sh", "/usr/bin/sh") if image.resolve(it)), ""),
        deciding=posture.file_facts(image, _deciding(config, libraries, module_path, programs)),
        set_id=tuple(sorted(it.path for it in image.entries.values() if it.set_id)),
        world_writable=posture.world_writable(image),
        preload_file=_text(image, "/etc/ld.so.preload").strip(),
        secrets=posture.secrets(image),
        foreign_certificates=posture.foreign_certificates(image, bundle),
        build_bundle_known=bundle_known,
        private_hash_modules=tuple(it.path for it in image.files() if _PRIVATE.fullmatch(it.path)),
        os_name=_os_name(_text(image, "/etc/os-release")),
        packages=_packages(image),
        deleted=len(image.deleted),
    )


def _module_path(image: Image, config: ConfigFacts, libraries: tuple[LibraryFact, ...]) -> str:
    """Return where OpenSSL looks: `module =`, then OPENSSL_MODULES, then the compiled-in folder."""
    folder = image.config.environment.get("OPENSSL_MODULES") or (
        libraries[0].modules_dir if libraries else ""
    )
    setting = config.provider("fips")
    named = setting.settings.get("module", "") if setting else ""
    if named.startswith("/"):
        return named
    name = named or "fips"
    return f"{folder}/{name if name.endswith('.so') else name + '.so'}" if folder else ""


def _modules(image: Image, path: str) -> tuple[ModuleFact, ...]:
    others = (it.path for it in image.files() if _MODULE.fullmatch(it.path))
    found = (find_module(image, it) for it in (path, *others))
    return tuple({it.path: it for it in found if it is not None}.values())


def _other_providers(image: Image) -> tuple[str, ...]:
    return tuple(
        it.path
        for it in image.files()
        if _PROVIDER.fullmatch(it.path) and not it.path.endswith("/fips.so")
    )


def _pythons(image: Image) -> tuple[str, ...]:
    """Return one path per real interpreter, the shortest name of each."""
    found: dict[str, str] = {}
    for path in sorted((it for it in image.entries if _PYTHON.fullmatch(it)), key=len):
        real = image.resolve(path)
        if real is not None and real.is_file and real.mode & 0o111:
            found.setdefault(real.path, path)
    return tuple(found.values())


def _deciding(
    config: ConfigFacts,
    libraries: tuple[LibraryFact, ...],
    module_path: str,
    programs: tuple[ProgramFact, ...],
) -> list[str]:
    """Return what decides whether cryptography goes through the module."""
    paths = [config.path, *config.files, module_path, *(it.path for it in libraries)]
    paths += [it.path.replace("libcrypto", "libssl") for it in libraries]
    paths += [it.path for it in programs]
    paths += ["/etc/ld.so.conf", "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/ld.so.conf.d"]
    return [path for path in paths if path]


def _text(image: Image, path: str) -> str:
    entry = image.resolve(path)
    if entry is None or not entry.is_file:
        return ""
    try:
        return image.read(entry, _LARGEST).decode("utf-8", "replace")
    except BadInputError:
        return ""


def _os_name(text: str) -> str:
    match = re.search(r'^PRETTY_NAME="?([^"\n]*)', text, re.M)
    return match[1] if match else ""


def _packages(image: Image) -> int:
    """Count the packages that the databases of dpkg and apk list."""
    dpkg = len(re.findall(r"^Package: ", _text(image, "/var/lib/dpkg/status"), re.M))
    split = sum(1 for it in image.children("/var/lib/dpkg/status.d") if it.is_file)
    apk = len(re.findall(r"^P:", _text(image, "/lib/apk/db/installed"), re.M))
    return dpkg + split + apk
