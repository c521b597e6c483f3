"""
The offers: texts that buttons refer to by an id, so that no button carries an order.

    text    a line that was offered: a suggestion, a card to be shown         placed as a text, with a card of its own
    plan    what was planned and shown: close positions, halt trading         done once, as it was shown

An offer belongs to one user and has a time. It is presentation: where it is lost, the text is typed again.
"""

import secrets
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from sqlite3 import Row
from typing import Final
from uuid import UUID

from attrs import field, frozen

from tastyflow_adapters.discord.memory.file import MemoryFile

TABLE: Final = """
CREATE TABLE IF NOT EXISTS offers (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, user TEXT NOT NULL, text TEXT NOT NULL, account TEXT NOT NULL,
    seen TEXT NOT NULL, request TEXT NOT NULL, until REAL NOT NULL, used_by TEXT NOT NULL DEFAULT '',
    card TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS offers_until ON offers (until);
CREATE INDEX IF NOT EXISTS offers_request ON offers (request);
"""
KEPT: Final = timedelta(days=1)
"""How long an offer is kept after its time: until then a press is told that the time is over."""
MOST: Final = 5_000
"""Offers that are kept; the oldest ones go first."""
PATIENCE: Final = timedelta(minutes=15)
"""How long a text can be placed by its button."""
PREFIX: Final = "offer-"
"""Before the id of an offer: the id of the request that it stands for, the same for each press."""
_END: Final = """
UPDATE offers SET until = ? WHERE used_by = '' AND kind != ? AND until > ?
AND (request = ? OR request IN (SELECT ? || id FROM offers WHERE request = ?))
"""
_COLUMNS: Final = "id, kind, user, text, account, seen, request, until, used_by, card"


class OfferKind(StrEnum):
    """What a press of its button does."""

    TEXT = "text"
    FLATTEN = "flatten"
    HALT = "halt"
    RESUME = "resume"


def _new_id() -> str:
    return secrets.token_hex(8)


@frozen(kw_only=True)
class Offer:
    """
    One offer.

    Attributes:
        user: Who alone may use it, by Discord's number.
        text: The line that it stands for.
        account: The name of the account that it is about; empty for the first one of its trader.
        seen: The digest of what was shown, of a plan.
        request: The id of the request that it answered.
        card: The order whose card waits, and is withdrawn where this is placed; None for none.
        used_by: The id of the request that used it; empty while it was not.
    """

    kind: OfferKind
    user: str
    text: str
    account: str = ""
    seen: str = ""
    request: str = ""
    card: UUID | None = None
    until: datetime
    used_by: str = ""
    id: str = field(factory=_new_id)

    def is_open(self, now: datetime) -> bool:
        """Whether its time is not over."""
        return now <= self.until


class Offers:
    """The offers, in *memory*."""

    def __init__(self, memory: MemoryFile) -> None:
        self._memory = memory
        memory.know(TABLE)

    def keep(self, offer: Offer) -> str:
        """Keep a new offer; its id. What is long over, or too much, is forgotten."""
        at = offer.until.timestamp()
        with self._memory.changing() as db:
            db.execute("DELETE FROM offers WHERE until < ?", (at - (KEPT + PATIENCE).total_seconds(),))
            db.execute(
                "DELETE FROM offers WHERE id IN (SELECT id FROM offers ORDER BY until DESC LIMIT -1 OFFSET ?)",
                (MOST - 1,),
            )
            db.execute(
                f"INSERT INTO offers ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?)",
                (
                    *(offer.id, offer.kind, offer.user, offer.text, offer.account, offer.seen, offer.request, at, ""),
                    offer.card.hex if offer.card else "",
                ),
            )
        return offer.id

    def find(self, offer_id: str) -> Offer | None:
        """The offer with that id; None where it is not kept, or no more."""
        rows = self._memory.rows(f"SELECT {_COLUMNS} FROM offers WHERE id = ?", (offer_id,))
        return next((_offer(row) for row in rows), None)

    def use(self, offer_id: str, by: str) -> bool:
        """Use an offer for the request *by*; whether it was not used before, by any process."""
        with self._memory.changing() as db:
            used = db.execute("UPDATE offers SET used_by = ? WHERE id = ? AND used_by = ''", (by, offer_id))
            return used.rowcount == 1

    def end(self, request: str, now: datetime) -> int:
        """
        End the plans that answered *request*, or a line that was offered in answer to it, and were not used; how many.
        """
        at = now.timestamp()
        with self._memory.changing() as db:
            return db.execute(_END, (at - 1, OfferKind.TEXT, at, request, PREFIX, request)).rowcount


def _offer(row: Row) -> Offer:
    return Offer(
        id=row["id"],
        kind=OfferKind(row["kind"]),
        user=row["user"],
        text=row["text"],
        account=row["account"],
        seen=row["seen"],
        request=row["request"],
        until=datetime.fromtimestamp(row["until"], UTC),
        used_by=row["used_by"],
        card=UUID(row["card"]) if row["card"] else None,
    )
