"""
The wrong codes that were typed: who, when; so that they are counted over a restart, and a person can look at them.

    wrong code ─▶ a row ─▶ five by one user, or fifty by all, within fifteen minutes ─▶ no more is looked at for now
"""

from datetime import datetime, timedelta
from typing import Final

from tastyflow_adapters.discord.memory.file import MemoryFile

TABLE: Final = """
CREATE TABLE IF NOT EXISTS link_try (at REAL NOT NULL, user TEXT NOT NULL, channel TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS link_try_at ON link_try (at);
"""
WITHIN: Final = timedelta(minutes=15)
MOST_OF_ONE: Final = 5
MOST_OF_ALL: Final = 50
KEPT: Final = 10_000
"""How many rows are kept, the newest."""


class LinkTries:
    """The wrong codes that *memory* knows of."""

    def __init__(self, memory: MemoryFile) -> None:
        memory.know(TABLE)
        self._memory = memory

    def is_too_many(self, user: str, *, now: datetime) -> bool:
        """
        Whether *user*, or all together, typed too many of late.

        Raises:
            StoreFailure: code ``chat_memory``.
        """
        since = (now - WITHIN).timestamp()
        counted = "SELECT COUNT(*) AS all_, COALESCE(SUM(user = ?), 0) AS own FROM link_try WHERE at > ?"
        (row,) = self._memory.rows(counted, (user, since))
        return int(row["own"]) >= MOST_OF_ONE or int(row["all_"]) >= MOST_OF_ALL

    def add(self, user: str, channel: str, *, now: datetime) -> None:
        """
        Keep that *user* typed a wrong code.

        Raises:
            StoreFailure: code ``chat_memory``.
        """
        with self._memory.changing() as db:
            db.execute("INSERT INTO link_try VALUES (?, ?, ?)", (now.timestamp(), user, channel))
            db.execute(
                "DELETE FROM link_try WHERE rowid <= (SELECT MAX(rowid) FROM link_try) - ?",
                (KEPT,),
            )

    def since(self, at: datetime) -> int:
        """
        How many were typed since then.

        Raises:
            StoreFailure: code ``chat_memory``.
        """
        (row,) = self._memory.rows("SELECT COUNT(*) AS many FROM link_try WHERE at > ?", (at.timestamp(),))
        return int(row["many"])
