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

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from attrs import define

from tastyflow.domain.instruments import INDEX_ROOTS, EquityOption, Instrument, Right
from tastyflow.domain.risk.payoff import ZERO, Claim, Lowest, MayFill, claim_of, lowest

MORNING_ROOTS: Final = frozenset(INDEX_ROOTS.values())
"""Roots that settle by the opening prices of their last day, before those that settle by its closing prices."""

COUNTS_NEVER_EARLIER: Final = frozenset({"VIX"})
MOST_STEPS: Final = 100


class Settlement(NamedTuple):
    """One moment at which options on one deliverable settle; ordered in time within one deliverable."""

    deliverable: str
    day: date
    closing: bool


SHARES_ALONE: Final = date.max
"""The day under which shares stand that no option is held on."""


def deliverable_of(instrument: Instrument) -> str:
    """What an option is settled in: its underlying, or what an adjusted root (AAPL7) alone delivers."""
    if isinstance(instrument, EquityOption) and instrument.root[-1].isdigit():
        return instrument.root
    return instrument.underlying


def settlement_of(option: EquityOption) -> Settlement:
    """When *option* settles. SPX settles in the morning, SPXW in the afternoon of the same day."""
    return Settlement(deliverable_of(option), option.expiration, option.root not in MORNING_ROOTS)


@define
class _Lot:
    """What is held of one instrument and counts at one settlement; *last* is the latest at which it may count."""

    instrument: Instrument
    quantity: int
    last: Settlement | None

    @property
    def is_call(self) -> bool:
        return not isinstance(self.instrument, EquityOption) or self.instrument.right is Right.CALL

    @property
    def moves(self) -> bool:
        """Whether it may count somewhere else: shares, and options that were bought."""
        if isinstance(self.instrument, EquityOption):
            return self.quantity > 0 and self.instrument.underlying not in COUNTS_NEVER_EARLIER
        return True

    def may_count_at(self, settlement: Settlement) -> bool:
        return self.last is None or settlement <= self.last


class _Step(NamedTuple):
    lot: _Lot
    source: Settlement
    target: Settlement
    quantity: int


class Placed:
    """The lots of a book at the settlement where each counts, and the lowest value there."""

    def __init__(
        self, held: Mapping[Instrument, int], may_fill: Mapping[Settlement, list[MayFill]], reference: Decimal
    ) -> None:
        self._may_fill = may_fill
        self._reference = reference
        self._lots: dict[Settlement, list[_Lot]] = {settlement: [] for settlement in may_fill}
        shares: list[tuple[Instrument, int]] = []
        for instrument, quantity in held.items():
            if not quantity:
                continue
            if isinstance(instrument, EquityOption):
                own = settlement_of(instrument)
                self._lots.setdefault(own, []).append(_Lot(instrument, quantity, own))
            else:
                shares.append((instrument, quantity))
        for instrument, quantity in shares:
            deliverable = deliverable_of(instrument)
            options = [settlement for settlement in self._lots if settlement.deliverable == deliverable]
            last = max(options, default=Settlement(deliverable, SHARES_ALONE, True))
            self._lots.setdefault(last, []).append(_Lot(instrument, quantity, None))
        self._lowest = {settlement: self._lowest_at(settlement, lots) for settlement, lots in self._lots.items()}

    def total(self) -> Lowest:
        """The lowest value of the whole book."""
        return Lowest(
            sum((each.value_usd for each in self._lowest.values()), ZERO),
            sum(each.uncovered_shares for each in self._lowest.values()),
        )

    def improve(self) -> "Placed":
        """Move lots to settlements where they cover more, as long as that helps."""
        for _ in range(MOST_STEPS if len(self._lots) > 1 else 0):
            best = max(self._steps(), key=self._gain, default=None)
            if best is None or self._gain(best) <= (0, ZERO):
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
                            yield _Step(lot, source, target, quantity)

    def _worth_moving(self, lot: _Lot, target: Settlement) -> Iterable[int]:
        """How many of *lot* there is a use for at *target*: all that it can cover there, or what is yet uncovered."""
        sign = 1 if lot.quantity > 0 else -1
        per = lot.instrument.multiplier
        claims = [
            *self._claims_at(target),
            *(claim for order in self._may_fill.get(target, ()) for claim in order.claims),
        ]
        against = sum(abs(c.shares) for c in claims if _makes_up_for(lot, sign, c)) // per
        helped = sum(abs(c.shares) for c in claims if c.is_call == lot.is_call and c.shares * sign > 0) // per
        most = abs(lot.quantity)
        return {sign * quantity for quantity in (min(most, against), min(most, against - helped)) if quantity > 0}

    def _gain(self, step: _Step) -> tuple[int, Decimal]:
        """What *step* makes better: fewer uncovered shares first, then a higher lowest value."""
        before = (self._lowest[step.source], self._lowest[step.target])
        after = (
            self._lowest_at(step.source, self._lots[step.source], _without(step)),
            self._lowest_at(step.target, self._lots[step.target], claim_of(step.lot.instrument, step.quantity)),
        )
        return (
            sum(each.uncovered_shares for each in before) - sum(each.uncovered_shares for each in after),
            sum((each.value_usd for each in after), ZERO) - sum((each.value_usd for each in before), ZERO),
        )

    def _take(self, step: _Step) -> None:
        step.lot.quantity -= step.quantity
        if not step.lot.quantity:
            self._lots[step.source].remove(step.lot)
        self._lots[step.target].append(_Lot(step.lot.instrument, step.quantity, step.lot.last))
        for settlement in (step.source, step.target):
            self._lowest[settlement] = self._lowest_at(settlement, self._lots[settlement])

    def _claims_at(self, settlement: Settlement) -> list[Claim]:
        return [claim_of(lot.instrument, lot.quantity) for lot in self._lots[settlement]]

    def _lowest_at(self, settlement: Settlement, lots: Iterable[_Lot], more: Claim | None = None) -> Lowest:
        claims = [claim_of(lot.instrument, lot.quantity) for lot in lots]
        if more is not None:
            claims.append(more)
        return lowest(claims, self._may_fill.get(settlement, ()), self._reference)


def _without(step: _Step) -> Claim:
    return claim_of(step.lot.instrument, -step.quantity)


def _makes_up_for(lot: _Lot, sign: int, claim: Claim) -> bool:
    """
    Whether *lot* can make up for *claim*: a bought option for a sold one of its kind, or a call and a put together.

    Shares held make up for calls sold, and are protected by puts bought; shares owed, the other way round.
    """
    if claim.is_call == lot.is_call:
        return claim.shares * sign < 0
    return claim.shares * sign > 0


def settled(held: Mapping[Instrument, int], may_fill: Mapping[Settlement, list[MayFill]], reference: Decimal) -> Lowest:
    """The lowest value of *held*, each bought option counted where it helps, with the orders that may fill."""
    return Placed(held, may_fill, reference).improve().total()
