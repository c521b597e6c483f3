"""
The line of a rule, read by the language with plausible figures in it, when the rule is read.

    template ─▶ a sample line ─ Language.parse ─▶ an order        else the rule is refused
             ─▶ the same with one number moved ─▶ another order   the part that moved is where that place stands

So the program learns which place is a strike, a price, a stop or a quantity from the language itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import islice, product
from typing import Final

from attrs import evolve, frozen

from tastyflow.domain.commands import AskedOption, PlaceOrder
from tastyflow.domain.expirations import (
    is_trading_day,
    new_york_date,
    next_trading_day,
    session,
    trading_day_on_or_after,
    trading_days,
)
from tastyflow.domain.signal_rule.action import ActionTemplate
from tastyflow.domain.signal_rule.figures import FIGURES, Figures, FigureUnit
from tastyflow.domain.signal_rule.model_order import ModelOrder, NumberSeat, OrderPart
from tastyflow.domain.signal_rule.places import ExpirationPlace, NumberPlace, PlaceKind
from tastyflow.errors import Invalid, NotUnderstood, Refused
from tastyflow.ports import Language

SCALES: Final = (6000.0, 450.0, 40.0)
"""Prices of underlyings at which a line is tried: of an index, of an ETF, of a share."""

BROUGHT: Final = (2.5, 2.0)
"""Values that a figure may have which a source brings, besides that of the spot: a premium, a quantity."""

MOST_TRIES: Final = 300
DAYS_AHEAD: Final = 30

_HALF: Final = Decimal("0.5")
_MOVES: Final = tuple(Decimal(move) for move in ("0.5", "-0.5", "0.05", "-0.05", "1", "-1"))
_PLAUSIBLE: Final[Mapping[FigureUnit, float]] = {
    FigureUnit.DOLLARS_PER_PERCENT: 1e9,
    FigureUnit.PERCENT: 1.5,
    FigureUnit.MINUTES: 60.0,
    FigureUnit.NUMBER: 2.0,
}
_OF_SPOT: Final[Mapping[str, float]] = {"call_wall": 1.02, "put_wall": 0.98}
_FLIPS: Final = (0.99, 0.97, 1.03)
"""Between the walls, below both, and above both: a share of the spot."""


@frozen
class Sample:
    """
    One filling of a line.

    Attributes:
        prices: Which number places seem to be prices, by the words before them: how they are written.
    """

    numbers: tuple[Decimal, ...]
    days: tuple[date, ...]
    prices: tuple[PlaceKind, ...]


def with_model(template: ActionTemplate, *, symbol: str, language: Language, now: datetime) -> ActionTemplate:
    """
    *template* with what the language reads in it.

    Raises:
        Invalid: code ``bad_template``: the language refuses it, it is no order, or a figure stands where none may.
    """
    return _Sampling(template, symbol, language, now).modelled()


class _Sampling:
    def __init__(self, template: ActionTemplate, symbol: str, language: Language, now: datetime) -> None:
        self._template, self._symbol, self._language = template, symbol, language
        self._as_of = _open_moment(now, template.expiration_places)

    def modelled(self) -> ActionTemplate:
        sample, order = self._first_read()
        if len({leg.instrument.underlying for leg in order.legs}) != 1:
            raise Invalid("An order of a rule is on one underlying.", code="bad_template")
        seats = tuple(self._seat(sample, order, index) for index in range(len(sample.numbers)))
        days = tuple(self._legs_of_day(sample, order, index) for index in range(len(sample.days)))
        return evolve(self._template, model=ModelOrder(order, seats, days))

    def _first_read(self) -> tuple[Sample, PlaceOrder]:
        """The first plausible filling that the language reads as an order."""
        refusal: Invalid | None = None
        for sample in islice(self._samples(), MOST_TRIES):
            try:
                return sample, self._read(sample)
            except NotUnderstood as no:
                line = self._line(sample)
                refusal = refusal or Invalid(f"The language refuses {line!r}: {no.message}", code="bad_template")
        raise refusal or Invalid("No plausible figures fill the line.", code="bad_template")

    def _samples(self) -> Iterator[Sample]:
        places = self._template.number_places
        days = tuple(_sample_day(place, self._as_of) for place in self._template.expiration_places)
        brought = sorted(self._template.figures - set(FIGURES))
        for scale, flip in product(SCALES, _FLIPS):
            market = _plausible(scale, flip)
            for values in product((scale, *BROUGHT), repeat=len(brought)):
                figures = Figures(self._symbol, self._as_of, market | dict(zip(brought, values, strict=True)))
                try:
                    raw = self._template.raw_numbers(figures)
                except Refused:
                    continue
                numbers = tuple(_sampled(place, value) for place, value in zip(places, raw, strict=True))
                if all(number > 0 for number in numbers):
                    yield Sample(numbers, days, self._template.kinds_by_words)

    def _line(self, sample: Sample) -> str:
        return self._template.line(sample.numbers, sample.prices, sample.days, symbol=self._symbol)

    def _read(self, sample: Sample) -> PlaceOrder:
        command = self._language.parse(self._line(sample), as_of=self._as_of)
        if not isinstance(command, PlaceOrder):
            raise Invalid(
                f"{self._line(sample)!r} is no order but another command.",
                code="bad_template",
                hint="A rule asks for an order, and for nothing else.",
            )
        return command

    def _seat(self, sample: Sample, order: PlaceOrder, index: int) -> NumberSeat:
        """Where the number of place *index* stands, by what moves with it."""
        place, value = self._template.number_places[index], sample.numbers[index]
        for move in (Decimal(1),) if place.most is not None else _MOVES:
            numbers = (*sample.numbers[:index], value + move, *sample.numbers[index + 1 :])
            try:
                moved = self._read(evolve(sample, numbers=numbers))
            except NotUnderstood:
                continue
            if place.most is None and [leg.quantity for leg in moved.legs] != [leg.quantity for leg in order.legs]:
                hint = f"Write how many it may be: {{{place.text} at most 3}}."
                raise Invalid(f"{{{place.text}}} is a quantity without a bound.", code="bad_template", hint=hint)
            seat = _moved_with(order, moved, value, value + move)
            if seat is None:
                break
            if place.most is not None and seat.part is not OrderPart.QUANTITY:
                raise Invalid(f"{{{place.text}}} is a {seat.part}: 'at most' is for a quantity.", code="bad_template")
            return seat
        raise Invalid(
            f"{{{place.text}}} does not stand where a strike, a price, a stop or a quantity is.", code="bad_template"
        )

    def _legs_of_day(self, sample: Sample, order: PlaceOrder, index: int) -> tuple[int, ...]:
        place = self._template.expiration_places[index]
        other = next_trading_day(sample.days[index])
        while other in sample.days:
            other = next_trading_day(other)
        days = (*sample.days[:index], other, *sample.days[index + 1 :])
        try:
            moved = self._read(evolve(sample, days=days))
        except NotUnderstood as no:
            raise Invalid(f"{{{place.text}}} is not read as a day: {no.message}", code="bad_template") from None
        legs = tuple(
            number
            for number, leg in enumerate(moved.legs)
            if isinstance(leg.instrument, AskedOption) and leg.instrument.expiration == other
        )
        model = ModelOrder(order, (), (legs,))
        if not legs or model.expected((), (other,)) != moved or model.expected((), (sample.days[index],)) != order:
            raise Invalid(f"{{{place.text}}} is not the expiration of the order.", code="bad_template")
        return legs


def _moved_with(order: PlaceOrder, moved: PlaceOrder, value: Decimal, other: Decimal) -> NumberSeat | None:
    """The part of *order* that holds *value*, and of *moved* that holds *other*, while all else is the same."""
    if len(order.legs) != len(moved.legs):
        return None
    pairs = list(enumerate(zip(order.legs, moved.legs, strict=True)))
    strikes = tuple(index for index, (a, b) in pairs if a.instrument != b.instrument)
    sizes = tuple(index for index, (a, b) in pairs if a.quantity != b.quantity)
    seats = [NumberSeat(OrderPart.PRICE), NumberSeat(OrderPart.STOP)]
    seats += [NumberSeat(OrderPart.STRIKE, strikes)] if strikes else []
    if sizes and all(isinstance(order.legs[index].quantity, int) for index in sizes):
        seats.append(NumberSeat(OrderPart.QUANTITY, sizes))
    for seat in seats:
        model = ModelOrder(order, (seat,), ())
        if model.expected((value,), ()) == order and model.expected((other,), ()) == moved:
            return seat
    return None


def _sampled(place: NumberPlace, value: Decimal) -> Decimal:
    if place.most is not None:
        return Decimal(1)
    step = place.step or _HALF
    return (value / step).quantize(Decimal(1), ROUND_HALF_EVEN) * step if abs(value) < Decimal(10) ** 12 else Decimal(0)


def _plausible(spot: float, flip: float) -> dict[str, float]:
    values = {name: _PLAUSIBLE.get(about.unit, spot) for name, about in FIGURES.items()}
    shares = {**_OF_SPOT, "flip": flip}
    return values | {name: float(round(spot * share)) for name, share in shares.items()}


def _open_moment(now: datetime, places: Sequence[ExpirationPlace]) -> datetime:
    """
    A moment in a session, on or after *now*, at which a trading day fits each of *places*.

    Raises:
        Invalid: None of the next ones does.
    """
    today = new_york_date(now)
    day = (
        today
        if is_trading_day(today) and now < session(today).closes_at
        else trading_day_on_or_after(today + timedelta(days=1))
    )
    for _ in range(DAYS_AHEAD):
        moment = session(day).opens_at + timedelta(minutes=30)
        if all(_days_in(place, moment) for place in places):
            return moment
        day = next_trading_day(day)
    texts = " and ".join(f"{{{place.text}}}" for place in places)
    raise Invalid(f"No trading day is in {texts}, seen from any day of the next weeks.", code="bad_template")


def _days_in(place: ExpirationPlace, moment: datetime) -> list[date]:
    today = new_york_date(moment)
    first, last = today + timedelta(days=place.first), today + timedelta(days=place.last)
    return list(islice((day for day in trading_days(first, last) if place.fits(day, moment)), 1))


def _sample_day(place: ExpirationPlace, moment: datetime) -> date:
    return _days_in(place, moment)[0]
