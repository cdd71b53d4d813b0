"""`fipsctl verify`: what a published image may claim, from what it carries."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from fips_images.attest.policy import Policy, load_policy
from fips_images.build.locate import locate
from fips_images.cli.common import format_option, print_json, workspace_options
from fips_images.cli.signing import local_policy, open_reference, registry_options, today
from fips_images.errors import BadInputError, ExitCode
from fips_images.publish.reference import Reference, parse_reference
from fips_images.publish.steps import reference_for, verify_published
from fips_images.publish.verify import VerifyResult, verify_to_json
from fips_images.workspace import Workspace

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(epilog="Example: fipsctl verify ghcr.io/me/fips/python:3.13 --key signing.pub")
@click.argument("references", metavar="REF...", nargs=-1, required=True)
@registry_options
@click.option("--key", type=_FILE, help="Public key that is believed (default: the local one).")
@click.option("--policy", "policy_file", type=_FILE, help="What is asked for, as a file.")
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Judge for that day (default: today)."
)
@click.option("--offline", is_flag=True, help="Refuse references that need a network.")
@click.option("--no-layers", is_flag=True, help="Do not read the layers, only ask for them.")
@workspace_options
@format_option("table", "json")
def command(
    workspace: Workspace,
    references: tuple[str, ...],
    registry: str | None,
    plain_http: bool,
    key: Path | None,
    policy_file: Path | None,
    as_of: datetime | None,
    offline: bool,
    no_layers: bool,
    format_: str,
) -> ExitCode:
    """Check what a published image may claim.

    REF is HOST/NAME:TAG, HOST/NAME@DIGEST, oci:FOLDER//NAME:TAG, or the name of an image of the
    tree. Exit status 1: it does not hold, and each reason is printed.
    """
    policy = load_policy(policy_file) if policy_file else Policy()
    if key or not policy.keys:
        keys = (key,) if key else local_policy(workspace).keys
        policy = Policy(keys, policy.require, policy.test_age)
    day: date = as_of.date() if as_of else today()
    terms = policy.terms(day)
    results = []
    for reference in _references(references, workspace, registry):
        if offline and reference.folder is None:
            raise BadInputError(
                "this needs a network", where=str(reference), hint="Drop --offline."
            )
        target = reference.digest or reference.tag or "latest"
        repository = open_reference(reference, plain_http)
        results.append(verify_published(workspace, repository, target, terms, layers=not no_layers))
    _render(results, format_)
    return ExitCode.HOLDS if all(it.holds for it in results) else ExitCode.DOES_NOT_HOLD


def _references(
    names: tuple[str, ...], workspace: Workspace, registry: str | None
) -> list[Reference]:
    """Take what the grammar of references fits as one, the rest as images of the tree."""
    found = []
    for name in names:
        try:
            found.append(parse_reference(name))
        except BadInputError:
            if name.startswith("oci:") or "@" in name or ":" in name:
                raise
            specs = locate((name,), workspace.root)
            found += [reference_for(workspace, spec, registry) for spec in specs]
    return found


def _render(results: list[VerifyResult], format_: str) -> None:
    if format_ == "json":
        print_json([verify_to_json(it) for it in results])
        return
    for result in results:
        verdict, colour = ("holds", "green") if result.holds else ("does not hold", "red")
        click.secho(f"{result.reference}: {verdict}", fg=colour, bold=True)
        click.echo(f"  digest {result.digest or 'unknown'}, judged for {result.as_of}")
        for failure in result.failures:
            click.echo(f"  ✗ {failure.code}: {failure.reason}")
        for line in result.may_claim:
            click.echo(f"  ✓ {line}")
        click.echo("  not said by it:")
        for line in result.must_not_claim:
            click.echo(f"    - {line}")
