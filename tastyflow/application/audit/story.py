"""
The story of one order: from the words typed to its end, each moment with its time, its actor and what was seen; where
a signal asked for it, from there on. A signal that became no order has a story of its own.

    asked ─▶ rehearsal ─▶ gate ─▶ production        the chapters; an order that was refused early has one
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from attrs import frozen

from tastyflow.application.audit.log import Entry, Row, about, entry_of, seconds_between
from tastyflow.application.ledger.folding import AnyAggregate, fold
from tastyflow.application.telling.sentences import chapter_of, details_of, sentence_of
from tastyflow.application.telling.telling import Chapter
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.signal import Signal
from tastyflow.domain.venue import Venue
from tastyflow.errors import StoreFailure


@frozen
class Moment:
    """
    One event of the story.

    Attributes:
        seq: Its position in the log.
        elapsed_s: Seconds since the first moment.
        text, details: What happened, in words; untrusted texts are in it as they were recorded.
    """

    seq: int
    at: datetime
    elapsed_s: float
    chapter: Chapter
    topic: str
    actor: str
    cause: str
    text: str
    details: tuple[str, ...]


@frozen
class Story:
    """An order as it stands, and how it got there."""

    order: Order
    moments: tuple[Moment, ...]

    @property
    def elapsed_s(self) -> float:
        """From the first moment to the last."""
        return self.moments[-1].elapsed_s

    @property
    def outcome(self) -> str:
        """The end in one line: the stage, and what stays filled in production."""
        ordered, filled = sum(leg.quantity for leg in self.order.legs), self.order.filled(Venue.PRODUCTION)
        kept = f", {filled} of {ordered} filled" if filled or self.order.stage is Stage.FILLED else ""
        return f"{self.order.stage}{kept}"


@frozen
class SignalStory:
    """A signal that became no order, and how that came."""

    signal: Signal
    moments: tuple[Moment, ...]


def signal_story_of(signal_id: UUID, rows: Iterable[Row]) -> SignalStory | None:
    """
    The story that *rows* tell of one signal alone; None where they tell of no such signal. One that became an order is
    told in the order's own story.

    Raises:
        StoreFailure: As of `story_of`.
    """
    signal: Signal | None = None
    entries: list[tuple[Entry, Order | None]] = []
    for row in rows:
        if row.originator_id == signal_id:
            entry = entry_of(row)
            state = _folded(signal, entry)
            signal = state if isinstance(state, Signal) else None
            entries.append((entry, None))
    return SignalStory(signal, tuple(_moments(entries))) if signal else None


def story_of(order_id: UUID, rows: Iterable[Row]) -> Story | None:
    """
    The story that *rows* tell of one order; None where they tell of no such order.

    Raises:
        StoreFailure: code ``unreadable_event``, for a row of the story that cannot be read, or cannot follow.
    """
    order: Order | None = None
    entries: list[tuple[Entry, Order | None]] = []
    for row in about(order_id, rows):
        entry = entry_of(row)
        if entry.event.originator_id == order_id:
            order = _next(order, entry)
            if order is None:
                return None
        entries.append((entry, order))
    return Story(order, tuple(_moments(entries))) if order else None


def _next(order: Order | None, entry: Entry) -> Order | None:
    state = _folded(order, entry)
    return state if isinstance(state, Order) else None


def _folded(before: AnyAggregate | None, entry: Entry) -> AnyAggregate | None:
    try:
        return fold(before, (entry.event,))
    except (TypeError, KeyError, AttributeError) as error:
        raise StoreFailure(
            f"Row {entry.seq} of the log does not follow from what was before it.",
            code="unreadable_event",
        ) from error


def _moments(entries: list[tuple[Entry, Order | None]]) -> Iterator[Moment]:
    begin, chapter = entries[0][0].event.at, Chapter.ASKED
    for entry, order in entries:
        event = entry.event
        chapter = chapter_of(event, chapter)
        yield Moment(
            seq=entry.seq,
            at=event.at,
            elapsed_s=seconds_between(begin, event.at),
            chapter=chapter,
            topic=event.TOPIC,
            actor=event.actor,
            cause=event.cause,
            text=sentence_of(event, order),
            details=details_of(event),
        )


def duration(seconds: float) -> str:
    """A span of time, as exact as it is short: ``12 ms``, ``3.2 s``, ``4:05``, ``2:00:10``."""
    if abs(seconds) < 1:
        return f"{seconds * 1000:.0f} ms"
    if abs(seconds) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(abs(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    sign = "-" if seconds < 0 else ""
    return f"{sign}{hours}:{minutes:02}:{rest:02}" if hours else f"{sign}{minutes}:{rest:02}"
