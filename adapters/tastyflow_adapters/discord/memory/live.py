"""
The live messages: one row for each order that has one, with what is to be shown and what is.

    mark ─▶ wanted + 1      to_try ─▶ tried      posted ─▶ message, shown      shown_as ─▶ shown

*wanted* counts the news of the order, *shown* how many of them the message shows. A message that can be edited no more
is followed by another one, of the next *generation*.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from attrs import frozen

from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.memory.recognising import nonce_of

TABLE: Final = """
CREATE TABLE IF NOT EXISTS live (
    order_id TEXT PRIMARY KEY, user TEXT NOT NULL, home TEXT NOT NULL, channel TEXT NOT NULL DEFAULT '',
    message TEXT NOT NULL DEFAULT '', posted_at TEXT NOT NULL DEFAULT '',
    generation INTEGER NOT NULL DEFAULT 0, tried INTEGER NOT NULL DEFAULT -1,
    wanted INTEGER NOT NULL DEFAULT 0, shown INTEGER NOT NULL DEFAULT 0, looks TEXT NOT NULL DEFAULT '',
    is_over INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS live_behind ON live (order_id) WHERE wanted > shown;
"""
_COLUMNS: Final = "order_id, user, home, channel, message, posted_at, generation, tried, wanted, shown, looks, is_over"


@frozen
class LiveMessage:
    """
    One row.

    Attributes:
        home: The channel where the order was asked for.
        channel: Where its message is: *home*, or direct messages with its trader; empty while there is none.
        message: The id of the message; empty while there is none in this generation.
        posted_at: When that was posted; None while there is none.
        tried: The latest generation that a message was asked for in; -1 before the first.
        looks: The digest of the page that the message shows; empty where that is not known.
        is_over: Whether the order is.
    """

    order: UUID
    user: str
    home: str
    channel: str
    message: str
    posted_at: datetime | None
    generation: int
    tried: int
    wanted: int
    shown: int
    looks: str
    is_over: bool

    @property
    def is_behind(self) -> bool:
        """Whether there is news that it does not show."""
        return self.wanted > self.shown

    @property
    def nonce(self) -> str:
        """The same for the same order and generation, in every process."""
        return nonce_of(f"{self.order}:{self.generation}")


class LiveMessages:
    """The rows, in *memory*."""

    def __init__(self, memory: MemoryFile) -> None:
        self._memory = memory
        memory.know(TABLE)

    def find(self, order: UUID) -> LiveMessage | None:
        """The row of *order*; None where it has none."""
        found = self._memory.rows(f"SELECT {_COLUMNS} FROM live WHERE order_id = ?", (str(order),))
        return _row(found[0]) if found else None

    def order_in(self, message: str, user: str) -> UUID | None:
        """The order of *user* that *message* shows; None where it shows none."""
        found = self._memory.rows("SELECT order_id FROM live WHERE message = ? AND user = ?", (message, user))
        return UUID(found[0][0]) if message and found else None

    def behind(self) -> Sequence[UUID]:
        """The orders of which there is news that is not shown."""
        return [UUID(row[0]) for row in self._memory.rows("SELECT order_id FROM live WHERE wanted > shown")]

    def mark(self, order: UUID, *, user: str, home: str, is_over: bool, may_be_posted: bool = False) -> None:
        """
        There is news of *order*; its row is made where there is none.

        Args:
            may_be_posted: Whether a message that is not remembered may have been posted not long ago.
        """
        with self._memory.changing() as db:
            db.execute(
                "INSERT INTO live (order_id, user, home, wanted, is_over, tried) VALUES (?, ?, ?, 1, ?, ?)"
                " ON CONFLICT (order_id) DO UPDATE SET wanted = wanted + 1, is_over = excluded.is_over",
                (str(order), user, home, is_over, 0 if may_be_posted else -1),
            )

    def to_try(self, row: LiveMessage) -> bool:
        """A message is about to be asked for; whether one of this generation may have been posted before."""
        with self._memory.changing() as db:
            before = db.execute("SELECT tried FROM live WHERE order_id = ?", (str(row.order),)).fetchone()
            db.execute("UPDATE live SET tried = MAX(tried, ?) WHERE order_id = ?", (row.generation, str(row.order)))
        return before is not None and int(before[0]) >= row.generation

    def posted(self, row: LiveMessage, channel: str, message: str, at: datetime, *, looks: str) -> None:
        """
        It is *message* in *channel*.

        Args:
            looks: The digest of what it shows; empty where an earlier try may have posted something older.
        """
        with self._memory.changing() as db:
            db.execute(
                "UPDATE live SET channel = ?, message = ?, posted_at = ?, shown = ?, looks = ?"
                " WHERE order_id = ? AND generation = ? AND message = ''",
                (channel, message, at.isoformat(), row.wanted if looks else 0, looks, str(row.order), row.generation),
            )

    def shown_as(self, row: LiveMessage, *, looks: str) -> bool:
        """
        It shows what was wanted of *row*. False where something else was shown meanwhile: it is to be shown anew.
        """
        with self._memory.changing() as db:
            is_ours = db.execute(
                "UPDATE live SET shown = ?, looks = ? WHERE order_id = ? AND message = ? AND shown = ?",
                (row.wanted, looks, str(row.order), row.message, row.shown),
            ).rowcount
            if not is_ours:
                db.execute("UPDATE live SET shown = 0, looks = '' WHERE order_id = ?", (str(row.order),))
        return bool(is_ours)

    def follow_on(self, row: LiveMessage) -> None:
        """The message of *row* is left as it is: another one is to follow."""
        with self._memory.changing() as db:
            db.execute(
                "UPDATE live SET generation = generation + 1, message = '', posted_at = '', channel = '', shown = 0,"
                " looks = '' WHERE order_id = ? AND generation = ?",
                (str(row.order), row.generation),
            )

    def give_up(self, row: LiveMessage) -> None:
        """What was wanted of *row* cannot be shown; the next news can."""
        with self._memory.changing() as db:
            db.execute("UPDATE live SET shown = ? WHERE order_id = ?", (row.wanted, str(row.order)))

    def forget_over(self, before: datetime) -> None:
        """Forget the orders that are over, and whose message was posted before *before*."""
        with self._memory.changing() as db:
            db.execute("DELETE FROM live WHERE is_over AND shown = wanted AND posted_at < ?", (before.isoformat(),))


def _row(found: Sequence[str | int]) -> LiveMessage:
    order, user, home, channel, message, posted_at, *numbers, looks, is_over = found
    generation, tried, wanted, shown = (int(each) for each in numbers)
    return LiveMessage(
        UUID(str(order)),
        str(user),
        str(home),
        str(channel),
        str(message),
        datetime.fromisoformat(str(posted_at)) if posted_at else None,
        generation,
        tried,
        wanted,
        shown,
        str(looks),
        bool(is_over),
    )
