"""
What the ledger remembers, all of it bounded: the newest states, the durable states, the events committed last.

    newest     decisions build on it, also while its append is under way
    durable    a prefix of the stream in the log: only what was appended after it is read
    recent     events by position, with the state after each: a `LogReader` in this process neither decodes nor folds

Nothing here is the truth: each entry can be forgotten at any time and is read from the log again.
"""

from collections import OrderedDict
from concurrent.futures import Future
from typing import Generic, TypeVar
from uuid import UUID

from attrs import define, frozen

from tastyflow.application.ledger.folding import AnyAggregate
from tastyflow.application.ledger.transaction import KnownState, Transaction
from tastyflow.domain.events import Event

K = TypeVar("K")
V = TypeVar("V")


@frozen
class LogEntry:
    """One event of the log: its position, and the state of its aggregate after it."""

    position: int
    event: Event
    state_after: AnyAggregate


class Bounded(Generic[K, V]):
    """At most *most* values; the one that was put longest ago goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > self._most:
            self._values.popitem(last=False)


@define
class _Newest:
    """The newest state known of one aggregate, and the append that will make it durable, if one is under way."""

    state: AnyAggregate | None
    pending: "Future[list[int]] | None" = None

    @property
    def is_pending(self) -> bool:
        return self.pending is not None and not self.pending.done()

    @property
    def has_failed(self) -> bool:
        return self.pending is not None and self.pending.done() and self.pending.exception() is not None


class LedgerCache:
    """
    What one ledger remembers.

    Args:
        most_states: How many aggregates are remembered, besides those with an append under way.
        most_entries: How many events are.
    """

    def __init__(self, most_states: int, most_entries: int) -> None:
        self._most_states = most_states
        self._newest: OrderedDict[UUID, _Newest] = OrderedDict()
        self._durable: Bounded[UUID, AnyAggregate] = Bounded(most_states)
        self._recent: Bounded[int, LogEntry] = Bounded(most_entries)
        self.last_position = 0
        """The highest position that this process has appended at."""

    def __len__(self) -> int:
        return len(self._newest)

    def newest(self, aggregate_id: UUID) -> KnownState | None:
        """What decisions build on; None where it is not remembered, or rests on an append that failed."""
        newest = self._newest.get(aggregate_id)
        if newest is None or newest.has_failed:
            return None
        return KnownState(newest.state, newest.pending, from_cache=True)

    def was_absent(self, aggregate_id: UUID) -> bool:
        """Whether the log had no such aggregate when it was asked last: it has no snapshot of it, or a young one."""
        newest = self._newest.get(aggregate_id)
        return newest is not None and newest.state is None

    def durable(self, aggregate_id: UUID) -> AnyAggregate | None:
        """A state of the aggregate that is in the log; there may be newer ones."""
        return self._durable.get(aggregate_id)

    def entry(self, position: int) -> LogEntry | None:
        """The event at *position*, if this process appended it not long ago."""
        return self._recent.get(position)

    def read(self, state: AnyAggregate) -> None:
        """Remember what was read from the log just now."""
        self._durable.put(state.id, state)

    def build_on(self, aggregate_id: UUID, state: AnyAggregate | None) -> None:
        """Let decisions build on *state*, which is what the log says now; None where it has no such aggregate."""
        self._newest[aggregate_id] = _Newest(state)
        self._bound()

    def under_way(self, tx: Transaction, future: "Future[list[int]]") -> None:
        """Let decisions build on what *tx* wrote."""
        for aggregate_id, state in tx.written.items():
            self._newest[aggregate_id] = _Newest(state, future)
            self._newest.move_to_end(aggregate_id)

    def committed(self, tx: Transaction, future: "Future[list[int]]") -> None:
        """What *tx* wrote is in the log, at the positions that *future* gives."""
        tx.positions = future.result()
        for position, (event, state) in zip(tx.positions, tx.recorded, strict=False):
            self._recent.put(position, LogEntry(position, event, state))
            self.last_position = max(self.last_position, position)
        for aggregate_id, state in tx.written.items():
            newest = self._newest.get(aggregate_id)
            if newest is not None and newest.pending is future:
                newest.pending = None
            durable = self._durable.get(aggregate_id)
            if durable is None or durable.version < state.version:
                self._durable.put(aggregate_id, state)
        self._bound()

    def _bound(self) -> None:
        while len(self._newest) > self._most_states and not next(iter(self._newest.values())).is_pending:
            self._newest.popitem(last=False)

    def forget(self, tx: Transaction) -> None:
        """Let the next decision read from the log what *tx* read; not what still has an append under way."""
        for aggregate_id in tx.read:
            newest = self._newest.get(aggregate_id)
            if newest is not None and not newest.is_pending:
                del self._newest[aggregate_id]
