"""
The book in one file: see `book_store` for what it promises.

    orders    one row per order: what is searched by as columns, the rest as JSON
    changes   the last snapshots, numbered: other processes follow these
    holdings  positions      facts  cash, counters
"""

import os
import sqlite3
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from tastyflow.domain.instruments import Instrument, from_occ
from tastyflow.domain.venue import BrokerOrder, Position
from tastyflow.errors import NotSent, OutcomeUnknown
from tastyflow_adapters.fake.book_store import REMEMBERED, Change, Listeners
from tastyflow_adapters.fake.order_row import Row, from_text, ticket_text, to_text

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS orders (
    number INTEGER PRIMARY KEY, broker_order TEXT NOT NULL UNIQUE, external_id TEXT,
    is_open INTEGER NOT NULL, due INTEGER, ticket TEXT NOT NULL, body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS orders_by_tag ON orders (external_id);
CREATE INDEX IF NOT EXISTS orders_open ON orders (number) WHERE is_open;
CREATE INDEX IF NOT EXISTS orders_due ON orders (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS changes (
    change INTEGER PRIMARY KEY AUTOINCREMENT, ticket TEXT NOT NULL, body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS holdings (symbol TEXT PRIMARY KEY, quantity INTEGER NOT NULL, price TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
PUT: Final = """
INSERT INTO orders (number, broker_order, external_id, is_open, due, ticket, body) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (number) DO UPDATE SET is_open = excluded.is_open, due = excluded.due, body = excluded.body
"""
BUSY_S: Final = 5.0
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
PRUNE_EVERY: Final = 1_000


class FileBookStore:
    """A book in the file *path*, created readable by its owner alone; several processes may share it."""

    is_shared = True

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._listeners = Listeners()
        self._wrote = False
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        self._db = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        self._closing = weakref.finalize(self, self._db.close)
        self._inode = self._inode_now()
        self._write_ahead()
        self._db.execute("PRAGMA synchronous = OFF")
        with self.held():
            for statement in SCHEMA.split(";"):
                self._db.execute(statement)

    def _write_ahead(self) -> None:
        """Two processes that open a new file together: the switch to the log does not wait for its turn by itself."""
        for pause_s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0):
            with suppress(sqlite3.OperationalError):
                self._db.execute("PRAGMA journal_mode = WAL")
                return
            time.sleep(pause_s)
        raise NotSent(f"The fake venue's file {self.path.name} is locked.", code="fake_file")

    @contextmanager
    def held(self) -> Iterator[None]:
        if self._inode_now() != self._inode:
            raise NotSent(
                f"The fake venue's file {self.path.name} was removed or exchanged while it was open.", code="fake_file"
            )
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise NotSent(f"The fake venue's file cannot be written: {error}.", code="fake_file") from error
        self._wrote = False
        try:
            yield
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise OutcomeUnknown(f"The fake venue's file failed: {error}.", code="fake_file") from error
        except BaseException:
            self._roll_back()
            raise
        if self._wrote:
            self._listeners.tell()

    def _inode_now(self) -> tuple[int, int] | None:
        """Which file the path leads to; None for none. SQLite would go on with the one that it has open."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _roll_back(self) -> None:
        with suppress(sqlite3.Error):  # it may have rolled back by itself
            self._db.execute("ROLLBACK")

    def next_number(self) -> int:
        number = int(self._fact("number") or 0) + 1
        self._set_fact("number", str(number))
        return number

    def put(self, row: Row, *, quietly: bool = False) -> None:
        ticket, body = ticket_text(row.ticket), to_text(row)
        due = None if row.due_at is None else _micros(row.due_at)
        self._db.execute(
            PUT, (row.number, row.broker_order, row.external_id, not row.status.is_terminal, due, ticket, body)
        )
        if quietly:
            return
        written = self._db.execute("INSERT INTO changes (ticket, body) VALUES (?, ?)", (ticket, body))
        change = written.lastrowid or 0
        if change % PRUNE_EVERY == 0:
            self._db.execute("DELETE FROM changes WHERE change <= ?", (change - REMEMBERED,))
        self._wrote = True

    def row(self, broker_order: str) -> Row | None:
        found = self._read("SELECT ticket, body FROM orders WHERE broker_order = ?", broker_order)
        return from_text(*found[0]) if found else None

    def rows(self, *, open_only: bool = False) -> Sequence[Row]:
        where = "WHERE is_open" if open_only else ""
        return [from_text(*found) for found in self._read(f"SELECT ticket, body FROM orders {where} ORDER BY number")]  # noqa: S608

    def tagged(self, external_id: str) -> Sequence[Row]:
        found = self._read("SELECT ticket, body FROM orders WHERE external_id = ? ORDER BY number", external_id)
        return [from_text(*each) for each in found]

    def due(self) -> tuple[datetime, str] | None:
        found = self._read("SELECT due, broker_order FROM orders WHERE due IS NOT NULL ORDER BY due, number LIMIT 1")
        return (EPOCH + timedelta(microseconds=found[0][0]), found[0][1]) if found else None

    def holdings(self) -> Mapping[Instrument, Position]:
        found = self._read("SELECT symbol, quantity, price FROM holdings ORDER BY rowid")
        held = (Position(from_occ(symbol), quantity, Decimal(price)) for symbol, quantity, price in found)
        return {position.instrument: position for position in held}

    def holding(self, instrument: Instrument) -> Position | None:
        found = self._read("SELECT quantity, price FROM holdings WHERE symbol = ?", instrument.occ)
        return Position(instrument, found[0][0], Decimal(found[0][1])) if found else None

    def hold(self, position: Position) -> None:
        symbol = position.instrument.occ
        if position.quantity:
            self._db.execute(
                "INSERT INTO holdings VALUES (?, ?, ?) ON CONFLICT (symbol) DO UPDATE "
                "SET quantity = excluded.quantity, price = excluded.price",
                (symbol, position.quantity, str(position.average_open_price)),
            )
        else:
            self._db.execute("DELETE FROM holdings WHERE symbol = ?", (symbol,))

    def cash_usd(self) -> Decimal | None:
        found = self._fact("cash_usd")
        return None if found is None else Decimal(found)

    def set_cash_usd(self, cash_usd: Decimal) -> None:
        self._set_fact("cash_usd", str(cash_usd))

    def last_change(self) -> int:
        found = self._read("SELECT seq FROM sqlite_sequence WHERE name = 'changes'")
        return int(found[0][0]) if found else 0

    def since(self, change: int) -> Sequence[Change]:
        found = self._read("SELECT change, ticket, body FROM changes WHERE change > ? ORDER BY change", change)
        return [(number, from_text(ticket, body).snapshot()) for number, ticket, body in found]

    def listen(self, changed: Callable[[], None]) -> Callable[[], None]:
        return self._listeners.add(changed)

    def clear(self) -> None:
        for statement in ("DELETE FROM orders", "DELETE FROM holdings", "DELETE FROM facts WHERE name != 'number'"):
            self._db.execute(statement)

    def close(self) -> None:
        self._closing()

    def _fact(self, name: str) -> str | None:
        found = self._read("SELECT value FROM facts WHERE name = ?", name)
        return str(found[0][0]) if found else None

    def _set_fact(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def _read(self, query: str, *values: object) -> list[Any]:
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise OutcomeUnknown(f"The fake venue's file cannot be read: {error}.", code="fake_file") from error


def orders_in(path: Path | str) -> Sequence[BrokerOrder]:
    """Every order ever accepted by the venue in the file, as it stands there: nothing is settled, nothing written."""
    if not Path(path).exists():
        return ()
    store = FileBookStore(path)
    try:
        return [row.snapshot() for row in store.rows()]
    finally:
        store.close()


def _micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)
