"""
What the checks say about an order in the light of what is held, and of what other orders are about to do.

    closing legs    a position must be there, and not be spoken for        else: relabelled with a warning, or refused
    opening legs    not against a position in the same symbol
    every leg       not against an open order in the same symbol

The record of positions may lag behind the fills. What is checked strictly is judged by what is held, whatever the
record shows; everything else by the record, as tastytrade was seen to do.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from attrs import evolve, field, frozen

from tastyflow_simulator.book.formats import OPENING_TWIN, ZERO
from tastyflow_simulator.book.orders import Leg, Status
from tastyflow_simulator.book.requests import TRIGGERED, OrderRequest
from tastyflow_simulator.book.state import State
from tastyflow_simulator.errors import ApiError

ALREADY_CLOSING: Final = (
    "You already have a closing order for this position which must be canceled before this order can be routed."
)

Message = dict[str, str]


@frozen
class Circumstances:
    """
    In what company an order comes.

    Attributes:
        instead_of: The order that it shall replace.
        waits: Whether it works only when another is filled, so that today's positions say nothing about it.
        keeps_stops: Whether a stop stays a closing order whatever is held (seen in recorded OCO orders).
        siblings: The other parts of its complex order.
    """

    instead_of: int | None = None
    waits: bool = False
    keeps_stops: bool = False
    siblings: frozenset[int] = frozenset()


ALONE: Final = Circumstances()


@frozen
class PreflightFindings:
    errors: list[Message] = field(factory=list)
    warnings: list[Message] = field(factory=list)

    def refuse(self, code: str, message: str) -> None:
        self.errors.append({"code": code, "message": message})

    def warn(self, code: str, message: str) -> None:
        self.warnings.append({"code": code, "message": message})

    def raise_if_any(self) -> None:
        if self.errors:
            raise ApiError(422, "preflight_check_failure", "One or more preflight checks failed", self.errors)


def check_positions(
    found: PreflightFindings, state: State, request: OrderRequest, legs: Sequence[Leg], context: Circumstances
) -> tuple[Leg, ...]:
    """Closing legs against what is held, or against the record of it; opening legs against the record."""
    checked = []
    for leg in legs:
        held = state.held(leg.symbol) if request.strict and not leg.opens else state.shown(leg.symbol)
        against = -held if leg.buys else held  # what a closing leg of this side could close
        if leg.opens:
            if against > 0:
                found.refuse("sim.long_and_short", "An account can not be long and short of the same symbol.")
        elif against <= 0:
            leg = _without_position(found, request, leg, context)
        elif (leg.quantity or ZERO) + _closing(state, leg, context) > against:
            found.refuse(
                "cannot_close_against_more_than_existing_position",
                ALREADY_CLOSING if _closing(state, leg, context) else "You cannot close more than the position holds.",
            )
        checked.append(leg)
    return tuple(checked)


def _without_position(found: PreflightFindings, request: OrderRequest, leg: Leg, context: Circumstances) -> Leg:
    twin = OPENING_TWIN[leg.action]
    message = "You cannot route a closing order without an existing position to close."
    if request.strict:
        found.refuse("closing_with_no_position", message)
        return leg
    if context.keeps_stops and request.order_type in TRIGGERED:
        return leg
    found.warn(
        "closing_with_no_position", f"{message} This order will be updated to a {twin.lower()} order when routed."
    )
    return evolve(leg, action=twin)


def _closing(state: State, leg: Leg, context: Circumstances) -> Decimal:
    """How much of the position open orders want to close already."""
    legs = _open_legs(state, leg.symbol, context)
    return sum((each.remaining for each in legs if each.action == leg.action), ZERO)


def check_crossing(found: PreflightFindings, state: State, legs: Iterable[Leg], context: Circumstances) -> None:
    for leg in legs:
        if any(each.buys is not leg.buys for each in _open_legs(state, leg.symbol, context)):
            found.refuse("illegal_buy_and_sell_on_same_symbol", "Cannot buy and sell against the same symbol.")


def _open_legs(state: State, symbol: str, context: Circumstances) -> list[Leg]:
    """The legs in one symbol of orders that are open and do not wait for another."""
    return [
        leg
        for order in state.open_orders()
        if order.number != context.instead_of
        and order.number not in context.siblings
        and order.status is not Status.CONTINGENT
        for leg in order.legs
        if leg.symbol == symbol and leg.remaining
    ]
