"""
The chain of a log, checked: each event sealed to those before it, from a head that is known to one that is known.

    row ─▶ does its position follow on? ─▶ leaf of what is stored ─▶ linked to the head before ─▶ is this head stored?
              └─ "positions"                 └─ "stored"                                            └─ "chain"
    the end      ─▶ as many heads as events?

A seam is where the chain stops to fit: an event that was changed, taken away, put in, doubled or moved is at it, or
just before it. After a seam the check goes on from the head that is stored, so that each place is named once, and the
first one first.

A log may be checked in parts, each from a head that is stored: the parts prove the whole, since each begins with the
head that the one before must end with. ::

    start = log.chain_start()
    sealed = check_chain(rows, ChainHead(0, start.head), end=log.chain_head())
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from attrs import define, field, frozen

from tastyflow.application.audit.log import steady, stored_rows
from tastyflow.domain.chain import HEAD_BYTES, STREAM_BYTES, ChainHead, leaf_of_stored, linked
from tastyflow.ports import ChainedRow, EventLog

MAX_SEAMS: Final = 1000
"""How many seams are kept; the rest is counted."""

SEALING: Final[Mapping[str, str]] = {
    "positions": "The positions go 1, 2, 3 … without a gap, and none comes twice.",
    "stored": "Every event is stored in the one way in which the log stores one.",
    "chain": "Every event is sealed to all events before it, and the chain ends with the last event.",
}
"""What is asked of every row, by name."""


@frozen
class Seam:
    """Where the chain does not fit: at which position, which rule of `SEALING` it breaks, and why."""

    position: int
    rule: str
    why: str


@frozen
class Sealed:
    """
    What checking a chain, or a part of one, came to.

    Attributes:
        first: The head that was begun with.
        last: The head after the last row, worked out from the rows; after a seam, from the head that is stored there.
        events: How many rows were looked at.
        seams: The first `MAX_SEAMS` places where it does not fit, in the order of the log.
        found: How many such places there are.
    """

    first: ChainHead
    last: ChainHead
    events: int
    seams: tuple[Seam, ...]
    found: int

    @property
    def is_whole(self) -> bool:
        return not self.found


def check_chain(rows: Iterable[ChainedRow], at: ChainHead, *, end: ChainHead | None = None) -> Sealed:
    """
    Check *rows*, which follow the head *at*.

    Args:
        rows: In the order of the log, as `EventLog.chained_rows` gives them; `sealed_rows` reads them all.
        at: The head before the first of them: of the start, or one that is stored (then what stands before it is not
            checked here).
        end: The head that the chain has at its end; None for a part, after which others come.
    """
    checker = ChainChecker(at)
    checker.look_at_all(rows)
    if end is not None:
        checker.ends_with(end)
    return checker.sealed()


def sealed_rows(log: EventLog, *, after: int = 0, until: int | None = None) -> Iterator[ChainedRow]:
    """
    The rows of *log* after the position *after*, up to *until* or the end that it has now. Others may go on writing.

    Raises:
        StoreFailure: The log cannot be read.
    """
    return stored_rows(log, after=after, until=steady(log.end) if until is None else until)


@define
class ChainChecker:
    """
    The same, row by row: for a reader that asks each row for more than its seal.

    Attributes:
        at: The head before the next row.
        found: How many seams there are so far.
    """

    at: ChainHead
    found: int = 0
    _first: ChainHead = field(init=False)
    _events: int = field(init=False, default=0)
    _seams: list[Seam] = field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        self._first = self.at

    def look_at(self, row: ChainedRow) -> Sequence[Seam]:
        """What is wrong at *row*: nothing, nearly always."""
        position, stream, version, topic, state, stored = row
        before, found = self.at, self.found
        self._events += 1
        if position != before.position + 1:
            self._tell(position, "positions", _out_of_place(position, before.position))
        try:
            raw = bytes.fromhex(stream)
            if raw.hex() != stream or len(raw) != STREAM_BYTES or type(state) is not bytes:
                raise ValueError("not as the log stores it")
            leaf = leaf_of_stored(position, raw, version, topic.encode(), state)
        except Exception as error:  # noqa: BLE001  a stored value of any type must be named, whatever it breaks
            self._tell(position, "stored", f"It is stored as the log stores no event: {_shortly(error)}.")
            head = before.head
        else:
            head = linked(before.head, leaf)
            if stored != head:
                self._tell(position, "chain", _why_unlike(stored))
        # after a seam it goes on from what is stored
        self.at = ChainHead(position, stored if type(stored) is bytes and len(stored) == HEAD_BYTES else head)
        return self._seams[-(self.found - found) :] if self.found > found else ()

    def look_at_all(self, rows: Iterable[ChainedRow]) -> None:
        """The same for many: of a row at which nothing is wrong, only what makes its head is worked out."""
        last, head, fitting = self.at.position, self.at.head, 0
        for row in rows:
            position, stream, version, topic, state, stored = row
            try:
                raw = bytes.fromhex(stream)
                new = linked(head, leaf_of_stored(position, raw, version, topic.encode(), state))
                fits = position == last + 1 and stored == new and raw.hex() == stream
            except Exception:  # noqa: BLE001  a stored value of any type: what is wrong with it is told below
                fits = False
            if fits and len(raw) == STREAM_BYTES and type(state) is bytes:
                last, head, fitting = position, new, fitting + 1
                continue
            self.at = ChainHead(last, head)
            self.look_at(row)
            last, head = self.at.position, self.at.head
        self.at = ChainHead(last, head)
        self._events += fitting

    def ends_with(self, end: ChainHead) -> None:
        """Hold the last row against the head that the chain has at its *end*."""
        if end.position > self.at.position:
            more = end.position - self.at.position
            why = f"The chain goes on for {more:,} more after the last event: events were taken away at the end."
            self._tell(self.at.position + 1, "chain", why)
        elif end.position < self.at.position:
            self._tell(end.position + 1, "chain", "The chain ends before it: it was not sealed when it was written.")
        elif end.head != self.at.head:
            self._tell(end.position, "chain", "The chain ends with another head.")

    def sealed(self) -> Sealed:
        """What it came to so far."""
        return Sealed(self._first, self.at, self._events, tuple(self._seams), self.found)

    def _tell(self, position: int, rule: str, why: str) -> None:
        self.found += 1
        if len(self._seams) < MAX_SEAMS:
            self._seams.append(Seam(position, rule, why))


def _out_of_place(position: int, before: int) -> str:
    if position <= before:
        return f"It comes again, after event {before:,}."
    missing = position - before - 1
    are = "event is" if missing == 1 else "events are"
    return f"{missing:,} {are} missing before it."


def _why_unlike(stored: object) -> str:
    if stored is None:
        return "It has no head in the chain: it was put in, or its head was taken away."
    if type(stored) is not bytes or len(stored) != HEAD_BYTES:
        return "What stands in the place of its head is none."
    return "It does not fit the event before it: it, its head, or the event before it was changed, moved or taken away."


def _shortly(error: Exception) -> str:
    return str(error)[:120] or type(error).__name__
