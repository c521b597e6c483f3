"""
Candle subscriptions: a symbol that carries its own settings, and the history that comes before the present.

    SPY{=5m,tho=true}          SPY, candles of five minutes, regular trading hours only
    .SPY261218C450{=d}         an option, days

An unknown symbol or interval is silent, like any other subscription.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from tastyflow_simulator.streams.events import Event

if TYPE_CHECKING:
    from tastyflow_simulator.market import Market

SYMBOL: Final = re.compile(r"(?P<base>[^{}]{1,32})\{(?P<settings>[^{}]{0,64})\}")
INTERVAL: Final = re.compile(r"(?P<count>\d{0,4})(?P<unit>mo|[smhdwy])", re.ASCII)
"""Ticks, volumes and price ranges are intervals, too, but not of this market."""
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


def parts_of(symbol: str) -> tuple[str, str] | None:
    """The plain symbol and the interval (``SPY``, ``5m``) of a candle symbol; None when it is none."""
    found = SYMBOL.fullmatch(symbol)
    if found is None:
        return None
    settings = dict(each.partition("=")[::2] for each in found["settings"].split(","))
    interval = INTERVAL.fullmatch(settings.get("", "d").lower())
    if interval is None or (interval["count"] and not int(interval["count"])):
        return None
    return found["base"], f"{int(interval['count'] or 1)}{interval['unit']}"


def snapshot(market: "Market", symbol: str, since_ms: int | None, now: datetime) -> Sequence[Event]:
    """The history of *symbol* from *since_ms* on, newest first, as it is sent once at the beginning."""
    parts = parts_of(symbol)
    if parts is None or not market.lists(parts[0], now):
        return ()
    since = BEGINNING if since_ms is None else _moment(since_ms, now)
    return [{**candle, "eventSymbol": symbol} for candle in market.candles(*parts, since, now)]


def newest(market: "Market", symbol: str, now: datetime) -> Event | None:
    """The candle of *symbol* that is being made."""
    parts = parts_of(symbol)
    candle = None if parts is None else market.candle(*parts, now)
    return None if candle is None else {**candle, "eventSymbol": symbol}


def _moment(at_ms: int, now: datetime) -> datetime:
    try:
        return min(datetime.fromtimestamp(at_ms / 1000, UTC), now)
    except (ValueError, OverflowError, OSError):
        return BEGINNING if at_ms < 0 else now
