"""
Whether one order can take the place of another, for how much, and whether it came to nothing.

    the old order    working ─▶ ReplaceRequested ─┬─▶ OrderReplaced        the new one has its place at the venue
                                                  └─▶ ReplaceDenied        it goes on, or ended by itself first
    the new order    drafted ─▶ … ─▶ claimed, in the append that records ReplaceRequested ─▶ …

A venue cancels the old order and works the new one for what is left; a fill of the old one in between ends the new one.
So of the quantity that was left, only one of the two can fill.
"""

from typing import Final
from uuid import UUID

from attrs import evolve

from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.state import UNANSWERED, OrderState
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import Venue
from tastyflow.errors import Refused

BEFORE_PRODUCTION: Final = frozenset(
    {Stage.DRAFTED, Stage.VALIDATED, Stage.REHEARSING, Stage.REHEARSED, Stage.APPROVED}
)


def require_replaceable(old: OrderState, *, by: UUID | None = None) -> None:
    """
    Whether another order can take the place of *old*.

    Args:
        by: The order that is to do it, once there is one: it may have asked before, and not have been sent.

    Raises:
        Refused: With what is in the way, and what to do.
    """
    name = f"Order {old.reference}"
    if old.stage in BEFORE_PRODUCTION:
        hint = f"Type 'cancel {old.reference}', then the order as it should be."
        raise Refused(f"{name} is {old.stage}: it has not reached production.", code="not_in_production", hint=hint)
    if old.stage.is_over:
        raise _over(old)
    if old.stage is not Stage.WORKING or broker_order_of(old) is None:
        hint = f"See 'status {old.reference}', and try again once it works."
        raise Refused(f"{name} is {old.stage}: it cannot be replaced now.", code="not_working", hint=hint)
    if old.cancel_requested:
        hint = "Wait for its end, then type the order as it should be."
        raise Refused(f"A cancel of order {old.reference} was asked for.", code="being_cancelled", hint=hint)
    if old.replacement not in (None, by):
        other = old.replacement.hex[:6] if old.replacement else ""
        hint = f"See 'status {other}', and replace that one once it works."
        raise Refused(f"{name} is being replaced by order {other} already.", code="being_replaced", hint=hint)


def left_of(old: OrderState) -> Ticket:
    """
    The ticket of what *old* has left to fill.

    Raises:
        Refused: Nothing is left, or its legs have not filled evenly: what is left is another spread.
    """
    if old.ticket is None:
        raise Refused(f"Order {old.reference} has no ticket.", code="not_working")
    legs = old.ticket.legs
    left = [leg.quantity - old.filled(Venue.PRODUCTION, leg.instrument.occ) for leg in legs]
    if min(left) < 1:
        raise Refused(
            f"Order {old.reference} has nothing left to fill, or only a part of its legs.",
            code="nothing_left",
            hint=f"See 'status {old.reference}'.",
        )
    if any(each * legs[0].quantity != left[0] * leg.quantity for each, leg in zip(left, legs, strict=True)):
        raise Refused(
            f"The legs of order {old.reference} have not filled evenly: what is left is another spread.",
            code="uneven_fills",
            hint=f"Try again in a moment, or type 'cancel {old.reference}'.",
        )
    return evolve(old.ticket, legs=tuple(evolve(leg, quantity=n) for leg, n in zip(legs, left, strict=True)))


def require_same_left(old: OrderState, ticket: Ticket) -> None:
    """
    *ticket* is for exactly what *old* has left.

    Raises:
        Refused: code ``filled_meanwhile``: it has less left by now; or it has other legs.
    """
    if left_of(old).legs != ticket.legs:
        filled = old.filled(Venue.PRODUCTION)
        raise Refused(
            f"Order {old.reference} has filled further: {filled:,} by now, and the rest is less than was asked for.",
            code="filled_meanwhile",
            hint="Ask again: the new order is for what is left then.",
        )


def broker_order_of(order: OrderState) -> str | None:
    """The id in production of its latest attempt; None where production has none."""
    attempt = order.attempt(Venue.PRODUCTION)
    return attempt.broker_order if attempt else None


def may_yet_be_found(new: OrderState) -> bool:
    """Whether it is not known if production has *new*, and it is asked or looked for."""
    attempt = new.attempt(Venue.PRODUCTION)
    return not new.stage.is_over and attempt is not None and attempt.outcome in UNANSWERED


def came_to_nothing(new: OrderState) -> bool:
    """Whether it is known that *new* took no place: refused, withdrawn, not accepted, or rejected afterwards."""
    attempts = [attempt for attempt in new.attempts if attempt.venue is Venue.PRODUCTION]
    never_there = not any(each.broker_order or each.outcome in UNANSWERED for each in attempts)
    return new.stage.is_over and (never_there or new.stage is Stage.REJECTED)


def is_nowhere(new: OrderState) -> bool:
    """
    Whether the log says that *new* works nowhere: it is over without a fill, or was searched for and is not there.

    An old order that is seen to work goes on then.
    """
    attempt = new.attempt(Venue.PRODUCTION)
    searched = attempt is not None and attempt.outcome is AttemptOutcome.NOT_FOUND
    return searched or (new.stage.is_over and not new.filled(Venue.PRODUCTION))


def why_nothing(new: OrderState) -> str:
    """Why *new* did not take the place of the old order, in a sentence for that one's trader."""
    said = f": {new.message}" if new.message else "."
    return f"order {new.reference} is {new.stage}{said}"


def _over(old: OrderState) -> Refused:
    if old.stage is Stage.CANCELLED and old.replacement is not None:
        other = old.replacement.hex[:6]
        hint = f"Replace that one: 'replace {other} …'."
        return Refused(f"Order {old.reference} was replaced by order {other}.", code="was_replaced", hint=hint)
    if old.stage is Stage.FILLED:
        return Refused(f"Order {old.reference} is filled.", code="over", hint="Type a new order.")
    said = f": {old.message.rstrip('.')}" if old.message else ""
    return Refused(f"Order {old.reference} is {old.stage}{said}.", code="over", hint="Type a new order.")
