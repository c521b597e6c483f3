"""
The ledger: load, decide, append. The only writer of the log.

    change(decide) ─▶ Transaction.get ─▶ verbs ─▶ Transaction.record ─▶ one append, all or nothing ─▶ tx, durable
                        ▲                                     │
                        └────────── decide again ◀── Conflict ┘     never: send again

Deciding is synchronous and pure; appending is awaited. The recorder commits everything that waits in one transaction.
A decision may build on one that is not durable yet (``after``): if that one fails, so does this, and both decide again.
What a decision only *read* must not have changed either (``unchanged``): decisions are serializable, across processes.
Nothing outside sees a state before it is durable: `change` returns after the commit, `read` reads the store.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any, Final, Protocol, TypeVar, cast
from uuid import UUID

from attrs import define
from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import EventSourcingError
from eventsourcing.persistence import (
    IntegrityError,
    Mapper,
    Notification,
    StoredEvent,
)
from eventsourcing.utils import Environment, EnvType

from tastyflow.application.ledger.codec import EventMapper
from tastyflow.domain.events import Decision, Event
from tastyflow.domain.order import Order
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.trader import Identity, Trader
from tastyflow.errors import Conflict, StoreFailure, TastyflowError

AnyAggregate = Order | Trader | TestResult | Identity
A = TypeVar("A", Order, Trader, TestResult, Identity)

KINDS: Final[dict[str, type[AnyAggregate]]] = {
    "order": Order,
    "trader": Trader,
    "test_result": TestResult,
    "identity": Identity,
}
"""The aggregate that a topic speaks of: ``tastyflow.order.drafted@1`` of an `Order`."""

MAX_DECISIONS: Final = 50
MAX_LIVE: Final = 4096
PAGE_SIZE: Final = 500


class GroupRecorder(Protocol):
    """What the ledger asks of a recorder beyond the library's own: a future for an append, and two indexes."""

    def submit(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        after: Sequence["Future[list[int]]"] = (),
        unchanged: Sequence[tuple[UUID, int]] = (),
    ) -> "Future[list[int]]": ...

    def select_originators(
        self,
        topics: Sequence[str],
        *,
        without: Sequence[str] = (),
        limit: int | None = None,
        newest_first: bool = True,
    ) -> list[UUID]: ...

    def select_originators_by_prefix(self, prefix: str, topics: Sequence[str]) -> list[UUID]: ...


def kind_of(topic: str) -> type[AnyAggregate]:
    """The aggregate class whose event *topic* names."""
    return KINDS[topic.split(".")[1]]


def fold(state: AnyAggregate | None, events: Iterable[Event]) -> AnyAggregate | None:
    """What *events* make of *state*: the projector function of the library's repository."""
    for event in events:
        state = kind_of(event.TOPIC).born_of(event) if state is None else state.evolved(event)
    return state


@define
class _Live:
    """The newest state known of one aggregate, and the append that will make it durable, if one is under way."""

    state: AnyAggregate | None
    pending: "Future[list[int]] | None" = None

    @property
    def is_pending(self) -> bool:
        return self.pending is not None and not self.pending.done()


class Transaction:
    """
    What one decision reads and records. All of it is appended, or nothing.

    Attributes:
        found: What was read, as it was before this decision.
        events: What was recorded, in order.
    """

    def __init__(self, ledger: "Ledger") -> None:
        self._ledger = ledger
        self._states: dict[UUID, AnyAggregate | None] = {}
        self.found: dict[UUID, AnyAggregate | None] = {}
        self.after: list[Future[list[int]]] = []
        self.events: list[Event] = []
        self.from_memory = False

    def get(self, kind: type[A], aggregate_id: UUID) -> A | None:
        """The aggregate as this decision leaves it so far; None when there is none."""
        if aggregate_id not in self._states:
            live, known = self._ledger._recall(aggregate_id)
            self.from_memory = self.from_memory or known
            self._states[aggregate_id] = self.found[aggregate_id] = live.state
            if live.pending is not None:
                self.after.append(live.pending)
        return cast("A | None", self._states[aggregate_id])

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
        """Record one step; None, what was heard before, is no step."""
        if event is None:
            return
        before = self.get(kind_of(event.TOPIC), event.originator_id)  # type: ignore[type-var]
        self._states[event.originator_id] = fold(before, (event,))
        self.events.append(event)

    def record_all(self, decision: Decision[A]) -> None:
        """
        Record everything that *decision* took, with the state that it reached: nothing is folded again.

        Raises:
            ValueError: The decision did not begin with the state that this transaction has of the aggregate.
        """
        aggregate = decision.now
        if self.get(type(aggregate), aggregate.id) is not decision.before:
            raise ValueError(f"the decision on {aggregate.id} began with another state than its transaction has")
        self._states[aggregate.id] = aggregate
        self.events += decision.events

    @property
    def written(self) -> dict[UUID, AnyAggregate | None]:
        """The new state of each aggregate that this decision changes."""
        return {event.originator_id: self._states[event.originator_id] for event in self.events}


class Ledger(Application[UUID]):
    """
    The event-sourced application: the library's stores and repository, our events, projector and group commits.

    Build it with a recorder that is a `GroupRecorder` (``tastyflow_adapters.store``). Use it on one event loop.
    """

    name = "tastyflow"

    def __init__(self, env: EnvType | None = None) -> None:
        super().__init__(env)
        self._live: OrderedDict[UUID, _Live] = OrderedDict()
        self.explain: Callable[[Exception], StoreFailure] = _failure
        """What is wrong with the store, in people's words; whoever opens it may know better."""

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """Only what is handed in counts: the library would mix in every variable of the process."""
        return Environment(name, dict(env or {}))

    def construct_mapper(self) -> Mapper[UUID]:
        return EventMapper(self.construct_transcoder())

    @property
    def group(self) -> GroupRecorder:
        """The recorder, as what it also is."""
        return cast("GroupRecorder", self.recorder)

    # ── changing ───────────────────────────────────────────────────────────────────────────────────────────────

    async def change(self, decide: Callable[[Transaction], None]) -> Transaction:
        """
        Decide on the present state and append what was decided; return the transaction once it is durable.

        *decide* may run several times and so must do nothing but read the transaction and record on it.

        Raises:
            TastyflowError: What *decide* raises; nothing was recorded.
            Conflict: Other writers were first, again and again.
            StoreFailure: The store cannot be written; nothing was recorded.
        """
        for _ in range(MAX_DECISIONS):
            tx = Transaction(self)
            try:
                decide(tx)
            except TastyflowError:
                if not tx.from_memory:
                    raise
                await self._let_settle(tx)  # a no must not rest on what another process has overtaken
                continue
            if not (tx.events or tx.from_memory) or await self._append(tx):
                return tx  # also "nothing to do" must not rest on what is not in the log
        raise Conflict("Other writers were always first.", hint="Try again in a moment.")

    async def _append(self, tx: Transaction) -> bool:
        written = tx.written
        only_read = [(i, state.version if state else 0) for i, state in tx.found.items() if i not in written]
        stored = [self.mapper.to_stored_event(event) for event in tx.events]
        try:
            future = self.group.submit(stored, after=tx.after, unchanged=only_read)
        except EventSourcingError as error:
            raise self.explain(error) from error
        for aggregate_id, state in written.items():
            self._live[aggregate_id] = _Live(state, future)
            self._live.move_to_end(aggregate_id)
        try:
            await _outcome(future)
        except IntegrityError:
            self._forget(tx)
            return False
        except EventSourcingError as error:
            self._forget(tx)
            raise self.explain(error) from error
        self._settle(tx, future)
        return True

    async def _let_settle(self, tx: Transaction) -> None:
        if tx.after:
            await asyncio.wait([asyncio.ensure_future(_ended(pending)) for pending in tx.after])
        self._forget(tx)

    def _settle(self, tx: Transaction, future: "Future[list[int]]") -> None:
        for aggregate_id in tx.written:
            live = self._live.get(aggregate_id)
            if live is not None and live.pending is future:
                live.pending = None
        while len(self._live) > MAX_LIVE and not next(iter(self._live.values())).is_pending:
            self._live.popitem(last=False)

    def _forget(self, tx: Transaction) -> None:
        for aggregate_id in tx.found:
            live = self._live.get(aggregate_id)
            if live is not None and not live.is_pending:
                del self._live[aggregate_id]

    def _recall(self, aggregate_id: UUID) -> tuple[_Live, bool]:
        live = self._live.get(aggregate_id)
        if live is not None and not (live.pending and live.pending.done() and live.pending.exception()):
            return live, True
        fresh = _Live(self._stored(aggregate_id))
        if fresh.state is not None:
            self._live[aggregate_id] = fresh
        return fresh, False

    # ── reading ────────────────────────────────────────────────────────────────────────────────────────────────

    def read(self, kind: type[A], aggregate_id: UUID) -> A | None:
        """The aggregate as the store has it: durable, and as new as any process wrote it. None when there is none."""
        return cast("A | None", self._stored(aggregate_id))

    def _stored(self, aggregate_id: UUID) -> AnyAggregate | None:
        try:
            projector = cast("Any", fold)
            return cast("AnyAggregate", self.repository.get(aggregate_id, projector_func=projector))
        except AggregateNotFoundError:
            return None
        except EventSourcingError as error:
            raise self.explain(error) from error

    def notifications(self, *, after: int = 0, topics: Sequence[str] = ()) -> Iterator[Notification]:
        """Every stored event after the position *after*, in the order of the log."""
        while page := self.recorder.select_notifications(after + 1, PAGE_SIZE, topics=topics):
            yield from page
            after = page[-1].id


def _outcome(future: "Future[list[int]]") -> "asyncio.Future[list[int]]":
    """What becomes of an append; whoever is cancelled while waiting leaves it under way."""
    waiting = asyncio.wrap_future(future)
    waiting.add_done_callback(lambda done: done.cancelled() or done.exception())  # then nobody need hear of it
    return asyncio.shield(waiting)


async def _ended(future: "Future[list[int]]") -> None:
    try:
        await _outcome(future)
    except EventSourcingError:
        return


def _failure(error: Exception) -> StoreFailure:
    return StoreFailure(
        f"The log failed: {error}. Nothing was recorded.",
        hint="Check the disk and the file's owner. What was on its way to a venue is asked for there.",
    )
