"""
The commands at the desk: ``order``, ``orders``, ``status``, ``cancel``, ``positions``, ``balance``.

Only their options and help stand here, so that ``--help`` and a wrong option are answered at once; the work is imported
by the command that is run (`placing`, `standing`).
"""

import click

from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.options import as_json, as_trader
from tastyflow_adapters.cli.safe_text import TextCommand


@click.command(cls=TextCommand)
@click.argument("text", metavar="TEXT|-")
@as_trader
@as_json
def order(text: str, trader: str | None, wants_json: bool) -> ExitCode:
    """
    Place an order, and wait until it is filled, working or refused.

    It is read, completed from the chain, checked against your limits, placed and tested in the sandbox, and only then
    placed in production. Put the text in quotes; "-" reads it from standard input.

    \b
    Examples:
      tastyflow order "buy 10 calls for SPY at strike 450 expiring next month"
      tastyflow order "sell 5 AAPL 190P Jan 15 @ 2.10 gtc" --as ann
      echo "buy 100 MSFT at mid" | tastyflow order - --json

    Exit code 0: working or filled. 1: refused or failed. 3: a setting is wrong.
    """
    from tastyflow_adapters.cli import placing

    return placing.place(text, trader, wants_json=wants_json)


@click.command()
@as_trader
@as_json
def orders(trader: str | None, wants_json: bool) -> ExitCode:
    """Your newest orders, newest first, refused ones too; brought up to date with the venue."""
    from tastyflow_adapters.cli import standing

    return standing.orders(trader, wants_json=wants_json)


@click.command()
@click.argument("reference", metavar="REF")
@as_trader
@as_json
def status(reference: str, trader: str | None, wants_json: bool) -> ExitCode:
    """How one order stands. REF is the start of its id, or "last"."""
    from tastyflow_adapters.cli import standing

    return standing.status(reference, trader, wants_json=wants_json)


@click.command()
@click.argument("reference", metavar="REF")
@as_trader
@as_json
def cancel(reference: str, trader: str | None, wants_json: bool) -> ExitCode:
    """Cancel an order. REF is the start of its id, "last", or "all" for everything that is open."""
    from tastyflow_adapters.cli import standing

    return standing.cancel(reference, trader, wants_json=wants_json)


@click.command()
@as_trader
@as_json
def positions(trader: str | None, wants_json: bool) -> ExitCode:
    """What the account holds."""
    from tastyflow_adapters.cli import standing

    return standing.positions(trader, wants_json=wants_json)


@click.command()
@as_trader
@as_json
def balance(trader: str | None, wants_json: bool) -> ExitCode:
    """Cash, net liquidating value and buying power of the account, in dollars."""
    from tastyflow_adapters.cli import standing

    return standing.balance(trader, wants_json=wants_json)
