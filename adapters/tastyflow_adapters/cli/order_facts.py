"""
What the JSON of an order says of where it went, when, and at which prices: facts that are computed from its state.

    trader, environment, account     who asked, and where it goes
    times                            asked · rehearsed · confirmed until · sent · first and last fill · over
    filled                           of each leg what is filled in production, at which average price; the net of all
    fees                             the dry run's estimate, at the time of the validation
    outside                          what other hands changed of it at the venue, as sentences
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from tastyflow.application.environment_words import place_of
from tastyflow.application.telling.wording import average_price, filled_net, live_fills, outside_words
from tastyflow.domain.instruments import plain
from tastyflow.domain.order import Order
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.venue import Venue

KEYS: Final = (
    "trader",
    "environment",
    "account",
    "place",
    "waits_for_confirmation",
    "times",
    "filled",
    "fees",
    "outside",
)


def order_facts(order: Order, test: TestResult | None) -> dict[str, Any]:
    """The facts of *order* as JSON, under `KEYS`."""
    return {
        "trader": order.asked.user,
        "environment": order.environment or None,
        "account": order.account or None,
        "place": place_of(order) or None,
        "waits_for_confirmation": order.waits_for_confirmation,
        "times": _times(order, test),
        "filled": _filled(order),
        "fees": None if order.fees_usd is None else {"usd": plain(order.fees_usd), "is_estimate": True},
        "outside": outside_words(order) or None,
    }


def _times(order: Order, test: TestResult | None) -> dict[str, str | None]:
    sent = [
        attempt.claimed_at
        for attempt in order.attempts
        if attempt.venue is Venue.PRODUCTION and attempt.outcome is not AttemptOutcome.NOT_SENT
    ]
    fills = [fill.filled_at for fill in order.fills if fill.venue is Venue.PRODUCTION]
    return {
        "asked": _moment(order.asked_at),
        "confirm_until": _moment(order.confirm_until),
        "rehearsed": _moment(test.concluded_at if test else order.proof.concluded_at if order.proof else None),
        "sent": _moment(sent[-1] if sent else None),
        "first_fill": _moment(min(fills, default=None)),
        "last_fill": _moment(max(fills, default=None)),
        "over": _moment(order.over_at),
    }


def _filled(order: Order) -> dict[str, Any] | None:
    """What is filled in production; null of a text that became no order. *net* once all of every leg is filled."""
    if order.ticket is None:
        return None
    net, _, effect = filled_net(order).partition(" ")
    return {
        "legs": [
            {
                "symbol": leg.instrument.occ,
                "ordered": leg.quantity,
                "filled": sum(fill.quantity for fill in fills),
                "average_price": plain(average_price(fills)) if fills else None,
            }
            for leg in order.legs
            for fills in (live_fills(order, leg),)
        ],
        "net_price": plain(Decimal(net)) if net else None,
        "net_effect": _effect(net, effect),
    }


def _effect(net: str, effect: str) -> str | None:
    return effect if net and Decimal(net) else None


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
