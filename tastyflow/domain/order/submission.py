"""
One attempt at one venue: claimed before the first byte leaves, ended by what became of it.

    pending ──▶ adopted      the venue has it, and we know its id there
            ├─▶ declined     the venue refused it: nothing was placed
            ├─▶ not_sent     it never left: nothing was placed
            └─▶ unknown ──▶ adopted (found by its external id) │ not_found (searched, not there)
                            declined │ not_sent (told by its sender, which was held up; also after a search)

Outcomes are kept per attempt, never per order: a late refusal of attempt 1 must not close attempt 2. The external id is
derived from order, venue and attempt, so that it can be found again even if the claim itself was lost with a disk.
"""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from attrs import frozen

from tastyflow.domain.age import Mark
from tastyflow.domain.venue import Status, Venue


class AttemptOutcome(StrEnum):
    PENDING = "pending"
    ADOPTED = "adopted"
    DECLINED = "declined"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    NOT_FOUND = "not_found"


OUTCOMES: Final[Mapping[AttemptOutcome, frozenset[str]]] = {
    AttemptOutcome.PENDING: frozenset({"adopt", "decline", "not_sent", "lose"}),
    AttemptOutcome.UNKNOWN: frozenset({"adopt", "decline", "not_sent", "not_found"}),
    AttemptOutcome.NOT_FOUND: frozenset({
        "adopt",  # a search can be wrong: the order may surface later
        "decline", "not_sent",  # its sender was held up while others gave it up and searched: it knows for certain
    }),
    AttemptOutcome.NOT_SENT: frozenset({"adopt"}),  # so can our reading of a failure; what is there needs an owner
    AttemptOutcome.DECLINED: frozenset({"adopt"}),
    AttemptOutcome.ADOPTED: frozenset(),
}  # fmt: skip
"""What can still become of an attempt, by what did so far."""

NOTHING_PLACED: Final = frozenset({AttemptOutcome.DECLINED, AttemptOutcome.NOT_SENT, AttemptOutcome.NOT_FOUND})
"""The outcomes after which another attempt cannot make a duplicate."""


@frozen
class Attempt:
    """
    One claim of the right to send a ticket to a venue, and what became of it.

    Attributes:
        digest: The content that was claimed.
        nonce: Names the claim: only the task that wrote it may send.
        proof: The test that a production claim used.
        status: The venue's last word, once it has one.
        environment, account: The environment of the claim, and the name of the account at the venue; empty in the
            oldest logs.
        is_exit: Whether the order only took risk away when production was claimed; None where that is not recorded.
        mark: The moment of the claim by the clock that counts sleep; None in the oldest logs.
        earlier: The ids that it had at the venue before other hands changed it there.
        content: The digest of what the venue works since then; empty where that is what was claimed.
    """

    venue: Venue
    number: int
    external_id: str
    nonce: str
    digest: str
    claimed_at: datetime
    proof: UUID | None = None
    outcome: AttemptOutcome = AttemptOutcome.PENDING
    broker_order: str | None = None
    status: Status | None = None
    reason: str = ""
    environment: str = ""
    account: str = ""
    is_exit: bool | None = None
    mark: Mark | None = None
    earlier: tuple[str, ...] = ()
    content: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the venue may still hold something of this attempt that is not over."""
        if self.status is not None:
            return not self.status.is_terminal  # also where it was told before the acceptance
        return self.outcome not in NOTHING_PLACED


@frozen
class Fill:
    """One execution of an attempt, known by the venue's fill id. *price* is per share, in dollars."""

    venue: Venue
    attempt: int
    fill_id: str
    symbol: str
    quantity: int
    price: Decimal
    filled_at: datetime


def tag_prefix(venue: Venue) -> str:
    """What the tags of all our attempts at *venue* begin with."""
    return f"tf1-{venue.value[0]}-"


def external_id(order: UUID, venue: Venue, attempt: int) -> str:
    """
    The tag that finds this attempt at the venue: derived, never random; 28 characters for attempts below 10.

    The prefix without the attempt is the same for all attempts of an order at a venue.
    """
    digest = hashlib.sha256(f"{order}|{venue.value}".encode()).digest()
    return f"{tag_prefix(venue)}{base64.b32encode(digest).decode()[:20].lower()}-{attempt}"
