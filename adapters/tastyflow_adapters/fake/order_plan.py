"""
The plan of an order: what will become of it, step by step.

    Plan: live ─▶ fill 4 ─▶ fill 6            each some time after the one before
           └─ on a cancel: cancelled ─▶ …     asking for a cancel puts this in the place of what was still to come

A script in a test is a plan: ``Plan((live(), fill(4, after_s=1)), on_cancel=(fill(6), cancelled()))``.
"""

from decimal import Decimal
from enum import StrEnum

from attrs import frozen


class StepKind(StrEnum):
    """What can happen to an order at the exchange."""

    ROUTE = "route"
    FLY = "fly"
    LIVE = "live"
    FILL = "fill"
    REJECT = "reject"
    CANCEL = "cancel"
    EXPIRE = "expire"
    REMOVE = "remove"  # by an administrator
    REPEAT = "repeat"  # the last snapshot is sent again
    PLAN = "plan"  # the model is asked (again): the session opens


@frozen
class Step:
    """
    One thing that will happen, *after_s* seconds after the one before it.

    Attributes:
        quantity: Of a fill: how many units; what remains bounds it.
        price: Of a fill: per unit, in the ticket's own effect; None is the better of touch and limit.
        leg: Of a fill: the one leg it reports; None is all of them.
        as_filled: Of a fill: the order says Filled whatever is still missing, as tastytrade's do after a first leg.
    """

    kind: StepKind
    after_s: float = 0.0
    quantity: int = 0
    price: Decimal | None = None
    reason: str = ""
    leg: int | None = None
    as_filled: bool = False


def route(*, after_s: float = 0.0) -> Step:
    return Step(StepKind.ROUTE, after_s)


def live(*, after_s: float = 0.0) -> Step:
    return Step(StepKind.LIVE, after_s)


def fill(
    quantity: int,
    price: Decimal | str | None = None,
    *,
    after_s: float = 0.0,
    leg: int | None = None,
    as_filled: bool = False,
) -> Step:
    exact = None if price is None else Decimal(price)
    return Step(StepKind.FILL, after_s, quantity, exact, leg=leg, as_filled=as_filled)


def reject(reason: str = "Rejected by the exchange", *, after_s: float = 0.0) -> Step:
    return Step(StepKind.REJECT, after_s, reason=reason)


def cancelled(*, after_s: float = 0.0) -> Step:
    return Step(StepKind.CANCEL, after_s)


def expire(*, after_s: float = 0.0) -> Step:
    return Step(StepKind.EXPIRE, after_s)


def remove(*, after_s: float = 0.0) -> Step:
    return Step(StepKind.REMOVE, after_s)


def repeat(times: int = 1) -> tuple[Step, ...]:
    return (Step(StepKind.REPEAT),) * times


@frozen
class Plan:
    """
    What will become of one order.

    Attributes:
        steps: What happens by itself. None at all: it stays as received, for ever.
        on_cancel: What happens in their place once a cancel is asked for.
        refuses_cancel: Why the venue will not hear of a cancel; empty when it will.
        rests: The model is asked again when the market moves, after the last step.
    """

    steps: tuple[Step, ...] = ()
    on_cancel: tuple[Step, ...] = (cancelled(),)
    refuses_cancel: str = ""
    rests: bool = False
