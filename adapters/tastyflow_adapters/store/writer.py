"""
One thread commits for everybody: whoever is waiting is served by the same fsync.

    submit ──┐           ┌─ BEGIN IMMEDIATE         no other process writes from here on
    submit ──┼─ queue ──▶│  INSERT … one request    taken, or a gap: this one fails and leaves no trace,
    submit ──┘  (FIFO)   │  INSERT … the next one   and so do those that were decided after it; the rest stays
                         └─ COMMIT                  one fsync; then the futures resolve, in the order of submission

A request is a single INSERT statement, which SQLite makes atomic by itself, and the guards of the schema say
what may follow what: so a request needs neither a savepoint nor a question before it.
"""

import sqlite3
from collections.abc import Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from functools import lru_cache
from queue import SimpleQueue
from threading import Lock, Thread, current_thread
from typing import Final, TypeAlias

from eventsourcing.persistence import IntegrityError, OperationalError, PersistenceError, ProgrammingError

from tastyflow_adapters.store.failures import Trouble, translated

MAX_BATCH: Final = 256
MAX_WAITING: Final = 16_384
MAX_EVENTS: Final = 8_000  # SQLite binds at most 32,766 values to one statement, and an event has four

Row: TypeAlias = tuple[str, int, str, bytes]
Outcome: TypeAlias = list[int] | PersistenceError

_IS_THERE: Final = "SELECT 1 FROM stored_events WHERE originator_id = ? AND originator_version = ?"

# What can be wrong with one request alone: its place in the log, or values that SQLite cannot hold.
_ITS_OWN_FAULT: Final = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    OverflowError,
    ValueError,
)


class Request:
    __slots__ = ("after", "count", "future", "unchanged", "values")

    def __init__(
        self, rows: Sequence[Row], after: Sequence[Future[list[int]]], unchanged: Sequence[tuple[str, int]] = ()
    ) -> None:
        if len(rows) > MAX_EVENTS:
            raise ProgrammingError(f"{len(rows)} events in one append; at most {MAX_EVENTS} are possible")
        self.count = len(rows)
        self.values = [value for row in rows for value in row]
        self.after = after
        self.unchanged = unchanged
        self.future: Future[list[int]] = Future()


class GroupCommit:
    """
    The writer of one log in this process.

    Args:
        connection: Ready for writing; from now on the thread's own, which closes it at its end.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._queue: SimpleQueue[Request | None] = SimpleQueue()
        self._gate = Lock()  # nothing is queued behind the end
        self._ended = ""
        self.commits = 0
        # A program that forgets to close may still exit: what nobody waited for was promised to nobody.
        self._thread = Thread(target=self._run, name="tastyflow-log-writer", daemon=True)
        self._thread.start()

    @property
    def is_current_thread(self) -> bool:
        return current_thread() is self._thread

    def submit(self, request: Request) -> Future[list[int]]:
        """
        Queue *request*; its future tells the notification ids, or why nothing of it was written.

        Raises:
            Trouble: The writer is closed or dead, or too many are waiting; nothing was queued.
        """
        with self._gate:
            # A fork has our memory but not our thread, and would wait for ever.
            if self._ended or not self._thread.is_alive():
                raise Trouble("store_failure", self._ended or "its writer is gone")
            if self._queue.qsize() >= MAX_WAITING:
                raise Trouble("store_failure", f"{MAX_WAITING} appends are waiting for the disk already")
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
            while batch := self._next_batch():
                self._serve(batch)
        finally:
            # Also on the way out of an error nobody foresaw, which the thread's excepthook reports.
            self._end("its writer died")
            self._fail(batch)
            self._connection.close()

    def _next_batch(self) -> list[Request]:
        batch: list[Request] = []
        while len(batch) < MAX_BATCH and (not batch or not self._queue.empty()):
            request = self._queue.get()
            if request is None:
                self._queue.put(None)  # the end comes after this batch
                break
            batch.append(request)
        return batch

    def _serve(self, batch: list[Request]) -> None:
        # From here on a future can no longer be cancelled; one that was is not written.
        running = [request for request in batch if request.future.set_running_or_notify_cancel()]
        try:
            outcomes = self._commit(running)
        except (sqlite3.Error, MemoryError) as error:
            if self._connection.in_transaction:
                self._cursor.execute("ROLLBACK")
            outcomes = {request.future: translated(error) for request in running}
        for future, outcome in outcomes.items():
            if isinstance(outcome, PersistenceError):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

    def _commit(self, running: list[Request]) -> dict[Future[list[int]], Outcome]:
        outcomes: dict[Future[list[int]], Outcome] = {}
        self._cursor.execute("BEGIN IMMEDIATE")
        for request in running:
            outcomes[request.future] = (
                _unmet(request.after, outcomes) or self._overtaken(request) or self._insert(request)
            )
        self._cursor.execute("COMMIT")
        self.commits += 1
        return outcomes

    def _overtaken(self, request: Request) -> PersistenceError | None:
        for originator_id, version in request.unchanged:
            self._cursor.execute(_IS_THERE, (originator_id, version + 1))
            if self._cursor.fetchone() is not None:
                return IntegrityError("what this was decided on has changed")
        return None

    def _insert(self, request: Request) -> Outcome:
        if not request.count:
            return []
        try:
            self._cursor.execute(_insert_statement(request.count), request.values)
        except _ITS_OWN_FAULT as error:
            return translated(error)
        # Nobody else writes during our transaction, so the numbers of one statement are neighbours.
        last: int = self._cursor.lastrowid  # type: ignore[assignment]  # an int after an INSERT
        return list(range(last - request.count + 1, last + 1))

    def _fail(self, batch: list[Request]) -> None:
        left: list[Request | None] = [*batch]
        while not self._queue.empty():
            left.append(self._queue.get())
        for request in left:
            if request is not None:
                with suppress(InvalidStateError):  # it was answered, or cancelled
                    request.future.set_exception(OperationalError("the log's writer died"))


def _unmet(after: Sequence[Future[list[int]]], outcomes: dict[Future[list[int]], Outcome]) -> PersistenceError | None:
    """Return why a request cannot stand on *after*; of its own batch, no future has resolved yet."""
    for earlier in after:
        if earlier in outcomes:
            failed = isinstance(outcomes[earlier], PersistenceError)
        elif earlier.done():
            failed = earlier.cancelled() or earlier.exception() is not None
        else:
            return ProgrammingError("an append can only come after one that this log was given before it")
        if failed:
            return IntegrityError("what this was decided after is not in the log")
    return None


@lru_cache(maxsize=64)
def _insert_statement(count: int) -> str:
    places = ", ".join(["(?, ?, ?, ?)"] * count)
    return f"INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES {places}"  # noqa: S608
