"""
Read models: where in the log what a command looks for is, so that no command searches all of the past.

    trader      a trader's id          ─▶ the orders of that trader
    claim       a tag at a venue       ─▶ the order that claimed it, or was found with it
    setup       a tag in the sandbox   ─▶ the setup that claimed it
    number      production's number    ─▶ the order that was adopted as it
    elsewhere   production's number    ─▶ the order that was found as it, or became it by other hands

    events ─▶ rows_of ─▶ rows and the position up to which they are, in one transaction: each event counts once

They lag behind the log. A question is answered from their rows and from the events after them, which are read then; a
reader that finds many of those takes the models further. Models that lag too far behind answer nothing: the log is
searched. A row says where to look and nothing else: what it leads to is read from the log.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from itertools import islice
from typing import Final
from uuid import UUID

from eventsourcing.domain import EventSourcingError

from tastyflow.application.ledger.codec import decode
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.domain.events import Event
from tastyflow.domain.order.events import (
    OrderChangedOutside,
    OrderDrafted,
    OrderFoundAtVenue,
    OrderRefused,
    SubmissionAdopted,
    SubmissionClaimed,
)
from tastyflow.domain.setup import SetupClaimed
from tastyflow.domain.venue import Venue
from tastyflow.errors import StoreFailure
from tastyflow.ports import MODELS, ChainedRow, EventLog, ModelRow, ModelStep

TRADER: Final = "trader"
CLAIM: Final = "claim"
SETUP: Final = "setup"
NUMBER: Final = "number"
ELSEWHERE: Final = "elsewhere"

REVISION: Final = 1
"""Counted up with each change of what the rows are: then all are made anew."""

PLACE: Final = f"{MODELS} {REVISION}"
"""The bookmark up to which the read models are."""

WORTH_KEEPING: Final = 64
"""How many events the models lag behind before a reader takes them further."""

MOST: Final = 2_000
"""How many events a reader reads after the models: more of them, and the log is searched. It takes milliseconds."""


PAGE: Final = 500
"""How many events are read for one step of a process that has other things to do: a few milliseconds."""


def _born(event: OrderDrafted | OrderRefused) -> Iterator[tuple[str, str]]:
    if event.originator_version == 1 and event.asked is not None and event.asked.trader is not None:
        yield TRADER, event.asked.trader.hex


def _found(event: OrderFoundAtVenue) -> Iterator[tuple[str, str]]:
    yield CLAIM, event.external_id
    yield ELSEWHERE, event.broker_order


def _adopted(event: SubmissionAdopted) -> Iterator[tuple[str, str]]:
    if event.venue is Venue.PRODUCTION:
        yield NUMBER, event.broker_order


_KEYS: Final[Mapping[str, Callable[..., Iterable[tuple[str, str]]]]] = {
    OrderDrafted.TOPIC: _born,
    OrderRefused.TOPIC: _born,
    OrderFoundAtVenue.TOPIC: _found,
    OrderChangedOutside.TOPIC: lambda event: [(ELSEWHERE, event.broker_order)],
    SubmissionAdopted.TOPIC: _adopted,
    SubmissionClaimed.TOPIC: lambda event: [(CLAIM, event.external_id)],
    SetupClaimed.TOPIC: lambda event: [(SETUP, event.external_id)],
}
"""Which events the models know, and under which keys of which model each of them is found."""


def rows_of(position: int, event: Event) -> Iterator[ModelRow]:
    """The rows of the *event* at *position*."""
    for model, key in _KEYS[event.TOPIC](event) if event.TOPIC in _KEYS else ():
        yield ModelRow(model, key, position, event.originator_id)


def rows_in(page: Sequence[ChainedRow]) -> list[ModelRow]:
    """
    The rows of the events of *page*, as they are stored.

    An event that cannot be read has no rows: it is left to the audit.
    """
    rows: list[ModelRow] = []
    for position, stream, version, topic, state, _ in page:
        if topic in _KEYS:
            with suppress(StoreFailure, ValueError):
                rows += rows_of(position, decode(topic, UUID(stream), version, state))
    return rows


def rows_between(log: EventLog, *, after: int, limit: int) -> tuple[list[ModelRow], int]:
    """The rows of at most *limit* events after the position *after*, and the position of the last of these events."""
    page = log.chained_rows(after=after, limit=limit)
    return rows_in(page), page[-1][0] if page else after


class ReadModels:
    """The read models of one ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._log = ledger.log

    def streams(self, model: str, key: str, *, limit: int) -> Sequence[UUID] | None:
        """
        At most *limit* streams under *key*, those of the newest events first; None where the log must be searched.

        Raises:
            EventSourcingError: The log cannot be read.
        """
        place = self.place()
        lag = self._log.end() - place
        rows, until = rows_between(self._log, after=place, limit=MOST) if lag > 0 else ([], place)
        if lag >= WORTH_KEEPING:
            with suppress(EventSourcingError):  # this process only reads
                self._log.keep_models(ModelStep(PLACE, place, until, rows))
        if not 0 <= lag <= MOST:
            return None  # the log has lost its end, or the models were dropped
        later = (row for row in reversed(rows) if (row.model, row.key) == (model, key))
        kept = self._log.modelled(model, key, limit=limit)
        return list(islice(dict.fromkeys(row.stream for row in (*later, *kept)), limit))

    def first(self, model: str, key: str, *, or_of: Sequence[str], holding: str) -> UUID | None:
        """
        The stream of the newest event under *key*; None without one.

        Args:
            or_of: Where the models lag too far behind, the log is searched for events of these topics,
            holding: whose bytes hold this.

        Raises:
            EventSourcingError: The log cannot be read.
        """
        found = self.streams(model, key, limit=1)
        if found is None:
            return self._log.holding(or_of, holding)
        return found[0] if found else None

    def place(self) -> int:
        """The position up to which the models are."""
        return self._log.bookmark(PLACE) or 0

    def next_step(self) -> "Future[list[int]]":
        """
        Take the models one page further; done once that is written. It fails where another process was first.

        Raises:
            EventSourcingError: The log cannot be read.
        """
        place = self.place()
        rows, until = rows_between(self._log, after=place, limit=PAGE)
        return self._log.keep_models(ModelStep(PLACE, place, until, rows))
