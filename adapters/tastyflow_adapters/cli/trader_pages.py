"""
Traders as a table, one trader as a page, and what was changed of one.

    traders_page    a row each: state and where they belong, sizes, permissions
    trader_page     who they are, what they may do, every limit, accounts, what open orders hold
    code_page       a code that links a user of a chat to a trader
    change_page     what a command changed of a trader: before, and now
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from attrs import asdict
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tastyflow.application.linking import MadeCode
from tastyflow.domain.instruments import plain
from tastyflow.domain.new_york_time import moment_in_words
from tastyflow.domain.trader import Trader
from tastyflow_adapters.cli.safe_console import say


def traders_page(traders: Iterable[Trader], place: str) -> RenderableType:
    """Every trader with their state, limits and permissions; those who are of this environment alone say so."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("trader", "state", "limits", "permissions"):
        # A narrow terminal breaks a word, and never leaves one out: an amount without its last digits would be a lie.
        table.add_column(heading, no_wrap=heading == "trader", overflow="fold")
    for trader in traders:
        state = say(_state(trader), "red" if trader.suspended else "green")
        permissions = say(", ".join(sorted(trader.permissions)) or "none")
        where = say(_where(trader, place))
        table.add_row(say(trader.name), Group(state, where), Group(*map(say, _sizes(trader))), permissions)
    if not table.row_count:
        return say("There is no trader yet. Add one: tastyflow trader add NAME")
    return table


def _sizes(trader: Trader) -> Sequence[str]:
    limits = trader.limits
    return (
        f"{limits.max_contracts:,} contracts, {limits.max_shares:,} shares",
        f"${limits.max_notional_usd:,.0f} at risk an order",
        f"${limits.max_open_notional_usd:,.0f} at risk in all",
        "all symbols" if limits.symbols is None else ", ".join(limits.symbols),
    )


def trader_page(trader: Trader, place: str) -> RenderableType:
    """One trader, as this environment knows them."""
    return _two_columns((*_person(trader, place), *_holdings(trader), *_limits(trader)), trader)


def change_page(before: Trader | None, trader: Trader, place: str) -> RenderableType:
    """What is new of *trader*; all but the limits where *before* is None: the trader was just added."""
    if before is None:
        known = f"The limits are the standard ones and those that were named: 'tastyflow trader show {trader.name}'."
        return Group(_two_columns(_person(trader, place), trader), say(known, "dim"))
    was = dict((*_person(before, place), *_holdings(before), *_limits(before)))
    now = (*_person(trader, place), *_holdings(trader), *_limits(trader))
    changed = [(heading, was[heading], value) for heading, value in now if was[heading] != value]
    if not changed:
        return say(f"Nothing is new of {trader.name}.")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in (trader.name, "before", "now"):
        table.add_column(heading, no_wrap=heading == trader.name)
    for heading, old, new in changed:
        table.add_row(say(heading), say(old), _coloured(heading, new, trader))
    return table


def code_page(made: MadeCode) -> RenderableType:
    """A code that was made just now: the only time that it is shown."""
    where, until = made.open.platform.capitalize(), moment_in_words(made.open.expires_at)
    told = f"In {where}, {made.trader.name} types this once, until {until}:"
    return Group(
        say(told),
        say(f"  /link {made.text}", "bold"),
        say("It is not shown again. Who types it is that trader: hand it over by another way than the chat.", "dim"),
    )


def _two_columns(rows: Sequence[tuple[str, str]], trader: Trader) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True, style="dim")
    table.add_column()
    for heading, value in rows:
        table.add_row(say(heading), _coloured(heading, value, trader))
    return table


def _person(trader: Trader, place: str) -> Sequence[tuple[str, str]]:
    identities = [f"{user} on {platform}" for platform, user in sorted(trader.identities)]
    return (
        ("trader", trader.name),
        ("state", _state(trader)),
        ("of", _where(trader, place)),
        ("known as", ", ".join(identities) or ("no user" if trader.removed else "no user yet: tastyflow trader link")),
        ("may", ", ".join(sorted(trader.permissions)) or "nothing"),
    )


def _holdings(trader: Trader) -> Sequence[tuple[str, str]]:
    open_orders = sorted(order.hex[:6] for order in trader.reserved)
    return (
        ("accounts here", ", ".join(trader.accounts) or "none was given: where there is one account, that one"),
        ("open orders", ", ".join(open_orders) or "none"),
        ("reserved", f"${trader.reserved_notional_usd:,.2f}"),
    )


def _limits(trader: Trader) -> Sequence[tuple[str, str]]:
    """Each limit under the name that ``trader limit`` takes."""
    return tuple((name, _limit(name, value)) for name, value in asdict(trader.limits, recurse=False).items())


def _coloured(heading: str, value: str, trader: Trader) -> Text:
    return say(value, "red" if trader.suspended else "green") if heading == "state" else say(value)


def _state(trader: Trader) -> str:
    if trader.forgotten:
        return "removed, and forgotten"
    return "removed" if trader.removed else "suspended" if trader.suspended else "active"


def _where(trader: Trader, place: str) -> str:
    return "the installation" if trader.installation else f"{place} only"


def _limit(name: str, value: object) -> str:
    """``$2,500`` for dollars, ``5 %`` for a part of the account."""
    if value is None:
        return "all" if name == "symbols" else "no limit"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    if isinstance(value, Decimal):
        return f"{plain(value)} %" if name.endswith("_pct") else f"${value:,.2f}".removesuffix(".00")
    return f"{value:,}"
