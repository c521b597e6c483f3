"""
What the language read in the line of a rule, and which place is what there.

    sell 1 SPX {0}/{1} put vertical {2}    ─▶    model: the order as read from a sample
                                                 {0} the strike of leg 0, {1} of leg 1, {2} the day of both

A line that is filled later must be read as exactly this order with the new numbers in their places. So no number of a
market can turn a strike into a day, or one contract into ten.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum

from attrs import evolve, frozen

from tastyflow.domain.commands import AskedLeg, AskedOption, PlaceOrder
from tastyflow.domain.signal_rule.places import PlaceKind


class OrderPart(StrEnum):
    """What a number can be in an order."""

    STRIKE = "strike"
    PRICE = "price"
    STOP = "stop"
    QUANTITY = "quantity"


_KINDS = {
    OrderPart.STRIKE: PlaceKind.STRIKE,
    OrderPart.PRICE: PlaceKind.PRICE,
    OrderPart.STOP: PlaceKind.PRICE,
    OrderPart.QUANTITY: PlaceKind.QUANTITY,
}


@frozen
class NumberSeat:
    """
    Where the number of a place stands in the order.

    Attributes:
        legs: Whose strike or quantity it is; empty for a price or a stop.
    """

    part: OrderPart
    legs: tuple[int, ...] = ()


@frozen
class ModelOrder:
    """
    Attributes:
        order: As read from a sample: its quantities are those of one, where a place says how many.
        numbers: For each number place, in their order.
        days: For each expiration place, the legs whose day it is.
    """

    order: PlaceOrder
    numbers: tuple[NumberSeat, ...]
    days: tuple[tuple[int, ...], ...]

    @property
    def kinds(self) -> tuple[PlaceKind, ...]:
        """Of each number place."""
        return tuple(_KINDS[seat.part] for seat in self.numbers)

    @property
    def underlying(self) -> str:
        """What it is on, as the venue spells it."""
        return self.order.legs[0].instrument.underlying

    def expected(self, numbers: Sequence[Decimal], expirations: Sequence[date]) -> PlaceOrder:
        """The order with these numbers and days in their places."""
        order = self.order
        for seat, number in zip(self.numbers, numbers, strict=True):
            match seat.part:
                case OrderPart.PRICE:
                    order = evolve(order, price=number)
                case OrderPart.STOP:
                    order = evolve(order, stop=number)
                case OrderPart.STRIKE:
                    order = _with_legs(order, seat.legs, strike=number)
                case OrderPart.QUANTITY:
                    order = _with_legs(order, seat.legs, times=int(number))
        for legs, day in zip(self.days, expirations, strict=True):
            order = _with_legs(order, legs, expiration=day)
        return order

    def agrees(self, read: PlaceOrder, numbers: Sequence[Decimal], expirations: Sequence[date]) -> bool:
        """
        Whether *read*, what the language reads in a filled line, is the order that was meant. Days that the author
        wrote as words (``next friday``, ``good till friday``) move on with the calendar, and are as they are read.
        """
        expected = self.expected(numbers, expirations)
        if len(read.legs) != len(expected.legs):
            return False
        placed = {leg for legs in self.days for leg in legs}
        legs = tuple(
            meant if index in placed else _on_the_day_of(meant, leg)
            for index, (meant, leg) in enumerate(zip(expected.legs, read.legs, strict=True))
        )
        same_kind = expected.time_in_force.duration is read.time_in_force.duration
        return same_kind and read == evolve(expected, legs=legs, time_in_force=read.time_in_force)


def _with_legs(
    order: PlaceOrder,
    chosen: Sequence[int],
    *,
    strike: Decimal | None = None,
    expiration: date | None = None,
    times: int = 1,
) -> PlaceOrder:
    legs = list(order.legs)
    for index in chosen:
        leg = legs[index]
        if isinstance(leg.instrument, AskedOption):
            option = leg.instrument
            option = evolve(option, strike=strike or option.strike, expiration=expiration or option.expiration)
            leg = evolve(leg, instrument=option)
        legs[index] = evolve(leg, quantity=leg.count * times) if times != 1 else leg
    return evolve(order, legs=tuple(legs))


def _on_the_day_of(meant: AskedLeg, read: AskedLeg) -> AskedLeg:
    if isinstance(meant.instrument, AskedOption) and isinstance(read.instrument, AskedOption):
        return evolve(meant, instrument=evolve(meant.instrument, expiration=read.instrument.expiration))
    return meant
