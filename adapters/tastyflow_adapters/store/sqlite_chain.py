"""
The chain of a log in SQLite: two tables, written with the events.

    chain_start    one row: which log it is, and since when it is chained
    chain          position │ head after the event there

    append ─▶ Sealer.seal ─┬─ nothing came since our own last append ─▶ heads of the new events
                           └─ else: what came is held against the chain first ─▶ chain_broken, and nothing is appended
    a log of format 1 ─▶ begin_chain, once, in the transaction that opens it for writing
    reading           ─▶ chained: events, each with its head, as plain tuples
"""

import sqlite3
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

from eventsourcing.persistence import StoredEvent

from tastyflow.domain.chain import ChainHead, ChainStart, leaf_of, linked
from tastyflow.ports import ChainedRow
from tastyflow_adapters.store.failures import LogTrouble

LOOKED_AT: Final = 100
"""How many of the last events a process holds against the chain before its first append: less than a millisecond."""

CHAIN: Final = (
    "CREATE TABLE chain (position INTEGER PRIMARY KEY, head BLOB NOT NULL)",
    """CREATE TABLE chain_start (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    log TEXT NOT NULL,
    until INTEGER NOT NULL,
    at TEXT NOT NULL
)""",
    *(
        f"""CREATE TRIGGER {table}_is_never_{done} BEFORE {act} ON {table}
BEGIN SELECT RAISE(ABORT, 'the log is append-only: its chain is never {done}'); END"""
        for table in ("chain", "chain_start")
        for act, done in (("UPDATE", "changed"), ("DELETE", "deleted"))
    ),
    # As with the events: INSERT OR REPLACE asks no other trigger.
    """CREATE TRIGGER chain_start_is_one BEFORE INSERT ON chain_start WHEN EXISTS (SELECT 1 FROM chain_start)
BEGIN SELECT RAISE(ABORT, 'the chain has begun'); END""",
    """CREATE TRIGGER chain_goes_on BEFORE INSERT ON chain
WHEN NEW.position <> (SELECT coalesce(max(position), 0) + 1 FROM chain)
BEGIN SELECT RAISE(ABORT, 'the chain goes from event to event'); END""",
)
"""What format 2 has more than format 1. A file is compared with these texts to the letter."""

_CHAINED: Final = (
    "SELECT e.rowid, originator_id, originator_version, topic, state, head FROM stored_events AS e "
    "LEFT JOIN chain AS c ON c.position = e.rowid WHERE e.rowid > ?1 AND (?2 < 0 OR e.rowid <= ?2) "
    "ORDER BY e.rowid LIMIT ?3"
)
_NOT_CHAINED: Final = (
    "SELECT rowid, originator_id, originator_version, topic, state, NULL FROM stored_events "
    "WHERE rowid > ?1 AND (?2 < 0 OR rowid <= ?2) ORDER BY rowid LIMIT ?3"
)
_LAST_HEAD: Final = (
    "SELECT position, CASE typeof(head) WHEN 'blob' THEN head ELSE x'' END FROM chain "
    "WHERE ?1 IS NULL OR position <= ?1 ORDER BY position DESC LIMIT 1"
)


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────


def chain_start_of(connection: sqlite3.Connection) -> ChainStart | None:
    """
    What the chain of this log begins with; None in a log of format 1.

    Raises:
        LogTrouble: ``store_corrupt``: it was removed, or is not as it was written.
    """
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'chain_start'").fetchone() is None:
        return None
    row = connection.execute("SELECT log, until, at FROM chain_start").fetchone()
    if row is None:
        raise LogTrouble("store_corrupt", "the start of its chain was removed")
    try:
        start = ChainStart(UUID(row[0]), row[1], datetime.fromisoformat(row[2]))
        is_as_written = tuple(row) == (start.log.hex, start.until, start.at.isoformat()) and type(start.until) is int
    except (AttributeError, TypeError, ValueError):
        is_as_written = False
    if not is_as_written:
        raise LogTrouble("store_corrupt", "the start of its chain was changed")
    return start


def head_of(connection: sqlite3.Connection, start: ChainStart, *, until: int | None = None) -> ChainHead:
    """The last head of the chain, or the one after the event at *until*; no bytes for what is no head."""
    row = connection.execute(_LAST_HEAD, (until,)).fetchone()
    return ChainHead(0, start.head) if row is None else ChainHead(row[0], row[1])


def chained(
    connection: sqlite3.Connection, *, after: int, limit: int = -1, until: int | None = None
) -> list[ChainedRow]:
    """
    See `tastyflow.ports.EventLog.chained_rows`.

    A text that is no UTF-8, which no append has written, comes with lone surrogates: it has no leaf.
    """
    is_chained = chain_start_of(connection) is not None
    rows = connection.cursor()
    rows.row_factory = None  # plain tuples: the fastest that there is
    statement, values = _CHAINED if is_chained else _NOT_CHAINED, (after, -1 if until is None else until, limit)
    try:
        return rows.execute(statement, values).fetchall()
    except sqlite3.OperationalError as error:
        if "decode to UTF-8" not in str(error):
            raise
    with _any_text(connection):
        return rows.execute(statement, values).fetchall()


@contextmanager
def _any_text(connection: sqlite3.Connection) -> Iterator[None]:
    usual = connection.text_factory
    connection.text_factory = lambda text: text.decode(errors="surrogateescape")
    try:
        yield
    finally:
        connection.text_factory = usual


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────


def begin_chain(connection: sqlite3.Connection) -> None:
    """
    Chain what stands in the log, all at once, and say up to where it was not chained when it was written.

    Raises:
        LogTrouble: ``chain_broken``: an event was taken away, or is stored as no event is.
    """
    for statement in CHAIN:
        connection.execute(statement)
    (until,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM stored_events").fetchone()
    start = ChainStart(uuid4(), until, datetime.now(UTC).replace(microsecond=0))
    connection.execute("INSERT INTO chain_start VALUES (1, ?, ?, ?)", (start.log.hex, until, start.at.isoformat()))
    connection.executemany("INSERT INTO chain VALUES (?, ?)", _heads(connection, start))


def _heads(connection: sqlite3.Connection, start: ChainStart) -> Iterator[tuple[int, bytes]]:
    head = ChainHead(0, start.head)
    for row in connection.execute(_NOT_CHAINED, (0, -1, -1)):
        head = _head_after(head, row)
        yield head.position, head.head


def _head_after(before: ChainHead, row: ChainedRow) -> ChainHead:
    """The head after *row*, which follows *before*."""
    position, stream, version, topic, state, _ = row
    if position != before.position + 1:
        raise LogTrouble("chain_broken", f"event {before.position + 1:,} is missing")
    try:
        leaf = leaf_of(position, UUID(stream), version, topic, state)
    except (AttributeError, TypeError, ValueError, struct.error) as error:
        raise LogTrouble("chain_broken", f"event {position:,} is stored as no event is") from error
    return ChainHead(position, linked(before.head, leaf))


class Sealer:
    """
    Seals what one writer inserts. It is used by its thread alone, within its transactions.

    Args:
        connection: Of a log that is chained.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._start = chain_start_of(connection)
        self._head: ChainHead | None = None
        self._sound: ChainHead | None = None  # up to here this process knows that events and chain fit

    def begin(self) -> None:
        """A transaction begins: another process may have gone on."""
        self._head = None

    def seal(self, positions: Sequence[int], events: Sequence[StoredEvent]) -> None:
        """
        Write the heads of *events*, which were just inserted at *positions*.

        Raises:
            LogTrouble: ``chain_broken``: what stands before them does not fit.
        """
        head = self._looked_at(positions[0]) if self._head is None else self._head
        if head.position != positions[0] - 1:
            why = f"its chain ends at event {head.position:,}, and {positions[0] - 1:,} were written"
            raise LogTrouble("chain_broken", why)
        links = []
        for position, event in zip(positions, events, strict=True):
            stream = event.originator_id if isinstance(event.originator_id, UUID) else UUID(event.originator_id)
            leaf = leaf_of(position, stream, event.originator_version, event.topic, event.state)
            head = ChainHead(position, linked(head.head, leaf))
            links.append((position, head.head))
        self._connection.executemany("INSERT INTO chain VALUES (?, ?)", links)
        self._head = head

    def committed(self) -> None:
        """What was sealed is in the log."""
        self._sound = self._head or self._sound

    def _looked_at(self, next_position: int) -> ChainHead:
        """The head before *next_position*, once what others appended since our last look fits the chain."""
        start = self._start
        assert start is not None  # noqa: S101  opened for writing, a log is chained
        last, head = head_of(self._connection, start), self._sound
        if last == head:
            return last
        if chain_start_of(self._connection) != start:
            raise LogTrouble("chain_broken", "the start of its chain was changed")
        if head is None:
            head = head_of(self._connection, start, until=max(0, last.position - LOOKED_AT))
        for row in chained(self._connection, after=head.position, until=next_position - 1):
            head = _head_after(head, row)
            if head.head != row[-1]:
                raise LogTrouble("chain_broken", f"event {head.position:,} does not fit those before it")
        if head != last:
            why = f"its chain ends at event {last.position:,}, and the log at {head.position:,}"
            raise LogTrouble("chain_broken", why)
        return head
