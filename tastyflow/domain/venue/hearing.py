"""
What a venue's snapshot of our order means for the order: the news in it, and nothing that was heard before.

    snapshot ─▶ adopt ─▶ go live ─▶ fill… ─▶ finish          each step only where it is new

Snapshots come late, twice and out of order; the steps are taken from facts that only grow (known by its id, live,
fills by id, over), so any order of hearing ends in the same state. What cannot be true (more filled than ordered, one
attempt twice at the venue) is not applied: the order is escalated to a person.

    changed by other hands    old id: cancelled, replaced by … ─▶ new id: in the place of … ─▶ the attempt goes on there
"""

from collections.abc import Mapping
from typing import Final

from tastyflow.domain.events import Because, Decision
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import EscalationReason, FoundBy
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import Attempt, AttemptOutcome, tag_prefix
from tastyflow.domain.venue import BrokerOrder, Phase, Status, Venue
from tastyflow.errors import ExcessFill


def attempt_of(order: Order, venue: Venue, snapshot: BrokerOrder) -> Attempt | None:
    """
    The attempt that *snapshot* is of: by broker id, else by the id that it took the place of, else by external id.

    None when it is not ours.
    """
    ours = [attempt for attempt in order.attempts if attempt.venue is venue]
    for attempt in ours:
        if snapshot.broker_order in (attempt.broker_order, *attempt.earlier) or takes_place_of(attempt, snapshot):
            return attempt
    return next((attempt for attempt in ours if attempt.external_id == snapshot.external_id), None)


def takes_place_of(attempt: Attempt, snapshot: BrokerOrder) -> bool:
    """Whether *snapshot* is what other hands made of *attempt*: no order of ours, in the place of it."""
    tag = snapshot.external_id or ""
    is_ours_elsewhere = tag.startswith(tag_prefix(attempt.venue)) and tag != attempt.external_id
    return attempt.broker_order is not None and snapshot.replaces == attempt.broker_order and not is_ours_elsewhere


def hear(order: Order, venue: Venue, *snapshots: BrokerOrder, found_by: FoundBy, why: Because) -> Decision[Order]:
    """
    What *snapshots*, one after the other, add to *order*; no events where they are no news, or not of this order.

    An order that other hands changed is over under its old id and works under another. Its new id is taken over only
    where the end of the old one is among *snapshots* before: what filled there is known then.
    """
    heard, ended = Decision(order), set[str]()
    for snapshot in snapshots:
        attempt = attempt_of(heard.now, venue, snapshot)
        if attempt is not None and (snapshot.replaces in ended or not _comes_later(attempt, snapshot)):
            _hear_of(attempt, snapshot, heard, found_by=found_by, why=why)
        if snapshot.status.is_terminal:
            ended.add(snapshot.broker_order)
    return heard


def _hear_of(
    attempt: Attempt, snapshot: BrokerOrder, heard: Decision[Order], *, found_by: FoundBy, why: Because
) -> None:
    venue, number, was = attempt.venue, attempt.number, heard.now
    try:
        if _was_before(attempt, snapshot):
            _take_fills(attempt, snapshot, heard, why)
            if heard.now.is_complete(venue, number):
                heard.take(heard.now.finish(venue, number, Status.FILLED, why=why))
            return
        if takes_place_of(attempt, snapshot) and snapshot.ticket is not None:
            heard.take(heard.now.change_outside(venue, number, snapshot, why=why))
        else:
            _adopt(attempt, snapshot, heard, found_by, why)
        if _is_another(heard.now, attempt, snapshot):
            message = f"Production has {snapshot.broker_order} with other content than was tested and sent."
            heard.take(heard.now.escalate(reason=EscalationReason.ECHO_DIFFERS, message=message, why=why))
        if snapshot.status.phase is Phase.WORKING:
            heard.take(heard.now.go_live(venue, number, why=why))
        _take_fills(attempt, snapshot, heard, why)
    except ExcessFill as excess:
        reason = EscalationReason(excess.code)
        heard.take(heard.now.escalate(reason=reason, message=excess.message, why=why))
        return
    if heard.now.is_complete(venue, number):  # whatever it is called: a last fill can cross our cancel
        heard.take(heard.now.finish(venue, number, Status.FILLED, why=why))
    elif snapshot.status.is_terminal and not lives_on(was, snapshot):
        heard.take(heard.now.finish(venue, number, snapshot.status, reason=snapshot.reason, why=why))


def _adopt(attempt: Attempt, snapshot: BrokerOrder, heard: Decision[Order], found_by: FoundBy, why: Because) -> None:
    """Take over the id that the venue has given to *attempt*; where the log had called it over, a person looks."""
    venue, number, was = attempt.venue, attempt.number, heard.now
    adopted = was.adopt(venue, number, broker_order=snapshot.broker_order, found_by=found_by, why=why)
    heard.take(adopted)
    if adopted is None or venue is Venue.SANDBOX:
        return
    if others := _others(heard.now, attempt):
        message = f"Attempt {number} is there as {snapshot.broker_order}, beside {', '.join(others)}."
        heard.take(heard.now.escalate(reason=EscalationReason.DUPLICATE_ORDER, message=message, why=why))
    elif (called := _called(was, attempt)) is not None:
        message = f"Production has it as {snapshot.broker_order}, and here it was {called}."
        heard.take(heard.now.escalate(reason=EscalationReason.TURNED_UP, message=message, why=why))


def _comes_later(attempt: Attempt, snapshot: BrokerOrder) -> bool:
    """Whether *snapshot* is of an id that *attempt* has at the venue after the one that is known here."""
    is_known = attempt.broker_order is None or snapshot.broker_order in (attempt.broker_order, *attempt.earlier)
    return snapshot.replaces is not None and not is_known


def _called(order: Order, attempt: Attempt) -> str | None:
    """What the log called *attempt*, where that said that nothing is there; None where it did not say so."""
    if order.stage is Stage.ABANDONED:
        return "given up"
    return _NOT_THERE.get(attempt.outcome)


_NOT_THERE: Final[Mapping[AttemptOutcome, str]] = {
    AttemptOutcome.DECLINED: "declined",
    AttemptOutcome.NOT_SENT: "not sent",
}
"""What was searched for and not found is with a person already: that it is there ends the doubt."""


def _was_before(attempt: Attempt, snapshot: BrokerOrder) -> bool:
    """Whether *snapshot* is of an id that *attempt* had before it was changed outside."""
    is_left_behind = snapshot.replaced_by is not None and snapshot.replaced_by == attempt.broker_order
    return snapshot.broker_order in attempt.earlier or (is_left_behind and attempt.venue is Venue.PRODUCTION)


def lives_on(order: Order, snapshot: BrokerOrder) -> bool:
    """Whether what *snapshot* shows as over works on under another id, by other hands than ours."""
    return snapshot.replaced_by is not None and order.replacement is None and snapshot.status is Status.CANCELLED


def _take_fills(attempt: Attempt, snapshot: BrokerOrder, heard: Decision[Order], why: Because) -> None:
    for fill in snapshot.fills:
        heard.take(heard.now.fill(attempt.venue, attempt.number, fill, why=why))


def _is_another(order: Order, attempt: Attempt, snapshot: BrokerOrder) -> bool:
    """Whether production understood something else: a close that it turned into an open, say."""
    if attempt.venue is Venue.SANDBOX or snapshot.ticket is None:
        return False
    known = next(a for a in order.attempts if (a.venue, a.number) == (attempt.venue, attempt.number))
    return snapshot.ticket.digest != (known.content or order.digest)


def _others(order: Order, attempt: Attempt) -> list[str]:
    """The orders in production that other attempts of *order* are known by: one is too many."""
    if attempt.venue is Venue.SANDBOX:
        return []
    others = (a for a in order.attempts if a.venue is attempt.venue and a.number != attempt.number)
    return [a.broker_order for a in others if a.broker_order]
