"""
Which events of Discord were heard: each is acted upon once, although Discord may deliver it again after a reconnect.

    first(event) ─▶ True: it is handled ─▶ ended(id, outcome)          False: it was heard before, by any process
    the rows stay as the record of who asked where, and how it ended, for `KEPT`

No order hangs on it: the same message again is the same order by its id. Where the file cannot be used, what this
process has heard is known still.
"""

import logging
from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from attrs import frozen

from tastyflow.errors import StoreFailure
from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.request import Asker

logger = logging.getLogger(__name__)

KEPT: Final = timedelta(days=30)
"""How long a row is kept: Discord delivers again within minutes."""
PRUNED_EACH: Final = 1_000
"""After so many events, rows that are older than `KEPT` are taken out."""
KNOWN: Final = 4_096
"""Events that this process knows without the file."""

TABLE: Final = """
CREATE TABLE IF NOT EXISTS heard (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, at TEXT NOT NULL, user TEXT NOT NULL, guild TEXT NOT NULL,
    channel TEXT NOT NULL, outcome TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS heard_at ON heard (at);
"""


class Arrival(StrEnum):
    """What arrived."""

    COMMAND = "command"
    PRESS = "press"
    FORM = "form"
    LINE = "line"


@frozen
class Heard:
    """One event: Discord's *id* of it, which is never given twice, and who is behind it."""

    id: str
    kind: Arrival
    asker: Asker


@frozen
class Unanswered:
    """An event that was heard, and of which no outcome is known."""

    id: str
    kind: Arrival
    at: datetime
    user: str


class HeardEvents:
    """The events that were heard."""

    def __init__(self, memory: MemoryFile) -> None:
        self._memory = memory
        self._known: OrderedDict[str, None] = OrderedDict()
        self._until_pruned = 0
        try:
            memory.know(TABLE)
        except StoreFailure as error:
            logger.warning("%s", error.message)

    def first(self, event: Heard, *, at: datetime) -> bool:
        """Whether *event* is heard for the first time; it is remembered by then."""
        if event.id in self._known:
            return False
        self._known[event.id] = None
        while len(self._known) > KNOWN:
            self._known.popitem(last=False)
        try:
            return self._insert(event, at)
        except StoreFailure as error:
            logger.warning("An event is known to this process alone: %s", error.message)
            return True

    def ended(self, event: Heard, outcome: str) -> None:
        """Note how *event* ended, in a word or two of ours."""
        self.end(event.id, outcome)

    def end(self, event: str, outcome: str) -> None:
        """The same, by the id of the event."""
        try:
            with self._memory.changing() as db:
                db.execute("UPDATE heard SET outcome = ? WHERE id = ?", (outcome, event))
        except StoreFailure as error:
            logger.warning("How an event ended is not kept: %s", error.message)

    def unanswered(self, *, since: datetime, before: datetime) -> Sequence[Unanswered]:
        """What was heard between the two, and has no outcome; nothing where the file cannot be used."""
        query = "SELECT id, kind, at, user FROM heard WHERE outcome = '' AND at >= ? AND at < ? ORDER BY at"
        try:
            found = self._memory.rows(query, (_written(since), _written(before)))
        except StoreFailure as error:
            logger.warning("Who was cut off is not known: %s", error.message)
            return ()
        return [
            Unanswered(row["id"], Arrival(row["kind"]), datetime.fromisoformat(row["at"]), row["user"]) for row in found
        ]

    def _insert(self, event: Heard, at: datetime) -> bool:
        asker = event.asker
        row = (event.id, event.kind.value, _written(at), asker.user, asker.guild, asker.channel)
        with self._memory.changing() as db:
            found = db.execute(
                "INSERT OR IGNORE INTO heard (id, kind, at, user, guild, channel) VALUES (?, ?, ?, ?, ?, ?)", row
            )
            is_first = found.rowcount == 1
            if self._until_pruned <= 0:
                self._until_pruned = PRUNED_EACH
                db.execute("DELETE FROM heard WHERE at < ?", (_written(at - KEPT),))
            self._until_pruned -= 1
        return is_first


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")
