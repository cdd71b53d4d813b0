"""The command line `fipsctl`: one module per verb, loaded when the verb is used.

Only this package prints and exits. A verb's module parses, calls one function, and renders.
"""

from __future__ import annotations

import io
import signal
import sys
import tempfile
import traceback
from importlib import import_module
from pathlib import Path

import click

from fips_images import __version__
from fips_images.cli.github import harmless
from fips_images.errors import ExitCode, FipsImagesError

#: verb -> one-line help. The module `fips_images.cli.<verb>` has the command as `command`.
VERBS: dict[str, str] = {
    "run": "Do it all: discover, plan, build, validate, bom, sign, publish, verify, report.",
    "render": "Render the tree of Dockerfiles from openssl/catalog.yaml.",
    "discover": "List the images of the tree.",
    "plan": "Say what would be built, in which order, and why.",
    "mirror": "Fetch the sources into a content-addressed folder.",
    "base": "Make a base image where it cannot be pulled.",
    "build": "Build images and keep each as an OCI archive.",
    "validate": "Find out what an image really does, and judge it.",
    "bom": "Write the CycloneDX SBOM of an image.",
    "sign": "Sign statements about an image.",
    "publish": "Publish a validated image and its statements.",
    "verify": "Check what a published image may claim.",
    "report": "Render the evidence as a page, a table or JSON.",
    "doctor": "Say what is installed, what is missing, and how to get it.",
}


class _Verbs(click.Group):
    """Loads a verb's module only when it is used, so that `--help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of the story."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the verb's module."""
        if cmd_name not in VERBS:
            return None
        module = import_module(f"fips_images.cli.{cmd_name.replace('-', '_')}")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without importing them."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(
    cls=_Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: fipsctl run openssl/3.5.7/debian/13/python/3.13",
)
@click.version_option(__version__, prog_name="fipsctl")
def fipsctl() -> None:
    """Build, validate, describe, sign, publish and verify FIPS container images.

    Exit codes: 0 it holds, 1 it does not hold, 2 wrong use or bad input, 3 the environment failed.
    """


def main(argv: list[str] | None = None) -> None:
    """Run the command line and exit. No traceback reaches the user."""
    # A job that is cancelled gets SIGTERM: end it like Ctrl-C, so that nothing is left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        # ExitCode or None from commands that finished; click's own exits carry their code.
        result = fipsctl.main(argv, prog_name="fipsctl", standalone_mode=False)
    except click.ClickException as error:
        _show_usage(error)
        sys.exit(ExitCode.BAD_INPUT)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        sys.exit(ExitCode.INTERRUPTED)
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        sys.exit(ExitCode.INTERRUPTED)
    except FipsImagesError as error:
        show_error(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()  # the reader (head, less) has gone: nothing is wrong here
        sys.exit(ExitCode.HOLDS)
    except Exception as error:
        _show_defect(error)
        sys.exit(ExitCode.DEFECT)
    sys.exit(result if isinstance(result, int) else ExitCode.HOLDS)


def _show_usage(error: click.ClickException) -> None:
    """Print what click says about wrong use."""
    stream = io.StringIO()
    error.show(stream)
    click.echo(harmless(stream.getvalue()), nl=False, err=True)


def show_error(error: FipsImagesError) -> None:
    """Print one error: what and where, then what to do next."""
    click.secho("error: ", fg="red", bold=True, nl=False, err=True)
    click.echo(harmless(str(error)), err=True)
    if error.hint:
        click.secho("  next: ", fg="cyan", nl=False, err=True)
        click.echo(harmless(error.hint), err=True)


def _show_defect(error: Exception) -> None:
    """Say that this is our fault, and keep the traceback for a report."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="fipsctl-defect-", suffix=".txt", delete=False
    ) as stream:
        traceback.print_exception(error, file=stream)
    click.secho("defect: ", fg="red", bold=True, nl=False, err=True)
    click.echo(harmless(f"{type(error).__name__}: {error}"), err=True)
    click.echo(f"  next: report it with {Path(stream.name)}", err=True)
