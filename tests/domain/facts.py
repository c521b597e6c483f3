"""All that is known of an order that passes every check: what the tests of the checks change one fact of."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from tastyflow.domain.halt import Halt
from tastyflow.domain.instruments import Equity
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.risk.worst_case import NOTHING
from tastyflow.domain.ticket import Strategy, Ticket
from tastyflow.domain.venue import Balances, DryRun, Quote
from tests.domain.makers import NOW, leg, limit, option, registered

SPY = Equity("SPY")
QUOTE = Quote(Decimal("2.40"), Decimal("2.50"), NOW)
SHARE_QUOTE = Quote(Decimal("449.90"), Decimal(450), NOW)


def calls(number: int = 1, price: str = "2.50") -> Ticket:
    return limit(leg("buy_to_open", number, option("450")), price=price)


def shares(number: int, price: str = "450") -> Ticket:
    return limit(leg("buy_to_open", number, SPY), price=price)


def account(net_liq: int | str) -> Balances:
    return Balances(Decimal(net_liq), Decimal(net_liq), Decimal(net_liq))


def facts(ticket: Ticket | None = None, **changes: Any) -> Facts:
    """All that is known of an order that passes every check, but for *changes*."""
    ticket = ticket or calls()
    known: dict[str, Any] = {
        "ticket": ticket,
        "strategy": Strategy.SINGLE,
        "trader": registered(),
        "account": "main",
        "accounts": ("main",),
        "halt": Halt.never(),
        "held": NOTHING,
        "could_fill": (),
        "elsewhere_usd": Decimal(0),
        "put_cash_elsewhere_usd": Decimal(0),
        "quotes": {leg.instrument: SHARE_QUOTE if leg.instrument == SPY else QUOTE for leg in ticket.legs},
        "spot": Decimal(450),
        "balances": account(100_000),
        "dry_run": DryRun(Decimal(-250), Decimal(1)),
        "buying_power_used_usd": Decimal(0),
        "now": NOW + timedelta(seconds=1),
        "orders_last_minute": 0,
        "house_orders_last_minute": 0,
        "orders_today": 0,
        "recent_digests": {},
        "working": 0,
        "working_on_symbol": 0,
        "loss_today_usd": Decimal(0),
        "recent_failures": (),
        "unknown_outcomes": 0,
    }
    return Facts(**(known | changes))
