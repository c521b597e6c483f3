"""
The outbox: messages of their own that are to be posted, in order, each once.

    put(key, …) ─▶ waiting, in the order of *number*, for each user in each channel ─▶ told │ given_up

The key is what the message tells of: the same key again is the same message. What was told is kept for a while, so
that it is not told again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from attrs import frozen

from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.memory.recognising import nonce_of
from tastyflow_adapters.discord.page import ChatPage

TABLE: Final = """
CREATE TABLE IF NOT EXISTS outbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, user TEXT NOT NULL,
    about TEXT NOT NULL, page BLOB NOT NULL, shared BLOB NOT NULL, is_silent INTEGER NOT NULL,
    happened_at TEXT NOT NULL, message TEXT NOT NULL DEFAULT '', done_at TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox (channel, user, number) WHERE done_at = '';
"""
KEPT: Final = timedelta(days=30)
"""How long what was told is remembered."""
_COLUMNS: Final = "number, key, channel, user, about, page, shared, is_silent, happened_at"


@frozen(kw_only=True)
class ToTell:
    """
    One message that is to be posted.

    Attributes:
        key: What it tells of; the same key again is the same message.
        channel: Where; *user* is told directly where nothing can be posted there, if one is named.
        about: The order that it is about, whose live message it refers to; empty for none.
        page: What is shown to *user* alone.
        shared: What is shown where others read along.
        number: Its place in the order of the outbox; 0 before it is put there.
    """

    key: str
    channel: str
    user: str = ""
    about: str = ""
    page: ChatPage
    shared: ChatPage
    is_silent: bool = False
    happened_at: datetime
    number: int = 0

    @property
    def nonce(self) -> str:
        """The same for the same message, in every process."""
        return nonce_of(self.key)


class Outbox:
    """What waits to be told, in *memory*."""

    def __init__(self, memory: MemoryFile) -> None:
        self._memory = memory
        memory.know(TABLE)

    def put(self, message: ToTell) -> bool:
        """Keep *message* until it is told; false where its key was here before."""
        with self._memory.changing() as db:
            return bool(
                db.execute(
                    "INSERT OR IGNORE INTO outbox (key, channel, user, about, page, shared, is_silent, happened_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        message.key,
                        message.channel,
                        message.user,
                        message.about,
                        msgspec.json.encode(message.page),
                        msgspec.json.encode(message.shared),
                        message.is_silent,
                        message.happened_at.isoformat(),
                    ),
                ).rowcount
            )

    def waiting(self) -> Sequence[tuple[str, str]]:
        """The channels, and the users there, for whom something waits."""
        found = self._memory.rows("SELECT DISTINCT channel, user FROM outbox WHERE done_at = ''")
        return [(str(channel), str(user)) for channel, user in found]

    def next_for(self, channel: str, user: str) -> ToTell | None:
        """What is to be told next to *user* in *channel*; None where nothing waits."""
        found = self._memory.rows(
            f"SELECT {_COLUMNS} FROM outbox WHERE done_at = '' AND channel = ? AND user = ? ORDER BY number LIMIT 1",
            (channel, user),
        )
        if not found:
            return None
        number, key, place, user, about, page, shared, is_silent, happened_at = found[0]
        return ToTell(
            key=key,
            channel=place,
            user=user,
            about=about,
            page=msgspec.json.decode(page, type=ChatPage),
            shared=msgspec.json.decode(shared, type=ChatPage),
            is_silent=bool(is_silent),
            happened_at=datetime.fromisoformat(happened_at),
            number=number,
        )

    def done(self, message: ToTell, at: datetime, *, posted_as: str) -> None:
        """It was told as the message *posted_as*; empty where it was given up."""
        with self._memory.changing() as db:
            db.execute(
                "UPDATE outbox SET message = ?, done_at = ? WHERE number = ?",
                (posted_as, at.isoformat(), message.number),
            )
            db.execute("DELETE FROM outbox WHERE done_at != '' AND done_at < ?", ((at - KEPT).isoformat(),))
