"""
What became of an order outside of here: changed at the venue by other hands, or found there without a claim.

    a claim's order, under a new id at the venue          OrderChangedOutside
    an order with our tag that the log has no claim of    OrderFoundAtVenue: of a known order, or an order of its own
"""

from decimal import Decimal
from uuid import UUID

from attrs import frozen

from tastyflow.domain.age import Mark
from tastyflow.domain.changing import changed
from tastyflow.domain.events import topic
from tastyflow.domain.order.events.base import AttemptEvent
from tastyflow.domain.order.evolve import S, with_attempt
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.state import Asked
from tastyflow.domain.order.submission import Attempt, AttemptOutcome
from tastyflow.domain.ticket import Strategy, Ticket
from tastyflow.domain.venue import Status


@topic("tastyflow.order.changed_outside@1")
@frozen(kw_only=True, repr=False)
class OrderChangedOutside(AttemptEvent):
    """
    The attempt works on at the venue as *broker_order*, in the place of *replaced*: other hands changed it there.

    Attributes:
        ticket: What the order is now: what filled before, and what the venue works.
        content: The digest of what the venue works under the new id.
        what: What was changed, as sentences.
        words: The canonical words of *ticket*.
        notional_usd, contracts: What is reserved for it from now on.
    """

    replaced: str
    broker_order: str
    ticket: Ticket
    content: str
    what: tuple[str, ...]
    words: str
    notional_usd: Decimal
    contracts: int

    def change(self, order: S) -> S:
        ours = (self.venue, self.attempt)
        earlier = next((a.earlier for a in order.attempts if (a.venue, a.number) == ours), ())
        attempts = with_attempt(
            order,
            *ours,
            broker_order=self.broker_order,
            status=Status.LIVE,
            earlier=(*earlier, self.replaced),
            content=self.content,
        )
        return changed(
            order,
            version=self.originator_version,
            attempts=attempts,
            ticket=self.ticket,
            before_change=order.before_change or order.ticket,
            words=self.words,
            notional_usd=self.notional_usd,
            contracts=self.contracts,
            stage=Stage.ESCALATED if order.stage is Stage.ESCALATED else Stage.WORKING,
        )


@topic("tastyflow.order.found_at_venue@1")
@frozen(kw_only=True, repr=False)
class OrderFoundAtVenue(AttemptEvent):
    """
    The venue has an order with our tag that no claim of this log explains: a person must look.

    As a first event it makes an order of its own, with the venue's echo as its content; else it is an attempt of the
    order that the tag is derived of, whose claim is missing here.

    Attributes:
        ticket: The venue's echo; None where it has none that can be read, and of an order that is known here.
        book: The book of the account that it counts in; None of an order that is known here.
    """

    external_id: str
    broker_order: str
    message: str
    ticket: Ticket | None = None
    asked: Asked | None = None
    words: str = ""
    strategy: Strategy = Strategy.CUSTOM
    book: UUID | None = None
    environment: str = ""
    account: str = ""
    is_simulated: bool = False
    mark: Mark | None = None

    def begin(self, kind: type[S]) -> S:
        """The order that this event makes."""
        if self.asked is None:
            raise TypeError("OrderFoundAtVenue begins no order where the order is known here")
        return kind(
            id=self.originator_id,
            version=self.originator_version,
            stage=Stage.ESCALATED,
            asked=self.asked,
            asked_at=self.at,
            ticket=self.ticket,
            words=self.words,
            strategy=self.strategy if self.ticket else None,
            book=self.book,
            environment=self.environment,
            account=self.account,
            is_simulated=self.is_simulated,
            attempts=(self._attempt(self.ticket.digest if self.ticket else ""),),
            code="unknown_order",
            message=self.message,
        )

    def change(self, order: S) -> S:
        return changed(
            order,
            version=self.originator_version,
            stage=Stage.ESCALATED,
            attempts=(*order.attempts, self._attempt(order.digest)),
            message=self.message,
        )

    def _attempt(self, digest: str) -> Attempt:
        return Attempt(
            venue=self.venue,
            number=self.attempt,
            external_id=self.external_id,
            nonce="",
            digest=digest,
            claimed_at=self.at,
            outcome=AttemptOutcome.ADOPTED,
            broker_order=self.broker_order,
            environment=self.environment,
            account=self.account,
            mark=self.mark,
        )
