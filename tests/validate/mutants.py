# ruff: noqa: E501 - one row per mutant
"""The table of mutants: one planted defect each, and the check that must catch it.

`MUTANTS` change the values of a good image (no engine needed); `tests/validate/engine_mutants.py`
has derived images. A name says the defect as a person would.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from fips_images.model.finding import Status
from fips_images.validate.facts import CertificateFact, SbomFact
from tests.validate.tiny_elf import tiny_elf
from tests.validate.world import (
    CONFIG,
    FOLDERS,
    LIB,
    LIBCRYPTO,
    MODULE,
    MODULE_CONFIG,
    OPENSSL,
    PREFIX,
    VERSION,
    File,
    World,
    mac,
)

Change = Callable[[World], None]
_OK_HEX = ("0011223344",)
_SHAKEN = ["ok", ["TLSv1.1", "ECDHE-RSA-AES256-SHA"]]


@dataclass(frozen=True)
class Mutant:
    """A defect and who must catch it, with which status."""

    name: str
    check: str
    change: Change
    status: Status = Status.FAIL


def _edit(path: str, old: str, new: str) -> Change:
    return lambda world: world.edit(path, old, new)


def _command(name: str, status: int, *lines: str, session: str = "own") -> Change:
    return lambda world: world.command(name, status, *lines, session=session)


def _python(name: str, value: object, session: str = "own") -> Change:
    return lambda world: world.python(name, value, session)


def _environment(word: str) -> Change:
    return lambda world: world.config["Env"].append(word)


def _label(name: str, value: str) -> Change:
    def change(world: World) -> None:
        world.config["Labels"][name] = value

    return change


def _file(path: str, content: bytes, mode: int = 0o644) -> Change:
    def change(world: World) -> None:
        world.files[path] = File(content, mode)

    return change


def _without(*paths: str) -> Change:
    def change(world: World) -> None:
        for path in paths:
            del world.files[path]

    return change


def _mode(path: str, mode: int, uid: int = 0) -> Change:
    def change(world: World) -> None:
        world.files[path] = replace(world.files[path], mode=mode, uid=uid)

    return change


def _providers(world: World, old: str, new: str) -> None:
    """Change what `openssl list -providers` prints."""
    command = world.sessions["own"]["commands"]["providers"]
    text = "\n".join(command["lines"])
    assert old in text
    command["lines"] = text.replace(old, new).split("\n")


def _user(value: str) -> Change:
    def change(world: World) -> None:
        world.config["User"] = value

    return change


def _flip(world: World) -> None:
    content = bytearray(world.files[MODULE].content)
    content[-2] ^= 1
    world.files[MODULE].content = bytes(content)


def _decoy(world: World) -> None:
    world.edit(CONFIG, "default_properties = fips=yes", "")
    world.edit(CONFIG, "[base_sect]", "[alg_sect]\ndefault_properties = fips=yes\n\n[base_sect]")


def _default_without_property(world: World) -> None:
    world.edit(CONFIG, "base = base_sect", "base = base_sect\ndefault = base_sect")
    world.edit(CONFIG, "default_properties = fips=yes", "")


def _algorithms_of_default(world: World) -> None:
    world.sessions["own"]["commands"]["algorithms"]["lines"].append("  { 1.2.840, MD5 } @ default")


def _random_of_default(world: World) -> None:
    command = world.sessions["own"]["commands"]["random"]
    command["lines"] = [line.replace("@ fips", "@ default") for line in command["lines"]]


def _self_test_missing(world: World) -> None:
    command = world.sessions["own"]["commands"]["selftest.names"]
    command["lines"] = [line for line in command["lines"] if "(DRBG)" not in line]


def _self_test_fails(world: World) -> None:
    command = world.sessions["own"]["commands"]["selftest.names"]
    command["lines"] = [
        line.replace("(KAT_KA) : Pass", "(KAT_KA) : Fail") for line in command["lines"]
    ]


def _no_self_tests(world: World) -> None:
    command = world.sessions["own"]["commands"]["selftest.names"]
    command["lines"] = [line for line in command["lines"] if " : (" not in line]


def _flipped_is_loaded(world: World) -> None:
    world.sessions["flipped"] = {**world.sessions["own"], "name": "flipped"}


def _confined(name: str, status: int, *lines: str) -> Change:
    return _command(name, status, *lines, session="confined")


def _second_libcrypto(world: World) -> None:
    world.files["usr/local/lib/libcrypto.so.3"] = File(tiny_elf(payload=VERSION + FOLDERS))
    world.files["etc/ld.so.conf.d/000-local.conf"] = File(b"/usr/local/lib\n")


def _relinked(world: World) -> None:
    world.files[MODULE].content = tiny_elf(
        ("libc.so.6",), payload=b"OpenSSL FIPS Provider\x003.5.7"
    )


def _rebuilt_of_other_version(world: World) -> None:
    content = tiny_elf(("libc.so.6",), payload=b"OpenSSL FIPS Provider\x003.5.4\0")
    world.edit(MODULE_CONFIG, mac(world.files[MODULE].content), mac(content))
    world.files[MODULE].content = content


def _module_moved(world: World) -> None:
    world.files["opt/fips.so"] = world.files.pop(MODULE)


def _deleted_key(world: World) -> None:
    world.lower["root/.ssh/id_rsa"] = b"-----BEGIN OPENSSH PRIVATE KEY-----\nxyz\n"
    world.deleted.append("root/.ssh/id_rsa")


def _certificate_of_other(world: World) -> None:
    _label(f"{PREFIX}module.certificate", "4985")(world)
    world.certificate = CertificateFact("", "none", "3.5.7 has no certificate", "2026-04-15")


def _no_certificate(world: World) -> None:
    world.certificate = CertificateFact("", "none", "3.5.7 has no certificate", "2026-04-15")


def _slow(world: World) -> None:
    world.sessions["own"]["seconds"] = 500.0


def _sbom_of_other(world: World) -> None:
    world.sbom = SbomFact("sbom.cdx.json", 80, frozenset({"0" * 64}))


def _build_ca(world: World) -> None:
    # any body will do: a fingerprint is the sha256 of what base64 decodes to ("test")
    pem = b"-----BEGIN CERTIFICATE-----\ndGVzdA==\n-----END CERTIFICATE-----\n"
    world.files["usr/local/share/ca-certificates/proxy.crt"] = File(pem)
    world.bundle = frozenset({"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"})


def _cut_off(world: World) -> None:
    world.sessions["own"]["finished"] = False


def _as_root_in_fact(world: World) -> None:
    world.sessions["own"]["process"]["Uid"] = "0"


def _maps_other(world: World) -> None:
    world.python("mapped", ["/opt/wheel/cryptography.libs/libcrypto-1234.so.3"])


def _expected_other(world: World) -> None:
    world.expected_module = "3.1.2"


_IN = f"{PREFIX}module"
MUTANTS: tuple[Mutant, ...] = (
    # 1 module and configuration
    Mutant("no module", "FIPS-01-01", _without(MODULE)),
    Mutant("module elsewhere", "FIPS-01-01", _module_moved),
    Mutant("module is no shared object", "FIPS-01-01", _file(MODULE, b"#!/bin/sh\n", 0o755)),
    Mutant("no libcrypto", "FIPS-01-01", _without(LIBCRYPTO)),
    Mutant("byte of the module flipped", "FIPS-01-02", _flip),
    Mutant("module stripped or re-linked", "FIPS-01-02", _relinked),
    Mutant("MAC of another module stated", "FIPS-01-02", _edit(MODULE_CONFIG, "module-mac = ", "module-mac = 00:")),
    Mutant("MAC not stated", "FIPS-01-02", _edit(MODULE_CONFIG, "module-mac", "#module-mac")),
    Mutant("fips not activated", "FIPS-01-03", _edit(MODULE_CONFIG, "activate = 1", "")),
    Mutant("fips activated with 0", "FIPS-01-03", _edit(MODULE_CONFIG, "activate = 1", "activate = 0")),
    Mutant("base not activated", "FIPS-01-03", _edit(CONFIG, "activate = 1", "")),
    Mutant("fips not among the providers", "FIPS-01-03", _edit(CONFIG, "fips = fips_sect\n", "")),
    Mutant("openssl_conf missing", "FIPS-01-03", _edit(CONFIG, "openssl_conf = openssl_init", "")),
    Mutant("openssl_conf only in a section", "FIPS-01-03", _edit(CONFIG, "openssl_conf =", "[x]\nopenssl_conf =")),
    Mutant("providers names another section", "FIPS-01-03", _edit(CONFIG, "providers = provider_sect", "providers = other")),
    Mutant("no configuration", "FIPS-01-03", _without(CONFIG)),
    Mutant("fipsmodule.cnf not included", "FIPS-01-03", _edit(CONFIG, ".include", "#.include")),
    Mutant("property missing", "FIPS-01-04", _edit(CONFIG, "default_properties = fips=yes", "")),
    Mutant("property optional", "FIPS-01-04", _edit(CONFIG, "fips=yes", "?fips=yes")),
    Mutant("property negated", "FIPS-01-04", _edit(CONFIG, "fips=yes", "fips=no")),
    Mutant("property emptied later", "FIPS-01-04", _edit(CONFIG, "= fips=yes", "= fips=yes\ndefault_properties = ?provider=fips")),
    Mutant("property in a section nothing reads", "FIPS-01-04", _decoy),
    Mutant("alg_section in the wrong section", "FIPS-01-04", _edit(CONFIG, "alg_section = algorithm_sect\n", "")),
    Mutant("property commented out", "FIPS-01-04", _edit(CONFIG, "default_properties", "# default_properties")),
    Mutant("legacy activated", "FIPS-01-05", _edit(CONFIG, "base = base_sect", "base = base_sect\nlegacy = base_sect")),
    Mutant("default without property", "FIPS-01-05", _default_without_property),
    Mutant("default under the property", "FIPS-01-05", _edit(CONFIG, "base = base_sect", "base = base_sect\ndefault = base_sect"), Status.WARN),
    Mutant("legacy at run time", "FIPS-01-05", lambda w: _providers(w, "  base\n", "  legacy\n")),
    Mutant("fips not listed at run time", "FIPS-01-06", lambda w: _providers(w, "  fips\n", "  default\n")),
    Mutant("fips inactive at run time", "FIPS-01-06", lambda w: _providers(w, "status: active", "status: inactive")),
    Mutant("label claims another version", "FIPS-01-07", _label(f"{_IN}.version", "3.1.2")),
    Mutant("path claims another version", "FIPS-01-07", _expected_other),
    Mutant("bytes of another version", "FIPS-01-07", _rebuilt_of_other_version),
    Mutant("diagnostics off", "FIPS-01-08", _edit(CONFIG, "config_diagnostics = 1", "")),
    Mutant("include of nothing", "FIPS-01-09", _edit(CONFIG, "/etc/ssl/fipsmodule.cnf", "/etc/ssl/gone.cnf")),
    Mutant("two different modules", "FIPS-01-10", _file(f"opt/{LIB}/fips.so", tiny_elf(payload=b"3.0.9"))),
    # 2 self-tests
    Mutant("install-status shipped", "FIPS-02-01", _edit(MODULE_CONFIG, "activate = 1", "activate = 1\ninstall-status = INSTALL_SELF_TEST_KATS_RUN")),
    Mutant("install-mac shipped", "FIPS-02-01", _edit(MODULE_CONFIG, "activate = 1", "activate = 1\ninstall-mac = 00:11")),
    Mutant("a self-test fails", "FIPS-02-02", _self_test_fails),
    Mutant("no self-test runs", "FIPS-02-02", _no_self_tests),
    Mutant("a kind of self-test is missing", "FIPS-02-03", _self_test_missing),
    # 3 known answers
    Mutant("wrong SHA-384", "FIPS-03-01", _command("kat.sha384", 0, "SHA2-384(stdin)= 00")),
    Mutant("wrong SHA3-256", "FIPS-03-02", _command("kat.sha3-256", 0, "SHA3-256(stdin)= 00")),
    Mutant("wrong HMAC", "FIPS-03-03", _command("kat.hmac-sha256", 0, *_OK_HEX)),
    Mutant("wrong AES-CBC", "FIPS-03-04", _command("kat.aes-128-cbc", 0, "AAAA")),
    Mutant("no GMAC", "FIPS-03-04", _command("kat.gmac-aes-128", 1, "unsupported")),
    Mutant("bad RSA signature accepted", "FIPS-03-05", _command("kat.rsa-reject", 0, "Verified OK")),
    Mutant("good ECDSA signature rejected", "FIPS-03-06", _command("kat.ecdsa-verify", 1, "Verification failure")),
    Mutant("bad ECDSA signature accepted", "FIPS-03-06", _command("kat.ecdsa-reject", 0, "Verified OK")),
    Mutant("wrong ECDH secret", "FIPS-03-07", _command("kat.ecdh-p256", 0, "0000 - 00 11")),
    Mutant("wrong HKDF", "FIPS-03-08", _command("kat.hkdf-sha256", 0, "00:11")),
    Mutant("answers not of the module", "FIPS-03-01", lambda w: _providers(w, "  fips\n", "  default\n")),
    Mutant("algorithms of the default provider", "FIPS-03-09", _algorithms_of_default),
    # 4 keys
    Mutant("RSA-1024 allowed", "FIPS-04-01", _command("key.rsa-1024", 0, "")),
    Mutant("P-192 allowed", "FIPS-04-01", _command("key.p192", 0, "")),
    Mutant("P-256 impossible", "FIPS-04-02", _command("key.p256", 1, "unsupported")),
    Mutant("random numbers of the default provider", "FIPS-04-03", _random_of_default),
    Mutant("random numbers repeat", "FIPS-04-03", lambda w: [w.command(it, 0, "ab" * 32) for it in ("drbg.one", "drbg.two")] and None),
    # 5 approved and not
    Mutant("MD5 computed by openssl", "FIPS-05-01", _command("no.md5", 0, "MD5(stdin)= 900150983cd24fb0")),
    Mutant("ChaCha20 computed by openssl", "FIPS-05-01", _command("no.chacha20", 0, "abcd")),
    Mutant("openssl is broken, not strict", "FIPS-05-01", _command("kat.sha256", 127, "not found")),
    Mutant("misuse taken for refusal", "FIPS-05-01", _command("no.md5", 1, "dgst: Unknown option: -md5")),
    Mutant("short HMAC keys accepted", "FIPS-05-02", _command("no.hmac-short-key", 0, *_OK_HEX)),
    Mutant("3DES encrypts", "FIPS-05-02", _command("no.3des", 0, "abcd")),
    Mutant("MD5 without the property", "FIPS-05-03", _command("ask.md5-without-property", 0, "MD5= 9001")),
    Mutant("hashlib.md5 built in", "FIPS-05-04", _python("hashlib.md5", ["ok", ["9001", "_md5.md5"]])),
    Mutant("hashlib.new('md5') built in", "FIPS-05-04", _python("hashlib.new.md5", ["ok", ["9001", "_md5.md5"]])),
    Mutant("md5 with usedforsecurity=False", "FIPS-05-04", _python("hashlib.insecure.md5", ["ok", ["9001", "_hashlib.HASH"]])),
    Mutant("blake2b built in", "FIPS-05-04", _python("hashlib.blake2b", ["ok", ["ba80", "_blake2.blake2b"]])),
    Mutant("HMAC-MD5 in Python", "FIPS-05-05", _python("hmac.md5", ["ok", "9001"])),
    Mutant("scrypt in Python", "FIPS-05-06", _python("scrypt", ["ok", "00"])),
    Mutant("_md5 can be imported", "FIPS-05-07", _python("import._md5", ["ok", "_md5"])),
    Mutant("_sha3 lies in lib-dynload", "FIPS-05-07", _file("usr/local/lib/python3.13/lib-dynload/_sha3.cpython-313-x86_64-linux-gnu.so", b"x")),
    Mutant("SHA-256 not of OpenSSL", "FIPS-05-08", _python("hashlib.new.sha256", ["ok", ["ba7816bf", "_sha2.SHA256Type"]])),
    Mutant("OpenSSL property off in Python", "FIPS-05-08", _python("fips_mode", ["ok", 0])),
    # 6 error states
    Mutant("falls back without the module", "FIPS-06-01", _command("kat.sha256", 0, "ba78", session="flipped")),
    Mutant("loads a changed module", "FIPS-06-01", _flipped_is_loaded),
    Mutant("Python falls back", "FIPS-06-02", _python("hashlib.new.sha256", ["ok", ["ba78", "_sha2.x"]], "flipped")),
    Mutant("loads after a failed self-test", "FIPS-06-03", _command("selftest.corrupt-drbg", 0, "INSTALL PASSED")),
    # 7 policy
    *(
        Mutant(f"switch {name} off", "FIPS-07-01", _edit(MODULE_CONFIG, f"\n{name} = 1", f"\n{name} = 0"))
        for name in ("tls1-prf-ems-check", "security-checks", "pbkdf2-lower-bound-check", "hmac-key-check")
    ),
    Mutant("switch missing", "FIPS-07-01", _edit(MODULE_CONFIG, "\nno-short-mac = 1", "")),
    Mutant("TLS 1.0 allowed", "FIPS-07-02", _edit(CONFIG, "TLSv1.2", "TLSv1")),
    Mutant("MinProtocol missing", "FIPS-07-02", _edit(CONFIG, "MinProtocol = TLSv1.2", "")),
    Mutant("system_default names nothing", "FIPS-07-02", _edit(CONFIG, "system_default = system", "system_default = no")),
    Mutant("TLS 1.1 spoken", "FIPS-07-03", _python("tls.1.1", _SHAKEN)),
    Mutant("TLS 1.0 spoken by openssl", "FIPS-07-03", _command("tls.1.0", 0, "CONNECTION ESTABLISHED")),
    Mutant("ECDSA handshake impossible", "FIPS-07-04", _command("tls.1.2.ecdsa", 1, "error:0A0")),
    Mutant("ChaCha20 negotiated by openssl", "FIPS-07-05", _command("tls.chacha20", 0, "CONNECTION ESTABLISHED")),
    Mutant("no extended master secret in openssl", "FIPS-07-06", _command("tls.no-ems", 0, "CONNECTION ESTABLISHED")),
    Mutant("X25519 negotiated", "FIPS-07-08", _command("tls.x25519", 0, "CONNECTION ESTABLISHED")),
    Mutant("handshake not reached", "FIPS-07-03", _command("tls.1.1", 1, "connect:errno=111"), Status.NOT_RUN),
    Mutant("TLS 1.3 impossible", "FIPS-07-04", _python("tls.1.3", ["refused", "SSLError", "x"])),
    Mutant("ChaCha20 negotiated", "FIPS-07-05", _python("tls.chacha20", ["ok", ["TLSv1.2", "ECDHE-RSA-CHACHA20-POLY1305"]])),
    Mutant("no extended master secret", "FIPS-07-06", _python("tls.no-ems", _SHAKEN)),
    Mutant("ChaCha20 suite on offer", "FIPS-07-07", _command("ciphers", 0, "TLS_CHACHA20_POLY1305_SHA256 TLSv1.3 Enc=CHACHA20/POLY1305(256)")),
    # 8 environment
    *(
        Mutant(f"{word} in the environment", "FIPS-08-01", _environment(word))
        for word in ("LD_PRELOAD=/x.so", "LD_LIBRARY_PATH=/opt/lib", "OPENSSL_MODULES=/opt/m", "OPENSSL_CONF=/dev/null")
    ),
    Mutant("/etc/ld.so.preload", "FIPS-08-02", _file("etc/ld.so.preload", b"/opt/hook.so\n")),
    Mutant("second libcrypto first", "FIPS-08-03", _second_libcrypto),
    Mutant("Python maps a wheel's libcrypto", "FIPS-08-03", _maps_other),
    Mutant("openssl is a wrapper", "FIPS-08-04", _file(OPENSSL, b"#!/bin/sh\necho fips\n", 0o755)),
    Mutant("openssl linked statically", "FIPS-08-04", _file(OPENSSL, tiny_elf(program=True), 0o755)),
    Mutant("second openssl", "FIPS-08-04", _file("usr/local/bin/openssl", tiny_elf(("libcrypto.so.3",)), 0o755)),
    Mutant("openssl.cnf world-writable", "FIPS-08-05", _mode(CONFIG, 0o666)),
    Mutant("fipsmodule.cnf group-writable", "FIPS-08-05", _mode(MODULE_CONFIG, 0o664)),
    Mutant("module belongs to the user", "FIPS-08-05", _mode(MODULE, 0o755, 65532)),
    Mutant("folder world-writable", "FIPS-08-05", lambda w: w.folders.update({"etc/ssl": 0o777})),
    Mutant("OpenSSL 1.1.1", "FIPS-08-06", _file(LIBCRYPTO, tiny_elf(payload=b"OpenSSL 1.1.1w  11 Sep 2023\0" + FOLDERS))),
    Mutant("another library runs", "FIPS-08-07", _command("version", 0, "OpenSSL 3.0.11 19 Sep 2023")),
    # 9, 10, 11
    Mutant("session keys logged", "FIPS-09-02", _environment("SSLKEYLOGFILE=/tmp/keys")),
    Mutant("no active certificate", "FIPS-10-01", _no_certificate, Status.WARN),
    Mutant("certificate of another version claimed", "FIPS-10-02", _certificate_of_other),
    Mutant("slow", "FIPS-11-01", _slow, Status.WARN),
    # 12 container
    Mutant("root", "FIPS-12-01", _user("0:0")),
    Mutant("no user", "FIPS-12-01", _user("")),
    Mutant("user by name", "FIPS-12-01", _user("app")),
    Mutant("root in fact", "FIPS-12-01", _as_root_in_fact),
    Mutant("set-user-ID file", "FIPS-12-02", _mode(OPENSSL, 0o4755)),
    Mutant("world-writable file", "FIPS-12-03", _file("opt/app/settings", b"x", 0o666)),
    Mutant("needs a writable root", "FIPS-12-04", _confined("kat.sha256", 1, "Read-only file system")),
    Mutant("MD5 when confined", "FIPS-12-04", _confined("no.md5", 0, "MD5= 9001")),
    Mutant("not confined at all", "FIPS-12-04", lambda w: w.sessions["confined"]["process"].update(CapEff="00000000a80425fb"), Status.NOT_RUN),
    Mutant("private key in a layer", "FIPS-12-05", _file("etc/ssl/private/server.key", b"-----BEGIN PRIVATE KEY-----\nMII\n")),
    Mutant("private key deleted later", "FIPS-12-05", _deleted_key),
    Mutant(".netrc left", "FIPS-12-05", _file("root/.netrc", b"machine x login y password z\n")),
    Mutant("registry token left", "FIPS-12-05", _file("root/.npmrc", b"//registry/:_authToken=abcdefghijklmnopqrst\n")),
    Mutant("CA of the build left", "FIPS-12-06", _build_ca),
    Mutant("probe cut off", "FIPS-12-07", _cut_off),
    Mutant("interpreter crashed", "FIPS-12-07", _python("exit", 139)),
    # 13, 14, 15
    Mutant("label of another MAC", "FIPS-13-01", _label(f"{_IN}.mac", "00:11")),
    Mutant("label with an adjective", "FIPS-13-02", _label("org.opencontainers.image.description", " ".join(("FIPS 140-3", "compliant", "Python")))),
    Mutant("label fips.enabled", "FIPS-13-02", _label("com.example.fips-enabled", "true")),
    Mutant("label missing", "FIPS-13-03", _label(f"{_IN}.version", ""), Status.WARN),
    Mutant("no os-release", "FIPS-13-04", _without("etc/os-release")),
    Mutant("no package database", "FIPS-14-01", _without("var/lib/dpkg/status")),
    Mutant("SBOM of another image", "FIPS-15-01", _sbom_of_other),
)  # fmt: skip
