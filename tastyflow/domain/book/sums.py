"""
What a book keeps in sum, so that no check has to go through all orders: changed with each entry and each fill.

    with_entry    the entries, what they can still move and take, how many a trader has on a symbol
    with_taken    what orders took of buying power lately
    kept_of       the fills that a snapshot of the venue may not have yet
    with_quantity what fills explain of what is held
"""

from bisect import bisect_left
from datetime import datetime
from decimal import Decimal
from operator import attrgetter, itemgetter
from typing import Final, TypeVar

from attrs import evolve

from tastyflow.domain.book.state import (
    KEPT,
    MAX_ASKS,
    BookState,
    Entry,
    Moving,
    Taken,
    Track,
    Unit,
)
from tastyflow.domain.changing import changed
from tastyflow.domain.events import Event
from tastyflow.domain.instruments import Instrument
from tastyflow.domain.persistent_map import PersistentMap

ZERO: Final = Decimal(0)

S = TypeVar("S", bound=BookState)
K = TypeVar("K")
_Filled = tuple[datetime, Instrument]


def kept_of(book: BookState, event: Event) -> tuple[PersistentMap[Instrument, Track], tuple[_Filled, ...]]:
    """What is still kept apart at the time of *event*; an instrument of which nothing is, is forgotten."""
    tracks, since = book.tracks, event.at - KEPT
    first = bisect_left(book.filled, since, key=itemgetter(0))
    for instrument in dict.fromkeys(instrument for _, instrument in book.filled[:first]):
        if (track := tracks.get(instrument)) is not None:
            left = track.settled(bisect_left(track.fills, since, key=attrgetter("at")))
            needed = left.fills or instrument in book.moving
            tracks = tracks.having(instrument, left) if needed else tracks.without(instrument)
    return tracks, book.filled[first:]


def with_taken(taken: tuple[Taken, ...], new: Taken) -> tuple[Taken, ...]:
    """*taken* with *new*; what lies further back than any snapshot lags is dropped."""
    first = next((place for place, each in enumerate(taken) if new.at - each.at <= KEPT), len(taken))
    return (*taken[max(first, len(taken) + 1 - MAX_ASKS) :], new)


def _takes_usd(entry: Entry | None) -> Decimal:
    return ZERO if entry is None else entry.takes_usd


def _adopted_usd(entry: Entry | None) -> Decimal:
    return ZERO if entry is None or entry.adopted_at is None else entry.takes_usd


def with_entry(book: S, before: Entry | None, after: Entry | None) -> S:
    """*book* with one entry as it is *after* instead of *before*; None is no entry."""
    entry = after or before
    if entry is None:
        return book
    if after is None and entry.twin is not None and (twin := book.entries.get(entry.twin)) is not None:
        book = with_entry(book, twin, evolve(twin, twin=None, is_silent=False))  # it counts for itself again
    entries, working, moving, counts = book.entries, book.working, book.moving, book.counts
    symbol, key = entry.ticket.underlying, (entry.trader, entry.ticket.underlying)
    for each, sign in ((before, -1), (after, 1)):
        if each is not None and not each.is_silent:
            working = _counted(working, symbol, each, sign)
            moving = _moved(moving, each, sign)
    there = (after is not None) - (before is not None)
    counts = _summed(counts, key, there) if there else counts
    entries = entries.without(entry.order) if after is None else entries.having(entry.order, after)
    unknown = (after is not None and after.is_unknown) - (before is not None and before.is_unknown)
    return changed(
        book,
        entries=entries,
        working=working,
        moving=moving,
        counts=counts,
        tracks=book.tracks if after is not None else _forgotten(book.tracks, entry, moving),
        unknown=book.unknown + unknown,
        taken_usd=book.taken_usd + _takes_usd(after) - _takes_usd(before),
        adopted_usd=book.adopted_usd + _adopted_usd(after) - _adopted_usd(before),
    )


def _forgotten(
    tracks: PersistentMap[Instrument, Track], entry: Entry, moving: PersistentMap[Instrument, Moving]
) -> PersistentMap[Instrument, Track]:
    """*tracks* without what only *entry*, which is over, could have traded."""
    for leg in entry.ticket.legs:
        track = tracks.get(leg.instrument)
        if track is not None and not track.fills and leg.instrument not in moving:
            tracks = tracks.without(leg.instrument)
    return tracks


def _counted(
    working: PersistentMap[str, PersistentMap[Unit, int]], symbol: str, entry: Entry, sign: int
) -> PersistentMap[str, PersistentMap[Unit, int]]:
    unit, times = entry.units()
    if not times:
        return working
    shapes = _summed(working.get(symbol, PersistentMap()), unit, sign * times)
    return working.having(symbol, shapes) if shapes else working.without(symbol)


def _summed(sums: PersistentMap[K, int], key: K, number: int) -> PersistentMap[K, int]:
    """*sums* with *number* added at *key*; a sum of zero is not kept."""
    now = sums.get(key, 0) + number
    return sums.having(key, now) if now else sums.without(key)


def _moved(moving: PersistentMap[Instrument, Moving], entry: Entry, sign: int) -> PersistentMap[Instrument, Moving]:
    for leg, left in zip(entry.ticket.legs, entry.left, strict=True):
        now, number = moving.get(leg.instrument, Moving()), sign * left
        closing = 0 if leg.action.opens else number
        if leg.action.buys:
            now = Moving(now.buys + number, now.sells, now.buys_to_close + closing, now.sells_to_close)
        else:
            now = Moving(now.buys, now.sells + number, now.buys_to_close, now.sells_to_close + closing)
        moving = moving.having(leg.instrument, now) if now != Moving() else moving.without(leg.instrument)
    return moving


def with_quantity(
    explained: PersistentMap[Instrument, int] | None, instrument: Instrument, more: int
) -> PersistentMap[Instrument, int] | None:
    """*explained* with *more* of an instrument; one of which nothing is held is not kept."""
    if explained is None:
        return None
    quantity = explained.get(instrument, 0) + more
    return explained.having(instrument, quantity) if quantity else explained.without(instrument)
