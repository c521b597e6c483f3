"""
The file `discord.db`: what a process that is killed must find again.

    MemoryFile.open(path) ─▶ with memory.changing() as db: db.execute(…)      one transaction, kept on return
                             memory.rows("SELECT …", …)

Each table belongs to one module of this package, which hands in its own ``CREATE TABLE IF NOT EXISTS``. A call takes
less than a millisecond; several processes may have the file open.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from tastyflow.errors import StoreFailure

NAME: Final = "discord.db"
BUSY_S: Final = 2.0
"""How long another process is waited for."""


class MemoryFile:
    """An open file, used on one thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: set[str] = set()

    @classmethod
    def open(cls, path: Path | None) -> Self:
        """
        Open the file, or make it; None keeps everything in memory.

        Raises:
            StoreFailure: code ``chat_memory``: it cannot be used.
        """
        try:
            if path is not None:
                path.touch(mode=0o600)
            connection = sqlite3.connect(path or ":memory:", timeout=BUSY_S, isolation_level=None)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")  # a killed process loses nothing; a lost machine, a moment
        except (sqlite3.Error, OSError) as error:
            raise _unusable(error) from error
        return cls(connection)

    def close(self) -> None:
        """Close it; again does no harm."""
        self._connection.close()

    def know(self, table: str) -> None:
        """Make *table* where it is not there yet: its ``CREATE TABLE IF NOT EXISTS``, once for each file."""
        if table in self._known:
            return
        try:
            self._connection.executescript(table)
        except sqlite3.Error as error:
            raise _unusable(error) from error
        self._known.add(table)

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """
        One transaction: kept where the block ends, and not where it raises.

        Raises:
            StoreFailure: code ``chat_memory``.
        """
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise _unusable(error) from error
        try:
            yield self._connection
            self._connection.execute("COMMIT")
        except BaseException as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise _unusable(error) from error
            raise

    def rows(self, query: str, arguments: Sequence[str | float] = ()) -> list[sqlite3.Row]:
        """
        What *query* finds.

        Raises:
            StoreFailure: code ``chat_memory``.
        """
        try:
            return self._connection.execute(query, arguments).fetchall()
        except sqlite3.Error as error:
            raise _unusable(error) from error


def _unusable(error: Exception) -> StoreFailure:
    return StoreFailure(
        f"What the bot remembers cannot be read or written: {error}.",
        code="chat_memory",
        hint=f"Orders go on. Look at {NAME} beside the log: its disk, and whom it belongs to.",
    )
