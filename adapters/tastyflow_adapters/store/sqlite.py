"""
The log in one SQLite file, for the eventsourcing library's Application.

    Application(env=environment(path))
        └── SqliteFactory ── SqliteRecorder ─┬─ append, keep_bookmark    ──▶ group_commit: one thread, these statements
                                             └─ read, select, rows …  ──▶ pooled readers, never in its way

Several processes may use one file. Whichever comes second at the same version of the same stream gets the library's
IntegrityError, exactly as from a second thread.

An append is a single INSERT statement, which SQLite makes atomic by itself, and the guards of the schema say what may
follow what: so an append needs neither a savepoint nor a question before it. The heads of its events follow in the same
transaction (`sqlite_chain`).
"""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Final
from uuid import UUID

from eventsourcing.persistence import (
    AggregateRecorder,
    IntegrityError,
    Notification,
    NotSupportedError,
    PersistenceError,
    ProcessRecorder,
    StoredEvent,
)
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor, SQLiteFactory, SQLiteTrackingRecorder
from eventsourcing.utils import Environment, EnvType, get_topic

from tastyflow.domain.chain import ChainHead, ChainStart
from tastyflow.domain.names_apart import PSEUDONYM_BYTES, NameApart
from tastyflow.ports import MODELS, ChainedRow, Lease, ModelRow, ModelStep
from tastyflow_adapters.store.failures import LogTrouble, translated
from tastyflow_adapters.store.group_commit import CHANGED, Answer, GroupCommit
from tastyflow_adapters.store.opened_files import OpenedFiles
from tastyflow_adapters.store.recorder import GroupCommitRecorder
from tastyflow_adapters.store.sqlite_chain import Sealer, chain_start_of, chained, head_of
from tastyflow_adapters.store.sqlite_file import Datastore, look, open_for_writing

READ_ONLY: Final = "STORE_READ_ONLY"
LOCK_TIMEOUT_S: Final = "STORE_LOCK_TIMEOUT_S"


def environment(path: Path | str, *, read_only: bool = False, lock_timeout_s: float = 5.0) -> dict[str, str]:
    """Return what the library's Application wants as *env* to keep its log in the file at *path*."""
    return {
        "PERSISTENCE_MODULE": get_topic(SqliteFactory),
        SQLiteFactory.SQLITE_DBNAME: str(Path(path).absolute()),
        READ_ONLY: "y" if read_only else "",
        LOCK_TIMEOUT_S: str(lock_timeout_s),
    }


class SqliteRecorder(GroupCommitRecorder, SQLiteApplicationRecorder):
    """
    An `EventLog` that appends through one writer thread and reads through the library's own selects.

    Raises:
        LogTrouble, PersistenceError, sqlite3.Error, OSError: The log cannot be opened; ``explain`` says why.
    """

    _opened: OpenedFiles | None = None

    def __init__(self, datastore: Datastore) -> None:
        super().__init__(datastore)
        if not datastore.read_only:
            connection = open_for_writing(datastore.path, datastore.lock_timeout_s)
            self._opened = datastore.opened = OpenedFiles.of(datastore.named)
            self._writer = GroupCommit(_SqliteStatements(connection, self._opened))
        elif not look(datastore.path, datastore.lock_timeout_s):
            raise LogTrouble("store_unreadable", "it is empty")

    def create_table(self) -> None:
        """Nothing is left to do: opening the log has made it."""

    def is_same(self) -> bool:
        return self._opened is None or self._opened.is_same()

    def select(
        self,
        topics: Sequence[str],
        *,
        without: Sequence[str] = (),
        prefix: str = "",
        limit: int | None = None,
        newest_first: bool = True,
    ) -> list[UUID]:
        start = prefix.replace("-", "").lower()
        conditions, values = [f"topic IN ({_places(topics)})"], [*topics]
        if without:
            conditions.append(
                "NOT EXISTS (SELECT 1 FROM stored_events AS other "  # noqa: S608
                f"WHERE other.originator_id = has.originator_id AND other.topic IN ({_places(without)}))"
            )
            values += without
        if start:
            conditions.append("originator_id >= ? AND originator_id < ?")
            values += [start, start + "g"]  # "g" is the first letter after the hexadecimal ones
        end, order = ("max", "DESC") if newest_first else ("min", "ASC")
        statement = (
            f"SELECT originator_id FROM stored_events AS has WHERE {' AND '.join(conditions)} "  # noqa: S608
            f"GROUP BY originator_id ORDER BY {end}(rowid) {order} LIMIT ?"
        )
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(statement, [*values, -1 if limit is None else limit])
            return [UUID(row["originator_id"]) for row in cursor.fetchall()]

    def begun(self, topics: Sequence[str], *, limit: int) -> list[UUID]:
        statement = (
            f"SELECT originator_id FROM stored_events WHERE originator_version = 1 AND topic IN ({_places(topics)}) "  # noqa: S608
            "ORDER BY rowid DESC LIMIT ?"
        )
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(statement, [*topics, limit])
            return [UUID(row["originator_id"]) for row in cursor.fetchall()]

    def rows(
        self, *, after: int, limit: int, until: int | None = None, topics: Sequence[str] = ()
    ) -> Sequence[Notification]:
        if topics and self._are_many(topics):
            return self._rows_by_place(after, limit, until, topics)
        return super().rows(after=after, limit=limit, until=until, topics=topics)

    def _are_many(self, topics: Sequence[str]) -> bool:
        """Whether so many events have *topics* that finding them by topic reads more than going on from a place."""
        statement = f"SELECT count(*) FROM (SELECT 1 FROM stored_events WHERE topic IN ({_places(topics)}) LIMIT ?)"  # noqa: S608
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(statement, [*topics, _MANY])
            return int(cursor.fetchone()[0]) >= _MANY

    def _rows_by_place(
        self, after: int, limit: int, until: int | None, topics: Sequence[str]
    ) -> Sequence[Notification]:
        # The plus keeps SQLite from the index of topics, which knows no places: all events of a topic would be sorted.
        statement = (
            "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events WHERE rowid > ? "  # noqa: S608
            f"AND (? IS NULL OR rowid <= ?) AND +topic IN ({_places(topics)}) ORDER BY rowid LIMIT ?"
        )
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(statement, [after, until, until, *topics, limit])
            found = [
                Notification(UUID(stream), version, topic, state, id=position)
                for position, stream, version, topic, state in cursor.fetchall()
            ]
        return self._as_read(found)

    def chain_start(self) -> ChainStart | None:
        with self.datastore.transaction(commit=False) as cursor:
            return chain_start_of(cursor.sqlite_cursor.connection)

    def chain_head(self) -> ChainHead | None:
        with self.datastore.transaction(commit=False) as cursor:
            connection = cursor.sqlite_cursor.connection
            start = chain_start_of(connection)
            return None if start is None else head_of(connection, start)

    def chained_rows(self, *, after: int, limit: int, until: int | None = None) -> Sequence[ChainedRow]:
        with self.datastore.transaction(commit=False) as cursor:
            return chained(cursor.sqlite_cursor.connection, after=after, limit=limit, until=until)

    def _names_kept(self, token: str | None) -> Sequence[NameApart]:
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'names'")
            if cursor.fetchone() is None:
                return []  # as with the places
            cursor.execute("SELECT token, salt, name FROM names WHERE ?1 IS NULL OR token = ?1", [token])
            return [NameApart(*row) for row in cursor.fetchall()]

    def bookmark(self, name: str) -> int | None:
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'places'")
            if cursor.fetchone() is None:
                return None  # an older version made this log, and it was not opened for writing since
            cursor.execute("SELECT position FROM places WHERE name = ?", [name])
            row = cursor.fetchone()
            return None if row is None else int(row["position"])

    def lease(self, name: str) -> Lease | None:
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'leases'")
            if cursor.fetchone() is None:
                return None  # as with the places
            cursor.execute("SELECT name, holder, beat, about FROM leases WHERE name = ?", [name])
            row = cursor.fetchone()
            return None if row is None else Lease(*row)

    def modelled(self, model: str, key: str, *, limit: int) -> Sequence[ModelRow]:
        with self.datastore.transaction(commit=False) as cursor:
            if not _has_models(cursor):
                return []  # as with the places
            cursor.execute(_MODELLED, [model, key, limit])
            return [ModelRow(model, key, position, UUID(stream)) for position, stream in cursor.fetchall()]

    def models_lack(self, rows: Sequence[ModelRow]) -> Sequence[ModelRow]:
        lacked = []
        with self.datastore.transaction(commit=False) as cursor:
            has_models = _has_models(cursor)
            for row in rows:
                if has_models:
                    cursor.execute(_HAS_MODEL_ROW, [row.model, row.key, row.position, row.stream.hex])
                if not has_models or cursor.fetchone() is None:
                    lacked.append(row)
        return lacked

    def models_size(self, *, until: int) -> int:
        with self.datastore.transaction(commit=False) as cursor:
            if not _has_models(cursor):
                return 0
            cursor.execute("SELECT count(*) FROM read_models WHERE position <= ?", [until])
            return int(cursor.fetchone()[0])

    def holding(self, topics: Sequence[str], text: str) -> UUID | None:
        statement = (
            f"SELECT originator_id FROM stored_events WHERE topic IN ({_places(topics)}) "  # noqa: S608
            "AND instr(state, CAST(? AS BLOB)) > 0 ORDER BY rowid DESC LIMIT 1"
        )
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(statement, [*topics, text])
            row = cursor.fetchone()
            return None if row is None else UUID(row["originator_id"])

    def read_each(self, streams: Sequence[tuple[UUID, int]]) -> list[Sequence[StoredEvent]]:
        with self.datastore.transaction(commit=False) as cursor:
            rows = cursor.sqlite_cursor.connection.cursor()
            rows.row_factory = None  # plain tuples, as for the chain
            found = [(stream, rows.execute(_UNTIL, (stream.hex, last)).fetchall()) for stream, last in streams]
        return [[self._as_appended(StoredEvent(stream, *row)) for row in each] for stream, each in found]

    def read_from_snapshot(self, stream: UUID) -> tuple[StoredEvent | None, Sequence[StoredEvent]]:
        with self.datastore.transaction(commit=False) as cursor:
            snapshot: StoredEvent | None = None
            with suppress(
                sqlite3.Error
            ):  # a log of an older version has no snapshots; a log that is damaged says so below
                cursor.execute(_SNAPSHOT, [stream.hex])
                snapshot = next((StoredEvent(stream, *row) for row in cursor.fetchall()), None)
            cursor.execute(_FROM, [stream.hex, snapshot.originator_version if snapshot else 0])
            events = [StoredEvent(stream, *row) for row in cursor.fetchall()]
        return snapshot, [self._as_appended(each) for each in events]


class _SqliteStatements:
    """
    The statements of the writer's thread.

    Args:
        connection: Ready for writing; from now on the thread's own.
        opened: The files that it has open: once they are others, nothing more is appended.
    """

    failures: ClassVar[tuple[type[Exception], ...]] = (sqlite3.Error, MemoryError, LogTrouble)

    _ITS_OWN_FAULT: ClassVar[tuple[type[Exception], ...]] = (
        sqlite3.IntegrityError,
        sqlite3.DataError,
        sqlite3.InterfaceError,
        sqlite3.ProgrammingError,
        OverflowError,
        ValueError,
    )
    """What can be wrong with one append alone: its place in the log, or values that SQLite cannot hold."""

    def __init__(self, connection: sqlite3.Connection, opened: OpenedFiles) -> None:
        self._connection = connection
        self._opened = opened
        self._cursor = connection.cursor()
        self._sealer = Sealer(connection)
        self._has_forgotten = False

    def begin(self) -> None:
        self._opened.require_same()
        self._cursor.execute("BEGIN IMMEDIATE")
        self._sealer.begin()

    def _has_any(self, unchanged: Sequence[tuple[UUID, int]]) -> bool:
        """Whether any of these streams has gone on."""
        for stream, version in unchanged:
            self._cursor.execute(_HAS, (stream.hex, version + 1))
            if self._cursor.fetchone() is not None:
                return True
        return False

    def insert(self, events: Sequence[StoredEvent], unchanged: Sequence[tuple[UUID, int]]) -> Answer:
        if self._has_any(unchanged):
            return IntegrityError(CHANGED)
        if not events:
            return []
        try:
            values = [
                value for e in events for value in (_hex(e.originator_id), e.originator_version, e.topic, e.state)
            ]
            self._cursor.execute(_insert_statement(len(events)), values)
        except self._ITS_OWN_FAULT as error:
            return translated(error)
        # No other connection writes during our transaction, so the numbers of one statement are neighbours.
        last: int = self._cursor.lastrowid  # type: ignore[assignment]  # an int after an INSERT
        positions = list(range(last - len(events) + 1, last + 1))
        self._sealer.seal(positions, events)
        return positions

    def keep_bookmark(self, name: str, position: int) -> None:
        self._cursor.execute(_KEEP_PLACE, (name, position))

    def keep_lease(self, lease: Lease, instead_of: Lease | None) -> bool:
        if instead_of is None:
            self._cursor.execute(_TAKE_LEASE, (lease.name, lease.holder, lease.beat, lease.about))
        else:
            values = (lease.holder, lease.beat, lease.about, lease.name, instead_of.holder, instead_of.beat)
            self._cursor.execute(_KEEP_LEASE, values)
        return self._cursor.rowcount == 1

    def keep_names(self, names: Sequence[NameApart]) -> None:
        self._cursor.executemany(_KEEP_NAME, [(each.token, each.salt, each.name) for each in names])

    def forget_names(self, names: Sequence[str]) -> None:
        self._cursor.execute("PRAGMA secure_delete = ON")
        self._cursor.executemany(_FORGET_NAME, [(os.urandom(PSEUDONYM_BYTES), name) for name in names])
        self._cursor.execute("DELETE FROM snapshots")
        self._has_forgotten = True

    def keep_models(self, step: ModelStep) -> bool:
        rows = [(each.model, each.key, each.position, each.stream.hex) for each in step.rows]
        try:
            self._cursor.execute("SELECT position FROM places WHERE name = ?", (step.place,))
            row = self._cursor.fetchone()
            if (row[0] if row else 0) != step.after:
                return False
            self._cursor.executemany("INSERT OR IGNORE INTO read_models VALUES (?, ?, ?, ?)", rows)
            self._cursor.execute(_KEEP_PLACE, (step.place, step.until))
        except sqlite3.Error:
            if not self._connection.in_transaction:
                raise  # as with a snapshot
            return False  # a table that is damaged fails no append of the batch; its rows are written again
        return True

    def drop_models(self) -> None:
        self._cursor.execute("DELETE FROM read_models")
        self._cursor.execute("DELETE FROM places WHERE substr(name, 1, ?) = ?", (len(MODELS), MODELS))

    def keep_snapshot(self, snapshot: StoredEvent) -> None:
        values = (_hex(snapshot.originator_id), snapshot.originator_version, snapshot.topic, snapshot.state)
        try:
            self._cursor.execute(_KEEP_SNAPSHOT, values)
        except sqlite3.Error:
            if not self._connection.in_transaction:
                raise  # a full disk: SQLite has undone the events too

    def commit(self) -> None:
        self._cursor.execute("COMMIT")
        self._sealer.committed()
        if self._has_forgotten:
            self._has_forgotten = False
            self._cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the name goes from the -wal file, too

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self._cursor.execute("ROLLBACK")

    def translated(self, error: Exception) -> PersistenceError:
        return translated(error)

    def close(self) -> None:
        self._connection.close()


_MANY: Final = 1_000
"""From how many events of some topics on, those after a place are read from there on."""

_HAS: Final = "SELECT 1 FROM stored_events WHERE originator_id = ? AND originator_version = ?"
_KEEP_PLACE: Final = (
    "INSERT INTO places (name, position) VALUES (?, ?) "
    "ON CONFLICT (name) DO UPDATE SET position = max(position, excluded.position)"
)
_TAKE_LEASE: Final = "INSERT OR IGNORE INTO leases (name, holder, beat, about) VALUES (?, ?, ?, ?)"
_KEEP_LEASE: Final = "UPDATE leases SET holder = ?, beat = ?, about = ? WHERE name = ? AND holder = ? AND beat = ?"
_KEEP_NAME: Final = "INSERT OR IGNORE INTO names (token, salt, name) VALUES (?, ?, ?)"
_FORGET_NAME: Final = "UPDATE names SET salt = ?, name = NULL WHERE name = ?"
_MODELLED: Final = "SELECT position, stream FROM read_models WHERE model = ? AND key = ? ORDER BY position DESC LIMIT ?"
_HAS_MODEL_ROW: Final = "SELECT 1 FROM read_models WHERE model = ? AND key = ? AND position = ? AND stream = ?"
_KEEP_SNAPSHOT: Final = (
    "INSERT OR REPLACE INTO snapshots (originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?)"
)
_SNAPSHOT: Final = "SELECT originator_version, topic, state FROM snapshots WHERE originator_id = ?"
_UNTIL: Final = (
    "SELECT originator_version, topic, state FROM stored_events "
    "WHERE originator_id = ? AND originator_version <= ? ORDER BY originator_version"
)
_FROM: Final = (
    "SELECT originator_version, topic, state FROM stored_events "
    "WHERE originator_id = ? AND originator_version >= ? ORDER BY originator_version"
)


@lru_cache(maxsize=64)
def _insert_statement(count: int) -> str:
    places = ", ".join(["(?, ?, ?, ?)"] * count)
    return f"INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES {places}"  # noqa: S608


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
        raise NotSupportedError(f"no {purpose} of the library's are kept beside the log")

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


def _has_models(cursor: SQLiteCursor) -> bool:
    cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'read_models'")
    return cursor.fetchone() is not None


def _hex(originator_id: UUID | str) -> str:
    return originator_id.hex if isinstance(originator_id, UUID) else UUID(originator_id).hex


def _places(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))
