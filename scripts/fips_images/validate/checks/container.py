"""Category 12: the image as a container: user, privileges, what was left behind."""

from __future__ import annotations

from fips_images.validate.check import (
    CRITICAL,
    HIGH,
    MEDIUM,
    Verdict,
    check,
    failed,
    need,
    not_applicable,
    not_run,
    passed,
)
from fips_images.validate.facts import Facts
from fips_images.validate.reading import active_provider, python_facts, refused

_BENCHMARK = "CIS Docker Benchmark 1.6 section 4; NIST SP 800-190 section 4.1"


@check(
    "12-01", "The image does not run as root", HIGH,
    source=_BENCHMARK,
    remedy="USER 65532:65532 (a number, so that an orchestrator can check it).",
)  # fmt: skip
def user(facts: Facts) -> Verdict:
    """A numeric user other than 0, in the configuration and in the running container."""
    if not facts.static.has_image_config:
        return not_applicable("a root folder has no image configuration")
    name = facts.static.image.user
    if not name or name.split(":")[0] in ("0", "root"):
        return failed(f"USER is {name or 'not set'}: the image runs as root")
    if facts.own.ran and facts.own.process.get("Uid") == "0":
        return failed(f"USER is {name}, but the container ran as uid 0")
    if facts.static.image.numeric_user is None:
        return failed(f"USER is the name {name!r}: runAsNonRoot cannot check it")
    return passed(f"USER {name}")


@check(
    "12-02", "No set-user-ID or set-group-ID file", HIGH,
    source=_BENCHMARK,
    remedy="find / -xdev -perm /6000 -type f -exec chmod a-s {} +",
)  # fmt: skip
def set_id(facts: Facts) -> Verdict:
    """Mode bits 4000 and 2000 of regular files."""
    if facts.static.set_id:
        return failed(f"{len(facts.static.set_id)} files", *facts.static.set_id[:20])
    return passed("none")


@check(
    "12-03", "Nothing but the shared temporary folders is writable by everybody", HIGH,
    source=_BENCHMARK,
    remedy="chmod o-w the paths named.",
)  # fmt: skip
def world_writable(facts: Facts) -> Verdict:
    """Files and folders with mode bit 0002."""
    if facts.static.world_writable:
        return failed(
            f"{len(facts.static.world_writable)} paths", *facts.static.world_writable[:20]
        )
    return passed("none")


@check(
    "12-04", "It works read-only, without capabilities or network, as any user", HIGH,
    source="Kubernetes Pod Security Standards, restricted; OpenShift restricted-v2; " + _BENCHMARK,
    remedy="Let nothing write outside of mounted volumes, and make files readable by everybody.",
)  # fmt: skip
def confined(facts: Facts) -> Verdict:
    """The same probe with --read-only --cap-drop ALL --network none and an arbitrary UID."""
    found, missing = need(facts.confined, "kat.sha256", "kat.aes-128-cbc", "drbg.one", "no.md5")
    if missing:
        return missing
    if facts.confined.process.get("CapEff", "").strip("0") or not facts.confined.process:
        return not_run("the container had capabilities, so this shows nothing")
    if active_provider(facts.confined, "fips") is None:
        return failed("the FIPS provider is not active in a confined container")
    bad = [it.text[:160] for it in found[:3] if not it.ok]
    if bad:
        return failed("OpenSSL does not work in a confined container", *bad)
    if not refused(found[3]):
        return failed("MD5 is not refused in a confined container")
    lost = [python for python, value in python_facts(facts.confined, "hashlib.new.sha256").items()
            if not (isinstance(value, list) and value[:1] == ["ok"])]  # fmt: skip
    if lost or len(python_facts(facts.confined, "end")) < len(facts.static.pythons):
        return failed("Python does not work in a confined container", *lost)
    return passed(f"as uid {facts.confined.process.get('Uid')}, read-only, no capabilities")


@check(
    "12-05", "No key, password or token is in any layer", CRITICAL,
    source=_BENCHMARK + "; OCI image specification, layer.md (whiteouts keep lower layers)",
    remedy="Use a build secret (RUN --mount=type=secret), build anew, replace what was exposed.",
)  # fmt: skip
def secrets(facts: Facts) -> Verdict:
    """Names and contents of known kinds, also of files that a later layer deleted."""
    if facts.static.secrets:
        return failed(f"{len(facts.static.secrets)} files", *facts.static.secrets[:20])
    return passed(f"none found, {facts.static.deleted} deleted or replaced files looked at, too")


@check(
    "12-06", "No certificate of the build's own CA bundle is left in the image", HIGH,
    source="SP 800-52 Rev. 2 section 3.5.2 (trust anchors); docs/validation.md",
    remedy="Mount the bundle as a build secret; do not copy it or add it to the trust store.",
)  # fmt: skip
def build_certificates(facts: Facts) -> Verdict:
    """Fingerprints of the bundle's certificates are given with --build-ca-bundle."""
    if not facts.static.build_bundle_known:
        return not_applicable("no CA bundle of the build was named")
    if facts.static.foreign_certificates:
        return failed(
            "the build's certificates are in the image", *facts.static.foreign_certificates
        )
    return passed("none of the build's certificates is in the image")


@check(
    "12-07", "The probe came to its end", MEDIUM,
    source="docs/validation.md",
    remedy="Look at what stopped it: memory limits, a time limit, a crashing interpreter.",
)  # fmt: skip
def probe_finished(facts: Facts) -> Verdict:
    """Facts that are missing because the probe was cut off must not pass unnoticed."""
    if not facts.own.ran:
        return not_run(facts.own.reason)
    cut = [
        it.name for it in (facts.own, facts.confined, facts.flipped) if it.ran and not it.finished
    ]
    crashed = [python for python, value in python_facts(facts.own, "exit").items() if value != 0]
    if cut or crashed:
        return failed("the probe was cut off", *cut, *crashed)
    return passed("all sessions ended")


CHECKS = (
    user, set_id, world_writable, confined, secrets, build_certificates, probe_finished,
)  # fmt: skip
