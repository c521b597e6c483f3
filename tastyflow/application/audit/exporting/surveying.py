"""
A first look at the whole log: what belongs to an export, and where each day stands.

    row ─▶ is it sealed to those before it? ─▶ its leaf ─▶ its day ─▶ is it about an order, or a person, of the scope?

A log whose chain does not fit is not exported: what comes of it could not be verified, and reads as if it were proven.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final
from uuid import UUID

from attrs import define, field

from tastyflow.application.audit.exporting.scope import Scope, ScopeKind
from tastyflow.application.audit.log import Row
from tastyflow.application.audit.sealing import ChainChecker
from tastyflow.application.ledger.codec import decode
from tastyflow.application.ledger.lookup import BIRTHS
from tastyflow.application.signalling.asking import PLATFORM
from tastyflow.domain.chain import ChainHead, ChainStart, leaf_of
from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import OrderApproved, OrderDrafted, OrderRefused
from tastyflow.domain.setup import SetupClaimed
from tastyflow.domain.signal import SignalRaised
from tastyflow.domain.testresult import TestPlanned
from tastyflow.errors import StoreFailure

_ORDER: Final = re.compile(rb'"order":"([0-9a-f-]{36})"')
_AT: Final = re.compile(rb'"at":"([^"]{19,40})"')


@define
class Survey:
    """
    What was seen of the whole log.

    Attributes:
        orders: The orders of the scope.
        streams: The streams whose events are all shown: those orders, their tests, setups and signals.
        people: The traders who asked for them, or approved them.
        days: The first and the last position of each day in New York.
        signals: The orders of the scope that signals asked for, by signal.
        leaves, heads: Of the event at each position, from 1 on; of the head also the one before, at 0.
    """

    scope: Scope
    orders: set[UUID] = field(factory=set)
    streams: set[UUID] = field(factory=set)
    people: set[UUID] = field(factory=set)
    days: dict[date, tuple[int, int]] = field(factory=dict)
    leaves: list[bytes] = field(factory=list)
    heads: list[bytes] = field(factory=list)
    signals: dict[UUID, UUID] = field(factory=dict)
    _raised: dict[UUID, UUID] = field(factory=dict)

    def day_of(self, row: Row) -> date | None:
        """The day in New York on which *row* was recorded; None where it does not say."""
        said = _AT.search(row.state)
        try:
            return new_york_date(datetime.fromisoformat(said[1].decode())) if said else None
        except ValueError:
            return None

    def look_at(self, row: Row) -> None:
        """See one row more, the next one."""
        stream = row.originator_id
        if not isinstance(stream, UUID):
            return
        self.leaves.append(leaf_of(row.id, stream, row.originator_version, row.topic, row.sealed))
        self.heads.append(row.head or b"")
        day = self.day_of(row)
        if day is not None:
            first, _ = self.days.get(day, (row.id, row.id))
            self.days[day] = (first, row.id)
        if self._is_new_order(row, day):
            self.orders.add(stream)
            self.streams.add(stream)
        if row.topic in (TestPlanned.TOPIC, SetupClaimed.TOPIC) and order_named_in(row) in self.orders:
            self.streams.add(stream)
        if row.topic == SignalRaised.TOPIC:
            self._raised[Order.id_of(PLATFORM, stream.hex)] = stream
        self._note_people(row, stream)

    def _is_new_order(self, row: Row, day: date | None) -> bool:
        if not row.topic.startswith("tastyflow.order."):
            return False
        if self.scope.kind is ScopeKind.DAY:
            return day is not None and day.isoformat() == self.scope.name
        if self.scope.kind is ScopeKind.ORDER:
            return UUID(self.scope.name) == row.originator_id
        return row.topic in BIRTHS and f'"trader":"{UUID(self.scope.name)}"'.encode() in row.state

    def _note_people(self, row: Row, stream: UUID) -> None:
        if stream in self.orders and row.topic in (OrderDrafted.TOPIC, OrderRefused.TOPIC, OrderApproved.TOPIC):
            event = decode(row.topic, stream, row.originator_version, row.state)
            person = None
            if isinstance(event, OrderApproved):
                person = event.approver
            elif isinstance(event, OrderDrafted | OrderRefused) and event.asked is not None:
                person = event.asked.trader
            if person is not None:
                self.people.add(person)

    def end(self) -> None:
        """Add the signals that the orders of the scope came from: a signal is raised before its order."""
        self.signals = {self._raised[order]: order for order in self.orders if order in self._raised}
        self.streams.update(self.signals)


def order_named_in(row: Row) -> UUID | None:
    """The order that an event of another aggregate is about."""
    said = _ORDER.search(row.state)
    return UUID(said[1].decode()) if said else None


def survey_of(scope: Scope, rows: Iterable[Row], start: ChainStart) -> Survey:
    """
    Look at the whole log, from its first row on.

    Raises:
        StoreFailure: code ``chain_broken``: the chain does not fit; ``unreadable_event``.
    """
    survey, checker = Survey(scope, heads=[start.head]), ChainChecker(ChainHead(0, start.head))
    for row in rows:
        stream = row.originator_id.hex if isinstance(row.originator_id, UUID) else row.originator_id
        seams = checker.look_at((row.id, stream, row.originator_version, row.topic, row.sealed, row.head))
        if seams:
            raise StoreFailure(
                f"The log's chain does not fit at event {seams[0].position:,}: an export of it would prove nothing.",
                code="chain_broken",
            )
        survey.look_at(row)
    survey.end()
    return survey
