"""
Who was refused, and was told so: once. What they try after that is counted, and not answered.

    refused(user) ─▶ True: this one is told          False: they were told before
    welcomed(user)  ─▶ a person who was refused and is a trader now may be told anew, should they lose their way
"""

import logging
from datetime import UTC, datetime
from typing import Final

from tastyflow.errors import StoreFailure
from tastyflow_adapters.discord.memory.file import MemoryFile

logger = logging.getLogger(__name__)

MOST: Final = 10_000
"""People who are told, and remembered; a crowd beyond that is not answered, and those who tried last are remembered."""

TABLE: Final = """
CREATE TABLE IF NOT EXISTS strangers (
    user TEXT PRIMARY KEY, times INTEGER NOT NULL, first_at TEXT NOT NULL, last_at TEXT NOT NULL, code TEXT NOT NULL
) WITHOUT ROWID;
"""


class Strangers:
    """The people who were refused."""

    def __init__(self, memory: MemoryFile) -> None:
        self._memory = memory
        self._told: set[str] = set()
        try:
            memory.know(TABLE)
            self._told.update(row["user"] for row in memory.rows("SELECT user FROM strangers"))
        except StoreFailure as error:
            logger.warning("%s", error.message)

    def refused(self, user: str, code: str, *, at: datetime) -> bool:
        """Whether *user*, who is refused by *code*, is told so: the first time."""
        is_first = user not in self._told and len(self._told) < MOST
        if is_first:
            self._told.add(user)
        try:
            self._count(user, code, at.astimezone(UTC).isoformat(timespec="seconds"))
        except StoreFailure as error:
            logger.warning("A refusal is not kept: %s", error.message)
        return is_first

    def welcomed(self, user: str) -> None:
        """*user* may ask: what was refused before is forgotten."""
        if user not in self._told:
            return
        self._told.discard(user)
        try:
            with self._memory.changing() as db:
                db.execute("DELETE FROM strangers WHERE user = ?", (user,))
        except StoreFailure as error:
            logger.warning("A refusal is not forgotten: %s", error.message)

    def _count(self, user: str, code: str, now: str) -> None:
        with self._memory.changing() as db:
            db.execute(
                "INSERT INTO strangers (user, times, first_at, last_at, code) VALUES (?, 1, ?, ?, ?)"
                " ON CONFLICT (user) DO UPDATE SET times = times + 1, last_at = excluded.last_at, code = excluded.code",
                (user, now, now, code),
            )
            (count,) = db.execute("SELECT count(*) FROM strangers").fetchone()
            if count > MOST:
                db.execute(
                    "DELETE FROM strangers WHERE user IN (SELECT user FROM strangers ORDER BY last_at LIMIT ?)",
                    (count - MOST,),
                )
