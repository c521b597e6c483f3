"""
The commands at the desk: ``order``, ``replace``, ``flatten``, ``orders``, ``status``, ``cancel``, ``positions`` and
``balance``.

Only their options and help stand here, so that ``--help`` and a wrong option are answered at once; the work is imported
by the command that is run (`placing`, `replacing`, `closing`, `standing`).
"""

import click

from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.options import as_confirmed, as_json, as_trader, in_account
from tastyflow_adapters.cli.safe_text import TextCommand


@click.command(cls=TextCommand)
@click.argument("text", metavar="TEXT|-")
@as_confirmed
@as_trader
@in_account
@as_json
def order(text: str, is_confirmed: bool, trader: str | None, account: str, wants_json: bool) -> ExitCode:
    """
    Place an order, and wait until it is filled, working or refused.

    It is read, completed from the chain, checked against your limits, placed and tested in the sandbox, and only then
    placed in production. Put the text in quotes; "-" reads it from standard input.

    In production, at a terminal, you see it before anything is sent, and are asked; --yes answers that beforehand.

    \b
    Examples:
      tastyflow order "buy 10 calls for SPY at strike 450 expiring next month"
      tastyflow order "sell 5 AAPL 190P Jan 15 @ 2.10 gtc" --as ann --account ira
      echo "buy 100 MSFT at mid" | tastyflow order - --json

    Exit code 0: working or filled. 1: refused or failed. 3: a setting is wrong.
    """
    from tastyflow_adapters.cli import placing

    return placing.place(text, trader, account, wants_json=wants_json, is_confirmed=is_confirmed)


@click.command(cls=TextCommand)
@click.argument("reference", metavar="REF")
@click.argument("words", metavar="WORDS…", nargs=-1, required=True)
@as_confirmed
@as_trader
@as_json
def replace(
    reference: str, words: tuple[str, ...], is_confirmed: bool, trader: str | None, wants_json: bool
) -> ExitCode:
    """
    Give a working order a new price, type, stop or time in force, and wait until that works, is filled or refused.

    A new order for what is left is checked and rehearsed like any other, and takes the old one's place at the venue.
    The quantity cannot be replaced: cancel the order, and type it as it should be.

    \b
    Examples:
      tastyflow replace 7f3a @ 1.25
      tastyflow replace last mid gtc --as ann
      tastyflow replace 7f3a stop 2 limit 2.10 --json

    Exit code 0: the new order is working or filled. 1: it was refused or failed.
    """
    from tastyflow_adapters.cli import replacing

    return replacing.replace(" ".join((reference, *words)), trader, wants_json=wants_json, is_confirmed=is_confirmed)


@click.command(cls=TextCommand)
@click.argument("words", metavar="[PART] [SYMBOL]", nargs=-1)
@as_confirmed
@as_trader
@in_account
@as_json
def flatten(words: tuple[str, ...], is_confirmed: bool, trader: str | None, account: str, wants_json: bool) -> ExitCode:
    """
    Close what is held, on SYMBOL or (without one) on every underlying, and wait until each order is filled, working or
    refused.

    The legs of a strategy are closed by one order, shares and single legs by themselves, at the price that trades now.
    What working orders close already is left to them. PART is half, 1/3 or 1/4 of each leg.

    \b
    Examples:
      tastyflow flatten SPY
      tastyflow flatten half SPY --as ann
      tastyflow flatten all --json

    Exit code 0: each order is working or filled. 1: one was refused or failed, or nothing is held.
    """
    from tastyflow_adapters.cli import closing

    return closing.flatten(" ".join(words), trader, account, wants_json=wants_json, is_confirmed=is_confirmed)


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
@click.option("--everyone", is_flag=True, help="With REF all: the open orders of every trader, as the operator.")
@as_trader
@as_json
def cancel(reference: str, everyone: bool, trader: str | None, wants_json: bool) -> ExitCode:
    """
    Cancel an order. REF is the start of its id, "last", or "all" for everything that is open.

    \b
    Examples:
      tastyflow cancel last
      tastyflow cancel all --as ann
      tastyflow cancel all --everyone
    """
    from tastyflow_adapters.cli import closing, standing

    if not everyone:
        return standing.cancel(reference, trader, wants_json=wants_json)
    if reference != "all" or trader is not None:
        raise click.UsageError("--everyone goes with 'all', and without --as: it is the operator who cancels.")
    return closing.cancel_for_everyone(wants_json=wants_json)


@click.command()
@as_trader
@in_account
@as_json
def positions(trader: str | None, account: str, wants_json: bool) -> ExitCode:
    """What the account holds."""
    from tastyflow_adapters.cli import standing

    return standing.positions(trader, account, wants_json=wants_json)


@click.command()
@as_trader
@in_account
@as_json
def balance(trader: str | None, account: str, wants_json: bool) -> ExitCode:
    """Cash, net liquidating value and buying power of the account, in dollars."""
    from tastyflow_adapters.cli import standing

    return standing.balance(trader, account, wants_json=wants_json)
