"""
One order of a setup in the sandbox: of one leg, claimed before it is sent, concluded by what became of it.

    claimed ─▶ concluded: adopted (with status and fills) · declined · not sent · not found
                   └─ unknown: searched later, and concluded again
"""

import base64
import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from attrs import frozen

from tastyflow.domain.age import Mark
from tastyflow.domain.order.submission import NOTHING_PLACED, Attempt, AttemptOutcome, tag_prefix
from tastyflow.domain.ticket import Leg, Ticket
from tastyflow.domain.venue import Status, Venue, VenueFill

UNANSWERED: Final = frozenset({AttemptOutcome.PENDING, AttemptOutcome.UNKNOWN})


class Purpose(StrEnum):
    """What a placement is for."""

    OPEN = "open"  # what the order closes is not there
    CLEAR = "clear"  # a leftover is in the way
    RESTORE = "restore"  # what the rehearsal changed is undone


@frozen
class Placement:
    """
    Attributes:
        nonce: Names the claim: only the task that wrote it may send.
        status, fills: As the venue showed it last.
        code, message: Of a refusal or a failure.
        mark: The moment of the claim by the clock that counts sleep; None in the oldest logs.
    """

    number: int
    purpose: Purpose
    ticket: Ticket
    external_id: str
    nonce: str
    digest: str
    claimed_at: datetime
    outcome: AttemptOutcome = AttemptOutcome.PENDING
    broker_order: str | None = None
    status: Status | None = None
    fills: tuple[VenueFill, ...] = ()
    code: str = ""
    message: str = ""
    mark: Mark | None = None

    @property
    def leg(self) -> Leg:
        return self.ticket.legs[0]

    @property
    def filled(self) -> int:
        return sum(fill.quantity for fill in self.fills)

    @property
    def is_filled(self) -> bool:
        """Whether all of it is filled."""
        return self.filled == self.leg.quantity

    @property
    def is_open(self) -> bool:
        """Whether the sandbox may still hold something of it that is not over."""
        if self.status is not None:
            return not self.status.is_terminal
        return self.outcome not in NOTHING_PLACED

    @property
    def attempt(self) -> Attempt:
        """The placement as what is sent and searched for."""
        return Attempt(
            venue=Venue.SANDBOX,
            number=self.number,
            external_id=self.external_id,
            nonce=self.nonce,
            digest=self.digest,
            claimed_at=self.claimed_at,
            mark=self.mark,
        )


def external_id(order: UUID, number: int) -> str:
    """The tag of a placement at the sandbox: derived from the order, and distinct from those of its attempts."""
    digest = hashlib.sha256(f"{order}|{Venue.SANDBOX.value}|setup".encode()).digest()
    return f"{tag_prefix(Venue.SANDBOX)}{base64.b32encode(digest).decode()[:20].lower()}-{number}"
