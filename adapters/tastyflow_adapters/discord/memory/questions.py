"""
The questions that wait for an answer: the line that was refused, or the card that was shown, of one user in one place.

    asked ─▶ latest(user, channel)      what a line answers that replies to nothing
          ─▶ shown_as(page) ─▶ at(page)  what a reply to that page answers

They survive a restart, and are forgotten after `PATIENCE`.
"""

import json
from datetime import UTC, datetime
from sqlite3 import Connection, Row
from typing import Final
from uuid import UUID

from attrs import frozen

from tastyflow.application.conversation import PATIENCE, Question
from tastyflow_adapters.discord.memory.file import MemoryFile

TABLE: Final = """
CREATE TABLE IF NOT EXISTS questions (
    request TEXT PRIMARY KEY, user TEXT NOT NULL, channel TEXT NOT NULL, line TEXT NOT NULL, suggestions TEXT NOT NULL,
    account TEXT NOT NULL, card TEXT NOT NULL, page TEXT NOT NULL DEFAULT '', at REAL NOT NULL,
    is_latest INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX IF NOT EXISTS questions_place ON questions (user, channel, at);
CREATE INDEX IF NOT EXISTS questions_page ON questions (page);
"""
MOST: Final = 5_000
"""Questions that are kept; the oldest ones go first."""
_PRUNE: Final = """
DELETE FROM questions WHERE request IN (SELECT request FROM questions ORDER BY at DESC LIMIT -1 OFFSET ?)
"""
_COLUMNS: Final = "request, user, channel, line, suggestions, account, card, page, at"


@frozen(kw_only=True)
class AskedQuestion:
    """
    One question.

    Attributes:
        request: The id of the request that it answered.
        user, channel: Whose answer is waited for, and where.
        account: The name of the account that the line is about; empty for the first one of its trader.
        card: The order that the line made, which waited to be confirmed; None where the line was refused.
        page: The message that asks it; empty where that is not known.
    """

    request: str
    user: str
    channel: str
    question: Question
    account: str = ""
    card: UUID | None = None
    page: str = ""


class Questions:
    """The questions, in *memory*."""

    def __init__(self, memory: MemoryFile) -> None:
        self._memory = memory
        memory.know(TABLE)

    def ask(self, asked: AskedQuestion) -> None:
        """Keep a question: it is the latest one of its user there."""
        at = asked.question.at.timestamp()
        row = (
            asked.request,
            asked.user,
            asked.channel,
            asked.question.line,
            json.dumps(asked.question.suggestions),
            asked.account,
            asked.card.hex if asked.card else "",
            asked.page,
            at,
        )
        with self._memory.changing() as db:
            db.execute("DELETE FROM questions WHERE at < ?", (at - PATIENCE.total_seconds(),))
            db.execute(_PRUNE, (MOST - 1,))
            _put_aside(db, asked.user, asked.channel)
            db.execute(f"INSERT OR REPLACE INTO questions ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?)", row)

    def latest(self, user: str, channel: str) -> AskedQuestion | None:
        """The latest question to *user* in *channel*; None where a command came after it."""
        rows = self._memory.rows(
            f"SELECT {_COLUMNS} FROM questions WHERE user = ? AND channel = ? AND is_latest ORDER BY at DESC LIMIT 1",
            (user, channel),
        )
        return next((_asked(row) for row in rows), None)

    def newest(self, user: str, channel: str) -> AskedQuestion | None:
        """The newest question to *user* in *channel*, where another command came after it, too: of the last order."""
        rows = self._memory.rows(
            f"SELECT {_COLUMNS} FROM questions WHERE user = ? AND channel = ? ORDER BY at DESC LIMIT 1", (user, channel)
        )
        return next((_asked(row) for row in rows), None)

    def last_card(self, user: str, channel: str) -> AskedQuestion | None:
        """The newest question to *user* in *channel* that is the card of an order."""
        rows = self._memory.rows(
            f"SELECT {_COLUMNS} FROM questions WHERE user = ? AND channel = ? AND card != '' ORDER BY at DESC LIMIT 1",
            (user, channel),
        )
        return next((_asked(row) for row in rows), None)

    def at(self, page: str, user: str) -> AskedQuestion | None:
        """The question to *user* that the message *page* asks."""
        rows = self._memory.rows(
            f"SELECT {_COLUMNS} FROM questions WHERE page = ? AND user = ? ORDER BY at DESC LIMIT 1",
            (page, user),
        )
        return next((_asked(row) for row in rows), None)

    def shown_as(self, request: str, page: str) -> None:
        """The answer to *request* stands in the message *page*."""
        with self._memory.changing() as db:
            db.execute("UPDATE questions SET page = ? WHERE request = ?", (page, request))

    def put_aside(self, user: str, channel: str) -> None:
        """A command came: the next line answers no question there, unless it replies to its page."""
        with self._memory.changing() as db:
            _put_aside(db, user, channel)

    def forget(self, request: str) -> bool:
        """Forget the question that answered *request*; whether there was one."""
        with self._memory.changing() as db:
            return db.execute("DELETE FROM questions WHERE request = ?", (request,)).rowcount > 0


def _put_aside(db: Connection, user: str, channel: str) -> None:
    db.execute("UPDATE questions SET is_latest = 0 WHERE user = ? AND channel = ? AND is_latest", (user, channel))


def _asked(row: Row) -> AskedQuestion:
    card = UUID(row["card"]) if row["card"] else None
    at = datetime.fromtimestamp(row["at"], UTC)
    return AskedQuestion(
        request=row["request"],
        user=row["user"],
        channel=row["channel"],
        question=Question(row["line"], tuple(json.loads(row["suggestions"])), at, card),
        account=row["account"],
        card=card,
        page=row["page"],
    )
