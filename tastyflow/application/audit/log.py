"""
Reading the log for an audit: every row once, in the order of the log, up to where it ended when reading began.

    log_of(ledger) ─▶ rows, as stored ─▶ entry_of(row) ─▶ the event it holds
                        └─▶ about(order, rows)   the rows of one order, its tests, its setup, and what other streams say

A row is shown as stored even where it cannot be read: an audit that stops at the first bad row hides the others.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import Final, TypeAlias, TypeVar
from uuid import UUID

from attrs import frozen
from eventsourcing.domain import EventSourcingError
from eventsourcing.persistence import Notification, OperationalError

from tastyflow.application.ledger.codec import decode
from tastyflow.application.ledger.ledger import PAGE_SIZE, Ledger
from tastyflow.application.signalling.asking import PLATFORM
from tastyflow.domain.book import OrderEntered, OrderProgressed, OrderReplacing
from tastyflow.domain.events import Event
from tastyflow.domain.order import Order
from tastyflow.domain.setup import SetupClaimed
from tastyflow.domain.signal import SignalRaised
from tastyflow.domain.testresult import TestPlanned
from tastyflow.domain.trader import CapacityReleased, CapacityReserved
from tastyflow.errors import StoreFailure

Row: TypeAlias = Notification
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

_TRIES: Final = 5


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
    while after < end:
        page = steady(partial(ledger.log.rows, after=after, limit=PAGE_SIZE, until=end))
        if not page:
            return
        yield from page
        after = page[-1].id


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
