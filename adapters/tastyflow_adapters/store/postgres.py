"""
The log on a PostgreSQL server, for several hosts: the library's recorder, and the rules kept by the database.

    Application(env=environment(place))
        └── PostgresLogFactory ── PostgresLogRecorder ─┬─ append …        ──▶ group_commit, `postgres_writing`
                                                       ├─ read, select …  ──▶ a pool of the library's
                                                       └─ on_append       ──▶ `postgres_listening`: other hosts, too

psycopg is imported by this module alone and those beside it: only a process whose log is on a server pays for it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
from eventsourcing.persistence import (
    AggregateRecorder,
    BaseInfrastructureFactory,
    InterfaceError,
    NotSupportedError,
    OperationalError,
    ProcessRecorder,
    StoredEvent,
)
from eventsourcing.postgres import (
    PostgresApplicationRecorder,
    PostgresDatastore,
    PostgresFactory,
)
from eventsourcing.utils import Environment, EnvType, get_topic, retry
from psycopg.rows import dict_row, tuple_row

from tastyflow.domain.chain import ChainHead, ChainStart
from tastyflow.domain.names_apart import NameApart
from tastyflow.ports import ChainedRow, Lease, ModelRow
from tastyflow_adapters.store.failures import LogTrouble
from tastyflow_adapters.store.group_commit import GroupCommit
from tastyflow_adapters.store.postgres_address import CONNECT_S, KEEPALIVE, PostgresPlace, literal
from tastyflow_adapters.store.postgres_failures import translated
from tastyflow_adapters.store.postgres_listening import Listening
from tastyflow_adapters.store.postgres_schema import FORMAT, GUARDS, LOCK, statements
from tastyflow_adapters.store.postgres_writing import PostgresStatements
from tastyflow_adapters.store.recorder import GroupCommitRecorder

URL: Final = "LOG_URL"
SCHEMA: Final = "LOG_SCHEMA"
READ_ONLY: Final = "STORE_READ_ONLY"
POOL: Final = 4

_EXISTS: Final = "SELECT to_regclass(%s) IS NOT NULL"
_ON: Final = (
    "SELECT c.relname || '.' || t.tgname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid "
    "JOIN pg_namespace AS n ON n.oid = c.relnamespace "
    "WHERE n.nspname = %s AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
)
_CHAINED: Final = (
    "SELECT notification_id, encode(uuid_send(originator_id), 'hex'), originator_version, topic, state, head "
    "FROM stored_events WHERE notification_id > %s AND notification_id <= %s ORDER BY notification_id LIMIT %s"
)
_LAST: Final = "SELECT notification_id, head FROM stored_events ORDER BY notification_id DESC LIMIT 1"
_KEEPS: Final = ("fsync", "full_page_writes", "synchronous_commit")
PATIENCE_S: Final = 1.0
AWAY_S: Final = 0.1
"""For how long a question waits for a connection, ten times: one more, and one to a server that did not answer."""
_ANY: Final = 2**62


def environment(place: PostgresPlace, *, read_only: bool = False) -> dict[str, str]:
    """Return what the library's Application wants as *env* to keep its log at *place*."""
    return {
        "PERSISTENCE_MODULE": get_topic(PostgresLogFactory),
        URL: place.url,
        SCHEMA: place.schema,
        READ_ONLY: "y" if read_only else "",
    }


def make(place: PostgresPlace, connection: "psycopg.Connection[Any]", *, start: ChainStart | None = None) -> None:
    """
    Make the log at *place* where there is none, under a lock: several processes may start at once.

    Args:
        start: What its chain begins with, of a log that is carried there; then none may stand there.

    Raises:
        LogTrouble: ``store_corrupt`` or ``store_foreign``: what stands there is no whole log, or in the way.
        psycopg.Error: The server refused.
    """
    with connection.transaction():
        connection.execute(literal(f"SELECT pg_advisory_xact_lock({LOCK.format(schema=place.schema)})"))
        is_there = _is_there(place, connection)
        if is_there and start is not None:
            raise LogTrouble("store_foreign", "there is a log already")
        if not is_there:
            begun = start or ChainStart(uuid4(), 0, datetime.now(UTC).replace(microsecond=0))
            connection.execute(literal(f"CREATE SCHEMA IF NOT EXISTS {place.schema}"))
            connection.execute(literal(statements(place.schema)))
            values = (begun.log, begun.until, begun.at.isoformat())
            connection.execute("INSERT INTO chain_start VALUES (1, %s, %s, %s)", values)
            connection.execute("INSERT INTO log_format VALUES (1, %s)", (FORMAT,))
    look(place, connection)


def look(place: PostgresPlace, connection: "psycopg.Connection[Any]") -> None:
    """
    See that a whole log stands at *place*, with every guard of it switched on.

    Raises:
        LogTrouble: ``store_unreadable`` where there is none; ``store_foreign``, ``store_corrupt``.
    """
    if not _is_there(place, connection):
        raise LogTrouble("store_unreadable", f"there is no log in the schema {place.schema} yet")
    row = connection.execute("SELECT format FROM log_format").fetchone()
    if row is None or row[0] > FORMAT:
        raise LogTrouble("store_foreign", "a newer version wrote it")
    on = {name for (name,) in connection.execute(_ON, (place.schema,)).fetchall()}
    if missing := [name for name in GUARDS if name not in on]:
        raise LogTrouble("store_corrupt", f"these parts of it were removed or switched off: {', '.join(missing)}")


def risks(place: PostgresPlace) -> list[str]:
    """
    The settings of the server that are off, and without which a crash loses what was committed.

    Raises:
        psycopg.Error: The server does not answer.
    """
    with place.connect(read_only=True) as connection:
        found = connection.execute(
            "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", ([*_KEEPS],)
        ).fetchall()
    return [f"{name} = {setting}" for name, setting in sorted(found) if setting == "off"]


def _is_there(place: PostgresPlace, connection: "psycopg.Connection[Any]") -> bool:
    row = connection.execute(_EXISTS, (f"{place.schema}.log_format",)).fetchone()
    return bool(row and row[0])


class LogDatastore(PostgresDatastore):
    """The readers' connections; the writer's and the listener's are none of these."""

    def __init__(self, place: PostgresPlace, *, read_only: bool = False) -> None:
        self.place, self.read_only = place, read_only
        super().__init__("", "", "", "", "", schema=place.schema, max_overflow=POOL - 1, connect_timeout=CONNECT_S)
        self._is_away = False
        self.pool.reconnect_timeout = AWAY_S  # else a server that is back is not asked for up to minutes
        self.pool.conninfo = place.url  # the library's own arguments know no address, and want a password
        self.pool.kwargs = {"row_factory": dict_row, "options": place.options(read_only=read_only), **KEEPALIVE}

    @contextmanager
    def get_connection(self) -> "Iterator[psycopg.Connection[Any]]":
        """A connection; a server that is away is waited for once, and not for as long by each question that follows."""
        self.pool.timeout = AWAY_S if self._is_away else PATIENCE_S
        try:
            with super().get_connection() as connection:
                self._is_away = False
                yield connection
        except (InterfaceError, OperationalError):
            self._is_away = True
            raise


class PostgresLogRecorder(GroupCommitRecorder, PostgresApplicationRecorder):
    """
    An `EventLog` on a server.

    Raises:
        LogTrouble, PersistenceError: The log cannot be opened; ``explain`` says why.
    """

    _statements: PostgresStatements | None = None
    _listening: Listening | None = None

    def __init__(self, datastore: LogDatastore) -> None:
        self._place = place = datastore.place
        try:
            connection = place.connect(read_only=datastore.read_only)
            try:
                look(place, connection) if datastore.read_only else make(place, connection)
            except BaseException:
                connection.close()
                raise
        except psycopg.Error as error:
            raise translated(error) from error
        super().__init__(datastore)
        self.channel_name = place.schema  # what the library's own subscriptions listen to
        if datastore.read_only:
            connection.close()
        else:
            self._statements = PostgresStatements(place, connection)
            self._writer = GroupCommit(self._statements)

    def create_table(self) -> None:
        """Nothing is left to do: opening the log has made it."""

    def is_same(self) -> bool:
        return self._statements is None or not self._statements.is_exchanged

    def on_append(self, callback: Callable[[], None]) -> Callable[[], None]:
        end = super().on_append(callback)
        if self._writer is not None and self._statements is not None and self._listening is None:
            self._listening = Listening(self._place, self._writer.tell_listeners, self._statements.server_process)
        return end

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
        conditions, values = ["topic = ANY(%s)"], [[*topics]]
        if without:
            conditions.append(
                "NOT EXISTS (SELECT 1 FROM stored_events AS other "
                "WHERE other.originator_id = has.originator_id AND other.topic = ANY(%s))"
            )
            values.append([*without])
        if start:
            if not all(letter in "0123456789abcdef" for letter in start) or len(start) > 32:
                return []
            conditions.append("originator_id BETWEEN %s AND %s")
            values += [UUID(start.ljust(32, "0")), UUID(start.ljust(32, "f"))]  # type: ignore[list-item]
        end, order = ("max", "DESC") if newest_first else ("min", "ASC")
        statement = (
            f"SELECT originator_id FROM stored_events AS has WHERE {' AND '.join(conditions)} "  # noqa: S608  ours
            f"GROUP BY originator_id ORDER BY {end}(notification_id) {order} LIMIT %s"
        )
        return [stream for (stream,) in self._asked(statement, [*values, limit])]

    def begun(self, topics: Sequence[str], *, limit: int) -> list[UUID]:
        statement = (
            "SELECT originator_id FROM stored_events WHERE originator_version = 1 AND topic = ANY(%s) "
            "ORDER BY notification_id DESC LIMIT %s"
        )
        return [stream for (stream,) in self._asked(statement, [[*topics], limit])]

    def chain_start(self) -> ChainStart | None:
        for log, until, at in self._asked("SELECT log, until, at FROM chain_start"):
            return ChainStart(log, until, datetime.fromisoformat(at))
        raise LogTrouble("store_corrupt", "the start of its chain was removed")

    def chain_head(self) -> ChainHead | None:
        for position, head in self._asked(_LAST):
            return ChainHead(position, bytes(head))
        start = self.chain_start()
        return None if start is None else ChainHead(0, start.head)

    def chained_rows(self, *, after: int, limit: int, until: int | None = None) -> Sequence[ChainedRow]:
        rows: list[ChainedRow] = self._asked(_CHAINED, [after, _ANY if until is None else until, limit], binary=True)
        return rows

    def bookmark(self, name: str) -> int | None:
        return next(
            (position for (position,) in self._asked("SELECT position FROM places WHERE name = %s", [name])), None
        )

    def lease(self, name: str) -> Lease | None:
        found = self._asked("SELECT name, holder, beat, about FROM leases WHERE name = %s", [name])
        return next((Lease(*row) for row in found), None)

    def modelled(self, model: str, key: str, *, limit: int) -> Sequence[ModelRow]:
        statement = (
            "SELECT position, stream FROM read_models WHERE model = %s AND key = %s ORDER BY position DESC LIMIT %s"
        )
        found = self._asked(statement, [model, key, limit])
        return [ModelRow(model, key, position, stream) for position, stream in found]

    def models_lack(self, rows: Sequence[ModelRow]) -> Sequence[ModelRow]:
        statement = (
            "SELECT EXISTS (SELECT 1 FROM read_models AS r "
            "WHERE (r.model, r.key, r.position, r.stream) = (w.m, w.k, w.p, w.s)) "
            "FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::uuid[]) WITH ORDINALITY AS w (m, k, p, s, n) "
            "ORDER BY n"
        )
        columns = [[getattr(row, name) for row in rows] for name in ("model", "key", "position", "stream")]
        return [row for row, (is_there,) in zip(rows, self._asked(statement, columns), strict=True) if not is_there]

    def models_size(self, *, until: int) -> int:
        return int(self._asked("SELECT count(*) FROM read_models WHERE position <= %s", [until])[0][0])

    def holding(self, topics: Sequence[str], text: str) -> UUID | None:
        statement = (
            "SELECT originator_id FROM stored_events WHERE topic = ANY(%s) AND position(%s::bytea IN state) > 0 "
            "ORDER BY notification_id DESC LIMIT 1"
        )
        return next((stream for (stream,) in self._asked(statement, [[*topics], text.encode("ascii")])), None)

    def read_from_snapshot(self, stream: UUID) -> tuple[StoredEvent | None, Sequence[StoredEvent]]:
        statement = "SELECT originator_version, topic, state FROM snapshots WHERE originator_id = %s"
        kept = next(iter(self._asked(statement, [stream], binary=True)), None)
        snapshot = None if kept is None else StoredEvent(stream, kept[0], kept[1], bytes(kept[2]))
        return snapshot, self.read(stream, after=snapshot.originator_version - 1 if snapshot else 0)

    def close(self) -> None:
        super().close()
        if self._listening is not None:
            self._listening.close()

    def _names_kept(self, token: str | None) -> Sequence[NameApart]:
        where = "" if token is None else " WHERE token = %s"
        rows = self._asked(f"SELECT token, salt, name FROM names{where}", [] if token is None else [token], binary=True)  # noqa: S608
        return [NameApart(token, bytes(salt), name) for token, salt, name in rows]

    @retry(
        (InterfaceError, OperationalError), max_attempts=10, wait=0.2
    )  # as the library's own reads: a server restarts
    def _asked(self, statement: str, values: Sequence[object] = (), *, binary: bool = False) -> list[Any]:
        with (
            self.datastore.get_connection() as connection,
            connection.cursor(row_factory=tuple_row, binary=binary) as cursor,
        ):
            return cursor.execute(literal(statement), values or None, prepare=True).fetchall()


class PostgresLogFactory(PostgresFactory):
    """What the library asks for recorders, by the topic in ``environment``."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        BaseInfrastructureFactory.__init__(self, env)  # the library's own wants host, user and password
        self._recorders: list[PostgresLogRecorder] = []
        place = PostgresPlace(self.env[URL], self.env[SCHEMA])
        self.datastore = LogDatastore(place, read_only=bool(self.env.get(READ_ONLY)))

    def application_recorder(self) -> PostgresLogRecorder:
        assert isinstance(self.datastore, LogDatastore)  # noqa: S101  made above
        recorder = PostgresLogRecorder(self.datastore)
        self._recorders.append(recorder)
        return recorder

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        raise NotSupportedError(f"no {purpose} of the library's are kept beside the log")

    def tracking_recorder(self, tracking_recorder_class: Any = None) -> Any:
        raise NotSupportedError("a log that tracks others would be written by two")

    def process_recorder(self) -> ProcessRecorder:
        raise NotSupportedError("a log that tracks others would be written by two")

    def close(self) -> None:
        for recorder in self._recorders:
            recorder.close()
        super().close()
