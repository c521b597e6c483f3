"""
``tastyflow incident``: what a person must look at, and what a person decides.

Only options and help stand here; the work is imported by the command that is run (`incident_work`).
"""

from typing import Final

import click

from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.options import as_json, as_trader

as_agreed: Final = click.option("--yes", "is_agreed", is_flag=True, help="Do it without asking.")
why: Final = click.option("--reason", metavar="TEXT", default="", help="Why; it stands in the log.")
reference: Final = click.argument("reference", metavar="REF")


@click.group()
def incident() -> None:
    """
    What a person must look at. REF is the first digits of an incident's id, or of the id of its order.

    It takes the permission administer; where nothing can be lost, nothing.
    """


@incident.command("list")
@as_trader
@as_json
def list_incidents(trader: str | None, wants_json: bool) -> ExitCode:
    """Every incident that is open, the oldest first."""
    from tastyflow_adapters.cli import incident_work

    return incident_work.show_all(trader, wants_json=wants_json)


@incident.command()
@reference
@as_trader
@as_json
def show(reference: str, trader: str | None, wants_json: bool) -> ExitCode:
    """One incident, open or closed; of an order also how it stands, and what can be decided."""
    from tastyflow_adapters.cli import incident_work

    return incident_work.show(reference, trader, wants_json=wants_json)


@incident.command()
@reference
@as_trader
@as_json
def acknowledge(reference: str, trader: str | None, wants_json: bool) -> ExitCode:
    """Say that you look at it: the operators are told no more."""
    from tastyflow_adapters.cli import incident_work

    return incident_work.acknowledge(reference, trader, wants_json=wants_json)


@incident.command()
@reference
@click.option("--how", metavar="TEXT", required=True, help="What was done; it stands in the log.")
@as_trader
@as_json
def close(reference: str, how: str, trader: str | None, wants_json: bool) -> ExitCode:
    """
    Close it, and say what was done.

    \b
    Example:
      tastyflow incident close 3f2a91 --how "cancelled by hand at the venue"
    """
    from tastyflow_adapters.cli import incident_work

    return incident_work.close(reference, how, trader, wants_json=wants_json)


@incident.command()
@reference
@why
@as_agreed
@as_trader
@as_json
def resubmit(reference: str, reason: str, is_agreed: bool, trader: str | None, wants_json: bool) -> ExitCode:
    """
    Send an order in doubt again, which production does not have.

    Production is searched once more. What is found is adopted, and nothing is sent. Else the order begins anew, with a
    fresh rehearsal, fresh checks and fresh limits. Where it is real another person must approve it. What was sent
    before may still turn up: then it is a duplicate, and a person must look.

    Exit code 0: working or filled. 1: not sent. 5: it waits for another person's approval.
    """
    from tastyflow_adapters.cli import incident_work

    return incident_work.resubmit(reference, reason, trader, is_agreed=is_agreed, wants_json=wants_json)


@incident.command()
@reference
@why
@as_trader
@as_json
def abandon(reference: str, reason: str, trader: str | None, wants_json: bool) -> ExitCode:
    """Give an order in doubt up. It is watched on: what turns up is adopted."""
    from tastyflow_adapters.cli import incident_work

    return incident_work.abandon(reference, reason, trader, wants_json=wants_json)


@incident.command()
@reference
@click.argument("number", metavar="N")
@as_trader
@as_json
def adopt(reference: str, number: str, trader: str | None, wants_json: bool) -> ExitCode:
    """
    Say that an order in doubt is order N at the venue, as the broker's own application shows it.

    Production is asked for N: it is adopted where it has the same content, and belongs to no other order here.
    """
    from tastyflow_adapters.cli import incident_work

    return incident_work.adopt(reference, number, trader, wants_json=wants_json)
