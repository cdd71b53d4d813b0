"""Which base a build takes, and from where."""

from __future__ import annotations

import pytest

from fips_images.build.apt import Repository
from fips_images.build.base import debian_mirror, make_debian, parse_replacements, resolve_base
from fips_images.errors import BadInputError, EnvironmentFailureError
from fips_images.model.progress import Silent

_REFERENCE = "docker.io/library/debian:13"
_DIGEST = "sha256:" + "d" * 64


class FakeEngine:
    """Knows and can pull what it is told."""

    name = "fake"

    def __init__(self, known: tuple[str, ...] = (), pullable: tuple[str, ...] = ()) -> None:
        self.known = known
        self.pullable = pullable

    def resolve(self, reference: str, *, pull: bool) -> str | None:
        """Answer from the two lists."""
        return _DIGEST if reference in self.known + (self.pullable if pull else ()) else None


@pytest.mark.parametrize(
    ("engine", "replacements", "origin", "used"),
    [
        (FakeEngine(known=(_REFERENCE,)), {}, "engine", _REFERENCE),
        (FakeEngine(pullable=(_REFERENCE,)), {}, "registry", _REFERENCE),
        (FakeEngine(known=("mine",)), {_REFERENCE: "mine"}, "replaced", "mine"),
        (FakeEngine(known=("fips-base/debian:13",)), {}, "made-locally", "fips-base/debian:13"),
    ],
)
def test_where_a_base_comes_from(
    engine: FakeEngine, replacements: dict[str, str], origin: str, used: str
) -> None:
    """What was asked for comes first, then the engine, the registry, and a made base."""
    base = resolve_base(_REFERENCE, replacements, engine, "linux/amd64", Silent())  # type: ignore[arg-type]
    assert (base.origin, base.used, base.digest) == (origin, used, _DIGEST)
    contexts = {"engine": None, "registry": f"docker-image://{_REFERENCE}@{_DIGEST}"}
    assert base.build_context == contexts.get(origin, f"docker-image://{used}")


def test_nothing_to_build_on() -> None:
    """A base that is no Debian and cannot be pulled ends in the option that helps."""
    with pytest.raises(EnvironmentFailureError) as caught:
        resolve_base("docker.io/library/ubuntu:22.04", {}, FakeEngine(), "linux/amd64", Silent())  # type: ignore[arg-type]
    assert "--base docker.io/library/ubuntu:22.04=" in caught.value.hint


def test_missing_replacement_is_not_passed_over() -> None:
    """A replacement that was asked for is never silently exchanged for something else."""
    engine = FakeEngine(known=(_REFERENCE,))
    with pytest.raises(EnvironmentFailureError, match="mine"):
        resolve_base(_REFERENCE, {_REFERENCE: "mine"}, engine, "linux/amd64", Silent())  # type: ignore[arg-type]


@pytest.mark.parametrize(("version", "platform"), [("11", "linux/amd64"), ("13", "linux/s390x")])
def test_bases_that_cannot_be_made(version: str, platform: str) -> None:
    """The error lists what can be made."""
    with pytest.raises(BadInputError, match="no base can be made"):
        make_debian(version, FakeEngine(), platform, Silent())  # type: ignore[arg-type]


def test_mirror_comes_from_the_machines_own_apt() -> None:
    """The suite's own repository first, else any of Debian, never a security one or a foreign."""
    security = Repository("http://s.invalid", "bookworm-security")
    stable = Repository("http://a.invalid", "bookworm")
    trixie = Repository("http://b.invalid", "trixie")
    assert debian_mirror("trixie", (security, stable, trixie)) == "http://b.invalid"
    assert debian_mirror("trixie", (security, stable)) == "http://a.invalid"
    assert debian_mirror("trixie", (security, Repository("http://u.invalid", "noble"))) is None


def test_replacements_are_parsed() -> None:
    """REF=IMAGE, where the image may itself have an equals sign nowhere but after the first."""
    assert parse_replacements(("a:1=b:2",)) == {"a:1": "b:2"}
    for wrong in ("a", "a=", "=b"):
        with pytest.raises(BadInputError):
            parse_replacements((wrong,))
