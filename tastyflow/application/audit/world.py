"""
What an auditor remembers on the way through the log: every aggregate as it stands before the next row.

Memory grows with the number of aggregates, not of events. What no later promise asks about is dropped: the checks of a
test that is concluded, the words of an order that is over.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar
from uuid import UUID

from attrs import define, field

from tastyflow.application.ledger.folding import NAME_OF_KIND, AnyAggregate, step
from tastyflow.domain.book import Book
from tastyflow.domain.changing import changed
from tastyflow.domain.events import Event
from tastyflow.domain.halt import Halt
from tastyflow.domain.incident import Incident
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import (
    FillRecorded,
    OrderChangedOutside,
    OrderDrafted,
    OrderEscalated,
    OrderFoundAtVenue,
    OrderRefused,
    SubmissionAdopted,
)
from tastyflow.domain.setup import Setup, SetupConcluded
from tastyflow.domain.signal import Signal
from tastyflow.domain.signal_rule import RuleStanding
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.trader import Identity, Trader
from tastyflow.domain.venue import Venue

A = TypeVar("A", Order, Trader, TestResult, Setup, Identity, Book, Halt, Incident, Signal, RuleStanding)


@define
class World:
    """
    The state of everything before the row that is looked at.

    Attributes:
        fill_ids: Every fill recorded so far, by venue and its id there.
        broker_orders: Whose each order in production is, by its id there: an order of ours and an attempt.
        escalated: The incident of each order that was escalated.
        environment: That of the first order that names one; empty before it.
        last_seq: The last row of each aggregate.
    """

    states: dict[UUID, AnyAggregate] = field(factory=dict)
    fill_ids: set[tuple[Venue, str]] = field(factory=set)
    broker_orders: dict[str, tuple[UUID, int]] = field(factory=dict)
    escalated: dict[UUID, UUID] = field(factory=dict)
    environment: str = ""
    last_seq: dict[UUID, int] = field(factory=dict)

    def get(self, kind: type[A], aggregate_id: UUID | None) -> A | None:
        """The aggregate as it stands; None where there is none, or it is of another kind."""
        found = self.states.get(aggregate_id) if aggregate_id is not None else None
        return found if isinstance(found, kind) else None

    def kind_of(self, state: AnyAggregate) -> str:
        """The kind of an aggregate, by name."""
        return NAME_OF_KIND[type(state)]

    def take(self, event: Event, seq: int) -> None:
        """
        Fold *event*.

        Raises:
            TypeError, KeyError, AttributeError: It does not follow from what there is.
        """
        state = step(self.states.get(event.originator_id), event)
        lighter = _LIGHTER.get(type(state))
        self.states[event.originator_id] = state if lighter is None else lighter(state)
        self.last_seq[event.originator_id] = seq
        note = _NOTED.get(type(event))
        if note is not None:
            note(self, event)


def _fill(world: World, event: FillRecorded) -> None:
    world.fill_ids.add((event.venue, event.fill_id))


def _adopted(world: World, event: SubmissionAdopted) -> None:
    if event.venue is Venue.PRODUCTION:
        world.broker_orders.setdefault(event.broker_order, (event.originator_id, event.attempt))


def _found(world: World, event: OrderFoundAtVenue | OrderChangedOutside) -> None:
    world.broker_orders.setdefault(event.broker_order, (event.originator_id, event.attempt))


def _concluded(world: World, event: SetupConcluded) -> None:
    world.fill_ids |= {(Venue.SANDBOX, fill.fill_id) for fill in event.fills}


def _escalated(world: World, event: OrderEscalated) -> None:
    if event.incident is not None:
        world.escalated[event.originator_id] = event.incident


def _drafted(world: World, event: OrderDrafted | OrderRefused) -> None:
    world.environment = world.environment or event.environment


_NOTED: Final[Mapping[type[Event], Callable[[World, Any], None]]] = {
    OrderDrafted: _drafted,
    OrderRefused: _drafted,
    OrderEscalated: _escalated,
    FillRecorded: _fill,
    SubmissionAdopted: _adopted,
    OrderFoundAtVenue: _found,
    OrderChangedOutside: _found,
    SetupConcluded: _concluded,
}


def _order(order: Order) -> Order:
    if not order.stage.is_over or not (order.words or order.completions or order.hint or order.suggestions):
        return order
    return changed(order, words="", completions=(), hint="", suggestions=())


def _test(test: TestResult) -> TestResult:
    return changed(test, checks=()) if test.verdict else test


_LIGHTER: Final[Mapping[type[AnyAggregate], Callable[[Any], AnyAggregate]]] = {Order: _order, TestResult: _test}
