"""
The commands that look and change nothing: ``preview``, ``quote``, ``expirations``, ``chain``.

Only their options and help stand here; the work is imported by the command that is run (`previewing`, `looking`).
"""

import click

from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.options import as_json, as_trader, in_account
from tastyflow_adapters.cli.safe_text import TextCommand


@click.command(cls=TextCommand)
@click.argument("text", metavar="TEXT|-")
@as_trader
@in_account
@as_json
def preview(text: str, trader: str | None, account: str, wants_json: bool) -> ExitCode:
    """
    Show what an order would come to: its legs, price, risk, costs and checks. Nothing is reserved or sent.

    \b
    Examples:
      tastyflow preview "buy 5 SPY 450/460 call vertical Dec 18"
      tastyflow preview "sell 1 SPY 430/435/465/470 iron condor Dec 18 @ 1.95" --json

    Exit code 0: such an order would go on. 1: it would be refused, and the card says why.
    """
    from tastyflow_adapters.cli import previewing

    return previewing.preview(text, trader, account, wants_json=wants_json)


@click.command(cls=TextCommand)
@click.argument("words", metavar="SYMBOL [STRIKE RIGHT DAY]", nargs=-1, required=True)
@as_trader
@as_json
def quote(words: tuple[str, ...], trader: str | None, wants_json: bool) -> ExitCode:
    """
    Bid, mid and ask of shares or an option, and how old they are.

    \b
    Examples:
      tastyflow quote SPY
      tastyflow quote SPY 450c Dec 18 --json
    """
    from tastyflow_adapters.cli import looking

    return looking.look("quote", " ".join(words), trader, wants_json=wants_json)


@click.command(cls=TextCommand)
@click.argument("symbol")
@as_trader
@as_json
def expirations(symbol: str, trader: str | None, wants_json: bool) -> ExitCode:
    """The listed expirations of SYMBOL, with weekday, days, settlement, and whether they are monthly or weekly."""
    from tastyflow_adapters.cli import looking

    return looking.look("expirations", symbol, trader, wants_json=wants_json)


@click.command(cls=TextCommand)
@click.argument("words", metavar="SYMBOL [DAY]", nargs=-1, required=True)
@as_trader
@as_json
def chain(words: tuple[str, ...], trader: str | None, wants_json: bool) -> ExitCode:
    """
    The strikes around the money, with bid and ask of calls and puts; of the nearest expiration where no DAY is named.

    \b
    Examples:
      tastyflow chain SPY
      tastyflow chain SPY Dec 18
    """
    from tastyflow_adapters.cli import looking

    return looking.look("chain", " ".join(words), trader, wants_json=wants_json)
