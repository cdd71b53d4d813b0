"""Finds the configuration that OpenSSL reads in an image, and follows it to what it decides."""

from __future__ import annotations

import posixpath

from fips_images.errors import BadInputError
from fips_images.image import Image, Kind
from fips_images.validate.conf import DEFAULT, Document, read_config
from fips_images.validate.facts import ConfigFacts, ProviderSetting

_LARGEST = 1 << 20
#: names of the application section that OPENSSL_init_crypto looks for, config(5)
_TRUE = ("1", "on", "yes", "true")


def read_configuration(image: Image, openssl_dir: str) -> ConfigFacts:
    """Resolve the configuration chain: environment first, then the compiled-in folder."""
    environment = image.config.environment
    path = environment.get("OPENSSL_CONF", "")
    chosen_by = "OPENSSL_CONF" if path else "OPENSSLDIR"
    if not path and openssl_dir:
        path = f"{openssl_dir}/openssl.cnf"
    if not path or _read(image, path) is None:
        return ConfigFacts("", chosen_by, problems=(f"{path or 'openssl.cnf'} is not there",))
    document = read_config(path, lambda it: _read(image, it), environment)
    return _follow(path, chosen_by, document)


def _read(image: Image, path: str) -> str | tuple[str, ...] | None:
    """Return a file's text, or the configuration files of a folder, or None."""
    entry = image.resolve(path)
    if entry is None:
        return None
    if entry.kind is Kind.DIRECTORY:
        names = (posixpath.join(path, posixpath.basename(it.path)) for it in image.children(path))
        return tuple(name for name in names if name.endswith((".cnf", ".conf")))
    try:
        return image.read(entry, _LARGEST).decode("utf-8", "replace")
    except BadInputError:
        return None


def _follow(path: str, chosen_by: str, document: Document) -> ConfigFacts:
    main = document.sections[DEFAULT]
    init = main.get("openssl_conf", "")
    steps = document.sections.get(init, {})
    algorithms = steps.get("alg_section", "")
    properties = document.sections.get(algorithms, {}).get("default_properties")
    if "openssl_conf" in main and init not in document.sections:
        document.problems.append(f"openssl_conf names the section [{init}], which is not there")
    if algorithms and algorithms not in document.sections:
        document.problems.append(f"alg_section names [{algorithms}], which is not there")
    return ConfigFacts(
        path,
        chosen_by,
        tuple(document.files),
        tuple(document.problems),
        init,
        _providers(document, steps.get("providers", "")),
        properties,
        (main.get("config_diagnostics", "0").lower() in _TRUE),
        _ssl_settings(document, steps.get("ssl_conf", "")),
        tuple(
            f"[{name}] default_properties = {values['default_properties']}"
            for name, values in document.sections.items()
            if "default_properties" in values and name != algorithms
        ),
    )


def _providers(document: Document, section: str) -> tuple[ProviderSetting, ...]:
    found = []
    for name, place in document.sections.get(section, {}).items():
        settings = document.sections.get(place)
        if settings is None:
            document.problems.append(f"provider {name}: the section [{place}] is not there")
        values = settings or {}
        shown = values.get("identity", name)
        found.append(ProviderSetting(shown, place, values.get("activate"), dict(values)))
    return tuple(found)


def _ssl_settings(document: Document, section: str) -> dict[str, str]:
    """Return the settings of `system_default`, which every SSL_CTX starts with."""
    place = document.sections.get(section, {}).get("system_default", "")
    return dict(document.sections.get(place, {}))
