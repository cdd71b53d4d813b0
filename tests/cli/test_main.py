"""The command line's frame: exit codes, one clear error, help with an example for every verb."""

from __future__ import annotations

import click
import pytest

from fips_images import cli
from fips_images.errors import (
    BadInputError,
    DoesNotHoldError,
    EnvironmentFailureError,
    ExitCode,
)


def leave(monkeypatch, action) -> int:
    """Run `fipsctl probe` with `action` as its body and return the exit status."""

    @click.command()
    def probe() -> object:
        return action()

    monkeypatch.setitem(cli.VERBS, "probe", "a test")
    monkeypatch.setattr(cli._Verbs, "get_command", lambda *_: probe)
    with pytest.raises(SystemExit) as caught:
        cli.main(["probe"])
    return caught.value.code


def throw(error: BaseException):
    def action() -> None:
        raise error

    return action


@pytest.mark.parametrize(
    ("action", "status"),
    [
        (lambda: None, 0),
        (lambda: ExitCode.DOES_NOT_HOLD, 1),
        (throw(DoesNotHoldError("no")), 1),
        (throw(BadInputError("bad")), 2),
        (throw(click.UsageError("bad")), 2),
        (throw(EnvironmentFailureError("gone")), 3),
        (throw(KeyboardInterrupt()), 130),
        (throw(RuntimeError("ours")), 70),
    ],
)
def test_every_way_to_end_has_its_exit_status(monkeypatch, action, status):
    assert leave(monkeypatch, action) == status


def test_an_error_says_where_what_and_what_next(monkeypatch, capsys):
    error = BadInputError("no such image", where="tree:3", hint="Try another.")
    leave(monkeypatch, throw(error))
    assert capsys.readouterr().err == "error: tree:3: no such image\n  next: Try another.\n"


def test_a_defect_shows_no_traceback(monkeypatch, capsys):
    leave(monkeypatch, throw(RuntimeError("boom")))
    shown = capsys.readouterr().err
    assert "defect: RuntimeError: boom" in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize("verb", cli.VERBS)
def test_every_verb_has_help_with_an_example(verb, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main([verb, "--help"])
    assert caught.value.code == 0
    assert "Example" in capsys.readouterr().out


def test_an_unknown_verb_is_wrong_use(capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["certify"])
    assert caught.value.code == 2
    assert "certify" in capsys.readouterr().err
