"""
Reading the log for an audit: every row once, in the order of the log, up to where it ended when reading began.

    log_of(ledger) ─▶ rows, as stored ─▶ entry_of(row) ─▶ the event it holds
                        └─▶ about(order, rows)   the rows of one order, its tests, its setup, and what other streams say

A row is shown as stored even where it cannot be read: an audit that stops at the first bad row hides the others.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple, Protocol, TypeVar
from uuid import UUID

from attrs import frozen
from eventsourcing.domain import EventSourcingError
from eventsourcing.persistence import OperationalError

from tastyflow.application.ledger.codec import decode
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.signalling.asking import PLATFORM
from tastyflow.domain.book import OrderEntered, OrderProgressed, OrderReplacing
from tastyflow.domain.events import Event
from tastyflow.domain.order import Order
from tastyflow.domain.setup import SetupClaimed
from tastyflow.domain.signal import SignalRaised
from tastyflow.domain.testresult import TestPlanned
from tastyflow.domain.trader import CapacityReleased, CapacityReserved
from tastyflow.errors import StoreFailure
from tastyflow.ports import ChainedRow, EventLog

T = TypeVar("T")

NAMES_AN_ORDER: Final = frozenset(
    {
        TestPlanned.TOPIC,
        SetupClaimed.TOPIC,
        CapacityReserved.TOPIC,
        CapacityReleased.TOPIC,
        OrderEntered.TOPIC,
        OrderProgressed.TOPIC,
        OrderReplacing.TOPIC,
    }
)
"""The events of other aggregates that say which order they are about."""

PAGE: Final = 500
"""How many rows are read at once: more cost time, in objects."""

_TRIES: Final = 5


class Watch(Protocol):
    """Gives on the items that it is given, *total* of them, and can count them: progress, for a person who waits."""

    def __call__(self, items: Iterable[T], total: int) -> Iterable[T]: ...


def unwatched(items: Iterable[T], total: int) -> Iterable[T]:
    """No progress is shown."""
    return items


class Row(NamedTuple):
    """
    One event as it is stored. A named tuple: a million of them are read in seconds.

    Attributes:
        id: Its position.
        originator_id: Its stream; what is stored there, as text, where that is no id.
        state: As it was appended, with names; `sealed` has their tokens, and that is what the chain seals.
        head: The head of the chain after it; None where the chain has none for it.
    """

    id: int
    originator_id: UUID | str
    originator_version: int
    topic: str
    state: bytes
    sealed: bytes = b""
    head: bytes | None = None


@frozen
class Entry:
    """One row, read: its place in the log and the event."""

    seq: int
    event: Event


def entry_of(row: Row) -> Entry:
    """
    Read a row.

    Raises:
        StoreFailure: code ``unreadable_event``.
    """
    return Entry(row.id, decode(row.topic, row.originator_id, row.originator_version, row.state))  # type: ignore[arg-type]


def end_of(ledger: Ledger) -> int:
    """The position of the last row; 0 for an empty log."""
    return steady(ledger.log.end)


def log_of(ledger: Ledger, *, after: int = 0, until: int | None = None) -> Iterator[Row]:
    """
    The rows after the position *after*, up to *until* or the end that the log has now. Others may go on writing.

    Raises:
        StoreFailure: The log cannot be read.
    """
    end = end_of(ledger) if until is None else until
    return rows_of(ledger.log, stored_rows(ledger.log, after=after, until=end))


def rows_of(log: EventLog, stored: Iterable[ChainedRow]) -> Iterator[Row]:
    """Each of the *stored* rows of *log* as a `Row`. The rows of one stream have one id, the same object."""
    ids: dict[str, UUID] = {}
    shown = log.shown
    for position, stream, version, topic, sealed, head in stored:
        stream_id: UUID | str | None = ids.get(stream)
        if stream_id is None:
            stream_id = _id_of(stream)
            if isinstance(stream_id, UUID):
                ids[stream] = stream_id
        state = shown(sealed) if type(sealed) is bytes else str(sealed).encode()
        yield Row(position, stream_id, version, topic, state, sealed, head)


def _id_of(stream: object) -> UUID | str:
    try:
        return UUID(str(stream))
    except ValueError:
        return str(stream)


def stored_rows(log: EventLog, *, after: int = 0, until: int) -> Iterator[ChainedRow]:
    """
    The rows of *log* after the position *after*, up to *until*, as they are stored. Others may go on writing.

    Raises:
        StoreFailure: The log cannot be read.
    """
    while after < until:
        page: Sequence[ChainedRow] = steady(partial(log.chained_rows, after=after, limit=PAGE, until=until))
        if not page:
            return
        yield from page
        after = page[-1][0]


def steady(read: Callable[[], T]) -> T:
    """
    Read, and read again where a writer began or ended meanwhile: what is only looked at is read without locks.

    Raises:
        StoreFailure: The log cannot be read.
    """
    for left in reversed(range(_TRIES)):
        try:
            return read()
        except (EventSourcingError, StoreFailure, ValueError) as error:  # ValueError: an id that is none
            if left and _caused_by(error, OperationalError):
                continue
            raise StoreFailure(f"The log cannot be read: {error}.", code="store_unreadable") from error
    raise AssertionError("the last try returns or raises")


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    return error is not None and (isinstance(error, kind) or _caused_by(error.__cause__, kind))


def about(order_id: UUID, rows: Iterable[Row]) -> Iterator[Row]:
    """The rows that tell of one order, its tests, its setup, its reservation, its place in the book, its signal."""
    mine, named = {order_id}, f'"order":"{order_id}"'.encode()
    for row in rows:
        names_it = row.topic in NAMES_AN_ORDER and named in row.state
        if names_it and row.topic in (TestPlanned.TOPIC, SetupClaimed.TOPIC):
            mine.add(row.originator_id)  # type: ignore[arg-type]
        if row.topic == SignalRaised.TOPIC and asks_for(row.originator_id, order_id):
            mine.add(row.originator_id)  # type: ignore[arg-type]
        if names_it or row.originator_id in mine:
            yield row


def asks_for(signal_id: object, order_id: UUID) -> bool:
    """Whether the signal with this id asks for that order: the order's id is derived from the signal's."""
    return isinstance(signal_id, UUID) and Order.id_of(PLATFORM, signal_id.hex) == order_id


def seconds_between(earlier: datetime, later: datetime) -> float:
    """The seconds from one event to another; negative where a clock was set back."""
    return round((later - earlier).total_seconds(), 6)
