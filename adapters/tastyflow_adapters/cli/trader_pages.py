"""
Traders as a table, and one trader as a page.

    traders_page    a line each: state, where they belong, sizes, permissions
    trader_page     who they are, what they may do, every limit, accounts, what open orders hold
"""

from collections.abc import Iterable, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from tastyflow.domain.trader import Trader
from tastyflow_adapters.cli.limits import limits_json
from tastyflow_adapters.cli.safe_console import say


def traders_page(traders: Iterable[Trader], environment: str) -> RenderableType:
    """Every trader on a line; those who are of this environment alone say so."""
    rows = [
        (
            say(trader.name),
            say(_state(trader), "red" if trader.suspended else "green"),
            say(_where(trader, environment)),
            say(f"{trader.limits.max_contracts:,} / {trader.limits.max_shares:,}"),
            say(f"${trader.limits.max_notional_usd:,.0f} / ${trader.limits.max_open_notional_usd:,.0f}"),
            say("all" if trader.limits.symbols is None else ", ".join(trader.limits.symbols)),
            say(", ".join(sorted(trader.permissions)) or "none"),
        )
        for trader in traders
    ]
    headings = ("trader", "state", "of", "contracts / shares", "at risk an order / open", "symbols", "permissions")
    if not rows:
        return say("There is no trader yet. Add one: tastyflow trader add NAME")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for number, heading in enumerate(headings):
        table.add_column(heading, no_wrap=number == 0)
    for row in rows:
        table.add_row(*row)
    return table


def trader_page(trader: Trader, environment: str) -> RenderableType:
    """One trader, as this environment knows them."""
    identities = [f"{user} on {platform}" for platform, user in sorted(trader.identities)]
    open_orders = sorted(order.hex[:6] for order in trader.reserved)
    rows: Sequence[tuple[str, str]] = (
        ("trader", trader.name),
        ("state", _state(trader)),
        ("of", _where(trader, environment)),
        ("known as", ", ".join(identities) or "no user yet: tastyflow trader link"),
        ("may", ", ".join(sorted(trader.permissions)) or "nothing"),
        ("accounts here", ", ".join(trader.accounts) or "none was given: where there is one account, that one"),
        ("open orders", ", ".join(open_orders) or "none"),
        ("reserved", f"${trader.reserved_notional_usd:,.2f}"),
        *((f"  {name}", _limit(value)) for name, value in limits_json(trader.limits).items()),
    )
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True, style="dim")
    table.add_column()
    for heading, value in rows:
        table.add_row(say(heading), _coloured(heading, value, trader))
    return table


def _coloured(heading: str, value: str, trader: Trader) -> Text:
    return say(value, "red" if trader.suspended else "green") if heading == "state" else say(value)


def _state(trader: Trader) -> str:
    return "removed" if trader.removed else "suspended" if trader.suspended else "may trade"


def _where(trader: Trader, environment: str) -> str:
    return "the installation" if trader.installation else f"{environment.upper()} only"


def _limit(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) or "none" if isinstance(value, list) else str(value)
