"""
Random books of positions and orders, and the boring oracle of what they can lose: every price of a grid, in whole
dollars, by the definition of options.

    options on one day, strikes from 10 to 100 in tens, prices in whole dollars; the grid goes from 0 to 130 in fives
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import product
from random import Random

from attrs import evolve, frozen

from tastyflow.domain.instruments import Equity, EquityOption, Instrument, Right
from tastyflow.domain.risk.worst_case import Trade
from tests.domain.makers import EXPIRY

SHARES = Equity("SPY")
STRIKES = range(10, 101, 10)
GRID = range(0, 131, 5)
FAR = 100_000
LATER = date(2027, 1, 15)


@frozen
class Part:
    """*quantity* of one instrument; a strike of None are shares."""

    quantity: int
    strike: int | None
    right: Right = Right.CALL
    day: date = EXPIRY

    @property
    def instrument(self) -> Instrument:
        if self.strike is None:
            return SHARES
        return EquityOption("SPY", self.day, self.right, Decimal(self.strike))

    def worth(self, price: int) -> int:
        """In dollars, when the underlying settles at *price*."""
        if self.strike is None:
            return self.quantity * price
        distance = price - self.strike if self.right is Right.CALL else self.strike - price
        return 100 * self.quantity * max(0, distance)


@frozen
class Book:
    """Positions or an order: its parts, and the dollars that it brought."""

    parts: tuple[Part, ...]
    cash: int

    def as_trade(self) -> Trade:
        amounts: dict[Instrument, int] = {}
        for part in self.parts:
            amounts[part.instrument] = amounts.get(part.instrument, 0) + part.quantity
        return Trade(amounts, Decimal(self.cash), Decimal(100) if SHARES in amounts else Decimal(0))

    def netted(self) -> "Book":
        """One part for each instrument, cut into single ones where it is bought: each may count elsewhere."""
        sums: dict[Part, int] = {}
        for part in self.parts:
            unit = evolve(part, quantity=50 if part.strike is None else 1)
            sums[unit] = sums.get(unit, 0) + part.quantity // unit.quantity
        parts: list[Part] = []
        for unit, number in sums.items():
            single = evolve(unit, quantity=unit.quantity * (1 if number > 0 else -1))
            free = number > 0 or unit.strike is None
            parts += [single] * min(abs(number), 3) if free else [evolve(unit, quantity=number)] if number else []
            if free and abs(number) > 3:
                parts.append(evolve(unit, quantity=unit.quantity * (number - (3 if number > 0 else -3))))
        return Book(tuple(parts), self.cash)

    def profit(self, price: int) -> int:
        return self.cash + sum(part.worth(price) for part in self.parts)


def dice_of(seed: int) -> Random:
    """Dice that fall the same way in every run."""
    return Random(seed)  # noqa: S311


def random_book(dice: Random, most: int, days: Sequence[date] = (EXPIRY,)) -> Book:
    """Up to *most* parts, one in six of them shares."""
    parts = tuple(_part(dice, days) for _ in range(dice.randint(0 if most > 3 else 1, most)))
    return Book(parts, 50 * dice.randint(-100, 100))


def _part(dice: Random, days: Sequence[date]) -> Part:
    quantity = dice.choice((-3, -2, -1, -1, 1, 1, 2, 3))
    if dice.random() < 1 / 6:
        return Part(quantity * dice.choice((50, 100)), None)
    return Part(quantity, dice.choice(STRIKES), dice.choice(tuple(Right)), dice.choice(days))


def lost(held: Book, orders: Iterable[Book], price: int) -> int:
    """What is lost at *price* with each order filled as far as hurts most: not at all, in part, or whole."""
    return -held.profit(price) + sum(max(-filled * order.profit(price) // 4 for filled in range(5)) for order in orders)


def most_lost(held: Book, orders: Sequence[Book]) -> int | None:
    """The most that is lost at any price of the grid; None where more is lost the higher the price."""
    if lost(held, orders, 2 * FAR) > lost(held, orders, FAR):
        return None
    return max(lost(held, orders, price) for price in GRID)


def most_lost_over_days(held: Book, orders: Sequence[Book], days: Sequence[date]) -> int | None:
    """
    The most that is lost over several settlements with every bought option kept to its own last day.

    Each order fills whole or not at all; each day settles at a price of its own. None where there is no bound.
    """
    worst = -(10**12)
    for filled in product((False, True), repeat=len(orders)):
        together = (held, *(order for order, fills in zip(orders, filled, strict=True) if fills))
        loss = -sum(book.cash for book in together)
        for day in days:
            parts = [part for book in together for part in book.parts if _counts_on(part, day, days)]
            if sum(part.worth(2 * FAR) - part.worth(FAR) for part in parts) < 0:
                return None
            loss -= min(sum(part.worth(price) for part in parts) for price in GRID)
        worst = max(worst, loss)
    return worst


def _counts_on(part: Part, day: date, days: Sequence[date]) -> bool:
    return part.day == day if part.strike is not None else day == days[-1]
