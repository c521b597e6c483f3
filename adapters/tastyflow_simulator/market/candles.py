"""
Candles, as dxFeed sends a snapshot of them: the newest first, the first and the last of them marked.

    5m   ▕┃▕┃┃▕┃     of each session, from the opening to the close; the newest is still being made
    1d   one a day of trading · 1w · 1mo · 1y     at midnight UTC of their first day

    eventFlags   0x4 begins the snapshot · 0x8 ends it · 0x10 cuts it off · 0x2 removes what was there
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, islice
from typing import TYPE_CHECKING, Final

from attrs import frozen

from tastyflow.domain.expirations import NEW_YORK, new_york_date
from tastyflow.domain.instruments import Instrument
from tastyflow_adapters.exchange.chance import drawn
from tastyflow_simulator.market.board import read
from tastyflow_simulator.market.events import NAN, Event, index_of, milliseconds

if TYPE_CHECKING:
    from tastyflow_simulator.market.market import Market

MOST: Final = 2000
OLDEST: Final = date(2001, 9, 9)
"""Where the SDK begins when it is not told; no client asks for more."""

LONGEST: Final = timedelta(days=800)
INSTANT: Final = timedelta(microseconds=1)
REMOVE, BEGIN, END, SNIP = 0x2, 0x4, 0x8, 0x10

_INTERVAL: Final = re.compile(r"(?P<count>\d{0,4})(?P<unit>s|m|h|d|w|mo|y)", re.ASCII)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}


@frozen
class Span:
    """The time of one candle: *begins_at* names it, trading goes from *opens_at* to *closes_at*."""

    begins_at: datetime
    opens_at: datetime
    closes_at: datetime


def snapshot(market: "Market", symbol: str, interval: str, since: datetime, now: datetime) -> list[Event]:
    """
    The candles of a symbol that begin at or after *since*, newest first; `MOST` at most.

    An unknown symbol or interval has none, which dxFeed tells with one event that removes itself.
    """
    instrument = read(symbol)
    if instrument is None or not market.lists(symbol, now):
        return [_nothing(symbol, interval, since)]
    spans = list(islice(_spans(market, interval, since, now), MOST + 1))
    if not spans:
        return [_nothing(instrument.streamer, interval, since)]
    events = [_candle(market, instrument, interval, span, now) for span in spans[:MOST]]
    events[0]["eventFlags"] |= BEGIN
    events[-1]["eventFlags"] |= END if len(spans) <= MOST else SNIP
    return events


def newest(market: "Market", symbol: str, interval: str, now: datetime) -> Event | None:
    """The candle that is being made, or was made last."""
    instrument = read(symbol)
    span = next(_spans(market, interval, now - LONGEST, now), None)
    if instrument is None or span is None or not market.lists(symbol, now):
        return None
    return _candle(market, instrument, interval, span, now)


def _spans(market: "Market", interval: str, since: datetime, now: datetime) -> Iterator[Span]:
    found = _INTERVAL.fullmatch(interval)
    count = int(found["count"] or 1) if found else 0
    if not found or not count:
        return
    seen_at = market.today(now).seen_at
    spans = (
        _within_days(market, count * _SECONDS[found["unit"]], since, seen_at)
        if found["unit"] in _SECONDS
        else _of_days(market, found["unit"], count, since, seen_at)
    )
    yield from (span for span in spans if span.begins_at >= since)


def _within_days(market: "Market", length_s: int, since: datetime, until: datetime) -> Iterator[Span]:
    """Parts of the sessions, counted from midnight in New York, the last one first."""
    length = timedelta(seconds=length_s)
    for day in _days_back(market, since, until):
        hours = market.calendar.of(day)
        midnight = datetime.combine(day, time(), NEW_YORK).astimezone(UTC)
        closes_at = min(hours.closes_at, until + INSTANT)
        begins_at = midnight + (closes_at - INSTANT - midnight) // length * length
        while begins_at + length > hours.opens_at:
            yield Span(begins_at, max(begins_at, hours.opens_at), min(begins_at + length, hours.closes_at))
            begins_at -= length


def _of_days(market: "Market", unit: str, count: int, since: datetime, until: datetime) -> Iterator[Span]:
    def period(day: date) -> int:
        number = {
            "d": day.toordinal(),
            "w": (day.toordinal() - 1) // 7,
            "mo": day.year * 12 + day.month,
            "y": day.year,
        }[unit]
        return number // count

    for _, days in groupby(_days_back(market, since - timedelta(days=31 * count), until), key=period):
        last, *earlier = days
        first = earlier[-1] if earlier else last
        begins_at = datetime.combine(first, time(), UTC)
        yield Span(begins_at, market.calendar.of(first).opens_at, market.calendar.of(last).closes_at)


def _days_back(market: "Market", since: datetime, until: datetime) -> Iterator[date]:
    day, first = new_york_date(until), max(new_york_date(since) - timedelta(days=1), OLDEST)
    while day >= first:
        yield day
        day = market.calendar.before(day)


def _candle(market: "Market", instrument: Instrument, interval: str, span: Span, now: datetime) -> Event:
    until = min(span.closes_at - INSTANT, market.today(now).seen_at)
    third = (until - span.opens_at) / 3
    path = [market.worth(instrument, span.opens_at + third * step, now) for step in range(4)]
    if until < span.closes_at - INSTANT:
        shown = market.quote(instrument.occ, now)
        path[-1] = float(shown.last) if shown else path[-1]
    path = [round(price, 2) for price in path]
    prices = {"open": path[0], "high": max(path), "low": min(path), "close": path[-1]}
    luck = drawn(market.seed, instrument.occ, interval, span.begins_at)
    count = 1 + int(luck * (until - span.opens_at) / timedelta(seconds=2))
    candle = _event(instrument.streamer, interval, milliseconds(span.begins_at), prices, flags=0)
    volume = 0 if market.is_index(instrument.occ) else count * 100
    return candle | {
        "count": count,
        "volume": float(volume) if volume else NAN,
        "vwap": round(sum(path) / len(path), 4),
        "bidVolume": float(int(volume * luck)) if volume else NAN,
        "askVolume": float(volume - int(volume * luck)) if volume else NAN,
    }


def _nothing(symbol: str, interval: str, since: datetime) -> Event:
    prices = dict.fromkeys(("open", "high", "low", "close"), NAN)
    return _event(symbol, interval, milliseconds(since), prices, flags=REMOVE | BEGIN | END)


def _event(symbol: str, interval: str, at_ms: int, prices: Mapping[str, float | str], *, flags: int) -> Event:
    return {
        "eventSymbol": f"{symbol}{{={interval}}}",
        "eventTime": 0,
        "eventFlags": flags,
        "index": index_of(at_ms),
        "time": at_ms,
        "sequence": 0,
        "count": 0,
        "volume": NAN,
        "vwap": NAN,
        "bidVolume": NAN,
        "askVolume": NAN,
        "impVolatility": NAN,
        "openInterest": NAN,
        **prices,
    }
