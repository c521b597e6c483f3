"""
The state of an order: what replaying its events says, and how to read it. Data only.

`events` say how it changes, `verbs` what can be done with it.
"""

from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from attrs import frozen

from tastyflow.domain.events import derived_id
from tastyflow.domain.mirroring import mirrored
from tastyflow.domain.order.approval import ApprovalRequest, MarketSnapshot, PersonalApproval
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import Attempt, AttemptOutcome, Fill
from tastyflow.domain.testresult import TestProof
from tastyflow.domain.ticket import Leg, Strategy, Ticket
from tastyflow.domain.venue import Venue

PROMOTED: Final = frozenset({Stage.WORKING, Stage.FILLED})
UNANSWERED: Final = frozenset({AttemptOutcome.PENDING, AttemptOutcome.UNKNOWN, AttemptOutcome.NOT_FOUND})
"""The outcomes after which a venue is asked again; a search that found nothing can be wrong."""

NO_TRADER: Final = derived_id("trader", "", "found at the venue")
"""Whom the book names for an order that was found at the venue."""

_UNKNOWN: Final = frozenset({AttemptOutcome.UNKNOWN, AttemptOutcome.NOT_FOUND})


@frozen
class Asked:
    """
    The request behind an order.

    Attributes:
        text: The words as typed, bounded.
        platform: Where they were typed (``cli``, ``discord``, ``signal``).
        user: Who typed them, by the platform's id.
        message: The platform's id of the message; used once.
        trader: The trader that *user* is; None where no trader has that identity.
        os_user: The operating system's user who typed them, where they came from a command line.
        channel, reply_to: Where answers belong on the platform, and what they refer to; empty where it has none.
        written_at: When the platform says that it was written.
    """

    text: str
    platform: str
    user: str
    message: str
    trader: UUID | None = None
    channel: str = ""
    reply_to: str = ""
    written_at: datetime | None = None
    os_user: str = ""


@frozen
class OrderState:
    """
    The state of an order: what replaying its events says.

    Attributes:
        ticket, strategy: None only for a text that was refused before it became a ticket.
        before_change: The ticket that was asked for and rehearsed, where other hands changed the order since.
        notional_usd, loss_usd: What the order can add to the loss of the account, as limits count it; and as it is,
            None where that is unlimited, and in the oldest logs.
        book: The book of the account that the order is meant for.
        is_exit: Whether it only took risk away when it was validated; None where that is not recorded.
        environment, account: How far it may go, and the name of the account that it is for; empty in the oldest logs,
            and the account also where a text was refused before it was known.
        is_simulated: Whether its venues are simulators.
        confirm_until, confirmed: Until when its trader can confirm it, None where it needs no confirmation; and the
            digest of what was confirmed.
        fees_usd: The fees that production's dry run estimated; None where it did not say.
        over_at: When it ended; None while it is not over.
        test, proof: The latest concluded test, and the proof it gave if it passed.
        replaces: The working order whose place it is to take, or took.
        replacement: The order that is to take its place; once it is over, the one that took it.
        approval_reasons: The checks of risk that want a person's approval, by code, each with its sentence; none where
            the policy approves.
        request: What it waits for a person with, or waited; None before, and after the market voided it.
        resubmitted_by, resubmitter: Who let it be sent again last, as the actor of the log, and as a trader; empty and
            None before, and no trader where it was an operator.
        approval: The approval by a person; None where there is none, or it was the policy that approved.
        queued_at: The venues before which it was told that it has to wait for its turn.
        code, message, hint, suggestions: Of our refusal; of the venue's; or of the latest escalation.
    """

    id: UUID
    version: int
    stage: Stage
    asked: Asked
    asked_at: datetime
    ticket: Ticket | None = None
    words: str = ""
    strategy: Strategy | None = None
    completions: tuple[str, ...] = ()
    notional_usd: Decimal = Decimal(0)
    contracts: int = 0
    loss_usd: Decimal | None = None
    book: UUID | None = None
    is_exit: bool | None = None
    environment: str = ""
    account: str = ""
    is_simulated: bool = False
    confirm_until: datetime | None = None
    confirmed: str = ""
    fees_usd: Decimal | None = None
    over_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()
    fills: tuple[Fill, ...] = ()
    test: UUID | None = None
    proof: TestProof | None = None
    approval_reasons: tuple[tuple[str, str], ...] = ()
    request: ApprovalRequest | None = None
    approval: PersonalApproval | None = None
    approved_by: str = ""
    resubmitted_by: str = ""
    resubmitter: UUID | None = None
    cancel_requested: bool = False
    cancel_reason: str = ""
    replaces: UUID | None = None
    replacement: UUID | None = None
    code: str = ""
    message: str = ""
    hint: str = ""
    suggestions: tuple[str, ...] = ()
    before_change: Ticket | None = None
    queued_at: tuple[Venue, ...] = ()

    @property
    def owner(self) -> UUID:
        """Whose order it is in the book of its account: its trader's; `NO_TRADER`'s of one that no trader asked for."""
        return self.asked.trader or NO_TRADER

    @property
    def reference(self) -> str:
        """The short name people use: the first six hex digits of the id."""
        return self.id.hex[:6]

    @property
    def digest(self) -> str:
        """The digest of the ticket; empty without one."""
        return self.ticket.digest if self.ticket else ""

    @property
    def asked_digest(self) -> str:
        """The digest of what was asked for and rehearsed, whatever other hands made of it at the venue since."""
        asked = self.ticket_at(Venue.SANDBOX)
        return asked.digest if asked else ""

    def ticket_at(self, venue: Venue) -> Ticket | None:
        """What counts at *venue*: in the sandbox what was asked for, in production what the order is now."""
        return self.before_change or self.ticket if venue is Venue.SANDBOX else self.ticket

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The ticket's legs; none without a ticket."""
        return self.ticket.legs if self.ticket else ()

    @property
    def needs_confirmation(self) -> bool:
        """Whether its trader has yet to confirm exactly this content: until then nothing of it may be sent."""
        return self.confirm_until is not None and self.confirmed != self.asked_digest

    @property
    def was_exit(self) -> bool:
        """Whether it only took risk away when that was judged last: at the claim of production, or when validated."""
        live = self.attempt(Venue.PRODUCTION)
        judged = live.is_exit if live is not None and live.is_exit is not None else self.is_exit
        if judged is not None:
            return judged
        return self.ticket is not None and not self.ticket.opens and self.loss_usd == 0  # the oldest logs

    @property
    def waits_for_confirmation(self) -> bool:
        """Whether it can still be confirmed: nothing but its trader's yes, in time, takes it on."""
        return self.stage is Stage.VALIDATED and self.needs_confirmation

    @property
    def is_on_its_way(self) -> bool:
        """Whether it has left the hands of its trader: confirmed, or in need of no yes and not refused at once."""
        if self.ticket is None or self.stage is Stage.DRAFTED or self.needs_confirmation:
            return False
        return bool(self.confirmed or self.attempts) or not self.stage.is_over

    def attempt(self, venue: Venue) -> Attempt | None:
        """The latest attempt at *venue*."""
        return next((a for a in reversed(self.attempts) if a.venue is venue), None)

    def filled(self, venue: Venue, symbol: str | None = None, attempt: int | None = None) -> int:
        """The quantity filled at *venue*, of one leg or all, by one attempt or all."""
        return sum(
            fill.quantity
            for fill in self.fills
            if fill.venue is venue and symbol in (None, fill.symbol) and attempt in (None, fill.attempt)
        )

    def is_complete(self, venue: Venue, attempt: int) -> bool:
        """Whether *attempt* has filled every leg."""
        ticket = self.ticket_at(venue)
        return ticket is not None and all(
            self.filled(venue, leg.instrument.occ, attempt) == leg.quantity for leg in ticket.legs
        )

    def is_promoted(self, *, has_live_venue: bool) -> bool:
        """Whether it got as far as it can: working or filled; rehearsed where there is no live venue."""
        return self.stage in PROMOTED or (self.stage is Stage.REHEARSED and not has_live_venue)

    @property
    def waiting_until(self) -> datetime | None:
        """The first moment at which it waits no more for a person's approval; None where it does not wait for one."""
        return self.request.until if self.request and self.stage is Stage.REHEARSED else None

    @property
    def approved_market(self) -> MarketSnapshot | None:
        """The market that an approval is held against: as it was approved; before that, as it was asked for."""
        return self.approval.market if self.approval else self.request.market if self.request else None

    @property
    def mirrored_digest(self) -> str:
        """The digest of the mirrored ticket; empty where there is none."""
        asked = self.ticket_at(Venue.SANDBOX)
        other = mirrored(asked) if asked else None
        return other.digest if other else ""

    @property
    def is_of_unknown_outcome(self) -> bool:
        """Whether it is not known of an attempt if production has it."""
        return any(a.venue is Venue.PRODUCTION and a.outcome in _UNKNOWN for a in self.attempts)

    @property
    def is_being_replaced(self) -> bool:
        """Whether another order was claimed to take its place, and it is not known yet if that did."""
        return self.replacement is not None and not self.stage.is_over

    @property
    def is_cancelling(self) -> bool:
        """Whether a cancel was heard: it is over without a fill of everything, or the venue has been asked."""
        return self.stage is Stage.CANCELLED or (self.cancel_requested and not self.stage.is_over)

    @property
    def is_settled(self) -> bool:
        """Whether it is over, and no venue has anything to add: every attempt was answered, and rests nowhere."""
        return self.stage.is_over and not any(
            attempt.is_open or attempt.outcome in UNANSWERED for attempt in self.attempts
        )
