"""Quantities, strikes, prices and stops: in range, and not against each other."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from attrs import frozen

from tastyflow.domain.commands import AskedPrice
from tastyflow.domain.ticket import MAX_QUANTITY, OrderType, PriceEffect
from tastyflow_grammar.parts import Figure, Kind, Part, Said
from tastyflow_grammar.refusing.faults import Code, Edit, Fault, Span

MAX_STRIKE: Final = 1_000_000
MAX_PRICE: Final = 1_000_000  # below
_CENTS_OF_A_CENT: Final = 4
_STRIKE_DECIMALS: Final = 3

CONTRADICTIONS: Final[Sequence[tuple[Kind, Kind, Code, str]]] = (
    (Kind.PRICE, Kind.STOP, Code.UNSUPPORTED, "A price and a stop are two orders: only 'stop 2.00 limit 1.90' is one."),
    (Kind.MARKET, Kind.PRICE, Code.CONFLICT, "A market order has no price."),
    (Kind.MARKET, Kind.STOP, Code.CONFLICT, "A market order has no stop."),
    (Kind.MARKET, Kind.LIMIT, Code.CONFLICT, "The order is a market order or a limit order, not both."),
    (Kind.MARKET, Kind.EFFECT, Code.CONFLICT, "A market order has no price, so no debit or credit."),
)


@frozen
class Pricing:
    """What is said of the price."""

    order_type: OrderType | None = None
    price: AskedPrice | None = None
    effect: PriceEffect | None = None
    stop: Decimal | None = None


def quantity(part: Part | None, said: Said, shares: bool) -> int:
    """
    How many; one contract when unsaid.

    Raises:
        Fault: ``bad_quantity``: unsaid for shares, zero, fractional, negative or too many.
    """
    if part is None:
        if shares:
            symbol = said[Kind.SYMBOL]
            fix = (Edit((symbol.span[0], symbol.span[0]), "100 "),)
            raise Fault(Code.BAD_QUANTITY, "How many shares? Write 'buy 100 shares of MSFT'.", symbol.span, [fix])
        return 1
    many: Decimal = part.value
    if not 1 <= many <= MAX_QUANTITY or many != int(many):
        fixes = [(Edit(part.span, text),) for text in _whole(many)]
        raise Fault(Code.BAD_QUANTITY, f"A quantity is a whole number from 1 to {MAX_QUANTITY:,}.", part.span, fixes)
    return int(many)


def strike(figure: Figure, span: Span) -> Decimal:
    """
    The strike price.

    Raises:
        Fault: ``bad_strike``.
    """
    value = figure.value
    if not 0 < value <= MAX_STRIKE or value != round(value, _STRIKE_DECIMALS):
        message = f"A strike lies above 0, up to {MAX_STRIKE:,}, with at most 3 decimals."
        raise Fault(Code.BAD_STRIKE, message, span)
    return value


def pricing(said: Said, side: PriceEffect | None) -> Pricing:
    """
    The type, price, effect and stop that are said.

    Args:
        said: The parts by kind.
        side: Whether the action pays or receives; None when that is not known yet.

    Raises:
        Fault: They contradict each other or the side, or are out of range.
    """
    _refuse_contradictions(said, side)
    if Kind.MARKET in said:
        return Pricing(OrderType.MARKET)
    effect = said[Kind.EFFECT].value if Kind.EFFECT in said else side
    if stop := said.get(Kind.STOP):
        return _stopped(stop, effect)
    if price := said.get(Kind.PRICE):
        return Pricing(OrderType.LIMIT, amount(price.value, price.span), effect)
    return Pricing()


def amount(said: Figure | AskedPrice, span: Span) -> AskedPrice:
    """
    A price: "mid", "natural" or a positive number.

    Raises:
        Fault: ``bad_price``.
    """
    if not isinstance(said, Figure):
        return said
    return _positive(said, span)


def _positive(figure: Figure, span: Span) -> Decimal:
    value = figure.value
    if not 0 < value < MAX_PRICE or value != round(value, _CENTS_OF_A_CENT):
        raise Fault(Code.BAD_PRICE, "A price lies above 0, below 1,000,000, with at most 4 decimals.", span)
    return value


def _stopped(stop: Part, effect: PriceEffect | None) -> Pricing:
    trigger, limit = stop.value
    at = _positive(trigger, stop.span)
    if limit is None:
        return Pricing(OrderType.STOP, stop=at)
    return Pricing(OrderType.STOP_LIMIT, amount(limit, stop.span), effect, at)


def _refuse_contradictions(said: Said, side: PriceEffect | None) -> None:
    for one, other, code, message in CONTRADICTIONS:
        if one in said and other in said:
            fixes = [(Edit(said[other].span, ""),), (Edit(said[one].span, ""),)]
            raise Fault(code, message, said[other].span, fixes)
    priced = Kind.PRICE in said or (Kind.STOP in said and said[Kind.STOP].value[1] is not None)
    for kind in (Kind.LIMIT, Kind.EFFECT):
        if kind in said and not priced:
            raise Fault(
                Code.BAD_PRICE, "At what price? Write it as '@ 2.50'.", said[kind].span, [(Edit(said[kind].span, ""),)]
            )
    effect = said.get(Kind.EFFECT)
    if effect and side and effect.value is not side:
        paid = "paid (a debit)" if side is PriceEffect.DEBIT else "received (a credit)"
        in_one_word = Kind.PRICE in said and said[Kind.PRICE].span == effect.span  # 1.20cr
        fixes = [] if in_one_word else [(Edit(effect.span, side.value),)]
        raise Fault(Code.CONFLICT, f"On this side of the trade the price is {paid}.", effect.span, fixes)


def _whole(many: Decimal) -> list[str]:
    """Whole numbers near by."""
    near = {int(many), int(many) + 1} if many != int(many) else {abs(int(many))}
    return [str(number) for number in sorted(near) if 1 <= number <= MAX_QUANTITY]
