"""Category 2: the module's self-tests run, at every load, and pass."""

from __future__ import annotations

from fips_images.validate.check import (
    CRITICAL,
    HIGH,
    Verdict,
    check,
    failed,
    need,
    not_run,
    passed,
)
from fips_images.validate.expectations import expectation
from fips_images.validate.facts import Facts
from fips_images.validate.reading import module_version, self_tests

_SOURCE = "FIPS 140-3 (ISO/IEC 19790) 7.10; openssl README-FIPS.md, 'Installing the FIPS provider'"


@check(
    "02-01", "No record of self-tests run on another machine is shipped", CRITICAL,
    source="openssl README-FIPS.md: the output of fipsinstall must not be copied between machines; "
    "fips_config(5), install-status and install-mac",
    remedy="Ship the fipsmodule.cnf of `make install_fips` (or `fipsinstall -self_test_onload`), "
    "without install-status and install-mac.",
)  # fmt: skip
def no_install_status(facts: Facts) -> Verdict:
    """install-status would let a 3.0 module skip its known-answer tests."""
    setting = facts.static.config.provider("fips")
    if setting is None:
        return failed("the configuration that is read has no fips section")
    lines = [f"{key} = {setting.settings[key]}" for key in ("install-status", "install-mac")
             if key in setting.settings]  # fmt: skip
    if lines:
        return failed("fipsmodule.cnf says that the self-tests were run elsewhere", *lines)
    return passed("self-tests run at every load: neither install-status nor install-mac")


@check(
    "02-02", "The integrity test and every known-answer test pass, by name", CRITICAL,
    source=_SOURCE,
    remedy="Run `openssl fipsinstall -module <fips.so> -provider_name fips` in the image; a "
    "failing test means that fips.so is not what was built.",
)  # fmt: skip
def self_tests_pass(facts: Facts) -> Verdict:
    """Load the module afresh with the self-test callback and read each test's result."""
    found, missing = need(facts.own, "selftest.names")
    if missing:
        return missing
    tests = self_tests(found[0])
    bad = [f"{kind} {name}" for kind, name, result in tests if result != "Pass"]
    if bad or not found[0].ok:
        last = found[0].lines[-1] if found[0].lines else ""
        return failed("self-tests failed or did not run", *bad, last[:200])
    if not tests:
        return failed("the module was loaded without running a self-test")
    kinds = sorted({kind for kind, _, _ in tests})
    return passed(f"{len(tests)} self-tests passed", *kinds)


@check(
    "02-03", "Every kind of self-test that this version has was seen", HIGH,
    source=_SOURCE,
    remedy="Compare with the module's security policy: a missing kind means a module that was "
    "changed, or built without an algorithm.",
)  # fmt: skip
def self_test_kinds(facts: Facts) -> Verdict:
    """Kinds per line of versions are in data/modules.json."""
    found, missing = need(facts.own, "selftest.names")
    if missing:
        return missing
    expected = expectation(module_version(facts))
    if expected is None:
        return not_run(f"nothing is known about module version {module_version(facts) or '?'}")
    lacking = sorted(set(expected.self_tests) - {kind for kind, _, _ in self_tests(found[0])})
    if lacking:
        return failed(f"kinds of self-test that did not run: {', '.join(lacking)}")
    return passed(f"all {len(expected.self_tests)} kinds of line {expected.line}")


CHECKS = (no_install_status, self_tests_pass, self_test_kinds)
