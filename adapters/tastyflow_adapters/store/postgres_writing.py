"""
The writer of a log on PostgreSQL: a connection of its own, one transaction a batch, one lock for all hosts.

    begin ─▶ connected? else again ─▶ does the log go on from what this process saw last? ─▶ BEGIN, the writers' lock
    commit ─▶ COMMIT ─▶ no answer? ─▶ connect again, and ask: is the head of our last event in the chain?
                                      yes: it was committed     no: it was not     no server: the batch failed

A head names its event and all before it, so that asking for it tells exactly whether a transaction whose answer was
lost has happened. A server that lost the end of the log (a replica that took over too early) is another log to this
process: nothing more is appended.
"""

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, ClassVar, Final
from uuid import UUID

import psycopg
from eventsourcing.persistence import DataError, IntegrityError, PersistenceError, StoredEvent

from tastyflow.domain.chain import ChainHead
from tastyflow.domain.names_apart import PSEUDONYM_BYTES, NameApart
from tastyflow.ports import MODELS, Lease, ModelStep
from tastyflow_adapters.store.failures import LogTrouble
from tastyflow_adapters.store.group_commit import Answer
from tastyflow_adapters.store.postgres_address import PostgresPlace, literal
from tastyflow_adapters.store.postgres_failures import translated
from tastyflow_adapters.store.postgres_schema import LOCK

ASK_AGAIN_S: Final = 15.0
"""How long a server that did not answer a COMMIT is asked whether it happened."""
PAUSE_S: Final = 0.2

_APPEND: Final = "SELECT positions, refused FROM append_events(%s, %s, %s, %s, %s, %s)"
_HEAD_AT: Final = "SELECT head FROM stored_events WHERE notification_id = %s"
_KEEP_PLACE: Final = (
    "INSERT INTO places AS p (name, position) VALUES (%s, %s) "
    "ON CONFLICT (name) DO UPDATE SET position = greatest(p.position, excluded.position)"
)
_TAKE_LEASE: Final = "INSERT INTO leases (name, holder, beat, about) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
_KEEP_LEASE: Final = (
    "UPDATE leases SET holder = %s, beat = %s, about = %s WHERE name = %s AND holder = %s AND beat = %s"
)
_KEEP_NAME: Final = "INSERT INTO names (token, salt, name) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
_FORGET_NAME: Final = "UPDATE names SET salt = %s, name = NULL WHERE name = %s"
_PLACE: Final = "SELECT position FROM places WHERE name = %s"
_KEEP_MODEL_ROW: Final = "INSERT INTO read_models VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
_KEEP_SNAPSHOT: Final = (
    "INSERT INTO snapshots (originator_id, originator_version, topic, state) VALUES (%s, %s, %s, %s) "
    "ON CONFLICT (originator_id) DO UPDATE SET originator_version = excluded.originator_version, "
    "topic = excluded.topic, state = excluded.state"
)


class PostgresStatements:
    """The statements of the writer's thread (`group_commit.Statements`)."""

    failures: ClassVar[tuple[type[Exception], ...]] = (psycopg.Error, MemoryError, LogTrouble)

    def __init__(self, place: PostgresPlace, connection: "psycopg.Connection[Any]") -> None:
        self._place = place
        self._connection = connection
        self._lock = literal(f"SELECT pg_advisory_xact_lock({LOCK.format(schema=place.schema)})")
        self._seen: ChainHead | None = None  # the last head that this process saw in the log
        self._last = 0  # the position of the last event of this transaction
        self._kept: set[str] = set()  # tokens of names that are in the log
        self._new_names: set[str] = set()
        self.is_exchanged = False

    def server_process(self) -> int:
        """The number of the server's process that does what this writer asks."""
        return self._connection.info.backend_pid

    def begin(self) -> None:
        if self.is_exchanged:
            raise _exchanged()
        if self._connection.closed or self._connection.broken:
            self._connect_again()
        self._last, self._new_names = 0, set()
        with self._connection.pipeline():
            self._connection.execute("BEGIN")
            self._connection.execute(self._lock)

    def insert(self, events: Sequence[StoredEvent], unchanged: Sequence[tuple[UUID, int]]) -> Answer:
        try:
            columns = (
                [_uuid(each.originator_id) for each in events],
                [each.originator_version for each in events],
                [_text(each.topic) for each in events],
                [_bytes(each.state) for each in events],
                [stream for stream, _ in unchanged],
                [version for _, version in unchanged],
            )
        except (TypeError, ValueError) as error:
            return DataError(error)
        row = self._connection.execute(_APPEND, columns, prepare=True).fetchone()
        assert row is not None  # noqa: S101  a function answers
        positions, refused = row
        if positions is None:
            return IntegrityError(refused)
        self._last = positions[-1] if positions else self._last
        return list(positions)

    def keep_bookmark(self, name: str, position: int) -> None:
        self._connection.execute(_KEEP_PLACE, (name, position), prepare=True)

    def keep_lease(self, lease: Lease, instead_of: Lease | None) -> bool:
        if instead_of is None:
            done = self._connection.execute(_TAKE_LEASE, (lease.name, lease.holder, lease.beat, lease.about))
        else:
            values = (lease.holder, lease.beat, lease.about, lease.name, instead_of.holder, instead_of.beat)
            done = self._connection.execute(_KEEP_LEASE, values, prepare=True)
        return done.rowcount == 1

    def keep_names(self, names: Sequence[NameApart]) -> None:
        new = [(each.token, each.salt, each.name) for each in names if each.token not in self._kept]
        if new:
            with self._connection.cursor() as cursor:
                cursor.executemany(_KEEP_NAME, new)
            self._new_names.update(token for token, _, _ in new)

    def forget_names(self, names: Sequence[str]) -> None:
        for name in names:
            self._connection.execute(_FORGET_NAME, (os.urandom(PSEUDONYM_BYTES), name))
        self._connection.execute("DELETE FROM snapshots")

    def keep_models(self, step: ModelStep) -> bool:
        row = self._connection.execute(_PLACE, (step.place,), prepare=True).fetchone()
        if (row[0] if row else 0) != step.after:
            return False
        rows = [(each.model, each.key, each.position, each.stream) for each in step.rows]
        if rows:
            with self._connection.cursor() as cursor:
                cursor.executemany(_KEEP_MODEL_ROW, rows)
        self._connection.execute(_KEEP_PLACE, (step.place, step.until), prepare=True)
        return True

    def drop_models(self) -> None:
        self._connection.execute("TRUNCATE read_models")
        self._connection.execute("DELETE FROM places WHERE starts_with(name, %s)", (MODELS,))

    def keep_snapshot(self, snapshot: StoredEvent) -> None:
        values = (_uuid(snapshot.originator_id), snapshot.originator_version, snapshot.topic, snapshot.state)
        self._connection.execute(_KEEP_SNAPSHOT, values, prepare=True)

    def commit(self) -> None:
        head = self._head_of_this() if self._last else None
        try:
            self._connection.execute("COMMIT")
        except psycopg.OperationalError:
            if head is None or not self._has_happened(head):
                raise
        self._kept |= self._new_names
        self._seen = head or self._seen

    def rollback(self) -> None:
        if not self._connection.closed:
            with suppress(psycopg.Error):
                self._connection.execute("ROLLBACK")

    def translated(self, error: Exception) -> PersistenceError:
        return translated(error)

    def close(self) -> None:
        with suppress(psycopg.Error):
            self._connection.close()

    # ── a server that was away ───────────────────────────────────────────────────────────────────────────────────

    def _head_of_this(self) -> ChainHead:
        row = self._connection.execute(_HEAD_AT, (self._last,), prepare=True).fetchone()
        assert row is not None  # noqa: S101  it was sealed in this transaction
        return ChainHead(self._last, bytes(row[0]))

    def _has_happened(self, head: ChainHead) -> bool:
        """Whether the transaction that sealed *head* was committed, asked of the server once it is there again."""
        deadline = time.monotonic() + ASK_AGAIN_S
        while True:
            try:
                self._connect_again()
                return self._head_at(head.position) == head.head
            except psycopg.OperationalError:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(PAUSE_S)

    def _connect_again(self) -> None:
        """
        Connect, and see that the log goes on from what this process saw last.

        Raises:
            LogTrouble: ``log_exchanged``.
        """
        with suppress(psycopg.Error):
            self._connection.close()
        self._connection = self._place.connect()
        if self._seen is not None and self._head_at(self._seen.position) != self._seen.head:
            self.is_exchanged = True
            raise _exchanged()

    def _head_at(self, position: int) -> bytes | None:
        row = self._connection.execute(_HEAD_AT, (position,)).fetchone()
        return None if row is None else bytes(row[0])


def _exchanged() -> LogTrouble:
    return LogTrouble("log_exchanged", "the server has lost events that this process saw in the log")


def _uuid(stream: UUID | str) -> UUID:
    return stream if isinstance(stream, UUID) else UUID(stream)


def _text(value: object) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise TypeError("a topic is a text")
    return value


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError("a state is bytes")
    return value
