"""Category 8: what surrounds the module: libraries, programs, variables, owners, permissions."""

from __future__ import annotations

import re

from fips_images.validate.check import (
    CRITICAL,
    HIGH,
    Verdict,
    check,
    failed,
    need,
    not_applicable,
    passed,
)
from fips_images.validate.facts import Facts
from fips_images.validate.reading import python_facts

_SOURCE = "FIPS 140-3 (ISO/IEC 19790) 7.6 operational environment; ld.so(8); openssl-env(7)"
_REDIRECTIONS = ("LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "OPENSSL_MODULES", "OPENSSL_CONF",
                 "OPENSSL_CONF_INCLUDE", "OPENSSL_ENGINES", "OPENSSL_ia32cap",
                 "CRYPTOGRAPHY_OPENSSL_NO_LEGACY")  # fmt: skip
_HARMLESS = {"CRYPTOGRAPHY_OPENSSL_NO_LEGACY"}


@check(
    "08-01", "No variable of the image leads around the module", CRITICAL,
    source=_SOURCE,
    remedy="Remove the ENV instruction; OpenSSL finds its configuration and modules without it.",
)  # fmt: skip
def variables(facts: Facts) -> Verdict:
    """LD_* and OPENSSL_* in the image's configuration; those that name the default are harmless."""
    static = facts.static
    if not static.has_image_config:
        return not_applicable("a root folder has no image configuration")
    library = static.libraries[0] if static.libraries else None
    default = {
        "OPENSSL_CONF": f"{library.openssl_dir}/openssl.cnf" if library else "",
        "OPENSSL_MODULES": library.modules_dir if library else "",
    }
    same = {"OPENSSL_CONF": {*static.config.files[:1]} if _config_is_ours(facts) else set()}
    bad = [
        f"{name}={value}"
        for name, value in static.image.environment.items()
        if name in _REDIRECTIONS
        and name not in _HARMLESS
        and value
        and value != default.get(name)
        and value not in same.get(name, set())
    ]
    if bad:
        return failed("the environment redirects OpenSSL or the loader", *bad)
    return passed("no LD_* or OPENSSL_* variable leads elsewhere")


def _config_is_ours(facts: Facts) -> bool:
    """OPENSSL_CONF may name another file when that file, too, puts the module to use."""
    config = facts.static.config
    return config.provider("fips") is not None and config.default_properties == "fips=yes"


@check(
    "08-02", "Nothing is preloaded into every program", CRITICAL,
    source="ld.so(8), /etc/ld.so.preload",
    remedy="Delete /etc/ld.so.preload.",
)  # fmt: skip
def preload(facts: Facts) -> Verdict:
    """The file of the dynamic loader is absent or empty."""
    if facts.static.preload_file:
        return failed(
            "/etc/ld.so.preload is not empty", *facts.static.preload_file.splitlines()[:5]
        )
    return passed("/etc/ld.so.preload is absent or empty")


@check(
    "08-03", "There is one libcrypto, and Python uses it", CRITICAL,
    source=_SOURCE,
    remedy="Remove the other libcrypto (a wheel, /usr/local/lib, LD_LIBRARY_PATH) or build what "
    "needs it against the image's own.",
)  # fmt: skip
def single_libcrypto(facts: Facts) -> Verdict:
    """Files by name, and what each interpreter has mapped after `import ssl`."""
    libraries = facts.static.libraries
    if not libraries:
        return failed("the image has no libcrypto")
    if len(libraries) > 1:
        return failed("several libcrypto; the loader takes the first",
                      *(f"{it.path} ({it.version})" for it in libraries))  # fmt: skip
    for python, mapped in python_facts(facts.own, "mapped").items():
        names = mapped if isinstance(mapped, list) else []
        others = [it for it in names if "libcrypto" in it and it != libraries[0].path]
        if others:
            return failed(f"{python} maps another libcrypto", *others)
    return passed(f"{libraries[0].path}, {libraries[0].version}")


@check(
    "08-04", "The openssl programs are programs, linked with the image's libcrypto", HIGH,
    source=_SOURCE,
    remedy="Install the distribution's openssl package; remove the wrapper.",
)  # fmt: skip
def openssl_program(facts: Facts) -> Verdict:
    """A script in place of openssl could print whatever one wants to see."""
    programs = facts.static.programs
    if not programs:
        return failed("the image has no openssl program")
    scripts = [f"{it.real_path}: {it.head}" for it in programs if it.elf is None]
    if scripts:
        return failed("openssl is not an ELF program", *scripts)
    loose = [it.real_path for it in programs
             if it.elf and not any("libcrypto.so" in name for name in it.elf.needed)]  # fmt: skip
    if loose:
        return failed("openssl is not linked with a shared libcrypto", *loose)
    if len(programs) > 1:
        return failed("several openssl programs", *(it.real_path for it in programs))
    return passed(
        f"{programs[0].real_path}, ELF", *programs[0].elf.needed if programs[0].elf else ()
    )


@check(
    "08-05", "Only root may change what decides FIPS mode", CRITICAL,
    source="FIPS 140-3 (ISO/IEC 19790) 7.6; CIS Docker Benchmark 4.x",
    remedy="chown root:root and chmod go-w the paths named.",
)  # fmt: skip
def permissions(facts: Facts) -> Verdict:
    """Configuration, module, libraries, loader files and every folder above them."""
    if not facts.static.deciding:
        return failed("nothing that decides FIPS mode is in the image")
    owners = facts.static.has_image_config  # in a folder they are those of whoever unpacked it
    bad = [
        f"{it.path} mode {it.mode:04o} uid {it.uid} gid {it.gid}"
        for it in facts.static.deciding
        if not it.is_link and (it.mode & 0o022 or (owners and it.uid != 0))
    ]
    if bad:
        return failed("others than root may change it", *bad)
    return passed(
        f"{len(facts.static.deciding)} paths belong to root and are not writable by others"
    )


@check(
    "08-06", "The core library is OpenSSL 3 or later", HIGH,
    source="openssl README-FIPS.md: the provider works with any OpenSSL 3",
    remedy="Use a distribution that ships OpenSSL 3, or build the newest supported release.",
)  # fmt: skip
def core_version(facts: Facts) -> Verdict:
    """Read from the bytes of libcrypto."""
    if not facts.static.libraries:
        return failed("the image has no libcrypto")
    version = facts.static.libraries[0].version
    match = re.match(r"OpenSSL ([0-9]+)\.", version)
    if match is None:
        return failed(f"no version of OpenSSL in {facts.static.libraries[0].path}")
    if int(match[1]) < 3:
        return failed(f"{version} cannot host a FIPS provider")
    return passed(version)


@check(
    "08-07", "The running openssl is the library that was examined", HIGH,
    source="openssl-version(1)",
    remedy="Find out which libcrypto the program loads: `ldd` on it, LD_LIBRARY_PATH, ld.so.conf.",
)  # fmt: skip
def same_library(facts: Facts) -> Verdict:
    """`openssl version -a` gives the version and folders found in the file."""
    found, missing = need(facts.own, "version")
    if missing:
        return missing
    if not facts.static.libraries:
        return failed("openssl runs, but the image has no shared libcrypto")
    library = facts.static.libraries[0]
    wanted = (library.version, f'OPENSSLDIR: "{library.openssl_dir}"',
              f'MODULESDIR: "{library.modules_dir}"')  # fmt: skip
    wrong = [it for it in wanted if it and it not in found[0].text]
    if wrong:
        return failed("the running library is not the one in the file system", *wrong,
                      *found[0].lines[:1])  # fmt: skip
    return passed(library.version)


CHECKS = (
    variables, preload, single_libcrypto, openssl_program, permissions, core_version, same_library,
)  # fmt: skip
