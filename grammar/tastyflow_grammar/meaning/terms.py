"""
The terms of an order: quantity, strike, price, stop and time in force, in range and without a contradiction.

    legs, parts by kind ─▶ order_of ─▶ PlaceOrder        price, effect, stop and time in force are all legs' together

What a price can be by the legs is in `prices`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from attrs import frozen

from tastyflow.domain.commands import AskedAction, AskedLeg, AskedPrice, DaysOut, HeldPart, PlaceOrder
from tastyflow.domain.strategies import is_bought
from tastyflow.domain.ticket import MAX_QUANTITY, Duration, OrderType, PriceEffect, Strategy, TimeInForce
from tastyflow_grammar.days import NewYorkDay
from tastyflow_grammar.meaning import prices
from tastyflow_grammar.meaning.dates import expiration_of
from tastyflow_grammar.parts import ByKind, Figure, Kind, Part, QuoteSide, StopAt, Vague, When
from tastyflow_grammar.refusing.faults import Code, Edit, LanguageFault, Span
from tastyflow_grammar.vocabulary import REASONS

MAX_STRIKE: Final = 1_000_000
MAX_PRICE: Final = 1_000_000  # below
_CENTS_OF_A_CENT: Final = 4
_STRIKE_DECIMALS: Final = 3
_THOUSANDTH: Final = Decimal("0.001")

_EFFECT_IF_BOUGHT: Final[Mapping[bool | None, PriceEffect | None]] = {
    True: PriceEffect.DEBIT,
    False: PriceEffect.CREDIT,
    None: None,
}

CONTRADICTIONS: Final[Sequence[tuple[Kind, Kind, Code, str]]] = (
    (Kind.PRICE, Kind.STOP, Code.UNSUPPORTED, "A price and a stop are two orders: only 'stop 2.00 limit 1.90' is one."),
    (Kind.MARKET, Kind.PRICE, Code.CONFLICT, "A market order has no price."),
    (Kind.MARKET, Kind.STOP, Code.CONFLICT, "A market order has no stop."),
    (Kind.MARKET, Kind.LIMIT, Code.CONFLICT, "The order is a market order or a limit order, not both."),
    (Kind.MARKET, Kind.EFFECT, Code.CONFLICT, "A market order has no price, so no debit or credit."),
)


@frozen
class Pricing:
    """The order type with its price, stop and effect, as far as the line has them."""

    order_type: OrderType | None = None
    price: AskedPrice | None = None
    effect: PriceEffect | None = None
    stop: Decimal | None = None


def order_of(legs: tuple[AskedLeg, ...], strategy: Strategy, by_kind: ByKind, today: NewYorkDay) -> PlaceOrder:
    """
    The order of these legs, with the terms that the line gives.

    Raises:
        LanguageFault: ``conflict`` where the price contradicts the legs; ``ambiguous`` where they do not show
            whether it is paid or received.
    """
    asked = pricing(by_kind, _EFFECT_IF_BOUGHT[is_bought(legs)])
    if stop := by_kind.get(Kind.STOP):
        prices.refuse_bracket(stop.value, legs, stop.span)
    prices.refuse_unlikely(legs, strategy, by_kind)
    closes = all(leg.action is AskedAction.CLOSE for leg in legs)  # the positions will say
    if asked.price is not None and asked.effect is None and not closes:
        priced = by_kind.get(Kind.PRICE) or by_kind[Kind.STOP]
        end = priced.span[1]
        fixes = [(Edit((end, end), f" {effect.value}"),) for effect in PriceEffect]
        message = "Is that price paid or received? Write 'debit' or 'credit' behind it."
        raise LanguageFault(Code.AMBIGUOUS, message, priced.span, fixes)
    return PlaceOrder(
        legs,
        strategy,
        asked.order_type,
        asked.price,
        asked.effect,
        asked.stop,
        time_in_force(by_kind.get(Kind.TIME_IN_FORCE), today),
    )


def quantity(part: Part | None, by_kind: ByKind, shares: bool) -> int:
    """
    How many; one contract where the line has no quantity.

    Raises:
        LanguageFault: ``bad_quantity``: missing for shares, zero, fractional, negative or too many; ``unsupported``:
            a part of a position where a number is wanted.
    """
    if part is None:
        if shares:
            symbol = by_kind[Kind.SYMBOL]
            raise LanguageFault(Code.BAD_QUANTITY, "How many shares? Write 'buy 100 shares of MSFT'.", symbol.span)
        return 1
    if isinstance(part.value, HeldPart):
        raise LanguageFault(Code.UNSUPPORTED, REASONS["HALF"], part.span)
    if isinstance(part.value, Vague):
        fixes = [(Edit(part.span, "2"),)] if part.value is Vague.COUPLE else []
        raise LanguageFault(Code.BAD_QUANTITY, f"How many are {part.value}? Write the number.", part.span, fixes)
    many: Decimal = part.value
    if (thousands := _thousands(many)) and many == int(many):
        message = f"Is {many} a quantity of {int(many)}, or of {thousands:,}? Write it without the point."
        readings = [(Edit(part.span, str(each)),) for each in (int(many), thousands)]
        raise LanguageFault(Code.AMBIGUOUS, message, part.span, readings)
    if not 1 <= many <= MAX_QUANTITY or many != int(many):
        raise LanguageFault(Code.BAD_QUANTITY, f"A quantity is a whole number from 1 to {MAX_QUANTITY:,}.", part.span)
    return int(many)


def strike(figure: Figure, span: Span) -> Decimal:
    """
    The strike price.

    Raises:
        LanguageFault: ``bad_strike``.
    """
    value = figure.value
    if not 0 < value <= MAX_STRIKE or value != round(value, _STRIKE_DECIMALS):
        message = f"A strike lies above 0, up to {MAX_STRIKE:,}, with at most 3 decimals."
        raise LanguageFault(Code.BAD_STRIKE, message, span)
    return value


def pricing(by_kind: ByKind, side: PriceEffect | None) -> Pricing:
    """
    The type, price, effect and stop that the line gives.

    Args:
        by_kind: The parts by kind.
        side: Whether the action pays or receives; None when that is not known yet.

    Raises:
        LanguageFault: They contradict each other or the side, or are out of range.
    """
    _refuse_contradictions(by_kind, side)
    if Kind.MARKET in by_kind:
        return Pricing(OrderType.MARKET)
    effect = by_kind[Kind.EFFECT].value if Kind.EFFECT in by_kind else side
    if stop := by_kind.get(Kind.STOP):
        return _stopped(stop, effect)
    if price := by_kind.get(Kind.PRICE):
        return Pricing(OrderType.LIMIT, amount(price.value, price.span, effect), effect)
    return Pricing()


def amount(price: Figure | QuoteSide | AskedPrice, span: Span, effect: PriceEffect | None) -> AskedPrice:
    """
    A price: "mid", "natural" or a positive number.

    Raises:
        LanguageFault: ``bad_price``; ``unsupported``, where the side of the market is not the one that *effect* takes.
    """
    if isinstance(price, QuoteSide):
        return prices.natural_of(price, effect, span)
    return _positive(price, span) if isinstance(price, Figure) else price


def time_in_force(part: Part | None, today: NewYorkDay) -> TimeInForce:
    """
    How long the order works; one day where the line has no time in force.

    Raises:
        LanguageFault: The last day is no trading day, or past.
    """
    if part is None:
        return TimeInForce()
    duration, when = part.value
    if duration is not Duration.GTD:
        return TimeInForce(duration)
    until = expiration_of(when, part.span, today)
    if isinstance(until, DaysOut):  # the order book needs a day, not an expiration: the calendar's
        last = today.day + timedelta(until.dte)
        until = expiration_of(When("iso", (last.isoformat(),), when.spans), part.span, today)
        assert isinstance(until, date)  # noqa: S101 - an ISO date is one
    return TimeInForce(Duration.GTD, until)


def _positive(figure: Figure, span: Span) -> Decimal:
    value = figure.value
    if not 0 < value < MAX_PRICE or value != round(value, _CENTS_OF_A_CENT):
        raise LanguageFault(Code.BAD_PRICE, "A price lies above 0, below 1,000,000, with at most 4 decimals.", span)
    return value


def _stopped(stop: Part, effect: PriceEffect | None) -> Pricing:
    said: StopAt = stop.value
    at = _positive(said.trigger, stop.span)
    if said.limit is None:
        return Pricing(OrderType.STOP, stop=at)
    return Pricing(OrderType.STOP_LIMIT, amount(said.limit, stop.span, effect), effect, at)


def _refuse_contradictions(by_kind: ByKind, side: PriceEffect | None) -> None:
    for one, other, code, message in CONTRADICTIONS:
        if one in by_kind and other in by_kind:
            fixes = [(Edit(by_kind[other].span, ""),), (Edit(by_kind[one].span, ""),)]
            raise LanguageFault(code, message, by_kind[other].span, fixes)
    priced = Kind.PRICE in by_kind or (Kind.STOP in by_kind and by_kind[Kind.STOP].value.limit is not None)
    for kind in (Kind.LIMIT, Kind.EFFECT):
        if kind in by_kind and not priced:
            raise LanguageFault(
                Code.BAD_PRICE,
                "At what price? Write it as '@ 2.50'.",
                by_kind[kind].span,
                [(Edit(by_kind[kind].span, ""),)],
            )
    effect = by_kind.get(Kind.EFFECT)
    if effect and side and effect.value is not side:
        paid = "paid (a debit)" if side is PriceEffect.DEBIT else "received (a credit)"
        in_one_word = Kind.PRICE in by_kind and by_kind[Kind.PRICE].span == effect.span  # 1.20cr
        fixes = [] if in_one_word else [(Edit(effect.span, side.value),)]
        raise LanguageFault(Code.CONFLICT, f"On this side of the trade the price is {paid}.", effect.span, fixes)


def _thousands(many: Decimal) -> int:
    """``1.000`` as a thousand; 0 where three digits do not follow the point."""
    return int(many * 1_000) if many.same_quantum(_THOUSANDTH) and many >= 1 else 0
