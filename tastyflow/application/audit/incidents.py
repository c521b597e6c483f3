"""
The promises about what a person must look at: every escalation has its incident, and what is sent again was searched
for.

    escalated ─▶ opened, or seen again ─▶ told ─▶ acknowledged ─▶ closed, with what was done
"""

from collections.abc import Iterable
from typing import Final

from tastyflow.application.audit.promise import Promise, promise
from tastyflow.application.audit.world import World
from tastyflow.domain.incident import Incident, IncidentClosed
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import OrderResubmitted
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import NOTHING_PLACED
from tastyflow.domain.rules import broken_rules
from tastyflow.domain.venue import Venue


@promise("escalated_to_people", "Every order that was escalated has an incident, which tells the operators.", Order)
def _escalated_to_people(world: World, order: Order) -> Iterable[str]:
    wanted = world.escalated.get(order.id)
    if wanted is None:
        return ()  # it never was; or in the oldest logs, which knew no incidents
    incident = world.get(Incident, wanted)
    return broken_rules(
        (incident is not None, "No incident was opened."),
        (incident is None or incident.order == order.id, "Its incident is about another order."),
    )


@promise(
    "resubmitted_searched",
    "An order is sent again by a person, after a search that found none of its attempts; where it is real, another "
    "person must approve it.",
    OrderResubmitted,
)
def _resubmitted_searched(world: World, event: OrderResubmitted) -> Iterable[str]:
    order = world.get(Order, event.originator_id)
    if order is None:
        return ("There is no such order.",)
    live = [attempt for attempt in order.attempts if attempt.venue is Venue.PRODUCTION]
    gone = all(attempt.outcome in NOTHING_PLACED and attempt.status is None for attempt in live)
    since = max((attempt.claimed_at for attempt in live), default=event.at)
    is_real = order.environment == "production" and not order.is_simulated
    return broken_rules(
        (order.stage is Stage.ESCALATED, f"The order was {order.stage}."),
        (bool(live) and gone, "Production may have had something of it."),
        (since < event.searched_at <= event.at, "Production was not searched between the sending and this."),
        (not order.cancel_requested, "It was to be cancelled."),
        (bool(event.approval) or not is_real, "It is real, and no other person had to approve it."),
        (bool(event.by), "It does not say who did it."),
    )


@promise("incident_closed_by", "Who closes an incident says what was done.", IncidentClosed)
def _incident_closed_by(_world: World, event: IncidentClosed) -> Iterable[str]:
    return broken_rules(
        (bool(event.by), "It does not say who did it."), (bool(event.how.strip()), "It does not say what was done.")
    )


OF_INCIDENTS: Final[tuple[Promise, ...]] = (_resubmitted_searched, _incident_closed_by)

ESCALATED_IN_THE_END: Final = _escalated_to_people
