"""
The posts: which message shows an incident, or an order that waits, and what of it is shown.

    tried ─▶ posted ─▶ shown … ─▶ over     a later *epoch* or *telling* of the same subject has a message of its own
      └─ no answer: it may be there, under the nonce
"""

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from tastyflow_adapters.discord.memory.file import MemoryFile

TABLE: Final = """
CREATE TABLE IF NOT EXISTS posts (
    subject TEXT PRIMARY KEY, epoch TEXT NOT NULL, telling INTEGER NOT NULL, generation INTEGER NOT NULL,
    channel TEXT NOT NULL, message TEXT NOT NULL, version INTEGER NOT NULL, looks TEXT NOT NULL,
    tried TEXT NOT NULL, is_over INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS posts_open ON posts (subject) WHERE NOT is_over;
"""
KEPT: Final = 200
"""How many that are over are remembered: nothing is shown of them any more."""
_COLUMNS: Final = "subject, epoch, telling, generation, channel, message, version, looks, tried, is_over"


@frozen(kw_only=True)
class PostRow:
    """
    One subject, and its newest message.

    Attributes:
        epoch: Since when it is so: what is seen again after it was over is of another epoch.
        telling: How often it had been told before this message.
        generation: How many messages of this telling were deleted, or could not be edited any more.
        message: Its id; empty where none is known to be there.
        version: Of the subject, as the message shows it; *looks* is the digest of the page.
        tried: The nonce of a message that may have been posted; empty where that is known.
        is_over: Whether the message is not edited any more.
    """

    subject: str
    epoch: str
    telling: int
    generation: int
    channel: str
    message: str
    version: int
    looks: str
    tried: str = ""
    is_over: bool


class PostRows:
    """The rows, in *memory*."""

    def __init__(self, memory: MemoryFile) -> None:
        self._memory = memory
        memory.know(TABLE)

    def find(self, subject: str) -> PostRow | None:
        """The row of *subject*; None where it was never posted."""
        found = self._memory.rows(f"SELECT {_COLUMNS} FROM posts WHERE subject = ?", (subject,))
        return _row(found[0]) if found else None

    def open_ones(self, kind: str) -> Sequence[PostRow]:
        """Those whose subject begins with *kind*, and whose message may still change."""
        found = self._memory.rows(
            f"SELECT {_COLUMNS} FROM posts WHERE NOT is_over AND subject GLOB ? ORDER BY subject",
            (f"{kind}:*",),
        )
        return [_row(each) for each in found]

    def keep(self, row: PostRow) -> None:
        """Keep *row* in the place of the one before."""
        with self._memory.changing() as db:
            db.execute(
                f"INSERT OR REPLACE INTO posts ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    row.subject,
                    row.epoch,
                    row.telling,
                    row.generation,
                    row.channel,
                    row.message,
                    row.version,
                    row.looks,
                    row.tried,
                    row.is_over,
                ),
            )
            if row.is_over:
                db.execute(
                    "DELETE FROM posts WHERE is_over AND rowid NOT IN"
                    " (SELECT rowid FROM posts WHERE is_over ORDER BY rowid DESC LIMIT ?)",
                    (KEPT,),
                )

    def forget(self, subject: str) -> None:
        """*subject* was never posted."""
        with self._memory.changing() as db:
            db.execute("DELETE FROM posts WHERE subject = ?", (subject,))


def _row(found: Sequence[str | int]) -> PostRow:
    subject, epoch, telling, generation, channel, message, version, looks, tried, is_over = found
    return PostRow(
        subject=str(subject),
        epoch=str(epoch),
        telling=int(telling),
        generation=int(generation),
        channel=str(channel),
        message=str(message),
        version=int(version),
        looks=str(looks),
        tried=str(tried),
        is_over=bool(is_over),
    )
