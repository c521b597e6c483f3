"""
What became of a signal in money: its price against the market some minutes later.

    what it cost           an order: its fills        a shadow: what would have traded at once
    what it is worth then  the other side of the market: what closing it would bring
    score                  the difference, in dollars of the whole order; positive is gained

What is not known is not zero: a signal without a fill, without a mark or without a price has no score, and says why.
Fees are no part of it.
"""

import math
from collections.abc import Iterable
from decimal import Decimal

from attrs import frozen

from tastyflow.domain.order import Order
from tastyflow.domain.signal.state import SignalMark, SignalStage
from tastyflow.domain.signal.verbs import Signal
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import Venue


@frozen
class MarkScore:
    """
    A signal at one mark.

    Attributes:
        per_unit_usd: For one unit of the order: closed at the other side of the market.
        usd: For all units that were filled, or would have been.
        mid_usd: The same at the middle of the market.
    """

    after_min: int
    per_unit_usd: Decimal
    usd: Decimal
    mid_usd: Decimal


@frozen
class SignalScore:
    """
    What is known of one signal.

    Attributes:
        cost: What one unit cost per share: paid is positive, received negative. None where that is not known.
        units: How many were filled, or would have been; 0 where that is not known.
        marks: Where cost and market are known, in the order of time.
        unknown: What cannot be known of it, as sentences.
    """

    signal: Signal
    cost: Decimal | None = None
    units: int = 0
    marks: tuple[MarkScore, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def is_shadow(self) -> bool:
        """Whether it was no order."""
        return self.signal.stage is SignalStage.SHADOWED

    def at(self, after_min: int) -> MarkScore | None:
        """The score after so many minutes; None where it is not known."""
        return next((each for each in self.marks if each.after_min == after_min), None)


@frozen
class ScoreSum:
    """
    Several signals at one mark.

    Attributes:
        marked: How many have a score, of *signals*.
        gained: How many of these gained.
    """

    after_min: int
    signals: int
    marked: int
    gained: int
    usd: Decimal
    mid_usd: Decimal


def score_of(signal: Signal, order: Order | None) -> SignalScore:
    """What is known of *signal*; *order* is what it became, None where it became none."""
    match signal.stage:
        case SignalStage.SHADOWED:
            return _of_shadow(signal)
        case SignalStage.ACTED if order is not None:
            return _of_order(signal, order)
        case SignalStage.RAISED:
            return SignalScore(signal, unknown=("It is not settled yet.",))
        case SignalStage.DECLINED:
            return SignalScore(signal, unknown=("It was declined: there is no price to hold the market against.",))
        case _:
            return SignalScore(signal, unknown=("It became no order.",))


def sums_of(scores: Iterable[SignalScore]) -> tuple[ScoreSum, ...]:
    """All of *scores*, by the minutes of their marks; those that never became an order or a shadow are not counted."""
    counted = [each for each in scores if each.signal.stage in (SignalStage.SHADOWED, SignalStage.ACTED)]
    minutes = sorted({after for each in counted for after in each.signal.marked_after_min})
    return tuple(_sum(after_min, counted) for after_min in minutes)


def _sum(after_min: int, scores: Iterable[SignalScore]) -> ScoreSum:
    meant = [each for each in scores if after_min in each.signal.marked_after_min]
    found = [mark for each in meant if (mark := each.at(after_min)) is not None]
    return ScoreSum(
        after_min,
        signals=len(meant),
        marked=len(found),
        gained=sum(each.usd > 0 for each in found),
        usd=sum((each.usd for each in found), Decimal(0)),
        mid_usd=sum((each.mid_usd for each in found), Decimal(0)),
    )


def _of_shadow(signal: Signal) -> SignalScore:
    if signal.code:
        return SignalScore(signal, unknown=(f"Its order would have been refused ({signal.code}).",))
    if signal.ticket is None or signal.ask is None:
        return SignalScore(signal, unknown=("Its order had no market.",))
    return _marked(signal, signal.ticket, signal.ask, signal.ticket.units)


def _of_order(signal: Signal, order: Order) -> SignalScore:
    ticket = order.ticket
    if ticket is None:
        return SignalScore(signal, unknown=("Its order was refused.",))
    cost, units = filled_cost(order, ticket)
    if not units:
        return SignalScore(signal, unknown=(f"Its order {order.reference} is {order.stage}, and has no fill.",))
    if cost is None:
        return SignalScore(signal, unknown=(f"The legs of its order {order.reference} are not filled evenly.",))
    return _marked(signal, ticket, cost, units)


def _marked(signal: Signal, ticket: Ticket, cost: Decimal, units: int) -> SignalScore:
    per_share = max(leg.instrument.multiplier for leg in ticket.legs)
    made = {each.after_min: each for each in signal.marks}
    marks = [
        _mark_score(made[after], cost, per_share, units)
        for after in sorted(made)
        if made[after].bid is not None and made[after].ask is not None
    ]
    unknown = tuple(
        _missing(after, made.get(after)) for after in signal.marked_after_min if _is_missing(made.get(after))
    )
    return SignalScore(signal, cost, units, tuple(marks), unknown)


def _mark_score(mark: SignalMark, cost: Decimal, per_share: int, units: int) -> MarkScore:
    bid, ask = mark.bid or Decimal(0), mark.ask or Decimal(0)
    per_unit = (bid - cost) * per_share
    return MarkScore(mark.after_min, per_unit, per_unit * units, ((bid + ask) / 2 - cost) * per_share * units)


def _is_missing(mark: SignalMark | None) -> bool:
    return mark is None or mark.bid is None or mark.ask is None


def _missing(after_min: int, mark: SignalMark | None) -> str:
    if mark is None:
        return f"It has no mark after {after_min} minutes."
    return f"It had no market after {after_min} minutes."


def filled_cost(order: Order, ticket: Ticket) -> tuple[Decimal | None, int]:
    """
    What one unit of *order* cost in production, per share and on average, and how many units were filled.

    None where its legs are not filled evenly: then no unit has a price.
    """
    per_share = max(leg.instrument.multiplier for leg in ticket.legs)
    cost, counts = Decimal(0), set()
    for leg in ticket.legs:
        fills = [each for each in order.fills if each.venue is Venue.PRODUCTION and each.symbol == leg.instrument.occ]
        filled = sum(each.quantity for each in fills)
        ratio = leg.quantity // ticket.units
        counts.add(Decimal(filled) / ratio)
        if not filled:
            continue
        paid = sum((each.price * each.quantity for each in fills), Decimal(0)) / filled
        weight = Decimal(ratio * leg.instrument.multiplier) / per_share
        cost += weight * (paid if leg.action.buys else -paid)
    is_even = len(counts) == 1 and max(counts) == int(max(counts))
    return (cost if is_even else None), math.ceil(max(counts))
