"""Category 1: the module is there, is what it says it is, and the configuration puts it to use."""

from __future__ import annotations

from fips_images.validate.check import (
    CRITICAL,
    HIGH,
    LOW,
    MEDIUM,
    Verdict,
    check,
    failed,
    need,
    not_run,
    passed,
    warned,
)
from fips_images.validate.facts import Facts, ProviderSetting
from fips_images.validate.reading import active_provider, module_version, providers

_CONFIG_MANUAL = "OpenSSL config(5), fips_module(7)"
_OFF = ("0", "no", "false", "off")
_ON = ("1", "yes", "true", "on")


@check(
    "01-01", "The module is where OpenSSL looks for it", CRITICAL,
    source="OpenSSL fips_module(7); OPENSSL_MODULES in openssl-env(7)",
    remedy="Build fips.so from the validated source and install it in the folder that "
    "`openssl version -m` prints.",
)  # fmt: skip
def module_present(facts: Facts) -> Verdict:
    """The file is an ELF shared object at the path that OpenSSL computes."""
    static = facts.static
    if not static.libraries:
        return failed("the image has no libcrypto: OpenSSL is not installed")
    path = static.module_path
    first = static.modules[0] if static.modules else None
    if first is None:
        return failed(f"there is no FIPS module: {path or 'fips.so'} does not exist")
    if not static.module_at_path:
        return failed(f"OpenSSL looks for {path}, but the module is {first.path}")
    if first.elf is None:
        return failed(f"{first.path} is not a shared object")
    return passed(f"{first.path}, {first.size} bytes", f"sha256:{first.sha256}")


@check(
    "01-02", "The module's MAC is the one in its configuration", CRITICAL,
    source="FIPS 140-3 (ISO/IEC 19790) 7.10.2 pre-operational software integrity test; "
    "openssl providers/fips/self_test.c",
    remedy="Ship the fipsmodule.cnf that `make install_fips` wrote for exactly this fips.so; never "
    "strip, re-link or edit fips.so.",
)  # fmt: skip
def module_mac(facts: Facts) -> Verdict:
    """HMAC-SHA256 over the file with OpenSSL's fixed key equals `module-mac`."""
    if not facts.static.modules:
        return failed("there is no FIPS module whose MAC could be checked")
    setting = facts.static.config.provider("fips")
    stated = setting.settings.get("module-mac", "") if setting else ""
    measured = facts.static.modules[0].mac
    if not stated:
        return failed("the configuration that is read has no module-mac", f"measured {measured}")
    if stated.upper() != measured:
        return failed("fips.so is not the file that fipsmodule.cnf was made for",
                      f"stated   {stated}", f"measured {measured}")  # fmt: skip
    return passed("recomputed from fips.so, equal", measured)


@check(
    "01-03", "The configuration that is read activates the fips and base providers", CRITICAL,
    source=_CONFIG_MANUAL,
    remedy="In openssl.cnf: [provider_sect] fips = fips_sect, base = base_sect; include "
    "fipsmodule.cnf; `activate = 1` in both sections.",
)  # fmt: skip
def providers_configured(facts: Facts) -> Verdict:
    """Follow openssl_conf -> providers -> each section, as libcrypto does."""
    config = facts.static.config
    if not config.path:
        return failed("OpenSSL finds no configuration file", *config.problems)
    lacking = [name for name in ("fips", "base") if not _active(config.provider(name))]
    if lacking:
        return failed(f"{config.path} does not activate: {', '.join(lacking)}", *config.problems)
    return passed(f"{config.path} ({config.chosen_by}) activates fips and base", *config.files)


def _active(setting: ProviderSetting | None) -> bool:
    return setting is not None and (setting.activate or "").lower() in _ON


@check(
    "01-04", "default_properties is exactly fips=yes where it is read", CRITICAL,
    source="OpenSSL fips_module(7), 'Making all applications use the FIPS module by default'; "
    "property(7)",
    remedy="In the section that alg_section of the init section names: "
    "default_properties = fips=yes",
)  # fmt: skip
def default_properties(facts: Facts) -> Verdict:
    """Neither missing, nor optional (?fips=yes), nor in a section that nothing reads."""
    config = facts.static.config
    value = config.default_properties
    if value is None:
        return failed("no default_properties in the section that OpenSSL reads",
                      *config.stray_default_properties)  # fmt: skip
    if value.replace(" ", "") != "fips=yes":
        return failed(f"default_properties is {value!r}, not fips=yes")
    return passed("default_properties = fips=yes")


@check(
    "01-05", "No provider besides fips and base is activated", HIGH,
    source="OpenSSL OSSL_PROVIDER-default(7), OSSL_PROVIDER-legacy(7), fips_module(7)",
    remedy="Remove legacy, and default unless the property fips=yes governs every fetch; delete "
    "legacy.so from the image.",
)  # fmt: skip
def other_providers(facts: Facts) -> Verdict:
    """Legacy is never right; default is tolerated, with a warning, under fips=yes."""
    config = facts.static.config
    running = facts.own.command("providers")
    names = {it.name for it in config.providers if it.activate is not None and not _off(it)}
    names |= {it.id for it in providers(running) if it.status == "active"} if running else set()
    extra = sorted(names - {"fips", "base"})
    gated = (config.default_properties or "").replace(" ", "") == "fips=yes"
    if extra == ["default"] and gated:
        return warned("the default provider is active; only the property fips=yes keeps it out")
    if extra:
        return failed(f"active besides fips and base: {', '.join(extra)}")
    if not config.path and running is None:
        return failed("without a configuration OpenSSL uses its default provider")
    return passed("nothing else is activated")


def _off(setting: ProviderSetting) -> bool:
    """Before OpenSSL 3.2 any `activate` line activated, so only a plain no counts as off."""
    return (setting.activate or "").lower() in _OFF


@check(
    "01-06", "The provider fips is active at run time", CRITICAL,
    source="openssl-list(1); FIPS 140-3 (ISO/IEC 19790) 7.2.4 modes of operation",
    remedy="Run `openssl list -providers` in the image and follow the error it shows; then check "
    "FIPS-01-01 to FIPS-01-04.",
)  # fmt: skip
def provider_active(facts: Facts) -> Verdict:
    """`openssl list -providers` as the image's own user."""
    found, missing = need(facts.own, "providers")
    if missing:
        return missing
    provider = active_provider(facts.own, "fips")
    if provider is None:
        seen = ", ".join(f"{it.id} {it.status}" for it in providers(found[0]))
        return failed("the FIPS provider is not active", seen or found[0].text[:200])
    return passed(f"{provider.name} {provider.version} is active")


@check(
    "01-07", "The running module is the version that the image claims", HIGH,
    source="Label io.github.fips-container-images.module.version; CMVP security policy, section 2",
    remedy="Build the module from the source that the path and the label name, or correct them.",
)  # fmt: skip
def version_claimed(facts: Facts) -> Verdict:
    """Label and path against what the provider reports and what its bytes say."""
    measured = module_version(facts)
    if not measured:
        return not_run("no module version was observed") if not facts.own.ran else failed(
            "no module reports a version")  # fmt: skip
    label = facts.static.image.labels.get("io.github.fips-container-images.module.version", "")
    claims = [it for it in (label, facts.expected_module) if it]
    wrong = [it for it in claims if it != measured]
    in_bytes = facts.static.modules[0].versions if facts.static.modules else ()
    if wrong:
        return failed(f"claimed {wrong[0]}, measured {measured}")
    if in_bytes and measured not in in_bytes:
        return failed(f"the provider reports {measured}, fips.so holds {', '.join(in_bytes)}")
    return passed(f"{measured}" + (", as claimed" if claims else "; the image claims none"))


@check(
    "01-08", "A broken configuration is an error, not silence", MEDIUM,
    source="OpenSSL config(5), config_diagnostics",
    remedy="Put `config_diagnostics = 1` at the top of openssl.cnf.",
)  # fmt: skip
def diagnostics(facts: Facts) -> Verdict:
    """config_diagnostics is on."""
    if facts.static.config.diagnostics:
        return passed("config_diagnostics = 1")
    return failed("config_diagnostics is not set: OpenSSL would ignore a broken configuration")


@check(
    "01-09", "The configuration has no loose ends", MEDIUM,
    source=_CONFIG_MANUAL,
    remedy="Correct the lines named; every include and section must exist.",
)  # fmt: skip
def configuration_sound(facts: Facts) -> Verdict:
    """Includes and sections that are named exist; no default_properties outside what is read."""
    config = facts.static.config
    if config.problems:
        return failed("the configuration refers to what is not there", *config.problems)
    if config.stray_default_properties:
        return warned("default_properties stands in a section that nothing reads",
                      *config.stray_default_properties)  # fmt: skip
    return passed(f"{len(config.files)} files, each reference resolved")


@check(
    "01-10", "There is one module in the image", LOW,
    source="CMVP security policy, section on installation",
    remedy="Remove the other fips.so, or the stage that brought it.",
)  # fmt: skip
def single_module(facts: Facts) -> Verdict:
    """A second fips.so is not used, but invites mistakes."""
    modules = facts.static.modules
    if not modules:
        return failed("there is none")
    if len({it.sha256 for it in modules}) > 1:
        return failed(
            "several different fips.so", *(f"{it.path} sha256:{it.sha256}" for it in modules)
        )
    return passed(modules[0].path)


CHECKS = (
    module_present, module_mac, providers_configured, default_properties, other_providers,
    provider_active, version_claimed, diagnostics, configuration_sound, single_module,
)  # fmt: skip
