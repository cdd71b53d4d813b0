"""Reads what openssl's commands print; no judgement."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fips_images.validate.facts import CommandFact, Facts, Session

_SELF_TEST = re.compile(r"^\s*(?P<name>\S+) : \((?P<kind>[A-Za-z_]+)\) : (?P<result>Pass|Fail)")
_IMPLEMENTATION = re.compile(r"^\s+(?P<name>\S.*) @ (?P<provider>\S+)$")
#: errors of the command line or of files, which say nothing about an algorithm
_MISUSE = re.compile(
    r"Unknown option|Invalid command|Can't open|Cannot open|No such file|not found|"
    r"Permission denied|Use -help for summary\.?$|Could not read"
)
_REFUSAL = re.compile(
    r"unsupported|Error setting|invalid key length|invalid modulus|Provider routines|"
    r"Invalid KDF name|Invalid MAC name|keymgmt failure|unknown group|FATAL: Startup failure"
)


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider as `openssl list -providers` shows it."""

    id: str
    name: str
    version: str
    status: str


def providers(command: CommandFact) -> tuple[Provider, ...]:
    """Read `openssl list -providers`."""
    found: list[dict[str, str]] = []
    for line in command.lines:
        indent = len(line) - len(line.lstrip())
        if indent == 2:
            found.append({"id": line.strip()})
        elif indent == 4 and found:
            key, _, value = line.strip().partition(": ")
            found[-1].setdefault(key, value)
    return tuple(
        Provider(it["id"], it.get("name", ""), it.get("version", ""), it.get("status", ""))
        for it in found
    )


def active_provider(session: Session, name: str) -> Provider | None:
    """Return the provider when it is active in this session."""
    command = session.command("providers")
    found = providers(command) if command else ()
    return next((it for it in found if it.id == name and it.status == "active"), None)


def module_version(facts: Facts) -> str:
    """Return the version that the running module gives, else the one in its bytes, else nothing."""
    running = active_provider(facts.own, "fips")
    if running is not None:
        return running.version
    versions = facts.static.modules[0].versions if facts.static.modules else ()
    return versions[0] if len(versions) == 1 else ""


def self_tests(command: CommandFact) -> tuple[tuple[str, str, str], ...]:
    """Return (kind, name, Pass or Fail) of each self-test that `openssl fipsinstall` shows."""
    matches = (_SELF_TEST.match(line) for line in command.lines)
    return tuple((it["kind"], it["name"], it["result"]) for it in matches if it)


def implementations(command: CommandFact) -> dict[str, set[str]]:
    """Return provider -> algorithms, from `openssl list -all-algorithms`."""
    found: dict[str, set[str]] = {}
    for line in command.lines:
        if match := _IMPLEMENTATION.match(line):
            found.setdefault(match["provider"], set()).add(match["name"].strip("{} "))
    return found


def refused(command: CommandFact) -> bool:
    """Whether OpenSSL refused the algorithm or key; a misused command line is no refusal."""
    if command.ok:
        return False
    if _REFUSAL.search(command.text):
        return True
    return not _MISUSE.search(command.text)


def python_facts(session: Session, name: str) -> dict[str, object]:
    """Return interpreter -> value of one fact of probe.py."""
    ending = f":{name}"
    return {
        key.removesuffix(ending): value
        for key, value in session.python.items()
        if key.endswith(ending)
    }


def succeeded(value: object) -> bool:
    """Whether a fact of probe.py is ["ok", …]."""
    return isinstance(value, list) and bool(value) and value[0] == "ok"


def shown(value: object) -> str:
    """Return the result or the error of a fact of probe.py, shortened."""
    if isinstance(value, list) and value:
        return " ".join(str(it) for it in value[1:])[:160]
    return str(value)[:160]
