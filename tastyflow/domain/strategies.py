"""
The strategies: which legs a name stands for, and which name fits the legs.

    bought, per unit      strikes, by rank                                  expirations
    vertical              +K1  −K2             calls or puts, dearest first
    butterfly             +K1 −2K2  +K3        calls or puts
    straddle              +K1 put and call
    strangle              +K1 put   +K2 call                                 one each
    iron condor           −K1 put   +K2 put   +K3 call  −K4 call
    iron butterfly        −K1 put   +K2 put and call    −K3 call
    calendar              −K1 near  +K1 far    calls or puts                 two

Sold, every sign is the other way round. The signs are chosen so that a strategy that is bought costs money and one that
is sold brings money: no option is worth less than one that is further out of the money, nor a later one less than an
earlier one. A new strategy is a `Strategy` and a line in ``SHAPES``; the words for it stand in the grammar.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from attrs import frozen

from tastyflow.domain.commands import (
    AskedAction,
    AskedExpiration,
    AskedLeg,
    AskedOption,
    AskedQuantity,
    AskedShares,
    DaysOut,
    HeldPart,
)
from tastyflow.domain.instruments import CONTRACT_MULTIPLIER, Right, underlying_of
from tastyflow.domain.ticket import Strategy


@frozen
class LegShape:
    """
    One leg of a shape.

    Attributes:
        ratio: Contracts per unit; positive on the side of the strategy, negative on the other.
        strike: The rank of its strike among the strategy's: lowest first, of calls or puts alone dearest first.
        right: None where the trader chooses calls or puts for the whole strategy.
        expiration: The rank of its expiration, nearest first.
    """

    ratio: int
    strike: int
    right: Right | None = None
    expiration: int = 0


@frozen
class Shape:
    """The legs of a strategy that is bought."""

    legs: tuple[LegShape, ...]

    @property
    def strikes(self) -> int:
        """How many strikes it takes."""
        return len({leg.strike for leg in self.legs})

    @property
    def expirations(self) -> int:
        """How many expirations it takes."""
        return len({leg.expiration for leg in self.legs})

    @property
    def one_right(self) -> bool:
        """Whether it is made of calls or puts alone, as the trader says."""
        return all(leg.right is None for leg in self.legs)


SHAPES: Final[Mapping[Strategy, Shape]] = {
    Strategy.VERTICAL: Shape((LegShape(+1, 0), LegShape(-1, 1))),
    Strategy.BUTTERFLY: Shape((LegShape(+1, 0), LegShape(-2, 1), LegShape(+1, 2))),
    Strategy.STRADDLE: Shape((LegShape(+1, 0, Right.PUT), LegShape(+1, 0, Right.CALL))),
    Strategy.STRANGLE: Shape((LegShape(+1, 0, Right.PUT), LegShape(+1, 1, Right.CALL))),
    Strategy.IRON_CONDOR: Shape(
        (
            LegShape(-1, 0, Right.PUT),
            LegShape(+1, 1, Right.PUT),
            LegShape(+1, 2, Right.CALL),
            LegShape(-1, 3, Right.CALL),
        )
    ),
    Strategy.IRON_BUTTERFLY: Shape(
        (
            LegShape(-1, 0, Right.PUT),
            LegShape(+1, 1, Right.PUT),
            LegShape(+1, 1, Right.CALL),
            LegShape(-1, 2, Right.CALL),
        )
    ),
    Strategy.CALENDAR: Shape((LegShape(-1, 0, expiration=0), LegShape(+1, 0, expiration=1))),
}


@frozen
class Named:
    """
    What a strategy's name is applied to, as typed.

    Attributes:
        strikes: In the order of the text, all different.
        expirations: In the order of the text, all different, all dates or all days out.
        right: Of the whole strategy, where the shape has one right.
    """

    underlying: str
    strikes: tuple[Decimal, ...]
    expirations: tuple[AskedExpiration, ...]
    right: Right | None = None


def legs_of(strategy: Strategy, side: AskedAction, quantity: AskedQuantity, named: Named) -> tuple[AskedLeg, ...]:
    """
    The legs of a strategy in the order in which its strikes and expirations are named, a put before its call.

    Args:
        strategy: A key of ``SHAPES``.
        side: What is done to the strategy as a whole; the legs on the other side get the opposite action.
        quantity: Of units: a bought butterfly of 5 sells 10 of its middle strike. A part of what is held is the same
            part of every leg.
        named: As many strikes and expirations as the shape takes.
    """
    strikes = sorted(named.strikes, reverse=named.right is Right.PUT)
    expirations = sorted(named.expirations, key=_days)
    legs = []
    for shape in SHAPES[strategy].legs:
        strike, expiration = strikes[shape.strike], expirations[shape.expiration]
        right = shape.right or named.right
        if right is None:
            raise ValueError(f"A {strategy} is of calls or of puts.")
        option = AskedOption(named.underlying, right, strike, expiration)
        order = named.strikes.index(strike), named.expirations.index(expiration), right is Right.CALL
        many = quantity if isinstance(quantity, HeldPart) else quantity * abs(shape.ratio)
        legs.append((order, AskedLeg(side if shape.ratio > 0 else side.opposite, many, option)))
    return tuple(leg for _, leg in sorted(legs, key=lambda each: each[0]))


def strategy_of(legs: Sequence[AskedLeg]) -> Strategy:
    """The strategy that legs typed one by one make; `CUSTOM` when none fits."""
    return _recognise(legs)[0]


def is_bought(legs: Sequence[AskedLeg]) -> bool | None:
    """
    Whether the legs together cost money (True) or bring money (False), whatever the market.

    None where only the market knows: other shapes, diagonals, butterflies of unequal wings, and sides not known yet.
    """
    return _recognise(legs)[1]


def units_in(legs: Sequence[AskedLeg]) -> AskedQuantity | None:
    """How many units a strategy of these legs has: its smallest leg; None where parts and numbers are mixed."""
    parts = {leg.quantity for leg in legs if isinstance(leg.quantity, HeldPart)}
    if not parts:
        return min(leg.count for leg in legs)
    return parts.pop() if len({leg.quantity for leg in legs}) == 1 else None


def ratios_of(strategy: Strategy, legs: Sequence[AskedLeg]) -> tuple[int, ...]:
    """How many of each leg one unit of *strategy* has; one each where its shape has no ratio."""
    options = [leg.instrument for leg in legs if isinstance(leg.instrument, AskedOption)]
    named = named_by(strategy, options)
    if named is None:
        return (1,) * len(legs)
    of_one = {leg.instrument: leg.count for leg in legs_of(strategy, AskedAction.CLOSE, 1, named)}
    return tuple(of_one.get(leg.instrument, 1) for leg in legs)


def named_by(strategy: Strategy, options: Sequence[AskedOption]) -> Named | None:
    """What the name would be applied to for these options; None where its shape takes other numbers of them."""
    shape = SHAPES.get(strategy)
    strikes = tuple(dict.fromkeys(option.strike for option in options))
    expirations = tuple(dict.fromkeys(option.expiration for option in options))
    if shape is None or (len(strikes), len(expirations)) != (shape.strikes, shape.expirations):
        return None
    if len({type(expiration) for expiration in expirations}) > 1:
        return None  # "45 days out" and a date: which is nearer, the chain knows
    return Named(options[0].underlying, strikes, expirations, options[0].right if shape.one_right else None)


def _recognise(legs: Sequence[AskedLeg]) -> tuple[Strategy, bool | None]:
    sides = [leg.action.buys for leg in legs]
    if len(legs) == 1:
        return Strategy.SINGLE, sides[0]
    if None in sides:
        return Strategy.CUSTOM, None
    if _is_covered_call(legs):
        return Strategy.COVERED_CALL, next(leg.action.buys for leg in legs if isinstance(leg.instrument, AskedShares))
    options = [leg.instrument for leg in legs if isinstance(leg.instrument, AskedOption)]
    if len(options) < len(legs):
        return Strategy.CUSTOM, None
    units = units_in(legs)
    if units is None:
        return Strategy.CUSTOM, None
    for strategy, shape in SHAPES.items():
        named = named_by(strategy, options) if len(shape.legs) == len(legs) else None
        for side in (AskedAction.BUY, AskedAction.SELL) if named else ():
            if named and _same(legs, legs_of(strategy, side, units, named)):
                certain = strategy is not Strategy.BUTTERFLY or _has_equal_wings(options)
                return strategy, side is AskedAction.BUY if certain else None
    return (Strategy.DIAGONAL if _is_diagonal(legs, options) else Strategy.CUSTOM), None


def _same(legs: Sequence[AskedLeg], others: Sequence[AskedLeg]) -> bool:
    """Whether both buy and sell the same, whatever is opened or closed, in any order."""
    return len(legs) == len(others) and {_trade(leg) for leg in legs} == {_trade(leg) for leg in others}


def _trade(leg: AskedLeg) -> tuple[object, ...]:
    asked = leg.instrument
    if isinstance(asked, AskedShares):
        return leg.action.buys, leg.quantity, asked
    underlying = underlying_of(asked.underlying)  # SPX and SPXW are roots of one underlying
    return leg.action.buys, leg.quantity, underlying, asked.right, asked.strike, asked.expiration


def _has_equal_wings(options: Sequence[AskedOption]) -> bool:
    low, middle, high = sorted(option.strike for option in options)
    return high - middle == middle - low


def _is_diagonal(legs: Sequence[AskedLeg], options: Sequence[AskedOption]) -> bool:
    return (
        len(legs) == 2
        and {leg.action.buys for leg in legs} == {True, False}
        and legs[0].quantity == legs[1].quantity
        and options[0].right is options[1].right
        and options[0].strike != options[1].strike
        and options[0].expiration != options[1].expiration
    )


def _is_covered_call(legs: Sequence[AskedLeg]) -> bool:
    """Shares bought and a call sold on every hundred of them, or both undone."""
    shares = [leg for leg in legs if isinstance(leg.instrument, AskedShares)]
    calls = [leg for leg in legs if isinstance(leg.instrument, AskedOption) and leg.instrument.right is Right.CALL]
    return (
        len(legs) == 2
        and len(shares) == len(calls) == 1
        and not any(isinstance(leg.quantity, HeldPart) for leg in legs)  # what is held may be any number of either
        and shares[0].count == CONTRACT_MULTIPLIER * calls[0].count
        and shares[0].action.buys is not calls[0].action.buys
    )


def _days(expiration: AskedExpiration) -> int:
    return expiration.dte if isinstance(expiration, DaysOut) else date.toordinal(expiration)
