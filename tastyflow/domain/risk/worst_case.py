"""
What a book can lose at the worst: everything held, and everything that could still fill.

    held ───────────────┐
    could fill, each ───┼─▶ worst_case ─▶ WorstCase: dollars, or an unlimited loss
      to any part       ┘
                               an order's risk = worst case with it − worst case without it      (`order_risk`)

At each settlement the value of a book is a piecewise linear function of the underlying's price, from zero without end.
With one settlement the number is exact; with several it is never too low (`settlements` says how it is bounded). Fees
are not counted, and an assignment before expiration is not either: a bought option can be exercised against it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations
from typing import Final, TypeGuard

from attrs import frozen

from tastyflow.domain.instruments import EquityOption, Instrument
from tastyflow.domain.risk.payoff import ZERO, claim_of
from tastyflow.domain.risk.settlements import (
    Settlement,
    Working,
    deliverable_of,
    placed,
    settled,
    settlement_of,
    shares_alone,
)
from tastyflow.domain.risk.trade import NOTHING, Holdings, Quotes, Trade, contracts, market_price, shares

Amounts = Sequence[tuple[Instrument, int]]

__all__ = [
    "NOTHING",
    "Holdings",
    "OrderRisk",
    "Quotes",
    "Trade",
    "WorstCase",
    "contracts",
    "loss_in_words",
    "market_price",
    "order_risk",
    "reference_price",
    "shares",
    "worst_case",
]

TOGETHER: Final = 4
"""How many orders over several settlements are tried in every combination; those before them count part by part."""


@frozen
class WorstCase:
    """
    The most that a book can lose; negative where it gains whatever happens.

    Attributes:
        counted_usd: The loss; of an unlimited one, the loss when the underlying rises to twice the highest strike (or
            price paid for shares) of the book. Limits in dollars count this number; a person is told "unlimited".
        uncovered_shares: How many dollars are lost with each dollar the underlying rises without end.
    """

    counted_usd: Decimal = ZERO
    uncovered_shares: int = 0

    @property
    def unlimited(self) -> bool:
        return self.uncovered_shares > 0

    @property
    def loss_usd(self) -> Decimal | None:
        """The loss in dollars; None where it is unlimited."""
        return None if self.unlimited else self.counted_usd

    def or_worse(self, other: "WorstCase") -> "WorstCase":
        """The worse of both."""
        return WorstCase(max(self.counted_usd, other.counted_usd), max(self.uncovered_shares, other.uncovered_shares))

    def in_words(self) -> str:
        """``maximum loss $307.00``, ``unlimited loss``"""
        return loss_in_words(self.loss_usd)


@frozen
class OrderRisk:
    """What an order adds to the worst case of the book that it goes into."""

    before: WorstCase
    after: WorstCase

    @property
    def added_usd(self) -> Decimal:
        """What the order adds in dollars as they are counted; zero where it adds nothing."""
        return max(ZERO, self.after.counted_usd - self.before.counted_usd)

    @property
    def unlimited(self) -> bool:
        """Whether the order adds a loss without end."""
        return self.after.uncovered_shares > self.before.uncovered_shares

    @property
    def loss_usd(self) -> Decimal | None:
        """What the order can add to the loss; None where that is unlimited."""
        return None if self.unlimited else self.added_usd

    @property
    def is_worse(self) -> bool:
        """Whether the book is worse with the order than without."""
        return self.unlimited or self.after.counted_usd > self.before.counted_usd

    def in_words(self) -> str:
        """``maximum loss $307.00``, ``unlimited loss``"""
        return loss_in_words(self.loss_usd)


def loss_in_words(loss_usd: Decimal | None) -> str:
    """``maximum loss $307.00``, ``unlimited loss``"""
    return "unlimited loss" if loss_usd is None else f"maximum loss ${max(ZERO, loss_usd):,.2f}"


def worst_case(held: Trade, could_fill: Iterable[Trade] = (), *, reference: Decimal | None = None) -> WorstCase:
    """
    The most that *held* can lose with each of *could_fill* filled to the part that hurts most.

    Args:
        held: Positions on one underlying or several, with their cost.
        could_fill: Working orders and new ones, each on one underlying. Equal orders may come as one (`Trade.times`).
        reference: The price at which an unlimited loss is counted; None for what `reference_price` says.
    """
    orders = _grouped(could_fill)
    total, uncovered = -held.cash_usd, 0
    for underlying in dict.fromkeys(_underlyings((held, *orders))):
        amounts = {i: quantity for i, quantity in held.amounts.items() if i.underlying == underlying and quantity}
        on_it = [order for order in orders if next(iter(order.amounts)).underlying == underlying]
        at = reference_price((held, *on_it), underlying) if reference is None else reference
        worst = _worst_on_one(amounts, on_it, at)
        total += worst.counted_usd
        uncovered += worst.uncovered_shares
    return WorstCase(total, uncovered)


def order_risk(order: Trade, held: Trade, could_fill: Iterable[Trade] = ()) -> OrderRisk:
    """What *order* adds to the worst case of *held* and *could_fill*; both are counted at one reference price."""
    working = tuple(could_fill)
    underlying = next(iter(order.amounts)).underlying
    reference = reference_price((held, *working, order), underlying)
    return OrderRisk(
        worst_case(held, working, reference=reference), worst_case(held, (*working, order), reference=reference)
    )


def reference_price(trades: Iterable[Trade], underlying: str) -> Decimal:
    """Twice the highest strike on *underlying*, or twice the highest price of its shares if that is more."""
    highest = ZERO
    for trade in trades:
        for instrument in trade.amounts:
            if instrument.underlying == underlying:
                scale = instrument.strike if isinstance(instrument, EquityOption) else trade.share_price
                highest = max(highest, scale)
    return 2 * highest


# ── one underlying ───────────────────────────────────────────────────────────────────────────────────────────────


def _worst_on_one(held: Mapping[Instrument, int], orders: Sequence[Trade], reference: Decimal) -> WorstCase:
    """
    The worst case on one underlying, the cost of what is held left aside.

    An order that counts at one settlement is counted price by price. One over several, or with shares where there are
    several, is either filled whole or not at all in the worst case, since the lowest value of a book is concave in what
    fills: every combination is tried.
    """
    prices = _prices(held, orders, reference)
    settlements = _settlements(held, *(order.amounts for order in orders))
    at_one: dict[Settlement, Working] = {}
    over_several: list[Trade] = []

    def count(order: Trade, parts: Mapping[Settlement, Amounts]) -> None:
        """Count an order part by part, its cash with the first: the sum of the parts is never too low."""
        first = min(parts or settlements)
        for settlement, amounts in (parts or {first: ()}).items():  # of an order that moves nothing, the cash is left
            claims = [claim_of(instrument, quantity) for instrument, quantity in amounts]
            cash_usd = order.cash_usd if settlement == first else ZERO
            at_one.setdefault(settlement, Working.none_at(prices)).add(claims, cash_usd, prices)

    for order in orders:
        amounts = tuple(order.amounts.items())
        if len(settlements) == 1:
            count(order, {next(iter(settlements)): amounts})
        elif not all(_is_option(instrument) for instrument in order.amounts):
            over_several.append(order)
        else:
            parts = placed(order.amounts, prices)
            if len(parts) <= 1:  # a calendar too: its later option counts when the earlier one settles
                count(order, parts)
            else:
                over_several.append(order)
    for order in over_several[:-TOGETHER]:
        count(order, placed(order.amounts, prices))
    worst: WorstCase | None = None
    for filled in _subsets(over_several[-TOGETHER:]):
        together, cash = dict(held), ZERO
        for order in filled:
            cash += order.cash_usd
            for instrument, quantity in order.amounts.items():
                together[instrument] = together.get(instrument, 0) + quantity
        low = settled(together, at_one, prices)
        loss = WorstCase(-low.value_usd - cash, low.uncovered_shares)
        worst = loss if worst is None else worst.or_worse(loss)
    return worst or WorstCase()


def _settlements(*holdings: Holdings) -> frozenset[Settlement]:
    """At which settlements anything counts: those of the options, and one for shares that no option delivers."""
    instruments = {instrument for amounts in holdings for instrument in amounts}
    options = {settlement_of(instrument) for instrument in instruments if _is_option(instrument)}
    delivered = {settlement.deliverable for settlement in options}
    alone = {deliverable_of(instrument) for instrument in instruments if not _is_option(instrument)} - delivered
    return frozenset(options | {shares_alone(deliverable) for deliverable in alone})


def _prices(held: Holdings, orders: Sequence[Trade], reference: Decimal) -> tuple[Decimal, ...]:
    """Where the payoff can be lowest: zero, each strike, and the price at which an unlimited loss is counted."""
    strikes = {i.strike for amounts in (held, *(o.amounts for o in orders)) for i in amounts if _is_option(i)}
    return tuple({ZERO, *strikes, reference})


def _is_option(instrument: Instrument) -> TypeGuard[EquityOption]:
    return isinstance(instrument, EquityOption)


def _subsets(orders: Sequence[Trade]) -> Iterator[tuple[Trade, ...]]:
    for size in range(len(orders) + 1):
        yield from combinations(orders, size)


def _grouped(orders: Iterable[Trade]) -> tuple[Trade, ...]:
    """Equal orders as one."""
    counted: dict[Trade, int] = {}
    for order in orders:
        if order.amounts:
            counted[order] = counted.get(order, 0) + 1
    return tuple(order if number == 1 else order.times(number) for order, number in counted.items())


def _underlyings(trades: Iterable[Trade]) -> Iterator[str]:
    for trade in trades:
        for instrument in trade.amounts:
            yield instrument.underlying
