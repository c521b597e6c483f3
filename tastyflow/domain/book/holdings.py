"""
What an account holds: the venue's snapshot of positions, corrected by the book.

    snapshot ─┬─ our fills of the last minute that it cannot contain yet ─▶ what is held
              └─ working closing orders ─▶ what can still be closed

A snapshot lags the fills by seconds (tastytrade's sandbox and production were both seen to), so that an order decided
from it alone sells to open what was bought a moment ago. The book knows the position before the account's latest fills:

    the snapshot shows …                                                what is held
    the position before them, after some of them, or after all          the position after all of them
    further, as far as working orders can still move it                 what it shows: a fill was not told yet
    anything else: the account is traded elsewhere too                  unclear, until the fills have settled

An instrument without a fill of ours since *lag_s* seconds before the snapshot is held as it shows.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import accumulate
from operator import attrgetter

from attrs import frozen

from tastyflow.domain.book.state import BookState, Moving, Track
from tastyflow.domain.instruments import Instrument


@frozen
class Holding:
    """
    What is held of one instrument.

    Attributes:
        quantity: Signed: long is positive.
        closing: How much of it working orders close already; not negative.
        shown: What the venue's snapshot says.
        told: The same without fills that the snapshot shows and the log does not have yet: their orders count as ones
            that can still fill, and nothing counts twice.
        is_clear: Whether snapshot and own fills agree on *quantity*.
    """

    quantity: int
    closing: int
    shown: int
    told: int
    is_clear: bool = True

    @property
    def closable(self) -> int:
        """How much can still be closed; not negative."""
        return max(abs(self.quantity) - self.closing, 0)


class Standing(Mapping[Instrument, int]):
    """
    What an account holds of each instrument, as a mapping to signed quantities; `holding` says more of one.
    """

    __slots__ = ("_holdings",)

    def __init__(self, holdings: Mapping[Instrument, Holding]) -> None:
        self._holdings = holdings

    def __getitem__(self, instrument: Instrument) -> int:
        return self._holdings[instrument].quantity

    def __iter__(self) -> Iterator[Instrument]:
        return iter(self._holdings)

    def __len__(self) -> int:
        return len(self._holdings)

    def __repr__(self) -> str:
        return f"Standing({self._holdings!r})"

    def holding(self, instrument: Instrument) -> Holding:
        """What is held of *instrument*, and how much of it can be closed."""
        return self._holdings.get(instrument, _NOTHING)


_NOTHING = Holding(0, 0, 0, 0)


def standing(book: BookState | None, shown: Mapping[Instrument, int], *, taken_at: datetime, lag_s: float) -> Standing:
    """
    What the account of *book* holds.

    Args:
        book: None where no order was ever entered.
        shown: The venue's snapshot of positions, signed; asked for at *taken_at*, before *book* was read. It contains
            no fill since then, however long ago that is by now.
        lag_s: How long a snapshot can lag a fill.
    """
    if book is None:
        return Standing(
            {instrument: Holding(quantity, 0, quantity, quantity) for instrument, quantity in shown.items()}
        )
    since = taken_at - timedelta(seconds=lag_s)
    names = dict.fromkeys((*shown, *book.tracks, *book.moving))
    return Standing({name: _holding(book, name, shown.get(name, 0), since) for name in names})


def _holding(book: BookState, instrument: Instrument, shown: int, since: datetime) -> Holding:
    moving = book.moving.get(instrument) or Moving()
    quantity, told, is_clear = _quantity(book.tracks.get(instrument), shown, since, moving)
    closing = moving.buys_to_close if quantity < 0 else moving.sells_to_close
    return Holding(quantity, closing, shown, told, is_clear)


def _quantity(track: Track | None, shown: int, since: datetime, moving: Moving) -> tuple[int, int, bool]:
    """What is held, what of it the log was told, and whether that is clear."""
    if track is None or track.touched_at < since:
        return shown, shown, True
    has_filled = bool(track.fills) and track.fills[-1].at >= since
    if track.base is None:  # it was never entered in this book: what was held before is not known
        return shown, shown, not has_filled
    recent = track.settled(bisect_left(track.fills, since, key=attrgetter("at")))
    if has_filled and track.is_stale:
        return _any_of(shown + later for later in accumulate((f.quantity for f in reversed(recent.fills)), initial=0))
    steps = list(accumulate((fill.quantity for fill in recent.fills), initial=recent.base))
    held = steps[-1]
    if shown in steps:
        return held, held, True
    if held - moving.sells <= shown <= held + moving.buys:
        return shown, held, True
    return (held, held, False) if has_filled else (shown, shown, True)


def _any_of(readings: Iterable[int]) -> tuple[int, int, bool]:
    """
    What is held where it is not known which of the latest fills a snapshot contains: the smallest of all readings.

    Clear only where all are on one side: then what is closed is held in any case.
    """
    known = list(readings)
    smallest = min(known, key=abs)
    return smallest, smallest, all(each * smallest > 0 for each in known)
