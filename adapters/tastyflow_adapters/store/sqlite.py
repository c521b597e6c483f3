"""
The log in one SQLite file, for the eventsourcing library's Application.

    Application(env=environment(path))
        └── SqliteFactory ── SqliteRecorder ─┬─ submit, insert_events ──▶ writer: one thread, group commit
                                             └─ select_…              ──▶ pooled readers, never in its way

Several processes may use one file. Whoever comes second at the same version of the same stream gets the
library's IntegrityError, exactly as from a second thread.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from eventsourcing.persistence import (
    AggregateRecorder,
    NotSupportedError,
    ProcessRecorder,
    ProgrammingError,
    StoredEvent,
)
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteFactory, SQLiteTrackingRecorder
from eventsourcing.utils import Environment, EnvType, get_topic

from tastyflow_adapters.store.connections import Datastore, look, open_for_writing
from tastyflow_adapters.store.failures import Trouble
from tastyflow_adapters.store.writer import GroupCommit, Request, Row

READ_ONLY: Final = "STORE_READ_ONLY"
LOCK_TIMEOUT_S: Final = "STORE_LOCK_TIMEOUT_S"


def environment(path: Path | str, *, read_only: bool = False, lock_timeout_s: float = 5.0) -> dict[str, str]:
    """Return what the library's Application wants as *env* to keep its log in the file at *path*."""
    return {
        "PERSISTENCE_MODULE": get_topic(SqliteFactory),
        SQLiteFactory.SQLITE_DBNAME: str(Path(path).resolve()),
        READ_ONLY: "y" if read_only else "",
        LOCK_TIMEOUT_S: str(lock_timeout_s),
    }


class SqliteRecorder(SQLiteApplicationRecorder):
    """
    Appends through one writer thread, reads through the library's own selects.

    Raises:
        Trouble, PersistenceError, sqlite3.Error, OSError: The log cannot be opened; ``explain`` says why.
    """

    def __init__(self, datastore: Datastore) -> None:
        super().__init__(datastore)
        self._writer: GroupCommit | None = None
        if not datastore.read_only:
            self._writer = GroupCommit(open_for_writing(datastore.path, datastore.lock_timeout_s))
        elif not look(datastore.path, datastore.lock_timeout_s):
            raise Trouble("store_unreadable", "it is empty")

    @property
    def commits(self) -> int:
        """How many transactions this process has committed: fewer than appends, where several waited."""
        return self._writer.commits if self._writer else 0

    def create_table(self) -> None:
        """Nothing is left to do: opening the log has made it."""

    def submit(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        after: Sequence[Future[list[int]]] = (),
        unchanged: Sequence[tuple[UUID, int]] = (),
    ) -> Future[list[int]]:
        """
        Append *stored_events*, all or none, and return at once.

        Args:
            after: Earlier submissions to this recorder that this one was decided after, whether they are
                committed by now or not. If one of them fails, so does this one.
            unchanged: Streams that this one was decided on without writing to them, each with the version
                that was read. If one of them has gone on by the time this is written, this fails.

        Returns:
            The notification ids, once they are safe on the disk. Fails with the library's IntegrityError if
            a version is taken or would leave a gap, if *after* failed or *unchanged* has gone on; with
            OperationalError if the file could not be written. As long as it can be cancelled, cancelling
            means not written.

        Raises:
            Trouble: The recorder is read-only, closed or overrun. Nothing was queued.
        """
        if self._writer is None:
            raise Trouble("store_read_only", "it was opened for reading only")
        rows: list[Row] = [(_hex(e.originator_id), e.originator_version, e.topic, e.state) for e in stored_events]
        return self._writer.submit(Request(rows, tuple(after), [(_hex(i), v) for i, v in unchanged]))

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """Append and wait: what ``Application.save`` calls."""
        if kwargs.get("tracking") is not None:
            raise NotSupportedError("this recorder keeps no tracking of upstream logs")
        if self._writer is not None and self._writer.is_current_thread:
            raise ProgrammingError("a callback of a future would wait here for itself: submit instead")
        return self.submit(stored_events).result()

    def select_originators(
        self, topics: Sequence[str], *, without: Sequence[str] = (), limit: int | None = None, newest_first: bool = True
    ) -> list[UUID]:
        """
        Return whose stream has an event of *topics* and none of *without*.

        They are in the order of that event in the log: of its last one, newest first, else of its first one.
        """
        end, order = ("max", "DESC") if newest_first else ("min", "ASC")
        return self._select_originators(
            f"SELECT originator_id FROM stored_events AS has WHERE topic IN ({_places(topics)}) "  # noqa: S608
            "AND NOT EXISTS (SELECT 1 FROM stored_events AS other "
            f"WHERE other.originator_id = has.originator_id AND other.topic IN ({_places(without)})) "
            f"GROUP BY originator_id ORDER BY {end}(rowid) {order} LIMIT ?",
            [*topics, *without, -1 if limit is None else limit],
        )

    def select_originators_by_prefix(self, prefix: str, topics: Sequence[str]) -> list[UUID]:
        """Return whose id begins with *prefix* (in any case, with or without dashes), newest first."""
        start = prefix.replace("-", "").lower()
        return self._select_originators(
            f"SELECT originator_id FROM stored_events WHERE topic IN ({_places(topics)}) "  # noqa: S608
            "AND originator_id >= ? AND originator_id < ? GROUP BY originator_id ORDER BY max(rowid) DESC",
            [*topics, start, start + "g"],  # "g" is the first letter after the hexadecimal ones
        )

    def _select_originators(self, statement: str, values: Sequence[str | int]) -> list[UUID]:
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(statement, values)
            return [UUID(row["originator_id"]) for row in cursor.fetchall()]

    def close(self) -> None:
        """Write what was submitted, then stop the writer. The readers are the factory's."""
        if self._writer is not None:
            self._writer.close()


class SqliteFactory(SQLiteFactory):
    """What the library asks for recorders, by the topic in ``environment``."""

    datastore: Datastore

    def __init__(self, env: Environment | EnvType | None) -> None:
        self._recorders: list[SqliteRecorder] = []
        super().__init__(env)
        self.datastore = Datastore(
            Path(self.env[self.SQLITE_DBNAME]),
            read_only=bool(self.env.get(READ_ONLY)),
            lock_timeout_s=float(self.env.get(LOCK_TIMEOUT_S, "5")),
        )

    def application_recorder(self) -> SqliteRecorder:
        recorder = SqliteRecorder(self.datastore)
        self._recorders.append(recorder)
        return recorder

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        raise NotSupportedError(f"no {purpose} are kept beside the log: it is short to replay")

    def tracking_recorder(
        self, tracking_recorder_class: type[SQLiteTrackingRecorder] | None = None
    ) -> SQLiteTrackingRecorder:
        raise NotSupportedError("a log that tracks others would be written by two")

    def process_recorder(self) -> ProcessRecorder:
        raise NotSupportedError("a log that tracks others would be written by two")

    def close(self) -> None:
        for recorder in self._recorders:
            recorder.close()
        super().close()


def _hex(originator_id: UUID | str) -> str:
    return originator_id.hex if isinstance(originator_id, UUID) else UUID(originator_id).hex


def _places(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))
