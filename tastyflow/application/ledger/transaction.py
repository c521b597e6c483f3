"""
A transaction: what one decision reads and records. All of it is appended, or nothing.

    tx.require(Order, id) ─▶ a verb of the order ─▶ tx.record(event) ─▶ the next verb sees the state after it
"""

from collections.abc import Callable
from concurrent.futures import Future
from typing import cast
from uuid import UUID

from attrs import frozen

from tastyflow.application.ledger.folding import A, AnyAggregate, step
from tastyflow.domain.events import Decision, Event
from tastyflow.errors import TastyflowError


@frozen
class KnownState:
    """
    What the ledger knows of one aggregate.

    Attributes:
        state: Its newest state; None where there is no such aggregate.
        pending: The append that will make this state durable, where one is under way.
        from_cache: Whether another process may have recorded something since.
    """

    state: AnyAggregate | None
    pending: "Future[list[int]] | None"
    from_cache: bool


class Transaction:
    """
    Attributes:
        read: Each aggregate that was read, as it was before this decision.
        recorded: Each event that was recorded with the state after it, in order.
        written: The new state of each aggregate that this decision changes.
        after: The appends under way that this decision builds on.
        from_cache: Whether something was read that another process may have changed since.
        forgotten: The names that the log forgets with this decision.
        positions: The place of each recorded event in the log, once they are durable.
    """

    def __init__(self, look_up: Callable[[UUID], KnownState]) -> None:
        self._look_up = look_up
        self._states: dict[UUID, AnyAggregate | None] = {}
        self.read: dict[UUID, AnyAggregate | None] = {}
        self.recorded: list[tuple[Event, AnyAggregate]] = []
        self.written: dict[UUID, AnyAggregate] = {}
        self.after: list[Future[list[int]]] = []
        self.from_cache = False
        self.positions: list[int] = []
        self.forgotten: list[str] = []

    def get(self, kind: type[A], aggregate_id: UUID) -> A | None:
        """The aggregate as this decision leaves it so far; None when there is none."""
        return cast("A | None", self._state(aggregate_id))

    def require(self, kind: type[A], aggregate_id: UUID) -> A:
        """
        The aggregate, which must exist.

        Raises:
            TastyflowError: code ``not_found``.
        """
        found = self.get(kind, aggregate_id)
        if found is None:
            raise TastyflowError(f"There is no {kind.__name__.lower()} {aggregate_id}.", code="not_found")
        return found

    def record(self, event: Event | None) -> None:
        """Record one step; None is no step: it was recorded before."""
        if event is None:
            return
        state = step(self._state(event.originator_id), event)
        self._states[event.originator_id] = self.written[event.originator_id] = state
        self.recorded.append((event, state))

    def record_all(self, decision: Decision[A]) -> None:
        """
        Record everything that *decision* took, with the states that it reached: nothing is folded again.

        Raises:
            ValueError: The decision did not begin with the state that this transaction has of the aggregate.
        """
        aggregate = decision.now
        if self._state(aggregate.id) is not decision.before:
            raise ValueError(f"the decision on {aggregate.id} began with another state than its transaction has")
        if decision.steps:
            self._states[aggregate.id] = self.written[aggregate.id] = aggregate
            self.recorded += decision.steps

    @property
    def events(self) -> list[Event]:
        """What was recorded, in order."""
        return [event for event, _ in self.recorded]

    @property
    def only_read(self) -> list[tuple[UUID, int]]:
        """Each aggregate that this decision does not change, with the version that it read; 0 for none."""
        return [(i, state.version if state else 0) for i, state in self.read.items() if i not in self.written]

    def _state(self, aggregate_id: UUID) -> AnyAggregate | None:
        try:
            return self._states[aggregate_id]
        except KeyError:
            return self._first_read(aggregate_id)

    def _first_read(self, aggregate_id: UUID) -> AnyAggregate | None:
        known = self._look_up(aggregate_id)
        self.from_cache = self.from_cache or known.from_cache
        self._states[aggregate_id] = self.read[aggregate_id] = known.state
        if known.pending is not None:
            self.after.append(known.pending)
        return known.state
