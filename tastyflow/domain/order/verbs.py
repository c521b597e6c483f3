"""
One order, from the words typed to the last fill: its state, and the verbs that change it.

    Order.draft ─ validate ─ (confirm) ─ claim(sandbox) ─ news… ─ conclude_rehearsal
                ─ approve ─ claim(production) ─ news… ─ finish

Verbs decide and may refuse (`IllegalStep`, `NotProven`, `NotApproved`, `ExcessFill`); they return the event to record,
or None for what was heard before. What is possible where is `stages.MENU`; what an event does to the state is
`OrderEvent.change`. News of a sandbox attempt is heard at every stage, and moves no order.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, Self
from uuid import UUID

from attrs import frozen

from tastyflow.domain.changing import changed
from tastyflow.domain.events import Because, Event, EventFields, born, derived_id, next_of
from tastyflow.domain.mirroring import mirrored
from tastyflow.domain.order import events as happened
from tastyflow.domain.order.approval import MarketSnapshot
from tastyflow.domain.order.events import EscalationReason, FoundBy
from tastyflow.domain.order.stages import CLAIMS, MENU, Stage
from tastyflow.domain.order.state import Asked, OrderState
from tastyflow.domain.order.submission import OUTCOMES, Attempt, AttemptOutcome, external_id
from tastyflow.domain.rules import broken_rules
from tastyflow.domain.testresult import TestProof, TestResult
from tastyflow.domain.ticket import Strategy, Ticket
from tastyflow.domain.venue import Status, Venue, VenueFill
from tastyflow.errors import ExcessFill, IllegalStep, NotApproved, NotProven

UNFILLED: Final[Mapping[Status, type[happened.AttemptEnded]]] = {
    Status.CANCELLED: happened.OrderCancelled,
    Status.REMOVED: happened.OrderCancelled,
    Status.PARTIALLY_REMOVED: happened.OrderCancelled,
    Status.EXPIRED: happened.OrderExpired,
    Status.REJECTED: happened.OrderRejected,
}
"""The event of each status with which a venue is done with an attempt that it did not fill."""

_OUTCOME_VERBS: Final = frozenset({"adopt", "decline", "not_sent", "lose", "not_found"})


class AttemptFields(EventFields):
    """The fields that every event of an attempt has."""

    venue: Venue
    attempt: int


@frozen
class Order(OrderState):
    """An order and what can be done with it. Every verb takes *why*: who, from what cause, when."""

    @classmethod
    def born_of(cls, event: Event) -> Self:
        """The order that its first event makes."""
        if isinstance(event, happened.OrderDrafted | happened.OrderRefused):
            return event.begin(cls)
        raise TypeError(f"{type(event).__name__} begins no order")

    def evolved(self, event: Event) -> Self:
        """The order after *event*. It never refuses: what was recorded has happened."""
        if isinstance(event, happened.OrderEvent):
            order = event.change(self)
            if order.stage.is_over is (self.over_at is not None):
                return order
            return changed(order, over_at=event.at if order.stage.is_over else None)
        raise TypeError(f"{type(event).__name__} follows on no order")

    # ── asking and refusing ────────────────────────────────────────────────────────────────────────────────────

    @staticmethod
    def id_of(platform: str, message: str) -> UUID:
        """The id of the order that *message* asks for: a message twice is one order."""
        return derived_id("order", platform, message)

    @staticmethod
    def draft(
        ticket: Ticket,
        *,
        asked: Asked,
        strategy: Strategy,
        words: str,
        completions: tuple[str, ...] = (),
        environment: str = "",
        account: str = "",
        is_simulated: bool = False,
        replaces: UUID | None = None,
        why: Because,
    ) -> happened.OrderDrafted:
        """
        Begin an order with a completed ticket, for the account called *account* in *environment*.

        *replaces* is the working order whose place it is to take.

        Raises:
            Invalid: It is a ticket that no new order may have.
        """
        ticket.require_orderable()
        common = born(Order.id_of(asked.platform, asked.message), why)
        return happened.OrderDrafted(
            **common,
            asked=asked,
            ticket=ticket,
            digest=ticket.digest,
            strategy=strategy,
            words=words,
            completions=completions,
            environment=environment,
            account=account,
            is_simulated=is_simulated,
            replaces=replaces,
        )

    @staticmethod
    def turn_away(
        *,
        asked: Asked,
        code: str,
        message: str,
        hint: str = "",
        suggestions: tuple[str, ...] = (),
        environment: str = "",
        account: str = "",
        is_simulated: bool = False,
        why: Because,
    ) -> happened.OrderRefused:
        """Record the refusal of a text that never became a ticket."""
        common = born(Order.id_of(asked.platform, asked.message), why)
        return happened.OrderRefused(
            **common,
            asked=asked,
            code=code,
            message=message,
            hint=hint,
            suggestions=suggestions,
            environment=environment,
            account=account,
            is_simulated=is_simulated,
        )

    def validate(
        self,
        *,
        notional_usd: Decimal,
        contracts: int,
        checks: tuple[str, ...],
        risk: tuple[happened.RecordedCheck, ...] = (),
        loss_usd: Decimal | None = None,
        book: UUID | None = None,
        confirm_until: datetime | None = None,
        fees_usd: Decimal | None = None,
        is_exit: bool = False,
        approval: tuple[str, ...] = (),
        why: Because,
    ) -> Event:
        """
        Record that the order is within its limits, what was reserved for it, and which book it is entered in.

        Args:
            confirm_until: Until when its trader can confirm it, where nothing may be sent before that.
            fees_usd: The fees that production's dry run estimated.
            approval: The codes of *risk* for which a person must approve it.
        """
        self._require("validate")
        return happened.OrderValidated(
            **next_of(self, why),
            notional_usd=notional_usd,
            contracts=contracts,
            checks=checks,
            risk=risk,
            loss_usd=loss_usd,
            book=book,
            confirm_until=confirm_until,
            fees_usd=fees_usd,
            is_exit=is_exit,
            approval=approval,
        )

    def confirm(self, digest: str, *, why: Because) -> Event | None:
        """
        Let it go on, as its trader saw it. Confirming the same content again is not news.

        Args:
            digest: Of what the trader was shown.

        Raises:
            IllegalStep: It needs no confirmation, other content was shown, or the offer has run out.
        """
        if self.confirmed and self.confirmed == digest:
            return None
        self._require("confirm")
        others = MENU[self.stage] - {"confirm"}
        if self.confirm_until is None:
            raise IllegalStep(f"{self.stage} and needs no confirmation", "confirm", others)
        if digest != self.digest:
            raise IllegalStep(f"{self.stage} and other than what was shown", "confirm", others)
        if why.at > self.confirm_until:
            raise IllegalStep(f"{self.stage} and no longer offered", "confirm", others)
        return happened.OrderConfirmed(**next_of(self, why), digest=digest)

    def refuse(
        self,
        *,
        code: str,
        message: str,
        hint: str = "",
        suggestions: tuple[str, ...] = (),
        risk: tuple[happened.RecordedCheck, ...] = (),
        why: Because,
    ) -> Event:
        """Refuse it, for good. Nothing of it may be on its way to production."""
        self._require("refuse")
        return happened.OrderRefused(
            **next_of(self, why), code=code, message=message, hint=hint, suggestions=suggestions, risk=risk
        )

    def withdraw(self, *, reason: str = "", why: Because) -> Event:
        """Cancel it before it reaches production."""
        self._require("withdraw")
        return happened.OrderWithdrawn(**next_of(self, why), reason=reason)

    # ── rehearsing and approving ───────────────────────────────────────────────────────────────────────────────

    def conclude_rehearsal(self, proof: TestProof, *, reasons: tuple[str, ...] = (), why: Because) -> Event:
        """
        Record how the test ended; only a passed one lets the order go on.

        Raises:
            NotProven: When the test is of another order, of other content, or of an earlier rehearsal.
        """
        self._require("conclude_rehearsal")
        if proof.order != self.id or proof.digest != self.digest:
            raise NotProven(("The test is not of this order's content.",))
        latest = self.attempt(Venue.SANDBOX)
        if latest is None or proof.test != TestResult.id_of(self.id, latest.external_id):
            raise NotProven(("The test is of an earlier rehearsal.",))
        if proof.placed != latest.digest:
            raise NotProven(("The sandbox was given other content than the test says.",))
        if proof.passed and latest.outcome is not AttemptOutcome.ADOPTED:
            raise NotProven(("The sandbox never had the order.",))
        return happened.RehearsalConcluded(
            **next_of(self, why),
            test=proof.test,
            digest=proof.digest,
            passed=proof.passed,
            valid_until=proof.valid_until,
            reasons=reasons,
            rehearsed=proof.rehearsed,
        )

    def request_approval(self, *, market: MarketSnapshot, until: datetime, why: Because) -> Event | None:
        """Let it wait for a person, until *until*. Not news while it waits."""
        self._require("request_approval")
        if self.request is not None:
            return None
        return happened.ApprovalRequested(
            **next_of(self, why),
            reasons=tuple(sentence for _, sentence in self.approval_reasons),
            digest=self.digest,
            market=market,
            until=until,
        )

    def approve(
        self, *, approved_by: str, approver: UUID | None = None, market: MarketSnapshot | None = None, why: Because
    ) -> Event:
        """
        Let it go on to production.

        Args:
            approver: The person who approves, as a trader; None where the policy does.
            market: The market as the person was shown it.

        Raises:
            NotApproved: A person must approve it, another one than asked for it, before its time is over.
        """
        self._require("approve")
        if self.approval_reasons or approver is not None:
            in_time = self.request is not None and why.at < self.request.until
            wrong = broken_rules(
                (approver is not None, "A person must approve it."),
                (approver is None or approver != self.asked.trader, "The trader who asked for it cannot approve it."),
                (market is not None, "The market that is approved is not known."),
                (in_time, "It does not wait for approval any more."),
                (self.request is None or self.request.digest == self.digest, "Other content waits for approval."),
            )
            if wrong:
                raise NotApproved(wrong)
        return happened.OrderApproved(
            **next_of(self, why), digest=self.digest, approved_by=approved_by, approver=approver, market=market
        )

    def void_approval(self, *, reason: str, now: MarketSnapshot, why: Because) -> Event | None:
        """The market moved too far for what was asked for, or approved: *reason*. Not news where neither was."""
        self._require("void_approval")
        then = self.approved_market
        if then is None:
            return None
        return happened.ApprovalVoided(**next_of(self, why), reason=reason, then=then, now=now)

    def lacks_approval(self) -> tuple[str, ...]:
        """Every reason why it is not approved by a person who must approve it; none where it is, or the policy may."""
        if not self.approval_reasons:
            return ()
        given = self.approval
        if given is None:
            return ("It was not approved by a person.",)
        return broken_rules(
            (given.approver != self.asked.trader, "It was approved by the trader who asked for it."),
            (given.digest == self.digest, "Other content was approved."),
        )

    @property
    def mirrored_digest(self) -> str:
        """The digest of the mirrored ticket; empty where there is none."""
        other = mirrored(self.ticket) if self.ticket else None
        return other.digest if other else ""

    # ── claiming ───────────────────────────────────────────────────────────────────────────────────────────────

    def claim(
        self,
        venue: Venue,
        *,
        nonce: str,
        proof: TestProof | None = None,
        is_mirrored: bool = False,
        account: str = "",
        is_exit: bool | None = None,
        why: Because,
    ) -> happened.SubmissionClaimed:
        """
        Claim the right to send this order to *venue*, once.

        Args:
            is_mirrored: Whether the mirrored ticket is sent instead: to the sandbox, of an order that only closes.
            account: The name of the account there; in production it is the one that the order is for.
            is_exit: In production, whether the order only takes risk away now.

        Raises:
            IllegalStep: Not from this stage; before a confirmation that is wanted; while any earlier attempt there may
                have placed something; in production, once a cancel was asked for.
            NotProven: Production without a passed, matching, fresh, unused *proof*, or for another account; a mirrored
                claim of what has no mirrored ticket.
            NotApproved: Production without the approval of another person, where one must approve.
        """
        self._require(CLAIMS[venue])
        before = [attempt for attempt in self.attempts if attempt.venue is venue]
        others = MENU[self.stage] - {CLAIMS[venue]}
        if still := [attempt.number for attempt in before if attempt.is_open]:
            raise IllegalStep(f"{self.stage} with attempt {still[0]} still open", CLAIMS[venue], others)
        if self.needs_confirmation:
            raise IllegalStep(f"{self.stage} and not confirmed", CLAIMS[venue], others)
        if venue is Venue.PRODUCTION and self.cancel_requested:
            raise IllegalStep(f"{self.stage} and asked to be cancelled", CLAIMS[venue], others)
        if venue is Venue.PRODUCTION and (doubts := self.doubts(proof, why.at)):
            raise NotProven(doubts)
        if venue is Venue.PRODUCTION and (lacking := self.lacks_approval()):
            raise NotApproved(lacking)
        if is_mirrored and (venue is Venue.PRODUCTION or not self.mirrored_digest):
            raise NotProven(("Only the rehearsal of an order that closes is mirrored.",))
        if venue is Venue.PRODUCTION and account != self.account:
            raise NotProven(("The order is for another account.",))
        number = len(before) + 1
        return happened.SubmissionClaimed(
            **next_of(self, why),
            venue=venue,
            attempt=number,
            external_id=external_id(self.id, venue, number),
            nonce=nonce,
            digest=self.mirrored_digest if is_mirrored else self.digest,
            proof=proof.test if proof and venue is Venue.PRODUCTION else None,
            environment=self.environment,
            account=account,
            is_exit=is_exit if venue is Venue.PRODUCTION else None,
        )

    def doubts(self, proof: TestProof | None, now: datetime) -> tuple[str, ...]:
        """Every reason why *proof* does not carry this order into production at *now*; none when it does."""
        if proof is None or proof != self.proof:
            return ("There is no passed test of this order.",)
        used = any(a.proof == proof.test and a.outcome is not AttemptOutcome.NOT_SENT for a in self.attempts)
        return broken_rules(
            (proof.passed, "Its test did not pass."),
            (proof.order == self.id, "The test is of another order."),
            (proof.digest == self.digest, "The test is of other content."),
            (not proof.rehearsed or proof.rehearsed == self.mirrored_digest, "What was rehearsed is another order."),
            (now <= proof.valid_until, "The test is too old."),
            (not used, "The test was used by an earlier attempt."),
        )

    # ── news of an attempt ─────────────────────────────────────────────────────────────────────────────────────

    def adopt(self, venue: Venue, attempt: int, *, broker_order: str, found_by: FoundBy, why: Because) -> Event | None:
        """
        The venue has the attempt, as *broker_order*. Hearing it again is not news.

        Raises:
            ExcessFill: code ``duplicate_order``, when the attempt is there under a second id.
        """
        known = self._known(venue, attempt, "adopt")
        if known.broker_order == broker_order:
            return None
        if known.broker_order is not None:
            raise ExcessFill(
                f"Attempt {attempt} is at the venue twice: {known.broker_order} and {broker_order}.",
                code="duplicate_order",
            )
        self._require("adopt", venue, known)
        return happened.SubmissionAdopted(**self._of(known, why), broker_order=broker_order, found_by=found_by)

    def decline(self, venue: Venue, attempt: int, *, code: str, message: str, why: Because) -> Event:
        """The venue refused the attempt."""
        known = self._known(venue, attempt, "decline")
        self._require("decline", venue, known)
        return happened.SubmissionDeclined(**self._of(known, why), code=code, message=message)

    def not_sent(self, venue: Venue, attempt: int, *, message: str, why: Because) -> Event:
        """The attempt never left."""
        known = self._known(venue, attempt, "not_sent")
        self._require("not_sent", venue, known)
        return happened.SubmissionNotSent(**self._of(known, why), message=message)

    def lose(self, venue: Venue, attempt: int, *, message: str, why: Because) -> Event | None:
        """The attempt left and no answer came. Not news once the venue has shown it: the stream can be faster."""
        known = self._known(venue, attempt, "lose")
        if known.outcome in (AttemptOutcome.UNKNOWN, AttemptOutcome.ADOPTED):
            return None
        self._require("lose", venue, known)
        return happened.SubmissionLost(**self._of(known, why), message=message)

    def not_found(self, venue: Venue, attempt: int, *, searches: int, why: Because) -> Event:
        """The attempt was searched for, completely and for long enough, and is not there."""
        known = self._known(venue, attempt, "not_found")
        self._require("not_found", venue, known)
        return happened.SubmissionNotFound(**self._of(known, why), searches=searches)

    def go_live(self, venue: Venue, attempt: int, *, why: Because) -> Event | None:
        """The venue works it. Not news once it was live, or is over."""
        known = self._known(venue, attempt, "go_live")
        if known.status is not None:
            return None
        self._require("go_live", venue, known)
        return happened.OrderWentLive(**self._of(known, why))

    def fill(self, venue: Venue, attempt: int, fill: VenueFill, *, why: Because) -> Event | None:
        """
        One execution. The same fill id again is not news.

        Raises:
            ExcessFill: More than was ordered, an instrument that was not, or a known id with other figures.
        """
        known = self._known(venue, attempt, "fill")
        same = next((f for f in self.fills if f.venue is venue and f.fill_id == fill.fill_id), None)
        if same is not None:
            if (same.symbol, same.quantity, same.price) == (fill.symbol, fill.quantity, fill.price):
                return None
            raise ExcessFill(f"Fill {fill.fill_id} came twice, with different figures.")
        self._require("fill", venue, known)
        ordered = next((leg.quantity for leg in self.legs if leg.instrument.occ == fill.symbol), 0)
        already = self.filled(venue, fill.symbol, attempt if venue is Venue.SANDBOX else None)
        if fill.quantity < 1 or already + fill.quantity > ordered:
            raise ExcessFill(f"{already + fill.quantity} of {fill.symbol} filled where {ordered} were ordered.")
        late = venue is Venue.PRODUCTION and self.stage.is_over
        return happened.FillRecorded(
            **self._of(known, why),
            fill_id=fill.fill_id,
            symbol=fill.symbol,
            quantity=fill.quantity,
            price=fill.price,
            filled_at=fill.at,
            late=late,
        )

    def finish(self, venue: Venue, attempt: int, status: Status, *, reason: str = "", why: Because) -> Event | None:
        """
        The venue is done with it. Not news when it was done before, or while fills of a filled order are to come.

        *status* is terminal.
        """
        known = self._known(venue, attempt, "finish")
        if status is Status.FILLED and not self.is_complete(venue, attempt):
            return None  # Filled can be told before all legs' fills are (tastytrade, account streamer)
        if known.status is status or (known.status and known.status.is_terminal and status is not Status.FILLED):
            return None  # only a last fill overrules an ending that was told before it
        self._require("finish", venue, known)
        if status is Status.FILLED:
            return happened.OrderFilled(**self._of(known, why))
        return UNFILLED[status](**self._of(known, why), reason=reason)

    # ── changing a working order ───────────────────────────────────────────────────────────────────────────────

    def request_cancel(self, *, reason: str = "", why: Because) -> Event | None:
        """Want it cancelled. Wanting it twice is not news."""
        if self.cancel_requested and not self.stage.is_over:
            return None
        self._require("request_cancel")
        return happened.CancelRequested(**next_of(self, why), reason=reason)

    def deny_cancel(self, *, message: str, why: Because) -> Event:
        """The venue would not cancel it."""
        self._require("deny_cancel")
        return happened.CancelDenied(**next_of(self, why), message=message)

    def request_replace(self, replacement: UUID, *, digest: str, why: Because) -> Event:
        """Want *replacement*, another order with a rehearsal of its own, to work in its place. One at a time."""
        self._require("request_replace")
        if self.replacement is not None:
            others = MENU[self.stage] - {"request_replace"}
            raise IllegalStep(f"{self.stage} and being replaced", "request_replace", others)
        return happened.ReplaceRequested(**next_of(self, why), replacement=replacement, digest=digest)

    def replace(self, replacement: UUID, *, broker_order: str, why: Because) -> Event:
        """*replacement* works in its place."""
        self._require("replace")
        if replacement != self.replacement:
            others = MENU[self.stage] - {"replace"}
            raise IllegalStep(f"{self.stage} and not to be replaced by that order", "replace", others)
        return happened.OrderReplaced(**next_of(self, why), replacement=replacement, broker_order=broker_order)

    def deny_replace(self, *, message: str, why: Because) -> Event:
        """The venue would not replace it."""
        self._require("deny_replace")
        return happened.ReplaceDenied(**next_of(self, why), message=message)

    # ── a person looks ─────────────────────────────────────────────────────────────────────────────────────────

    def escalate(self, *, reason: EscalationReason, message: str, why: Because) -> Event | None:
        """Hand it to a person. The same reason again is not news."""
        if self.code == reason and (self.stage is Stage.ESCALATED or self.stage.is_over):
            return None
        self._require("escalate")
        return happened.OrderEscalated(**next_of(self, why), reason=reason, message=message)

    def abandon(self, *, reason: str = "", why: Because) -> Event:
        """Give it up. What the venue shows of it later is adopted all the same."""
        self._require("abandon")
        return happened.OrderAbandoned(**next_of(self, why), reason=reason)

    # ── legality ───────────────────────────────────────────────────────────────────────────────────────────────

    def _require(self, verb: str, venue: Venue | None = None, attempt: Attempt | None = None) -> None:
        if venue is not Venue.SANDBOX and verb not in MENU[self.stage]:
            raise IllegalStep(self.stage, verb, MENU[self.stage])
        if attempt is not None and verb in _OUTCOME_VERBS and verb not in OUTCOMES[attempt.outcome]:
            subject = f"attempt {attempt.number} in {attempt.venue}"
            raise IllegalStep(attempt.outcome, verb, OUTCOMES[attempt.outcome], subject=subject)

    def _known(self, venue: Venue, number: int, verb: str) -> Attempt:
        for attempt in self.attempts:
            if attempt.venue is venue and attempt.number == number:
                return attempt
        raise IllegalStep(f"{self.stage} without attempt {number} in {venue}", verb, MENU[self.stage])

    def _of(self, attempt: Attempt, why: Because) -> AttemptFields:
        return {**next_of(self, why), "venue": attempt.venue, "attempt": attempt.number}
