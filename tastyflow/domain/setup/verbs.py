"""
The setup of one order: its state, and the verbs that change it.

    Setup.claim ─ (sent) ─ conclude ─ Setup.claim …
"""

from collections.abc import Mapping, Sequence
from typing import Final, Self
from uuid import UUID

from attrs import frozen

from tastyflow.domain.events import Because, Event, born, derived_id, next_of
from tastyflow.domain.order.submission import OUTCOMES, AttemptOutcome
from tastyflow.domain.setup.events import SetupClaimed, SetupConcluded, SetupEvent
from tastyflow.domain.setup.placement import Placement, Purpose, external_id
from tastyflow.domain.setup.state import SetupState
from tastyflow.domain.ticket import Leg, Ticket
from tastyflow.domain.venue import BrokerOrder, VenueFill
from tastyflow.errors import IllegalStep, Invalid

STEPS: Final[Mapping[AttemptOutcome, str]] = {
    AttemptOutcome.ADOPTED: "adopt",
    AttemptOutcome.DECLINED: "decline",
    AttemptOutcome.NOT_SENT: "not_sent",
    AttemptOutcome.UNKNOWN: "lose",
    AttemptOutcome.NOT_FOUND: "not_found",
}
"""What leads to each outcome, in the words of `submission.OUTCOMES`."""


@frozen
class Setup(SetupState):
    """A setup and what can be done with it. Every verb takes *why*: who, from what cause, when."""

    @classmethod
    def born_of(cls, event: Event) -> Self:
        """The setup that its first event makes."""
        if isinstance(event, SetupClaimed):
            return event.begin(cls)
        raise TypeError(f"{type(event).__name__} begins no setup")

    def evolved(self, event: Event) -> Self:
        """The setup after *event*."""
        if isinstance(event, SetupEvent):
            return event.change(self)
        raise TypeError(f"{type(event).__name__} follows on no setup")

    @staticmethod
    def id_of(order: UUID) -> UUID:
        """The id of the setup of *order*."""
        return derived_id("setup", order.hex)

    @staticmethod
    def claim(
        setup: "Setup | None", *, order: UUID, purpose: Purpose, ticket: Ticket, nonce: str, why: Because
    ) -> SetupClaimed:
        """
        Claim the right to send *ticket* to the sandbox, once; *setup* is None before the first.

        Raises:
            Invalid: A ticket of several legs.
            IllegalStep: While an earlier placement in the same instrument may still be at work.
        """
        if len(ticket.legs) != 1:
            raise Invalid("A setup places one leg at a time.")
        before = setup.placements if setup else ()
        if any(each.is_open and each.leg.instrument == ticket.legs[0].instrument for each in before):
            raise IllegalStep("at work in that instrument", "claim", ("conclude",), subject="a setup")
        number = len(before) + 1
        return SetupClaimed(
            **(next_of(setup, why) if setup else born(Setup.id_of(order), why)),
            order=order,
            number=number,
            purpose=purpose,
            ticket=ticket,
            external_id=external_id(order, number),
            nonce=nonce,
            digest=ticket.digest,
            mark=why.mark,
        )

    def conclude(
        self,
        number: int,
        outcome: AttemptOutcome,
        *,
        shown: BrokerOrder | None = None,
        code: str = "",
        message: str = "",
        why: Because,
    ) -> SetupConcluded | None:
        """
        Record what became of a placement. What was recorded before is not news; what cannot be (fills of something
        else, or beyond what was ordered) is not recorded.

        Args:
            shown: The order as the sandbox shows it; with an adopted one only.

        Raises:
            IllegalStep: It was never claimed, or has ended otherwise.
        """
        known = self.placement(number)
        if known is None:
            raise IllegalStep(f"without placement {number}", "conclude", (), subject="a setup")
        if (outcome is AttemptOutcome.ADOPTED) != (shown is not None):
            raise Invalid("An adopted placement, and only that, is shown by the sandbox.")
        if known.outcome is AttemptOutcome.ADOPTED:
            if shown is None or not _adds(known, shown):
                return None
        elif known.outcome is outcome:
            return None
        elif STEPS[outcome] not in OUTCOMES[known.outcome]:
            subject = f"placement {number}"
            raise IllegalStep(known.outcome, STEPS[outcome], OUTCOMES[known.outcome], subject=subject)
        return SetupConcluded(
            **next_of(self, why),
            number=number,
            outcome=outcome,
            broker_order=shown.broker_order if shown else None,
            status=shown.status if shown else None,
            fills=_believable(shown.fills, known.leg) if shown else (),
            code=code,
            message=message,
        )


def _believable(fills: Sequence[VenueFill], leg: Leg) -> tuple[VenueFill, ...]:
    kept: list[VenueFill] = []
    for fill in {fill.fill_id: fill for fill in fills if fill.symbol == leg.instrument.occ}.values():
        if sum(each.quantity for each in kept) + fill.quantity <= leg.quantity:
            kept.append(fill)
    return tuple(kept)


def _adds(known: Placement, shown: BrokerOrder) -> bool:
    """Whether *shown* says more of an adopted placement than was recorded: a fill, or its end."""
    ends = shown.status.is_terminal and (known.status is None or not known.status.is_terminal)
    return shown.broker_order == known.broker_order and (ends or len(shown.fills) > len(known.fills))
