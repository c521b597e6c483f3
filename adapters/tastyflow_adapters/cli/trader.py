"""
``tastyflow trader``: the operator says who may trade, and how much.
"""

from collections.abc import Awaitable, Callable
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import click

from tastyflow.application.traders import Traders
from tastyflow.domain.trader import Limits, Permission, Trader
from tastyflow.domain.trader.permissions import GRANTABLE
from tastyflow_adapters.bootstrap import clock_of, open_ledger, prepare
from tastyflow_adapters.cli.asking import operator, run
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.limits import Limit, symbols_of, with_limits
from tastyflow_adapters.cli.options import as_json
from tastyflow_adapters.cli.pages import traders_page
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.cli.safe_text import json_line, readable
from tastyflow_adapters.cli.shapes import trader_json
from tastyflow_adapters.cli.trader_accounts import accounts
from tastyflow_adapters.config.choices import PLATFORM
from tastyflow_adapters.config.loading import load

T = TypeVar("T")
STANDARD = Limits()
STANDARD_PERMISSIONS = tuple(p.value for p in (Permission.LONG_OPTIONS, Permission.SHARES, Permission.MARKET_ORDERS))


class Dollars(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click only
    """An amount in dollars: ``25000``, ``25,000``, ``$25,000.50``."""

    name = "USD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        if isinstance(value, Decimal):
            return value
        try:
            amount = Decimal(str(value).replace(",", "").removeprefix("$"))
        except InvalidOperation:
            amount = Decimal("nan")
        if not amount.is_finite() or not 0 <= amount <= 10**12:
            self.fail(f"{value!r} is no amount in dollars, such as 25,000.", param, ctx)
        return amount


@click.group()
def trader() -> None:
    """Who may trade here, and how much."""


@trader.command()
@click.argument("name")
@click.option("--max-contracts", type=click.IntRange(0, 100_000), default=STANDARD.max_contracts, show_default=True)
@click.option("--max-shares", type=click.IntRange(0, 100_000), default=STANDARD.max_shares, show_default=True)
@click.option("--max-notional", type=Dollars(), default=STANDARD.max_notional_usd, show_default=True)
@click.option("--max-open-notional", type=Dollars(), default=STANDARD.max_open_notional_usd, show_default=True)
@click.option("--symbols", metavar="A,B", help="Only these underlyings (else all).")
@click.option(
    "--limit", "chosen", multiple=True, type=Limit(),
    help="Any limit by its name (docs/limits.md): max_loss_pct=3, max_working=none. Once for each.",
)  # fmt: skip
@click.option(
    "--permission", "permissions", multiple=True, type=click.Choice([p.value for p in GRANTABLE]),
    default=STANDARD_PERMISSIONS, show_default=True, help="Once for each.",
)  # fmt: skip
@as_json
def add(
    name: str,
    max_contracts: int,
    max_shares: int,
    max_notional: Decimal,
    max_open_notional: Decimal,
    symbols: str | None,
    chosen: tuple[tuple[str, object], ...],
    permissions: tuple[str, ...],
    wants_json: bool,
) -> int:
    """
    Add a trader: NAME is what --as takes.

    \b
    Example:
      tastyflow trader add ann --max-contracts 5 --max-notional 8,000 --symbols SPY,QQQ
      tastyflow trader add bob --limit max_defined_loss_usd=1,000 --limit zero_dte=yes
    """
    listed = None if symbols is None else symbols_of(readable(symbols))
    limits = with_limits(Limits(max_contracts, max_shares, max_notional, max_open_notional, listed), chosen)
    allowed = frozenset(Permission(permission) for permission in permissions)
    return _print(
        lambda traders: traders.add(readable(name), PLATFORM, limits=limits, permissions=allowed, by=operator()),
        wants_json=wants_json,
    )


@trader.command()
@click.argument("name")
@as_json
def suspend(name: str, wants_json: bool) -> int:
    """From now on nothing new is placed for NAME; what works can still be cancelled."""
    return _print(lambda traders: traders.suspend(readable(name), by=operator()), wants_json=wants_json)


@trader.command()
@click.argument("name")
@as_json
def reinstate(name: str, wants_json: bool) -> int:
    """Let NAME trade again."""
    return _print(lambda traders: traders.reinstate(readable(name), by=operator()), wants_json=wants_json)


@trader.command("list")
@as_json
def list_traders(wants_json: bool) -> int:
    """All traders, with their limits."""
    traders = run(_with_roster(_all))
    if wants_json:
        click.echo(json_line({"traders": [trader_json(each) for each in traders], "error": None}))
    else:
        SafeConsole().show(traders_page(traders))
    return ExitCode.DONE


def _print(use_case: Callable[[Traders], Awaitable[Trader]], *, wants_json: bool) -> int:
    changed = run(_with_roster(use_case))
    if wants_json:
        click.echo(json_line(trader_json(changed) | {"error": None}))
    else:
        SafeConsole().show(traders_page([changed]))
    return ExitCode.DONE


async def _all(traders: Traders) -> tuple[Trader, ...]:
    return traders.all()


async def _with_roster(use_case: Callable[[Traders], Awaitable[T]]) -> T:
    settings = load()
    with open_ledger(settings) as ledger:
        traders = Traders(ledger, clock_of(settings))
        await prepare(settings, traders)
        return await use_case(traders)


trader.add_command(accounts)
