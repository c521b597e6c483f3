"""
What a bare number means, by its place and its neighbours.

    buy SPY 450 call Dec 18 2.50        450 stands before "call": the strike. 2.50 is last and has a point: the price
    sell 50 AAPL 190.25                 nothing of an option, a point: the price
    buy 10 SPY 450                      shares at 450, or an option without right and date? ambiguous

The claims are tried in the order of the table, each on every bare number from left to right. A number that none of
them claims is ambiguous. So is a number in a date that could be the strike or the quantity (`day_or_strike`).
"""

from collections.abc import Callable, Sequence
from typing import Final

from attrs import evolve, frozen

from tastyflow_grammar.days import NewYorkDay
from tastyflow_grammar.meaning.day_or_strike import (
    lacks_strike,
    refuse_hidden_quantity,
    refuse_two_days,
    split_impossible_years,
    split_possible_price,
)
from tastyflow_grammar.parts import Figure, Kind, Part

_NAMES: Final = (Kind.STRATEGY, Kind.SPREAD_KIND)
_STRUCK: Final = (Kind.STRIKE, Kind.STRIKES)
_ASKS_OPTION: Final = frozenset({Kind.RIGHT, *_STRUCK, *_NAMES, Kind.EXPIRATION, Kind.CONTRACTS})
_PRICED: Final = frozenset({Kind.PRICE, Kind.MARKET, Kind.STOP})
_NO_COUNT_FROM: Final = 100
"""From here on a number between symbol and "calls" is the strike: so many contracts are not ordered without one."""


@frozen
class Place:
    """A bare number among the other parts."""

    parts: Sequence[Part]
    at: int
    last_number: int

    @property
    def figure(self) -> Figure:
        value = self.parts[self.at].value
        assert isinstance(value, Figure)  # noqa: S101 - by construction
        return value

    def has(self, *kinds: Kind) -> bool:
        return any(part.kind in kinds for part in self.parts)

    def kind(self, offset: int) -> Kind | None:
        """The kind of a neighbour."""
        at = self.at + offset
        return self.parts[at].kind if 0 <= at < len(self.parts) else None

    @property
    def is_last(self) -> bool:
        return self.at == self.last_number

    @property
    def lacks_strike(self) -> bool:
        return not self.has(*_STRUCK)

    @property
    def lacks_price(self) -> bool:
        return not self.has(Kind.PRICE)

    @property
    def is_priced(self) -> bool:
        return self.has(*_PRICED)

    @property
    def may_be_the_price(self) -> bool:
        """Whether it is the last number, with a point, and the line has no price: that is the price."""
        return self.is_last and self.figure.pointed and not self.is_priced

    @property
    def follows_a_strike(self) -> bool:
        """Whether the number before "calls" would be the strike without this one: ``SPY 450 calls 10``."""
        before = self.parts[self.at - 2].value if self.kind(-2) is Kind.NUMBER else None
        return isinstance(before, Figure) and before.value >= _NO_COUNT_FROM and not self.has(Kind.QUANTITY)

    @property
    def is_option(self) -> bool:
        return self.has(*_ASKS_OPTION)

    @property
    def only_number(self) -> bool:
        return sum(part.kind is Kind.NUMBER for part in self.parts) == 1


def _price_with_effect(place: Place) -> bool:
    """``1.20 credit``, ``2.50 LMT``"""
    return place.lacks_price and place.kind(1) in (Kind.EFFECT, Kind.LIMIT)


def _price_behind_effect(place: Place) -> bool:
    """``credit of 2`` at the end; another price or a stop would be one too many."""
    return not place.is_priced and place.kind(-1) is Kind.EFFECT and place.at == len(place.parts) - 1


def _is_plural(right: Part) -> bool:
    return right.span[1] - right.span[0] > len(right.value)


def _strike_before_right(place: Place) -> bool:
    """``450 call``, ``$450 calls``. Without a quantity, ``10 calls`` could be ten of them; ``SPY 450 calls`` is one."""
    if not place.lacks_strike or place.kind(1) is not Kind.RIGHT:
        return False
    if place.has(Kind.QUANTITY) or not (_is_plural(place.parts[place.at + 1]) and place.figure.is_count):
        return True
    behind_the_symbol = place.kind(-1) is Kind.SYMBOL and place.only_number
    return behind_the_symbol and place.figure.value >= _NO_COUNT_FROM


def _strike_after_right(place: Place) -> bool:
    """``call 450``, ``call 282.5 Dec 18``, and neither ``calls 2.50`` nor ``SPY 450 calls 10``."""
    if not place.lacks_strike or place.kind(-1) is not Kind.RIGHT or place.follows_a_strike:
        return False
    is_contract = place.kind(1) is Kind.EXPIRATION and not _is_plural(place.parts[place.at - 1])
    return is_contract or not place.may_be_the_price


def _strike_after_symbol(place: Place) -> bool:
    """``SPY 450 12/18 calls``"""
    before_the_day = place.kind(1) is Kind.EXPIRATION and not place.may_be_the_price
    named = place.kind(-1) in (Kind.SYMBOL, Kind.CONTRACTS) or before_the_day
    counted = place.has(Kind.QUANTITY) or not place.figure.is_count
    return place.lacks_strike and place.is_option and named and counted


def _strike_beside_price(place: Place) -> bool:
    """``SPY call 12/18 450 @ 2.50``: there is a price, and it is smaller, so this is the strike."""
    price = next((part.value for part in place.parts if part.kind is Kind.PRICE), None)
    if isinstance(price, Figure) and price.value >= place.figure.value:
        return False
    return (
        place.lacks_strike
        and place.is_priced
        and not place.has(Kind.SHARES)
        and place.is_option
        and place.has(Kind.QUANTITY)
        and place.only_number
    )


def _quantity_before_symbol(place: Place) -> bool:
    """``bull put spread 5 SPY 440/435``, ``buy 450c 12/18 10 SPY``"""
    counts = place.has(*_NAMES) or not place.lacks_strike
    return counts and place.kind(1) is Kind.SYMBOL and place.figure.is_count and not place.has(Kind.QUANTITY)


def _strike_after_name(place: Place) -> bool:
    """``straddle 450``"""
    return place.lacks_strike and place.kind(-1) is Kind.STRATEGY and not place.may_be_the_price


def _strike_before_name(place: Place) -> bool:
    """``450 straddle``. Without a quantity, ``5 straddles`` and ``5 straddle 450`` could be five."""
    if not place.lacks_strike or place.kind(1) is not Kind.STRATEGY:
        return False
    name = place.parts[place.at + 1]
    plural = name.span[1] - name.span[0] > len(name.value)
    may_count = place.figure.is_count and (plural or place.kind(2) is Kind.NUMBER)
    return place.has(Kind.QUANTITY) or not may_count


def _quantity_before_right(place: Place) -> bool:
    """``SPY 10 calls strike 450``"""
    return (
        not place.lacks_strike
        and not place.has(Kind.QUANTITY)
        and place.figure.is_count
        and place.kind(1) in (Kind.RIGHT, *_NAMES)
    )


def _quantity_after_symbol(place: Place) -> bool:
    """``BTO SPY 5 450C 12/18``"""
    placed = place.kind(-1) is Kind.SYMBOL and place.kind(-2) is Kind.ACTION
    return not place.lacks_strike and not place.has(Kind.QUANTITY) and place.figure.is_count and placed


def _pointed_price(place: Place) -> bool:
    """``345c Jan 15 12.10``, ``AAPL 190.25``: the last number, with a point or in dollars; not ``buy $500 MSFT``."""
    is_notional = place.kind(-1) is Kind.ACTION and place.kind(1) is Kind.SYMBOL
    return place.lacks_price and place.is_last and not place.figure.is_count and not is_notional


def _price_of_shares(place: Place) -> bool:
    """``100 shares of MSFT 410``"""
    return place.lacks_price and place.has(Kind.SHARES) and place.has(Kind.QUANTITY) and place.only_number


CLAIMS: Final[Sequence[tuple[Kind, Callable[[Place], bool]]]] = (
    (Kind.PRICE, _price_with_effect),
    (Kind.PRICE, _price_behind_effect),
    (Kind.QUANTITY, _quantity_before_symbol),
    (Kind.STRIKE, _strike_before_right),
    (Kind.STRIKE, _strike_after_right),
    (Kind.STRIKE, _strike_after_symbol),
    (Kind.STRIKE, _strike_before_name),
    (Kind.STRIKE, _strike_after_name),
    (Kind.QUANTITY, _quantity_before_right),
    (Kind.QUANTITY, _quantity_after_symbol),
    (Kind.PRICE, _pointed_price),
    (Kind.PRICE, _price_of_shares),
    (Kind.STRIKE, _strike_beside_price),
)


def name_numbers(parts: Sequence[Part], today: NewYorkDay) -> list[Part]:
    """
    Give every bare number its meaning; `unclaimed_number` in `refusing.surplus` reports one that stays bare.

    Raises:
        LanguageFault: ``ambiguous``, when a number of a date could be the strike or the quantity.
    """
    refuse_two_days(parts)
    named = _claim(parts)
    if lacks_strike(named):
        named = _claim(split_impossible_years(parts, today))
    elif not any(part.kind in _PRICED for part in named):
        named = split_possible_price(named, today)
    refuse_hidden_quantity(named)
    return named


def _claim(parts: Sequence[Part]) -> list[Part]:
    claimed = list(parts)
    numbers = [at for at, part in enumerate(claimed) if part.kind is Kind.NUMBER]
    for kind, claims in CLAIMS if 0 < len(numbers) <= len(CLAIMS) else ():  # more numbers than meanings: all stay bare
        for at in numbers:
            if claimed[at].kind is Kind.NUMBER and claims(Place(claimed, at, numbers[-1])):
                value = claimed[at].value.value if kind is Kind.QUANTITY else claimed[at].value
                claimed[at] = evolve(claimed[at], kind=kind, value=value)
    return claimed
