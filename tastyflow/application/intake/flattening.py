"""
The way out of everything: which orders close what is held, and in which order they go.

    held ─▶ of the underlying ─▶ that part of each leg ─▶ paired to strategies ─▶ shorts · paid · received · longs

    shorts     -1 430 put                   buy back what nothing is paired with
    paid       -1 440 call +1 445 call      buy back a sold spread: what it can lose is gone before …
    received   +1 450 call -1 455 call      … what may have made up for it is sold
    longs      +3 450 call, +100 shares     sell what is left: it may have covered a short

Legs of one root that make one strategy are closed by one order, up to four legs; shares and the rest leg by leg: SPX
stops trading a day before SPXW, and would keep its legs. What working orders close already is left out. Every leg
closes: nothing here can open.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations
from typing import Final

from attrs import frozen

from tastyflow.application.intake.open_or_close import as_asked
from tastyflow.domain.book import Standing
from tastyflow.domain.commands import AskedLeg, AskedOption, AskedShares, HeldPart, PlaceOrder
from tastyflow.domain.instruments import Equity, EquityOption, Instrument, Right, underlying_of
from tastyflow.domain.strategies import is_bought, strategy_of
from tastyflow.domain.ticket import MAX_LEGS, Action, Leg, OrderType, PriceEffect, Strategy

MAX_TOGETHER: Final = 12
"""Of how many contracts of one expiration strategies of three and four legs are looked for; of more, pairs only."""

UNPRICED: Final = frozenset({"no_quote", "no_price", "against_the_market"})
"""The codes of a spread that has no price together; its legs may have one each."""

Amounts = dict[Instrument, int]


@frozen
class UnderlyingPlan:
    """
    The orders that close what is held on one underlying, in the order in which they go.

    Attributes:
        shorts: They only buy.
        paid: Spreads that cost money to close.
        received: The other spreads.
        longs: They only sell; one may cover one of the shorts (`may_cover`).
    """

    underlying: str
    shorts: tuple[PlaceOrder, ...]
    paid: tuple[PlaceOrder, ...]
    received: tuple[PlaceOrder, ...]
    longs: tuple[PlaceOrder, ...]

    @property
    def orders(self) -> tuple[PlaceOrder, ...]:
        return (*self.shorts, *self.paid, *self.received, *self.longs)


def plan(held: Standing, underlying: str | None, part: HeldPart) -> tuple[UnderlyingPlan, ...]:
    """
    The orders that close *part* of every leg that is held on *underlying*, or of all that is held.

    Args:
        underlying: As the venue spells it, or an index root; None for every underlying.
    """
    wanted = None if underlying is None else underlying_of(underlying)
    by_underlying: dict[str, Amounts] = {}
    for instrument, quantity in held.items():
        closable = held.holding(instrument).closable
        if closable and quantity and wanted in (None, instrument.underlying):
            size = part.of(closable)
            by_underlying.setdefault(instrument.underlying, {})[instrument] = size if quantity > 0 else -size
    return tuple(_plan(symbol, amounts) for symbol, amounts in sorted(by_underlying.items()))


def may_cover(long: PlaceOrder, short: PlaceOrder) -> bool:
    """Whether what *long* sells may cover what *short* buys back: it is not sold before."""
    return any(_covers(sold.instrument, bought.instrument) for sold in long.legs for bought in short.legs)


def _covers(long: AskedShares | AskedOption, short: AskedShares | AskedOption) -> bool:
    if isinstance(short, AskedShares):
        return isinstance(long, AskedOption) and long.right is Right.CALL
    return short.right is (long.right if isinstance(long, AskedOption) else Right.CALL)


def leg_by_leg(spread: PlaceOrder) -> tuple[tuple[PlaceOrder, ...], tuple[PlaceOrder, ...]]:
    """The legs of *spread* as orders of their own: those that buy back, and those that sell."""
    singles = [_at_natural((leg,)) for leg in spread.legs]
    return tuple(each for each in singles if each.legs[0].action.buys), tuple(
        each for each in singles if not each.legs[0].action.buys
    )


def _plan(symbol: str, amounts: Amounts) -> UnderlyingPlan:
    left = dict(sorted(amounts.items(), key=lambda each: _place(each[0])))
    orders = [
        *_spreads(left),
        *(_closing({instrument: quantity}) for instrument, quantity in left.items() if quantity),
    ]
    sides = [{leg.action.buys for leg in order.legs} for order in orders]
    paid = [
        len(both) == 2 and order.price_effect is PriceEffect.DEBIT for order, both in zip(orders, sides, strict=True)
    ]
    each = list(zip(orders, sides, paid, strict=True))
    return UnderlyingPlan(
        symbol,
        shorts=tuple(order for order, side, _ in each if side == {True}),
        paid=tuple(order for order, _, is_paid in each if is_paid),
        received=tuple(order for order, side, is_paid in each if len(side) == 2 and not is_paid),
        longs=tuple(order for order, side, _ in each if side == {False}),
    )


def _place(instrument: Instrument) -> tuple[object, ...]:
    """Options by day, strike and right; shares last."""
    if isinstance(instrument, Equity):
        return (True, instrument.occ)
    return (False, instrument.expiration, instrument.strike, instrument.right, instrument.occ)


def _spreads(left: Amounts) -> Iterator[PlaceOrder]:
    """The strategies that are found in *left*, the largest first; what they close is taken out of it."""
    for legs in range(MAX_LEGS, 1, -1):
        for group in _groups(left, legs):
            if closing := _strategy(left, group):
                for instrument, quantity in closing.items():
                    left[instrument] -= quantity
                yield _closing(closing)


def _groups(left: Mapping[Instrument, int], legs: int) -> Iterable[tuple[EquityOption, ...]]:
    options = [instrument for instrument in left if isinstance(instrument, EquityOption)]
    if legs == 2:
        pairs = (pair for pair in combinations(options, 2) if pair[0].root == pair[1].root)
        return sorted(pairs, key=lambda pair: _apart(pair, left))
    of_one_day: dict[object, list[EquityOption]] = {}
    for option in options:
        of_one_day.setdefault((option.root, option.expiration), []).append(option)
    return [g for same in of_one_day.values() if len(same) <= MAX_TOGETHER for g in combinations(same, legs)]


def _apart(pair: tuple[EquityOption, ...], left: Mapping[Instrument, int]) -> tuple[bool, bool, Decimal]:
    """What covers before what stands beside it, verticals before calendars, and the nearest strikes first."""
    one, other = pair
    one_sided = (left[one] > 0) is (left[other] > 0)
    return one_sided, one.expiration != other.expiration, abs(one.strike - other.strike)


def _strategy(left: Mapping[Instrument, int], group: Sequence[EquityOption]) -> Mapping[Instrument, int] | None:
    """How much of each of *group* one strategy closes; None where they make none."""
    amounts = [left[option] for option in group]
    if not all(amounts):
        return None
    for ratios in ((1,) * len(group), (1, 2, 1)):
        if len(ratios) != len(group):
            continue
        legs = [
            _leg(option, ratio if many > 0 else -ratio)
            for option, ratio, many in zip(group, ratios, amounts, strict=True)
        ]
        strategy = strategy_of(as_asked(legs))
        if strategy is Strategy.CUSTOM:
            continue
        units = min(abs(many) // ratio for many, ratio in zip(amounts, ratios, strict=True))
        one_sided = len({many > 0 for many in amounts}) == 1
        if units and not (one_sided and len({abs(many) for many in amounts}) > 1):
            return {o: units * r if many > 0 else -units * r for o, r, many in zip(group, ratios, amounts, strict=True)}
    return None


def _leg(instrument: Instrument, held: int) -> Leg:
    """The leg that closes *held* of *instrument*."""
    return Leg(Action.SELL_TO_CLOSE if held > 0 else Action.BUY_TO_CLOSE, abs(held), instrument)


def _closing(amounts: Mapping[Instrument, int]) -> PlaceOrder:
    """One order that closes *amounts* of what is held, at the price that trades now."""
    return _at_natural(as_asked([_leg(instrument, held) for instrument, held in amounts.items()]))


def _at_natural(legs: tuple[AskedLeg, ...]) -> PlaceOrder:
    bought = is_bought(legs)
    effect = None if bought is None else PriceEffect.DEBIT if bought else PriceEffect.CREDIT
    return PlaceOrder(legs, strategy_of(legs), OrderType.LIMIT, "natural", effect, by_name=False)
