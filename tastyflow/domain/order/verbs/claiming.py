"""
The right to send an order to a venue, once: what production wants to see before it is claimed.

    queue         said once for each venue, where it has to wait for its turn
    retry         a try came to nothing, and another one follows
    wait          it waits on, for long
    sandbox       from its stage, confirmed, with no earlier attempt open
    production    and proven, approved, not asked to be cancelled, for the account of the draft
"""

from datetime import datetime

from tastyflow.domain.events import Because, next_of
from tastyflow.domain.order import events as happened
from tastyflow.domain.order.stages import CLAIMS, MENU
from tastyflow.domain.order.submission import AttemptOutcome, external_id
from tastyflow.domain.order.verbs.approving import ApprovingVerbs
from tastyflow.domain.rules import broken_rules
from tastyflow.domain.testresult import TestProof
from tastyflow.domain.venue import Venue
from tastyflow.errors import IllegalStep, NotApproved, NotProven


class ClaimingVerbs(ApprovingVerbs):
    """The claim of a venue, and every doubt about it."""

    __slots__ = ()

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
            mark=why.mark,
        )

    def queue(self, venue: Venue, *, ahead: int, expected_s: float, why: Because) -> happened.OrderQueued | None:
        """It has to wait for its turn at *venue*. Not news where it was said before."""
        self._require("queue")
        if venue in self.queued_at:
            return None
        return happened.OrderQueued(**next_of(self, why), venue=venue, ahead=ahead, expected_s=expected_s)

    def retry(
        self, venue: Venue, *, reason: str, wait_s: float, tried: int, tries: int, why: Because
    ) -> happened.OrderRetrying:
        """The try numbered *tried* of *tries* at *venue* came to nothing; the next one follows in *wait_s*."""
        self._require("retry")
        return happened.OrderRetrying(
            **next_of(self, why), venue=venue, reason=reason, wait_s=wait_s, tried=tried, tries=tries
        )

    def wait(self, *, message: str, silent_s: float, why: Because) -> happened.OrderStillWaiting:
        """Its trader was told nothing for *silent_s* seconds, and it goes on waiting."""
        self._require("wait")
        return happened.OrderStillWaiting(**next_of(self, why), message=message, silent_s=silent_s)

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
