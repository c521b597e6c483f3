"""
The promises of a setup: an order of the desk's own in the sandbox, claimed before it is sent, concluded once.

    claimed ─ for an order that exists, its own content, its derived id, one at a time ─▶ concluded ─ fills within it
"""

from collections.abc import Iterable
from typing import Final

from tastyflow.application.audit.promise import Promise, promise
from tastyflow.application.audit.world import World
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import BEFORE_VERDICT, Stage
from tastyflow.domain.order.submission import OUTCOMES, AttemptOutcome
from tastyflow.domain.rules import broken_rules
from tastyflow.domain.setup import Purpose, Setup, SetupClaimed, SetupConcluded
from tastyflow.domain.setup.placement import external_id
from tastyflow.domain.setup.verbs import STEPS
from tastyflow.domain.venue import Venue

IN_TIME: Final = BEFORE_VERDICT | {Stage.CANCELLED}
"""Where an order may be while the sandbox is prepared for it: it may have been withdrawn meanwhile."""


@promise("setup_claim", "A setup is for an order of ours, of one leg, under its derived id.", SetupClaimed)
def _setup_claim(world: World, event: SetupClaimed) -> Iterable[str]:
    order, setup = world.get(Order, event.order), world.get(Setup, event.originator_id)
    before = setup.placements if setup else ()
    instrument = event.ticket.legs[0].instrument
    at_work = any(each.is_open and each.leg.instrument == instrument for each in before)
    in_time = event.purpose is Purpose.RESTORE or (order is not None and order.stage in IN_TIME)
    return broken_rules(
        (order is not None, "There is no such order."),
        (event.originator_id == Setup.id_of(event.order), "Its id is not that of its order's setup."),
        (event.number == len(before) + 1, f"Placement {event.number} comes after {len(before)}."),
        (event.external_id == external_id(event.order, event.number), "Its external id is not the derived one."),
        (event.digest == event.ticket.digest, "Other content was claimed."),
        (len(event.ticket.legs) == 1, "It has several legs."),
        (bool(event.nonce), "The claim has no nonce: no task may send it."),
        (not at_work, "An earlier one in its instrument may still be at work."),
        (in_time, f"The order was {order.stage if order else 'nowhere'}: nothing was to be prepared for it."),
    )


@promise("setup_outcome", "A setup is concluded after its claim, one way, with fills within it.", SetupConcluded)
def _setup_outcome(world: World, event: SetupConcluded) -> Iterable[str]:
    setup = world.get(Setup, event.originator_id)
    known = setup.placement(event.number) if setup else None
    if known is None:
        return (f"Placement {event.number} was never claimed.",)
    goes_on = known.outcome is event.outcome is AttemptOutcome.ADOPTED and known.broker_order == event.broker_order
    mine = {fill.fill_id for fill in known.fills}
    told = [fill for fill in event.fills if fill.fill_id not in mine]
    others = [fill.fill_id for fill in told if (Venue.SANDBOX, fill.fill_id) in world.fill_ids]
    filled = sum(fill.quantity for fill in event.fills)
    return broken_rules(
        (goes_on or STEPS.get(event.outcome) in OUTCOMES[known.outcome], f"It was {known.outcome} already."),
        ((event.outcome is AttemptOutcome.ADOPTED) == bool(event.broker_order), "Adopted, and that alone, has an id."),
        (filled <= known.leg.quantity, f"{filled} filled where {known.leg.quantity} were ordered."),
        (all(fill.symbol == known.leg.instrument.occ for fill in event.fills), "Something else was filled."),
        (not others, f"The fill {', '.join(others)} was recorded before."),
    )


OF_SETUPS: Final[tuple[Promise, ...]] = (_setup_claim, _setup_outcome)
