"""
``tastyflow trader accounts``: which accounts of this environment a trader may use, the default first.
"""

import click

from tastyflow.application.traders import Traders
from tastyflow.domain.trader import Trader
from tastyflow.errors import Refused
from tastyflow_adapters.bootstrap import clock_of, open_ledger, prepare
from tastyflow_adapters.cli.asking import operator, run
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.options import as_json
from tastyflow_adapters.cli.place import Place
from tastyflow_adapters.cli.place_shapes import trader_json
from tastyflow_adapters.cli.safe_text import json_line, readable, shown
from tastyflow_adapters.config.loading import load
from tastyflow_adapters.installation import open_roster


@click.command()
@click.argument("name")
@click.argument("account", metavar="[ACCOUNT]...", nargs=-1)
@click.option("--none", "takes_all", is_flag=True, help="Take all of them away.")
@as_json
def accounts(name: str, account: tuple[str, ...], takes_all: bool, wants_json: bool) -> ExitCode:
    """
    Let NAME use these accounts of this environment, and no others; without any, show them.

    The first one is used where an order names none. Accounts are named in the settings: docs/operations.md says how.

    \b
    Examples:
      tastyflow trader accounts ann main ira
      tastyflow trader accounts ann
      tastyflow trader accounts ann --none
    """
    if takes_all and account:
        raise click.UsageError("--none goes without accounts.")
    trader, place = run(
        _given(readable(name), [readable(each) for each in account], changes=takes_all or bool(account))
    )
    if wants_json:
        click.echo(json_line(trader_json(trader) | {"error": None}))
        return ExitCode.DONE
    given = ", ".join(trader.accounts)
    usual = "no account by name: the only one, where there is one"
    click.echo(shown(f"{place.words}: {trader.name} may use {given or usual}."))
    click.echo(shown(f"The settings name {', '.join(place.accounts) or 'no account yet'}."))
    return ExitCode.DONE


async def _given(name: str, accounts: list[str], *, changes: bool) -> tuple[Trader, Place]:
    settings = load()
    with open_ledger(settings) as ledger:
        clock, known, by = clock_of(settings), settings.account_names, operator()
        await prepare(settings, ledger, clock)
        if changes:
            roster = open_roster(settings, ledger, clock, by)
            await roster.change_here(lambda traders: traders.give_accounts(name, accounts, known=known, by=by))
        found = Traders(ledger, clock).find(name)
        if found is None:
            raise Refused(f"There is no trader {name!r}.", code="unknown_trader", data={"user": name})
        return found, Place.of(settings)
