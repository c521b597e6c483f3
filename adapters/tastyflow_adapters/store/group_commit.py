"""
Group commit: one transaction serves every append that waits, and decides for each of them whether it may stand.

    append ──┐           ┌─ begin                  no other process writes from here on
    append ──┼─ queue ──▶│  one request            its conditions are untrue, or its place is taken or leaves a gap:
    append ──┘  (FIFO)   │  the next one           this one fails and leaves no trace, and so do those after it
                         └─ commit                 one fsync; then the futures resolve, in the order of the appends

The rules of an append are here and nowhere else; a kind of log says in its `Statements` how it does each step. No SQL
is known here. Two writers keep the rules: `GroupCommit` in a thread of its own, `AtOnce` in the caller's.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Thread, current_thread
from time import sleep
from typing import ClassVar, Final, Protocol, TypeAlias
from uuid import UUID

from eventsourcing.persistence import (
    IntegrityError,
    OperationalError,
    PersistenceError,
    ProgrammingError,
    StoredEvent,
)

from tastyflow.domain.names_apart import NameApart
from tastyflow.ports import Lease, ModelStep
from tastyflow_adapters.store.failures import LogTrouble

CHANGED: Final = "what this was decided on has changed"

MAX_BATCH: Final = 256
GATHER_S: Final = 0.002
"""How long the next batch is waited for to grow, where several appends waited for the last one: less than a commit."""

MAX_WAITING: Final = 16_384
MAX_EVENTS: Final = 8_000  # SQLite binds at most 32,766 values to one statement, and an event has four

Answer: TypeAlias = list[int] | PersistenceError

logger = logging.getLogger(__name__)


class Statements(Protocol):
    """
    What one kind of log does for the writer; called by one thread at a time.

    Attributes:
        failures: The errors that mean that the transaction failed, for every request in it.
    """

    failures: ClassVar[tuple[type[Exception], ...]]

    def begin(self) -> None:
        """Begin a transaction beside which no other process writes."""
        ...

    def insert(self, events: Sequence[StoredEvent], unchanged: Sequence[tuple[UUID, int]]) -> Answer:
        """
        Insert *events*, all or none, and return their positions; nothing where a stream of *unchanged* has gone on.

        What this transaction wrote counts, too. What is wrong with these events alone is returned: an
        ``IntegrityError`` where a version is taken or its predecessor is missing (a stream begins at 1, or at 0), a
        ``DataError`` for what cannot be stored.
        """
        ...

    def keep_bookmark(self, name: str, position: int) -> None:
        """Keep *position* for *name*, unless a later one is kept."""
        ...

    def keep_lease(self, lease: Lease, instead_of: Lease | None) -> bool:
        """Write *lease* in the place of *instead_of*; false where something else stands there."""
        ...

    def keep_models(self, step: ModelStep) -> bool:
        """Write the rows of *step* and move its bookmark; false where that does not stand at ``step.after``."""
        ...

    def drop_models(self) -> None:
        """Take away every row of the read models, and their bookmarks."""
        ...

    def keep_snapshot(self, snapshot: StoredEvent) -> None:
        """Keep *snapshot* in the place of the one of its stream; do nothing where that cannot be done."""
        ...

    def keep_names(self, names: Sequence[NameApart]) -> None:
        """Keep *names*, unless one with the same token is kept or was forgotten."""
        ...

    def forget_names(self, names: Sequence[str]) -> None:
        """Keep the tokens of *names*, with one pseudonym for each, and no snapshot of any stream."""
        ...

    def commit(self) -> None: ...

    def rollback(self) -> None:
        """Undo the transaction, if one is under way."""
        ...

    def translated(self, error: Exception) -> PersistenceError:
        """A new error of the library, for one request, with the message of *error*."""
        ...

    def close(self) -> None: ...


class Request:
    """One append, one place to keep, one lease with what it stands in the place of, or one step of the read models."""

    __slots__ = (
        "after",
        "drops_models",
        "events",
        "forget",
        "future",
        "lease",
        "models",
        "names",
        "place",
        "snapshots",
        "unchanged",
    )

    def __init__(
        self,
        events: Sequence[StoredEvent] = (),
        after: Sequence[Future[list[int]]] = (),
        unchanged: Sequence[tuple[UUID, int]] = (),
        snapshots: Sequence[StoredEvent] = (),
        place: tuple[str, int] | None = None,
        lease: tuple[Lease, Lease | None] | None = None,
        names: Sequence[NameApart] = (),
        forget: Sequence[str] = (),
        models: ModelStep | None = None,
        drops_models: bool = False,
    ) -> None:
        if len(events) > MAX_EVENTS:
            raise ProgrammingError(f"{len(events)} events in one append; at most {MAX_EVENTS} are possible")
        self.events = events
        self.after = after
        self.unchanged = unchanged
        self.snapshots = snapshots
        self.place = place
        self.lease = lease
        self.names = names
        self.forget = forget
        self.models = models
        self.drops_models = drops_models
        self.future: Future[list[int]] = Future()


# ── the rules ────────────────────────────────────────────────────────────────────────────────────────────────────


def _answers(statements: Statements, running: Sequence[Request]) -> dict[Future[list[int]], Answer]:
    """Commit *running* in one transaction; what becomes of each."""
    answers: dict[Future[list[int]], Answer] = {}
    statements.begin()
    for request in running:
        answers[request.future] = _after_failed(request.after, answers) or _do(statements, request)
    statements.commit()
    return answers


def _after_failed(
    after: Sequence[Future[list[int]]], answers: dict[Future[list[int]], Answer]
) -> PersistenceError | None:
    """Return why a request cannot stand on *after*; of its own batch, no future has resolved yet."""
    for earlier in after:
        if earlier in answers:
            failed = isinstance(answers[earlier], PersistenceError)
        elif earlier.done():
            failed = earlier.cancelled() or earlier.exception() is not None
        else:
            return ProgrammingError("an append can only come after one that this log was given before it")
        if failed:
            return IntegrityError("what this was decided after is not in the log")
    return None


def _do(statements: Statements, request: Request) -> Answer:
    if request.place is not None:
        try:
            statements.keep_bookmark(*request.place)
        except Exception as error:  # noqa: BLE001  a follower's trouble fails no append of the batch
            return statements.translated(error)
    if request.lease is not None and not statements.keep_lease(*request.lease):
        return IntegrityError("another process holds this lease")
    if request.drops_models:
        statements.drop_models()
    if request.models is not None and not statements.keep_models(request.models):
        return IntegrityError("another process has taken the read models further")
    answer = statements.insert(request.events, request.unchanged) if request.events or request.unchanged else []
    if not isinstance(answer, PersistenceError):
        if request.names:
            statements.keep_names(request.names)
        for snapshot in request.snapshots:
            statements.keep_snapshot(snapshot)
        if request.forget:
            statements.forget_names(request.forget)
    return answer


# ── the writers ──────────────────────────────────────────────────────────────────────────────────────────────────


class _Writer:
    """
    What both writers share.

    Attributes:
        commits: How many transactions were committed: fewer than appends, where several waited.
        listeners: Called after a batch that appended something was answered.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._gate = Lock()  # no request is queued behind the end
        self._ended = ""
        self.commits = 0
        self.listeners: list[Callable[[], None]] = []

    def _serve(self, batch: Sequence[Request]) -> None:
        # From here on a future can no longer be cancelled; one that was is not written.
        running = [request for request in batch if request.future.set_running_or_notify_cancel()]
        try:
            answers = _answers(self._statements, running)
            self.commits += 1
        except self._statements.failures as error:
            self._statements.rollback()
            answers = {request.future: self._statements.translated(error) for request in running}
        appended = False
        for future, answer in answers.items():
            if isinstance(answer, PersistenceError):
                future.set_exception(answer)
            else:
                appended = appended or bool(answer)
                future.set_result(answer)
        if appended:
            self.tell_listeners()

    def tell_listeners(self) -> None:
        """Something was appended: call each of `listeners`."""
        for callback in tuple(self.listeners):
            try:
                callback()
            except Exception:
                logger.exception("a listener of the log failed")


class AtOnce(_Writer):
    """A writer without a thread: a request is answered when `submit` returns."""

    is_current_thread: Final = False

    def submit(self, request: Request) -> Future[list[int]]:
        """
        Answer *request*.

        Raises:
            LogTrouble: The writer is closed.
        """
        if self._ended:
            raise LogTrouble("store_failure", self._ended)
        self._serve([request])
        return request.future

    def close(self) -> None:
        """Refuse what comes after this."""
        self._ended = "it is closed"
        self._statements.close()


class GroupCommit(_Writer):
    """The writer of one log in this process: a thread that serves what has queued up. It closes *statements*."""

    def __init__(self, statements: Statements) -> None:
        super().__init__(statements)
        self._queue: SimpleQueue[Request | None] = SimpleQueue()
        # A program that forgets to close may still exit: an append whose future is unresolved was never promised.
        self._thread = Thread(target=self._run, name="tastyflow-log-writer", daemon=True)
        self._thread.start()

    @property
    def is_current_thread(self) -> bool:
        return current_thread() is self._thread

    def submit(self, request: Request) -> Future[list[int]]:
        """
        Queue *request*; its future gives the positions, or why nothing of it was written.

        Raises:
            LogTrouble: The writer is closed or dead, or too many are waiting; nothing was queued.
        """
        with self._gate:
            # A fork has our memory but not our thread, and would wait for ever.
            if self._ended or not self._thread.is_alive():
                raise LogTrouble("store_failure", self._ended or "its writer is gone")
            if self._queue.qsize() >= MAX_WAITING:
                raise LogTrouble("store_failure", f"{MAX_WAITING} appends are waiting for the disk already")
            self._queue.put(request)
        return request.future

    def close(self) -> None:
        """Write what is queued, then stop."""
        self._end("it is closed")
        if not self.is_current_thread:
            self._thread.join()

    def _end(self, why: str) -> None:
        with self._gate:
            self._ended = self._ended or why
            self._queue.put(None)

    def _run(self) -> None:
        batch: list[Request] = []
        try:
            while batch := self._next_batch(is_crowded=len(batch) > 1):
                self._serve(batch)
        finally:
            # Also on the way out of an unforeseen error, which the thread's excepthook reports.
            self._end("its writer died")
            self._fail(batch)
            self._statements.close()

    def _next_batch(self, *, is_crowded: bool) -> list[Request]:
        batch: list[Request] = []
        while len(batch) < MAX_BATCH and (not batch or not self._queue.empty()):
            request = self._queue.get()
            if request is None:
                self._queue.put(None)  # the end comes after this batch
                break
            if is_crowded and not batch:
                sleep(GATHER_S)  # each commit costs as much as several appends
            batch.append(request)
        return batch

    def _fail(self, batch: list[Request]) -> None:
        left: list[Request | None] = [*batch]
        while not self._queue.empty():
            left.append(self._queue.get())
        for request in left:
            if request is not None:
                with suppress(InvalidStateError):  # it was answered, or cancelled
                    request.future.set_exception(OperationalError("the log's writer died"))
