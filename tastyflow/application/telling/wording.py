"""
Fills in a trader's words, short enough for a line of their own.

    sell to open 1 SPY 435 put Dec 18 2026: 1 filled at 2.59    a leg of several, and what became of it
    filled at 1.93 credit in all                                all legs together, per unit

And how an order went on, as far as it came.
"""

from collections.abc import Collection, Sequence
from decimal import Decimal

from tastyflow.application.intake.net_market import effect_of
from tastyflow.domain.instruments import Equity, EquityOption, in_steps, plain, price_in_words
from tastyflow.domain.new_york_time import minute_in_words
from tastyflow.domain.order import Order
from tastyflow.domain.order.cancel_causes import ended_words
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import Fill
from tastyflow.domain.order.verbs.outside import changes
from tastyflow.domain.testresult import NEVER_LOOKED_AT, CheckOutcome, TestResult
from tastyflow.domain.ticket import Leg
from tastyflow.domain.venue import Venue


def live_fills(order: Order, leg: Leg) -> list[Fill]:
    """The fills of one leg where they count."""
    return [fill for fill in order.fills if fill.symbol == leg.instrument.occ and fill.venue is Venue.PRODUCTION]


def average_price(fills: Sequence[Fill]) -> Decimal:
    """The average price per share of some fills of one leg."""
    spent = sum((fill.price * fill.quantity for fill in fills), Decimal(0))
    return in_steps(spent / sum(fill.quantity for fill in fills))


def filled_net(order: Order) -> str:
    """What one unit of several legs came to, once all are filled: ``1.93 credit``; empty until then."""
    ticket = order.ticket
    if ticket is None or any(sum(f.quantity for f in live_fills(order, leg)) < leg.quantity for leg in ticket.legs):
        return ""
    spent = sum(
        (
            (1 if leg.action.buys else -1) * fill.price * fill.quantity * leg.instrument.multiplier
            for leg in ticket.legs
            for fill in live_fills(order, leg)
        ),
        Decimal(0),
    )
    net = spent / ticket.units / max(leg.instrument.multiplier for leg in ticket.legs)
    return f"{price_in_words(abs(net))} {effect_of(net)}"


def outside_words(order: Order) -> str:
    """What other hands changed of *order* at the venue, since it was asked for; empty where they changed nothing."""
    if order.before_change is None or order.ticket is None:
        return ""
    return " ".join(("Changed at the venue, not here.", *changes(order.before_change, order.ticket)))


def filled_words(order: Order) -> list[str]:
    """
    What was filled where it counts, in lines: of one leg nothing while nothing was; of several a line for each, always.
    """
    if len(order.legs) == 1:
        leg = order.legs[0]
        if not (fills := live_fills(order, leg)):
            return []
        return [f"filled {_done(fills)} of {leg.quantity:,} at {price_in_words(average_price(fills))} on average"]
    net = filled_net(order)
    return [_leg_words(order, leg) for leg in order.legs] + ([f"filled at {net} in all"] if net else [])


def _leg_words(order: Order, leg: Leg) -> str:
    fills = live_fills(order, leg)
    return leg.in_words() + (f": {_done(fills)} filled at {price_in_words(average_price(fills))}" if fills else "")


def briefly_filled(order: Order) -> list[str]:
    """The same for a narrow column: of several legs only what is filled of each, and the net."""
    if len(order.legs) == 1:
        return filled_words(order)
    net = filled_net(order)
    return [
        f"{_done(fills)} of {leg.quantity:,} {_contract(leg, order)} at {price_in_words(average_price(fills))}"
        for leg in order.legs
        if (fills := live_fills(order, leg))
    ] + ([f"in all {net}"] if net else [])


def went_words(order: Order) -> list[str]:
    """How it went, for a narrow column: what is filled, what it waits for, or why it ended."""
    if order.waits_for_confirmation:
        return ["waits for its trader's yes"]
    if order.waiting_until is not None:
        return [f"waits for approval until {minute_in_words(order.waiting_until)}"]
    return [line for line in (outside_words(order), *(briefly_filled(order) or [ended_words(order.message)])) if line]


def rehearsal_words(test: TestResult) -> str:
    """The verdict of the rehearsal, in one line; what came before a check says more than that it was not looked at."""
    passed = sum(check.outcome is CheckOutcome.PASSED for check in test.checks)
    summary = f"rehearsal {test.verdict or 'not concluded'}: {passed} of {len(test.planned)} checks passed"
    said = [each for each in test.reasons if not each.endswith(NEVER_LOOKED_AT)] or list(test.reasons)
    return f"{summary}; {'; '.join(said)}" if said else summary


def cancelled_words(order: Order, accounts: Collection[str] = ()) -> str:
    """What became of the cancel of *order*; *accounts* are those that the settings name."""
    if order.stage is Stage.CANCELLED:
        return "cancelled"
    if order.stage is Stage.ABANDONED:
        return "given up here: it is not sent again"
    if order.stage.is_over:
        return f"over before the cancel: {order.stage}"
    if accounts and order.account and order.account not in accounts:
        return f"not cancelled: the settings name the account {order.account} no more"
    return "the cancel is asked for, and not confirmed" if order.is_cancelling else "not cancelled: ask again"


def _done(fills: Sequence[Fill]) -> str:
    return f"{sum(fill.quantity for fill in fills):,}"


def _contract(leg: Leg, order: Order) -> str:
    """As short as tells it from the other legs."""
    option = leg.instrument
    if isinstance(option, Equity):
        return "shares"
    days = {each.instrument.expiration for each in order.legs if isinstance(each.instrument, EquityOption)}
    return f"{plain(option.strike)} {option.right}" + (f" {option.expiration:%b %d}" if len(days) > 1 else "")
