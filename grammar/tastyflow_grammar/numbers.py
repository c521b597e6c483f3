"""
What a bare number means: its place and its neighbours say.

    buy SPY 450 call Dec 18 2.50        450 stands at "call": the strike. 2.50 is last and has a point: the price
    sell 50 AAPL 190.25                 no option in sight, a point: the price
    buy 10 SPY 450                      shares at 450, or an option short of right and date? Not for us to say

The claims are tried in the order of the table, each on every bare number from left to right. A number that none of
them claims is ambiguous. A number in a date (``Dec 12 calls``, ``Dec 18 26 calls``) that could as well be the strike
is, too.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from attrs import evolve, frozen

from tastyflow_grammar.dates import When
from tastyflow_grammar.days import is_coming_year
from tastyflow_grammar.numerals import figure_of
from tastyflow_grammar.parts import Edit, Fault, Figure, Fix, Kind, Part, Said

_LEADING_DAY: Final = frozenset({"day_month", "day_month_year"})
_TRAILING_DAY: Final = frozenset({"month_day"})
_TRAILING_YEAR: Final = frozenset({"month_day_year", "day_month_year", "month_year"})
_ASKS_OPTION: Final = frozenset({Kind.RIGHT, Kind.STRIKE, Kind.EXPIRATION, Kind.CONTRACTS})
_PRICED: Final = frozenset({Kind.PRICE, Kind.MARKET, Kind.STOP})


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
        return not self.has(Kind.STRIKE)

    @property
    def lacks_price(self) -> bool:
        return not self.has(*_PRICED)

    @property
    def is_option(self) -> bool:
        return self.has(*_ASKS_OPTION)

    @property
    def only_number(self) -> bool:
        return sum(part.kind is Kind.NUMBER for part in self.parts) == 1


def _price_with_effect(place: Place) -> bool:
    return place.lacks_price and place.kind(1) in (Kind.EFFECT, Kind.LIMIT)


def _strike_before_right(place: Place) -> bool:
    """``450 call``, ``$450 calls``. ``10 calls`` with no quantity said could be ten of them."""
    if not place.lacks_strike or place.kind(1) is not Kind.RIGHT:
        return False
    right = place.parts[place.at + 1]
    plural = right.span[1] - right.span[0] > len("CALL") - (right.value == "put")
    return place.has(Kind.QUANTITY) or not (plural and place.figure.is_count)


def _strike_after_right(place: Place) -> bool:
    """``call 450``. After ``Dec 18 26 calls``, a number with a point could as well be the price."""
    if not place.lacks_strike or place.kind(-1) is not Kind.RIGHT:
        return False
    return place.kind(-2) is not Kind.EXPIRATION or not place.figure.pointed or not place.lacks_price


def _strike_after_symbol(place: Place) -> bool:
    """``SPY 450 12/18 calls``"""
    named = place.kind(-1) in (Kind.SYMBOL, Kind.CONTRACTS) or place.kind(1) is Kind.EXPIRATION
    counted = place.has(Kind.QUANTITY) or not place.figure.is_count
    return place.lacks_strike and place.is_option and named and counted


def _strike_beside_price(place: Place) -> bool:
    """``SPY call 12/18 450 @ 2.50``: the price is said, so this is the strike."""
    return (
        place.lacks_strike
        and not place.lacks_price
        and not place.has(Kind.SHARES)
        and place.has(Kind.QUANTITY)
        and place.only_number
    )


def _quantity_before_right(place: Place) -> bool:
    """``SPY 10 calls strike 450``"""
    return (
        not place.lacks_strike
        and not place.has(Kind.QUANTITY)
        and place.figure.is_count
        and place.kind(1) is Kind.RIGHT
    )


def _quantity_after_symbol(place: Place) -> bool:
    """``BTO SPY 5 450C 12/18``"""
    placed = place.kind(-1) is Kind.SYMBOL and place.kind(-2) is Kind.ACTION
    return not place.lacks_strike and not place.has(Kind.QUANTITY) and place.figure.is_count and placed


def _pointed_price(place: Place) -> bool:
    """``345c Jan 15 12.10``, ``AAPL 190.25``: the last number, with a point or in dollars."""
    return place.lacks_price and place.is_last and not place.figure.is_count


def _price_of_shares(place: Place) -> bool:
    """``100 shares of MSFT 410``"""
    return place.lacks_price and place.has(Kind.SHARES) and place.has(Kind.QUANTITY) and place.only_number


CLAIMS: Final[Sequence[tuple[Kind, Callable[[Place], bool]]]] = (
    (Kind.PRICE, _price_with_effect),
    (Kind.STRIKE, _strike_before_right),
    (Kind.STRIKE, _strike_after_right),
    (Kind.STRIKE, _strike_after_symbol),
    (Kind.STRIKE, _strike_beside_price),
    (Kind.QUANTITY, _quantity_before_right),
    (Kind.QUANTITY, _quantity_after_symbol),
    (Kind.PRICE, _pointed_price),
    (Kind.PRICE, _price_of_shares),
)


def settle(parts: Sequence[Part], today: date) -> list[Part]:
    """
    Give every bare number its meaning; numbers that stay bare are left for `stray`.

    Raises:
        Fault: ``ambiguous``, when a number of a date could be the strike or the quantity.
    """
    settled = _settle_dates(_claim(parts), parts, today)
    _doubt_leading_day(settled)
    return settled


def stray(parts: Sequence[Part], said: Said) -> Fault | None:
    """What to say of a number that could not be given a meaning, with the readings that it may have."""
    number = said.get(Kind.NUMBER)
    if number is None:
        return None
    figure: Figure = number.value
    digits = f"{figure.value:f}"
    readings = [f"@ {digits}", f"{digits}C", f"{digits}P", *([f"x{digits}"] if figure.is_count else [])]
    message = f"What is {_shown(digits)}? Write a price as '@ 2.50', a strike as '450C' or '450P', a quantity as 'x10'."
    return Fault(
        "ambiguous",
        message,
        number.span,
        [*((Edit(number.span, each),) for each in readings), *_as_option(number, digits)],
    )


def _as_option(number: Part, digits: str) -> list[Fix]:
    """``buy 10 SPY 450`` may be short of a right and an expiration."""
    return [(Edit(number.span, f"{digits}C next month"),), (Edit(number.span, f"{digits}P next month"),)]


def _shown(digits: str) -> str:
    return digits if len(digits) <= 20 else digits[:20] + "…"


def _claim(parts: Sequence[Part]) -> list[Part]:
    claimed = list(parts)
    numbers = [at for at, part in enumerate(claimed) if part.kind is Kind.NUMBER]
    for kind, claims in CLAIMS if len(numbers) <= len(CLAIMS) else ():  # more numbers than meanings: all stay bare
        for at in numbers:
            if claimed[at].kind is Kind.NUMBER and claims(Place(claimed, at, numbers[-1])):
                value = claimed[at].value.value if kind is Kind.QUANTITY else claimed[at].value
                claimed[at] = evolve(claimed[at], kind=kind, value=value)
    return claimed


def _settle_dates(claimed: list[Part], parts: Sequence[Part], today: date) -> list[Part]:
    """Where no strike was found and a number of the date stands at the right, it may be the strike."""
    if any(part.kind is Kind.STRIKE for part in claimed):
        return claimed
    for at, part in enumerate(parts):
        before = parts[at - 1].kind if at else None
        after = parts[at + 1].kind if at + 1 < len(parts) else None
        if part.kind is not Kind.EXPIRATION or not isinstance(part.value, When):
            continue
        when = part.value
        if when.form in _TRAILING_YEAR and after is Kind.RIGHT and when.words[-1].strip(" ,").isdigit():
            two_days = when.form == "day_month_year" and not when.sure  # "24 Dec 18 calls" has two more readings
            if two_days or len(when.words[-1].strip(" ,")) > 2 or is_coming_year(when.words[-1], today):
                raise _doubt(part, when, -1, "the year")
            return _claim([*parts[:at], *_without_year(part, when), *parts[at + 1 :]])
        if when.form in _TRAILING_DAY and after is Kind.RIGHT and when.words[-1].isdigit():
            raise _doubt(part, when, -1, "the day")
        if when.form in _LEADING_DAY and Kind.RIGHT in (before, after) and when.words[0].isdigit() and not when.sure:
            raise _doubt(part, when, 0, "the day")
    return claimed


def _without_year(part: Part, when: When) -> tuple[Part, Part]:
    """``Dec 18 60 calls``: nobody means 2060."""
    day, number = when.spans[:-1], when.spans[-1]
    form = "month" if when.form == "month_year" else when.form.removesuffix("_year")
    shorter = evolve(when, form=form, words=when.words[:-1], spans=day)
    return (
        Part(Kind.EXPIRATION, shorter, (part.span[0], day[-1][1])),
        Part(Kind.NUMBER, figure_of(when.words[-1].strip(" ,")), number),
    )


def _doubt(part: Part, when: When, piece: int, name: str) -> Fault:
    digits = when.words[piece].strip(" ,")
    message = f"Is {digits} {name} or the strike? Write the strike as {digits}C or {digits}P, or name it too."
    return Fault("ambiguous", message, part.span, _readings(when, piece, digits))


def _readings(when: When, piece: int, digits: str) -> list[Fix]:
    return [(Edit(when.spans[piece], f" strike {digits}"),)]


def _doubt_leading_day(parts: Sequence[Part]) -> None:
    """``buy SPY 18 Dec 450c``: 18 of them, or the 18th?"""
    if any(part.kind in (Kind.QUANTITY, Kind.NUMBER) for part in parts):
        return
    for part in parts:
        if isinstance(part.value, When) and part.value.form in _LEADING_DAY and not part.value.sure:
            day = part.value.words[0]
            if day.isdigit():
                fixes = [
                    (Edit(part.span, f"x{day} {' '.join(part.value.words[1:])}"),),
                    (Edit(part.span, f"exp {' '.join(part.value.words)}"),),
                ]
                raise Fault(
                    "ambiguous", f"Is {day} the quantity or the day? Write 'x{day}' or 'exp {day}'.", part.span, fixes
                )
