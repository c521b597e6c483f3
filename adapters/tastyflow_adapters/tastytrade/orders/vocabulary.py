"""
The words of an order as tastytrade writes them, and ours.

    Buy to Open · Stop Limit · GTC · Debit · In Flight ◀─▶ Action · OrderType · Duration · PriceEffect · Status
"""

from collections.abc import Mapping
from typing import Final

from tastyflow.domain.ticket import Action, Duration, OrderType, PriceEffect
from tastyflow.domain.venue import Status

ACTIONS: Final[Mapping[Action, str]] = {
    Action.BUY_TO_OPEN: "Buy to Open",
    Action.BUY_TO_CLOSE: "Buy to Close",
    Action.SELL_TO_OPEN: "Sell to Open",
    Action.SELL_TO_CLOSE: "Sell to Close",
}
ORDER_TYPES: Final[Mapping[OrderType, str]] = {
    OrderType.LIMIT: "Limit",
    OrderType.MARKET: "Market",
    OrderType.STOP: "Stop",
    OrderType.STOP_LIMIT: "Stop Limit",
}
DURATIONS: Final[Mapping[Duration, str]] = {
    Duration.DAY: "Day",
    Duration.GTC: "GTC",
    Duration.GTD: "GTD",
    Duration.EXT: "Ext",
    Duration.IOC: "IOC",
}
EFFECTS: Final[Mapping[PriceEffect, str]] = {PriceEffect.DEBIT: "Debit", PriceEffect.CREDIT: "Credit"}

EQUITY: Final = "Equity"
EQUITY_OPTION: Final = "Equity Option"

SPELLINGS: Final[Mapping[str, Status]] = {
    **{status.value: status for status in Status},
    "canceled": Status.CANCELLED,  # tastytrade's documentation; its API writes two l
    "inflight": Status.IN_FLIGHT,
}


def status_of(text: object) -> Status:
    """
    The status that *text* spells.

    Raises:
        ValueError: None that is known: whether it is over cannot be guessed.
    """
    word = str(text).strip().lower().replace(" ", "_").replace("-", "_")
    if word not in SPELLINGS:
        raise ValueError(f"the status, {str(text)[:40]!r}, is none that is known.")
    return SPELLINGS[word]
