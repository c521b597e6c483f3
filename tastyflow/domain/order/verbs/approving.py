"""
What lets an order go on to production: a passed rehearsal, then the approval of the policy or of another person.

    conclude_rehearsal ─▶ approve                       where the policy may
                       └▶ request_approval ─▶ approve   where a person must, or void_approval
"""

from datetime import datetime
from uuid import UUID

from tastyflow.domain.events import Because, Event, next_of
from tastyflow.domain.order import events as happened
from tastyflow.domain.order.approval import MarketSnapshot
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.order.verbs.legality import Legality
from tastyflow.domain.rules import broken_rules
from tastyflow.domain.testresult import TestProof, TestResult
from tastyflow.domain.venue import Venue
from tastyflow.errors import NotApproved, NotProven


class ApprovingVerbs(Legality):
    """The verbs of the rehearsal's verdict and of the approval."""

    __slots__ = ()

    def conclude_rehearsal(
        self, proof: TestProof, *, reasons: tuple[str, ...] = (), trouble: str = "", why: Because
    ) -> Event:
        """
        Record how the test ended; only a passed one lets the order go on.

        Args:
            trouble: Why it says nothing about the order; empty where it does.

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
            trouble=trouble,
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
                (approver is None or approver != self.resubmitter, "Who lets it be sent again cannot approve it."),
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
            (given.approver != self.resubmitter, "It was approved by who let it be sent again."),
            (given.digest == self.digest, "Other content was approved."),
        )
