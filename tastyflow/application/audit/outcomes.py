"""
The promises at the venues: nothing comes of what was not claimed, each attempt ends one way, fills stay within.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from tastyflow.application.audit.promise import Promise, promise
from tastyflow.application.audit.world import World
from tastyflow.domain.events import Event
from tastyflow.domain.order import Order
from tastyflow.domain.order import events as happened
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import OUTCOMES, Attempt, AttemptOutcome
from tastyflow.domain.rules import broken_rules
from tastyflow.domain.venue import Status, Venue
from tastyflow.errors import ExcessFill

OUTCOME_OF: Final[Mapping[type[Event], str]] = {
    happened.SubmissionAdopted: "adopt",
    happened.SubmissionDeclined: "decline",
    happened.SubmissionNotSent: "not_sent",
    happened.SubmissionLost: "lose",
    happened.SubmissionNotFound: "not_found",
}
"""What each of these makes of an attempt, in the words of `submission.OUTCOMES`."""

ENDINGS: Final = (
    happened.OrderFilled,
    happened.OrderCancelled,
    happened.OrderExpired,
    happened.OrderRejected,
)
OF_ATTEMPTS: Final = (
    *OUTCOME_OF, happened.OrderWentLive, happened.FillRecorded, happened.AttemptForgotten, *ENDINGS,
)  # fmt: skip


def _attempt(order: Order | None, event: Any) -> Attempt | None:
    attempts = order.attempts if order else ()
    return next((a for a in attempts if (a.venue, a.number) == (event.venue, event.attempt)), None)


@promise("claimed_first", "Nothing is adopted, filled or ended without an earlier claim of that attempt.", *OF_ATTEMPTS)
def _claimed_first(world: World, event: Any) -> Iterable[str]:
    known = _attempt(world.get(Order, event.originator_id), event)
    return broken_rules((known is not None, f"Attempt {event.attempt} in {event.venue} was never claimed."))


@promise("one_outcome", "Each attempt has one outcome; only one that was unknown or doubted can change.", *OUTCOME_OF)
def _one_outcome(world: World, event: Any) -> Iterable[str]:
    known = _attempt(world.get(Order, event.originator_id), event)
    if known is None:
        return ()  # told by claimed_first
    step = OUTCOME_OF[type(event)]
    already = f"The attempt was {known.outcome} already: it cannot {step}."
    return broken_rules((step in OUTCOMES[known.outcome], already))


@promise("forgotten", "Only the sandbox forgets, and only what it had and had not ended.", happened.AttemptForgotten)
def _forgotten(world: World, event: happened.AttemptForgotten) -> Iterable[str]:
    known = _attempt(world.get(Order, event.originator_id), event)
    if known is None:
        return ()  # told by claimed_first
    return broken_rules(
        (event.venue is Venue.SANDBOX, "Production does not forget."),
        (known.outcome is AttemptOutcome.ADOPTED, f"The attempt was {known.outcome}."),
        (known.status is None or not known.status.is_terminal, "It had ended."),
    )


@promise(
    "one_owner",
    "An order in production belongs to one attempt of one order here.",
    happened.SubmissionAdopted,
    happened.OrderFoundAtVenue,
    happened.OrderChangedOutside,
    where=lambda event: event.venue is Venue.PRODUCTION,
)
def _one_owner(world: World, event: Any) -> Iterable[str]:
    owner = world.broker_orders.get(event.broker_order)
    return broken_rules(
        (owner is None, f"{event.broker_order} belongs to order {owner[0].hex[:6] if owner else ''} already.")
    )


@promise("fills_within", "No leg is filled beyond what was ordered.", happened.FillRecorded)
def _fills_within(world: World, event: happened.FillRecorded) -> Iterable[str]:
    order = world.get(Order, event.originator_id)
    if order is None:
        return ("There is no such order.",)
    ticket = order.ticket_at(event.venue)
    ordered = sum(leg.quantity for leg in (ticket.legs if ticket else ()) if leg.instrument.occ == event.symbol)
    each_attempt = event.attempt if event.venue is Venue.SANDBOX else None  # in production they count together
    filled = order.filled(event.venue, event.symbol, each_attempt) + event.quantity
    late = event.venue is Venue.PRODUCTION and order.stage.is_over
    return broken_rules(
        (event.late is late, f"The order was {order.stage}: late is {event.late}."),
        (event.quantity >= 1, f"{event.quantity} is no quantity."),
        (event.price >= 0, f"{event.price} is no price."),
        (filled <= ordered, f"{filled} of {event.symbol.strip()} filled where {ordered} were ordered."),
    )


@promise("fills_once", "Each fill of a venue is recorded once.", happened.FillRecorded)
def _fills_once(world: World, event: happened.FillRecorded) -> Iterable[str]:
    known = (event.venue, event.fill_id) in world.fill_ids
    return broken_rules((not known, f"The fill {event.fill_id} was recorded before."))


@promise(
    "ended_once", "A venue says once that it works an order, and once how it ended.", happened.OrderWentLive, *ENDINGS
)
def _ended_once(world: World, event: Any) -> Iterable[str]:
    known = _attempt(world.get(Order, event.originator_id), event)
    status = known.status if known else None
    if status is None:
        return ()
    overruled = isinstance(event, happened.OrderFilled) and status is not Status.FILLED  # a last fill, told late
    lives = not isinstance(event, happened.OrderWentLive) and not status.is_terminal
    return broken_rules((lives or overruled, f"The attempt was {status} already."))


@promise("filled_whole", "Filled means that the fills of every leg add up.", happened.OrderFilled)
def _filled_whole(world: World, event: happened.OrderFilled) -> Iterable[str]:
    order = world.get(Order, event.originator_id)
    complete = order is not None and order.is_complete(event.venue, event.attempt)
    return broken_rules((complete, "Its fills do not add up."))


@promise("owned_in_the_end", "What lives or fills at a venue is adopted; what is filled whole has ended so.", Order)
def _owned_in_the_end(_world: World, order: Order) -> Iterable[str]:
    filled = {(fill.venue, fill.attempt) for fill in order.fills}
    stray = [
        a.external_id for a in order.attempts if a.broker_order is None and (a.status or (a.venue, a.number) in filled)
    ]
    whole = [a for a in order.attempts if (a.venue, a.number) in filled and order.is_complete(a.venue, a.number)]
    doubtful = order.stage is Stage.ESCALATED or order.code == ExcessFill.default_code  # a person looks at its fills
    endless = [a.external_id for a in whole if a.status is not Status.FILLED and not doubtful]
    return broken_rules(
        (not stray, f"Never adopted: {', '.join(stray)}."),
        (not endless, f"Filled whole, and never recorded as filled: {', '.join(endless)}."),
    )


AT_THE_VENUES: Final[tuple[Promise, ...]] = (
    _claimed_first,
    _one_outcome,
    _one_owner,
    _fills_within,
    _fills_once,
    _ended_once,
    _filled_whole,
)

OWNED_IN_THE_END: Final = _owned_in_the_end
