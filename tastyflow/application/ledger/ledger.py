"""
The ledger: load, decide, append. The only writer of the log.

    change(decide) ─▶ tx.require ─▶ verbs ─▶ tx.record ─▶ one append, all or nothing ─▶ tx, durable
                        ▲                                     │
                        └────────── decide again ◀── Conflict ┘     never: send again

Deciding is synchronous and pure; appending is awaited. The log commits everything that waits in one transaction.
A decision may build on one that is not durable yet (``after``): if that one fails, so does this, and both decide again.
What a decision only *read* must not have changed either (``unchanged``): decisions are serializable, across processes.
Nothing outside sees a state before it is durable: `change` returns after the commit, `read` asks the log, and a
`LogReader` gives what was committed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar, cast
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import EventSourcingError
from eventsourcing.persistence import IntegrityError, Mapper, Notification, StoredEvent
from eventsourcing.utils import Environment, EnvType

from tastyflow.application.ledger.cache import Bounded, LedgerCache, LogEntry
from tastyflow.application.ledger.codec import EventMapper, decode
from tastyflow.application.ledger.folding import A, AnyAggregate, fold
from tastyflow.application.ledger.snapshots import Snapshots
from tastyflow.application.ledger.transaction import KnownState, Transaction
from tastyflow.domain.chain import ChainHead, ChainStart
from tastyflow.domain.events import Event
from tastyflow.errors import Conflict, StoreFailure, TastyflowError
from tastyflow.ports import EventLog, Lease

if TYPE_CHECKING:
    from tastyflow.application.ledger.log_reader import LogReader
    from tastyflow.application.ledger.pending_appends import PendingAppends

T = TypeVar("T")

MAX_DECISIONS: Final = 50
MAX_LIVE: Final = 4096
MAX_RECENT: Final = 16_384
PAGE_SIZE: Final = 500


class Ledger(Application[UUID]):
    """
    The library's application on an `EventLog` (``tastyflow_adapters.store``), with our events and group commits.

    Use it on one event loop at a time.

    Args:
        explain: What is wrong with the log, in people's words; the code that opens it may know better.
    """

    name = "tastyflow"

    def __init__(
        self, env: EnvType | None = None, *, explain: "Callable[[Exception], StoreFailure] | None" = None
    ) -> None:
        super().__init__(env)
        log: object = self.recorder
        if not isinstance(log, EventLog):
            raise TypeError(f"{type(log).__name__} is a recorder, but not an EventLog")
        self._log: EventLog = log
        self._explain = explain or _failure
        self._cache = LedgerCache(MAX_LIVE, MAX_RECENT)
        self._snapshots = Snapshots(MAX_LIVE)
        self._born: Bounded[UUID, AnyAggregate] = Bounded(MAX_LIVE)
        self._appends: PendingAppends | None = None

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """Only what is handed in counts: the library would mix in every variable of the process."""
        return Environment(name, dict(env or {}))

    def construct_mapper(self) -> Mapper[UUID]:
        return EventMapper(self.construct_transcoder())

    @property
    def log(self) -> EventLog:  # type: ignore[override]  # the library's own is an old name of its notification log
        """Where the events are."""
        return self._log

    # ── changing ───────────────────────────────────────────────────────────────────────────────────────────────

    async def change(self, decide: Callable[[Transaction], None]) -> Transaction:
        """
        Decide on the present state and append what was decided; return the transaction once it is durable.

        *decide* may run several times and so must do nothing but read the transaction and record on it.

        Raises:
            TastyflowError: What *decide* raises; nothing was recorded.
            Conflict: Other writers were first, again and again.
            StoreFailure: The log cannot be written; nothing was recorded.
        """
        for _ in range(MAX_DECISIONS):
            tx = Transaction(self._look_up)
            try:
                decide(tx)
            except TastyflowError:
                if not tx.from_cache:
                    raise
                await self._let_settle(tx)  # a no must not rest on what another process has overtaken
                continue
            if not (tx.recorded or tx.from_cache) or await self._append(tx):
                return tx  # also "nothing to do" must not rest on what is not in the log
        raise Conflict("Other writers were always first.", hint="Try again in a moment.")

    def _look_up(self, aggregate_id: UUID) -> KnownState:
        known = self._cache.newest(aggregate_id)
        if known is not None:
            return known
        state = self._stored(aggregate_id)
        if state is not None:
            self._cache.build_on(aggregate_id, state)
        return KnownState(state, None, from_cache=False)

    @property
    def is_writing(self) -> bool:
        """Whether an append of this ledger is under way, or its answer has not reached the event loop yet."""
        return self._appends is not None and self._appends.under_way > 0

    @property
    def answered(self) -> int:
        """How many appends of this ledger were answered on this event loop."""
        return self._appends.answered if self._appends else 0

    async def _append(self, tx: Transaction) -> bool:
        stored = [self.mapper.to_stored_event(event) for event in tx.events]
        snapshots = self._snapshots.due(tx, stored)
        future = self._asked(
            partial(
                self.log.append,
                stored,
                after=tx.after,
                unchanged=tx.only_read,
                snapshots=snapshots,
                forget=tx.forgotten,
            )
        )
        self._cache.under_way(tx, future)
        await self._here().wait(future, partial(self._settle, tx, future))
        return self._was_written(future)

    def _was_written(self, future: "Future[list[int]]") -> bool:
        """Whether what *future* is done with stands in the log; false where another process was first."""
        try:
            future.result()
        except IntegrityError:
            return False
        except EventSourcingError as error:
            raise self._explain(error) from error
        return True

    def _here(self) -> "PendingAppends":
        import asyncio  # reading needs no event loop, and this module starts commands that only read

        from tastyflow.application.ledger.pending_appends import PendingAppends

        loop = asyncio.get_running_loop()
        if self._appends is None or self._appends.loop is not loop:
            self._appends = PendingAppends(loop)
        return self._appends

    def _settle(self, tx: Transaction, future: "Future[list[int]]") -> None:
        if future.exception() is None:
            self._cache.committed(tx, future)
        else:
            self._cache.forget(tx)

    async def _let_settle(self, tx: Transaction) -> None:
        if tx.after:
            await self._here().wait_for_all(tx.after)
        self._cache.forget(tx)

    def as_stored(self) -> Transaction:
        """A transaction on what the log has now, whichever process wrote it. It is for reading: nothing is appended."""
        return Transaction(lambda aggregate_id: KnownState(self._stored(aggregate_id), None, from_cache=False))

    # ── reading ────────────────────────────────────────────────────────────────────────────────────────────────

    def read(self, kind: type[A], aggregate_id: UUID) -> A | None:
        """The aggregate as the log has it: durable, and as new as any process wrote it. None when there is none."""
        state = self._stored(aggregate_id)
        if state is None and self._cache.newest(aggregate_id) is None:
            self._cache.build_on(aggregate_id, None)  # a decision that follows need not ask again
        return cast("A | None", state)

    def born(self, kind: type[A], aggregate_id: UUID) -> A | None:
        """The aggregate as its first event made it, which never changes: read from the log once. None without one."""
        known = self._born.get(aggregate_id) or self.state_at(aggregate_id, version=1)
        if known is not None:
            self._born.put(aggregate_id, known)
        return cast("A | None", known)

    def last_event(self, aggregate_id: UUID) -> Event | None:
        """The event that was recorded last of the aggregate; None when there is none."""
        state = self._stored(aggregate_id)
        if state is None:
            return None
        return next(_decoded(self._read_stream(aggregate_id, after=state.version - 1)), None)

    def latest(self, kind: type[A], aggregate_id: UUID) -> A | None:
        """
        The newest state that this process knows, without asking the log again. None when there is none.

        Its append may be under way, and another process may have gone further: decide again in a transaction.
        """
        return cast("A | None", self._look_up(aggregate_id).state)

    def _stored(self, aggregate_id: UUID) -> AnyAggregate | None:
        known = self._cache.durable(aggregate_id)
        if known is None and not self._cache.was_absent(aggregate_id):
            known, later = self._from_snapshot(aggregate_id)
        else:
            later = self._read_stream(aggregate_id, after=known.version if known else 0)
        state = fold(known, _decoded(later))
        if state is not None:
            self._cache.read(state)
        return state

    def _from_snapshot(self, aggregate_id: UUID) -> tuple[AnyAggregate | None, Sequence[StoredEvent]]:
        """The state that a snapshot holds, and the events after it; None and all events without one that fits."""
        snapshot, events = self._asked(partial(self.log.read_from_snapshot, aggregate_id))
        if snapshot is None:
            return None, events
        state = self._snapshots.restored(snapshot, events[0]) if events else None
        return (None, self._read_stream(aggregate_id)) if state is None else (state, events[1:])

    def state_at(self, aggregate_id: UUID, version: int) -> AnyAggregate | None:
        """The aggregate as of *version*, folded from the log alone; None when there is none."""
        return fold(None, _decoded(self._read_stream(aggregate_id, until=version)))

    def keep_snapshot(self, aggregate_id: UUID) -> bool:
        """
        Fold the aggregate from the log alone and keep a snapshot of it; false where there is none.

        Raises:
            StoreFailure: The log cannot be read or written.
        """
        events = self._read_stream(aggregate_id)
        state = fold(None, _decoded(events))
        if state is None:
            return False
        snapshot = self._snapshots.of(state, events[-1])
        self._asked(self._asked(partial(self.log.append, (), snapshots=[snapshot])).result)
        return True

    def recalled_at(self, aggregate_id: UUID, version: int) -> AnyAggregate | None:
        """As `state_at`, from a snapshot where one is early enough: for telling what happened, not for proving it."""
        known, later = self._from_snapshot(aggregate_id)
        if known is not None and known.version > version:
            return self.state_at(aggregate_id, version)
        return fold(known, _decoded(each for each in later if each.originator_version <= version))

    def history(self, aggregate_id: UUID) -> tuple[Event, ...]:
        """Every event of one aggregate, in order, read from the log."""
        return tuple(_decoded(self._read_stream(aggregate_id)))

    def _read_stream(self, aggregate_id: UUID, *, after: int = 0, until: int | None = None) -> Sequence[StoredEvent]:
        return self._asked(partial(self.log.read, aggregate_id, after=after, until=until))

    def rows(self, *, after: int = 0, topics: Sequence[str] = ()) -> Iterator[Notification]:
        """Every stored event after the position *after*, in the order of the log."""
        while page := self.next_rows(after=after, limit=PAGE_SIZE, topics=topics):
            yield from page
            after = page[-1].id

    def next_rows(self, *, after: int, limit: int, topics: Sequence[str] = ()) -> Sequence[Notification]:
        """At most *limit* stored events after the position *after*."""
        return self._asked(partial(self.log.rows, after=after, limit=limit, topics=topics))

    def explained(self, error: Exception) -> StoreFailure:
        """What *error* of the log means, in people's words: for those who ask the log itself."""
        return self._explain(error)

    def _asked(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except EventSourcingError as error:
            raise self._explain(error) from error

    # ── following ──────────────────────────────────────────────────────────────────────────────────────────────

    def follow(self, *, after: int, poll_s: float | None = None) -> "LogReader":
        """
        Every event after the position *after*, also those to come, from this process and from others.

        Args:
            poll_s: How often the log is asked for what other processes appended.
        """
        from tastyflow.application.ledger.log_reader import POLL_S, LogReader

        return LogReader(self, after=after, poll_s=POLL_S if poll_s is None else poll_s)

    def end(self) -> int:
        """The position of the last event in the log; 0 in an empty one."""
        return self._asked(self.log.end)

    def chain_start(self) -> ChainStart | None:
        """What the chain of the log begins with; None where an older version wrote it, and none has opened it since."""
        return self._asked(self.log.chain_start)

    def chain_head(self, position: int | None = None) -> ChainHead | None:
        """The head of the chain after the event at *position*, or after the last one; None where it has none there."""
        if position is None:
            return self._asked(self.log.chain_head)
        rows = self._asked(partial(self.log.chained_rows, after=position - 1, limit=1, until=position))
        return ChainHead(position, rows[0][-1]) if rows and rows[0][-1] is not None else None

    def bookmark(self, name: str) -> int | None:
        """The position that the reader *name* kept last; None where it kept none."""
        return self._asked(partial(self.log.bookmark, name))

    async def keep_bookmark(self, name: str, position: int) -> None:
        """
        Keep *position* for the reader *name*; it is durable on return. A place never moves backwards.

        Raises:
            StoreFailure: The log cannot be written.
        """
        future = self._asked(partial(self.log.keep_bookmark, name, position))
        await self._here().wait(future)
        self._asked(future.result)

    def lease(self, name: str) -> Lease | None:
        """The lease *name* as it stands; None where it was never taken."""
        return self._asked(partial(self.log.lease, name))

    async def keep_lease(self, lease: Lease, *, instead_of: Lease | None) -> bool:
        """
        Write *lease* where the log still has *instead_of*; false where another process was first.

        Raises:
            StoreFailure: The log cannot be written.
        """
        future = self._asked(partial(self.log.keep_lease, lease, instead_of=instead_of))
        await self._here().wait(future)
        return self._was_written(future)

    def recorded_at(self, position: int) -> LogEntry | None:
        """The event at *position* and the state after it, if this process appended it not long ago."""
        return self._cache.entry(position)

    @property
    def last_position(self) -> int:
        """The highest position at which this process appended; 0 at first."""
        return self._cache.last_position


def _decoded(stored: Iterable[StoredEvent]) -> Iterator[Event]:
    for each in stored:
        assert isinstance(each.originator_id, UUID)  # noqa: S101  our tables hold no other kind of id
        yield decode(each.topic, each.originator_id, each.originator_version, each.state)


def _failure(error: Exception) -> StoreFailure:
    return StoreFailure(
        f"The log failed: {error}. Nothing was recorded.",
        hint="Check the disk and the file's owner. What was on its way to a venue is asked for there.",
    )
