"""
At which settlement each bought option counts, where a book settles on several days.

                     Dec 18                Jan 15
    held          -1 450 call           +1 450 call
    counted       -1 450 call, +1 450 call   ◀── the later call is sold or exercised when the earlier one settles

Each settlement has a price of its own, independent of all others: the lowest value of the book is the sum of the lowest
values at each. A bought option may count at its own settlement or at an earlier one, at its intrinsic value there: that
much it brings when it is sold or exercised. It never counts later. Shares, held or owed, may count at any settlement.
Every such choice is one the holder can make, so every choice gives a number that is not too low; `settled` improves the
choice step by step, and what it finds is exact where there is one settlement only.

Options on VIX never count earlier: they settle by futures of their own month, and can be worth less than intrinsic.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from attrs import define, field

from tastyflow.domain.instruments import INDEX_ROOTS, EquityOption, Instrument
from tastyflow.domain.risk.payoff import ZERO, Claim, Curve, Lowest, claim_of, curve_of, may_fill

MORNING_ROOTS: Final = frozenset(INDEX_ROOTS.values())
"""Roots that settle by the opening prices of their last day, before those that settle by its closing prices."""

COUNTS_NEVER_EARLIER: Final = frozenset({"VIX"})
MOST_STEPS: Final = 100


class Settlement(NamedTuple):
    """One moment at which options on one deliverable settle; ordered in time within one deliverable."""

    deliverable: str
    day: date
    closing: bool


def shares_alone(deliverable: str) -> Settlement:
    """Where shares count that there is no option on."""
    return Settlement(deliverable, date.max, True)


def deliverable_of(instrument: Instrument) -> str:
    """What an option is settled in: its underlying, or what an adjusted root (AAPL7) alone delivers."""
    if isinstance(instrument, EquityOption) and instrument.root[-1].isdigit():
        return instrument.root
    return instrument.underlying


def settlement_of(option: EquityOption) -> Settlement:
    """When *option* settles. SPX settles in the morning, SPXW in the afternoon of the same day."""
    return Settlement(deliverable_of(option), option.expiration, option.root not in MORNING_ROOTS)


@define
class Working:
    """The orders that may fill at one settlement: their payoff together, and what they lay claim to."""

    curve: Curve
    claims: list[Claim]

    def add(self, claims: Sequence[Claim], cash_usd: Decimal, prices: Sequence[Decimal]) -> None:
        """Count one more order."""
        self.curve = self.curve.plus(may_fill(claims, cash_usd, prices))
        self.claims += claims

    @classmethod
    def none_at(cls, prices: Sequence[Decimal]) -> "Working":
        return cls(Curve((ZERO,) * len(prices), 0), [])


@define(eq=False)
class _Lot:
    """What is held of one instrument and counts at one settlement; *last* is the latest at which it may count."""

    instrument: Instrument
    quantity: int
    last: Settlement | None
    is_call: bool = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.is_call = claim_of(self.instrument, 1).is_call

    @property
    def moves(self) -> bool:
        """Whether it may count somewhere else: shares, and options that were bought."""
        if isinstance(self.instrument, EquityOption):
            return self.quantity > 0 and self.instrument.underlying not in COUNTS_NEVER_EARLIER
        return True

    def may_count_at(self, settlement: Settlement) -> bool:
        return self.last is None or settlement <= self.last


class _Step(NamedTuple):
    """Move *quantity* of a lot from one settlement to another, and what that makes better."""

    lot: _Lot
    source: Settlement
    target: Settlement
    quantity: int
    gain: tuple[int, Decimal]


class _Placing:
    """The lots of a book at the settlement where each counts, with the payoff there."""

    def __init__(
        self, held: Mapping[Instrument, int], orders: Mapping[Settlement, Working], prices: Sequence[Decimal]
    ) -> None:
        self._prices = prices
        self._orders = orders
        self._units: dict[Instrument, Curve] = {}
        self._lots: dict[Settlement, list[_Lot]] = {}
        self._shares: dict[Settlement, Counter[tuple[bool, bool]]] = {}  # of calls and puts, bought and sold
        self._curves = {settlement: working.curve for settlement, working in orders.items()}
        for settlement, working in orders.items():
            self._lots[settlement], self._shares[settlement] = [], Counter()
            for claim in working.claims:
                self._shares[settlement][claim.is_call, claim.shares > 0] += abs(claim.shares)
        for lot, settlement in _lots_of(held, orders):
            self._put(lot, settlement)

    def where(self) -> Mapping[Settlement, Sequence[tuple[Instrument, int]]]:
        """What counts at each settlement."""
        return {at: [(lot.instrument, lot.quantity) for lot in lots] for at, lots in self._lots.items() if lots}

    def total(self) -> Lowest:
        """The lowest value of the whole book."""
        lows = [curve.lowest() for curve in self._curves.values()]
        return Lowest(sum((low.value_usd for low in lows), ZERO), sum(low.uncovered_shares for low in lows))

    def improve(self) -> "_Placing":
        """Move lots to settlements where they cover more, as long as that helps."""
        for _ in range(MOST_STEPS if len(self._lots) > 1 else 0):
            best = max(self._steps(), key=lambda step: step.gain, default=None)
            if best is None or best.gain <= (0, ZERO):
                break
            self._take(best)
        return self

    def _steps(self) -> Iterator[_Step]:
        for source, lots in self._lots.items():
            for lot in lots:
                if not lot.moves:
                    continue
                for target in self._lots:
                    if target != source and target.deliverable == source.deliverable and lot.may_count_at(target):
                        for quantity in self._worth_moving(lot, target):
                            yield _Step(lot, source, target, quantity, self._gain(lot, source, target, quantity))

    def _worth_moving(self, lot: _Lot, target: Settlement) -> Iterable[int]:
        """How many of *lot* there is a use for at *target*: all that it can cover there, or what is yet uncovered."""
        sign, per = (1 if lot.quantity > 0 else -1), lot.instrument.multiplier
        there, is_call = self._shares[target], lot.is_call
        # what was sold of its kind; or the other kind bought: a call and a put, and shares, make up for each other
        against = (there[is_call, sign < 0] + there[not is_call, sign > 0]) // per
        helped = there[is_call, sign > 0] // per
        most = abs(lot.quantity)
        return {sign * quantity for quantity in (min(most, against), min(most, against - helped)) if quantity > 0}

    def _gain(self, lot: _Lot, source: Settlement, target: Settlement, quantity: int) -> tuple[int, Decimal]:
        """Fewer uncovered shares first, then a higher lowest value."""
        unit, left, there = self._unit(lot.instrument), self._curves[source], self._curves[target]
        before = left.lowest(), there.lowest()
        after = left.plus(unit, -quantity).lowest(), there.plus(unit, quantity).lowest()
        return (
            sum(low.uncovered_shares for low in before) - sum(low.uncovered_shares for low in after),
            sum((low.value_usd for low in after), ZERO) - sum((low.value_usd for low in before), ZERO),
        )

    def _take(self, step: _Step) -> None:
        lot = step.lot
        self._count(lot, -step.quantity, step.source)
        lot.quantity -= step.quantity
        if not lot.quantity:
            self._lots[step.source].remove(lot)
        self._put(_Lot(lot.instrument, step.quantity, lot.last), step.target)

    def _put(self, lot: _Lot, settlement: Settlement) -> None:
        if settlement not in self._lots:
            self._lots[settlement], self._shares[settlement] = [], Counter()
            self._curves[settlement] = Curve((ZERO,) * len(self._prices), 0)
        self._lots[settlement].append(lot)
        self._count(lot, lot.quantity, settlement)

    def _count(self, lot: _Lot, quantity: int, settlement: Settlement) -> None:
        """Add *quantity* of what *lot* holds to the payoff at *settlement*, or take it away."""
        self._curves[settlement] = self._curves[settlement].plus(self._unit(lot.instrument), quantity)
        shares = abs(quantity) * lot.instrument.multiplier
        self._shares[settlement][lot.is_call, lot.quantity > 0] += shares if quantity * lot.quantity > 0 else -shares

    def _unit(self, instrument: Instrument) -> Curve:
        """The payoff of one of *instrument*."""
        if instrument not in self._units:
            self._units[instrument] = curve_of((claim_of(instrument, 1),), self._prices)
        return self._units[instrument]


def _lots_of(held: Mapping[Instrument, int], orders: Mapping[Settlement, Working]) -> Iterator[tuple[_Lot, Settlement]]:
    """What is held, options at their own settlement, shares at the last one on them."""
    settlements = set(orders)
    for instrument, quantity in held.items():
        if quantity and isinstance(instrument, EquityOption):
            own = settlement_of(instrument)
            settlements.add(own)
            yield _Lot(instrument, quantity, own), own
    for instrument, quantity in held.items():
        if quantity and not isinstance(instrument, EquityOption):
            deliverable = deliverable_of(instrument)
            on_shares = [settlement for settlement in settlements if settlement.deliverable == deliverable]
            yield _Lot(instrument, quantity, None), max(on_shares, default=shares_alone(deliverable))


def settled(held: Mapping[Instrument, int], orders: Mapping[Settlement, Working], prices: Sequence[Decimal]) -> Lowest:
    """
    The lowest value of *held*, each bought option counted where it helps, with *orders* at their settlements.

    Args:
        prices: Zero, every strike of *held* and *orders*, and the reference price.
    """
    return _Placing(held, orders, prices).improve().total()


def placed(
    held: Mapping[Instrument, int], prices: Sequence[Decimal]
) -> Mapping[Settlement, Sequence[tuple[Instrument, int]]]:
    """The settlement at which each part of *held* counts by itself."""
    return _Placing(held, {}, prices).improve().where()
