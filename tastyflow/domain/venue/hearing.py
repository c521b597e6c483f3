"""
What a venue's snapshot of our order means for the order: the news in it, and nothing that was heard before.

    snapshot ─▶ adopt ─▶ go live ─▶ fill… ─▶ finish          each step only where it is new

Snapshots come late, twice and out of order; the steps are taken from facts that only grow (known by its id, live,
fills by id, over), so any order of hearing ends in the same state. What cannot be true (more filled than ordered, one
attempt twice at the venue) is not applied: the order is escalated to a person.
"""

from tastyflow.domain.events import Because, Decision
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import EscalationReason, FoundBy
from tastyflow.domain.order.submission import Attempt
from tastyflow.domain.venue import BrokerOrder, Phase, Status, Venue
from tastyflow.errors import ExcessFill


def attempt_of(order: Order, venue: Venue, snapshot: BrokerOrder) -> Attempt | None:
    """The attempt that *snapshot* is of: by broker id, else by external id; None when it is not ours."""
    ours = [attempt for attempt in order.attempts if attempt.venue is venue]
    for attempt in ours:
        if attempt.broker_order == snapshot.broker_order:
            return attempt
    return next((attempt for attempt in ours if attempt.external_id == snapshot.external_id), None)


def hear(order: Order, venue: Venue, *snapshots: BrokerOrder, found_by: FoundBy, why: Because) -> Decision[Order]:
    """What *snapshots*, one after the other, add to *order*; no events where they are no news, or not of this order."""
    heard = Decision(order)
    for snapshot in snapshots:
        attempt = attempt_of(heard.now, venue, snapshot)
        if attempt is not None:
            _hear_of(attempt, snapshot, heard, found_by=found_by, why=why)
    return heard


def _hear_of(
    attempt: Attempt, snapshot: BrokerOrder, heard: Decision[Order], *, found_by: FoundBy, why: Because
) -> None:
    venue, number = attempt.venue, attempt.number
    try:
        adopted = heard.now.adopt(venue, number, broker_order=snapshot.broker_order, found_by=found_by, why=why)
        heard.take(adopted)
        if adopted and (others := _others(heard.now, attempt)):
            message = f"Attempt {number} is there as {snapshot.broker_order}, beside {', '.join(others)}."
            heard.take(heard.now.escalate(reason=EscalationReason.DUPLICATE_ORDER, message=message, why=why))
        if _is_another(heard.now, venue, snapshot):
            message = f"Production has {snapshot.broker_order} with other content than was tested and sent."
            heard.take(heard.now.escalate(reason=EscalationReason.ECHO_DIFFERS, message=message, why=why))
        if snapshot.status.phase is Phase.WORKING:
            heard.take(heard.now.go_live(venue, number, why=why))
        for fill in snapshot.fills:
            heard.take(heard.now.fill(venue, number, fill, why=why))
    except ExcessFill as excess:
        reason = EscalationReason(excess.code)
        heard.take(heard.now.escalate(reason=reason, message=excess.message, why=why))
        return
    if heard.now.is_complete(venue, number):  # whatever it is called: a last fill can cross our cancel
        heard.take(heard.now.finish(venue, number, Status.FILLED, why=why))
    elif snapshot.status.is_terminal:
        heard.take(heard.now.finish(venue, number, snapshot.status, reason=snapshot.reason, why=why))


def _is_another(order: Order, venue: Venue, snapshot: BrokerOrder) -> bool:
    """Whether production understood something else: a close that it turned into an open, say."""
    return venue is Venue.PRODUCTION and snapshot.ticket is not None and snapshot.ticket.digest != order.digest


def _others(order: Order, attempt: Attempt) -> list[str]:
    """The orders in production that other attempts of *order* are known by: one is too many."""
    if attempt.venue is Venue.SANDBOX:
        return []
    others = (a for a in order.attempts if a.venue is attempt.venue and a.number != attempt.number)
    return [a.broker_order for a in others if a.broker_order]
