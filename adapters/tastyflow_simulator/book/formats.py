"""
The words, numbers and moments of tastytrade's JSON, as this book writes and reads them.

    Decimal("1.50") ──▶ "1.5"        Decimal("100000") ──▶ "100000.0"        money and prices
    Decimal("10")   ──▶ 10           Decimal("0.25")   ──▶ "0.25"            quantities
    12:00:00.5 UTC  ──▶ "2026-11-20T12:00:00.500+00:00"  and, in ``updated-at`` of orders, milliseconds

Money has no sign in the JSON: the sign stands beside it, as an effect.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

Json = dict[str, Any]

OPENS: Final = frozenset({"Buy to Open", "Sell to Open"})
PLAIN_ACTIONS: Final = ("Buy", "Sell")
ACTIONS: Final = ("Buy to Open", "Buy to Close", "Sell to Open", "Sell to Close", *PLAIN_ACTIONS)
OPENING_TWIN: Final[Mapping[str, str]] = {"Buy to Close": "Buy to Open", "Sell to Close": "Sell to Open"}

EQUITY: Final = "Equity"
OPTION: Final = "Equity Option"

ZERO: Final = Decimal(0)
CENT: Final = Decimal("0.01")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MS: Final = timedelta(milliseconds=1)


def money(amount: Decimal) -> str:
    """An amount without its sign, at least one decimal and no trailing zeros beyond it."""
    text = f"{abs(amount):f}"
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.rstrip('0') or '0'}"


def signed_money(amount: Decimal) -> str:
    """An amount that has no effect beside it: cash can be negative."""
    return ("-" if amount < 0 else "") + money(amount)


def effect(amount: Decimal) -> str:
    """What an amount does to the account: received is positive."""
    return "None" if not amount else "Credit" if amount > 0 else "Debit"


def with_effect(name: str, amount: Decimal) -> Json:
    """The pair of keys that say one signed amount."""
    return {name: money(amount), f"{name}-effect": effect(amount)}


def count(quantity: Decimal) -> int | str:
    """A quantity: a whole one is a number, a fraction is text."""
    return int(quantity) if quantity == quantity.to_integral_value() else f"{quantity.normalize():f}"


def iso(at: datetime) -> str:
    """A moment, to the millisecond, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def zulu(at: datetime) -> str:
    """The same with a Z, as transactions have it."""
    return iso(at).replace("+00:00", "Z")


def epoch_ms(at: datetime) -> int:
    return (at - EPOCH) // MS


def buys(action: str) -> bool:
    return action.startswith("Buy")


def signed(action: str, quantity: Decimal) -> Decimal:
    """What a fill does to the quantity held."""
    return quantity if buys(action) else -quantity
