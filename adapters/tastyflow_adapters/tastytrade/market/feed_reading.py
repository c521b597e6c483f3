"""
The events of a chain as DXLink sends them, as ticks. Pure; anything may be missing or odd.

    Greeks   of an option        gamma, volatility, time              ─▶ GreeksTick
    Summary  of an option        openInterest, dayId                  ─▶ InterestTick
    Summary  of the underlying   dayOpenPrice, dayId                  ─▶ OpenTick
    Quote, Trade of it           bidPrice, askPrice │ price, time     ─▶ SpotReader ─▶ SpotTick

A frame holds hundreds of events in a row: their columns are cut out of it, and no model is made of each event. What is
"NaN", infinite or beyond any bound is None.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from math import isfinite
from typing import Any, Final

from tastyflow.domain.instruments import EquityOption
from tastyflow.ports import Clock, GreeksTick, InterestTick, OpenTick, SpotSource, SpotTick
from tastyflow_adapters.tastytrade.market.quote_reading import LAST_MS

MOST: Final = 1e9
MOST_CONTRACTS: Final = 1_000_000_000
FIRST_DAY: Final = date(1970, 1, 1)
DAYS: Final = range((date(2000, 1, 1) - FIRST_DAY).days, (date(2100, 1, 1) - FIRST_DAY).days)

WIDEST: Final = 0.05
"""A bid and an ask that lie further apart, as a share of the price, say no price."""

TRADE_ALONE_S: Final = 10.0
"""How long the last trade of an index counts alone: a quote of an index is an average over what it is made of."""

Column = Sequence[object]


def columns_of(message: Sequence[Any], order: Sequence[str], wanted: Sequence[str]) -> Iterator[tuple[Column, ...]]:
    """
    The *wanted* fields of all events of one FEED_DATA message, a column each: FULL is a list of objects, COMPACT a name
    and all values in a row, again and again.

    Args:
        order: The fields of a row.

    Raises:
        ValueError: The values do not come out even.
    """
    if message and isinstance(message[0], Mapping):
        yield tuple([each.get(name) for each in message] for name in wanted)
        return
    for values in message[1::2]:
        if not isinstance(values, list) or len(values) % len(order):
            raise ValueError("values that do not come out even")
        yield tuple(values[order.index(name) :: len(order)] for name in wanted)


def read_greeks(columns: tuple[Column, ...], options: Mapping[str, EquityOption]) -> Iterator[GreeksTick]:
    """*columns*: eventSymbol, time, volatility, gamma. A tick without a time says nothing."""
    for symbol, at_ms, volatility, gamma in zip(*columns, strict=True):
        option, at = options.get(symbol), _moment(at_ms)
        if option is not None and at is not None:
            yield GreeksTick(option, _number(gamma), _number(volatility), at)


def read_interest(columns: tuple[Column, ...], options: Mapping[str, EquityOption]) -> Iterator[InterestTick]:
    """*columns*: eventSymbol, dayId, openInterest, dayOpenPrice. A summary without a day says nothing."""
    for symbol, day_id, contracts, _opened in zip(*columns, strict=True):
        option, day = options.get(symbol), _day(day_id)
        if option is not None and day is not None:
            number = _number(contracts)
            is_whole = number is not None and number == int(number) and 0 <= number <= MOST_CONTRACTS
            yield InterestTick(option, int(number) if number is not None and is_whole else None, day)


def read_open(columns: tuple[Column, ...], underlying: str) -> Iterator[OpenTick]:
    """The same columns; of those of the underlying the first price of its day."""
    for symbol, day_id, _contracts, opened in zip(*columns, strict=True):
        if symbol == underlying:
            price, day = _positive(opened), _day(day_id)
            if price is not None and day is not None:
                yield OpenTick(price, day)


class SpotReader:
    """
    The price of one underlying: of an index its trades, of shares the middle of bid and ask.

    Of an index a quote counts where no trade is heard. Of shares the last trade counts where a side is missing or the
    two lie far apart; where they are crossed there is no price.

    A quote without times is of the moment at which it is heard: DXLink sends many of them so.
    """

    def __init__(self, *, is_index: bool, clock: Clock) -> None:
        self._is_index, self._clock = is_index, clock
        self._began_s = clock.monotonic()
        self._trade: SpotTick | None = None
        self._quote: SpotTick | None = None

    def trade(self, price: object, at_ms: object) -> SpotTick | None:
        """A trade; None where it changes nothing."""
        at = _moment(at_ms)
        if at is None:
            return None
        self._trade = SpotTick(_positive(price), SpotSource.TRADE, at)
        return self._trade if self._is_index or self._quote is None else None

    def quote(self, bid: object, ask: object, bid_ms: object, ask_ms: object) -> SpotTick | None:
        """A quote; None where it changes nothing."""
        at = max((at for at in (_moment(bid_ms), _moment(ask_ms)) if at), default=self._clock.now())
        if self._is_index and (self._trade is not None or self._clock.monotonic() - self._began_s < TRADE_ALONE_S):
            return None
        below, above = _positive(bid), _positive(ask)
        if below is None or above is None:
            return self._without()
        if below > above:
            self._quote = SpotTick(None, SpotSource.MID, at, is_crossed=True)
        elif above - below > WIDEST * above:
            return self._without()
        else:
            self._quote = SpotTick((below + above) / 2, SpotSource.MID, at)
        return self._quote

    def _without(self) -> SpotTick | None:
        """No quote that says a price: the last trade counts, as old as it is."""
        self._quote = None
        return self._trade


def _number(value: object) -> float | None:
    if isinstance(value, str):
        try:
            value = float(value[:40])
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if isfinite(value) and abs(value) <= MOST else None


def _positive(value: object) -> float | None:
    number = _number(value)
    return number if number is not None and number > 0 else None


def _moment(at_ms: object) -> datetime | None:
    if isinstance(at_ms, bool) or not isinstance(at_ms, (int, float)) or not 0 < at_ms < LAST_MS:
        return None
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def _day(day_id: object) -> date | None:
    if isinstance(day_id, bool) or not isinstance(day_id, int) or day_id not in DAYS:
        return None
    return FIRST_DAY + timedelta(days=day_id)
