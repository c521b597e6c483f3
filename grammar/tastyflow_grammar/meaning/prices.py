"""
Prices that need the legs: a side of the market, more than such an order can cost, dollars of a contract, stop losses.

    buy 3 SPY 500C 12/18 at the ask                   the price at which one can buy: natural
    sell 3 SPY 440/435 put vertical 12/18 for $120    never more than the 5 between the strikes: 1.20?
    buy 5 F 10p 12/18 @ 12.50                         never more than the strike
    buy SPY 450 call 12/18 for 250                    250.00, or 2.50, which is 250 dollars a contract?
    buy 1 SPX 6000c 12/18 @ 250                       as a screen shows it, and small beside the strike: 250.00
    BTO 5 SPY 450C 12/18 stop loss 2.00               a second order behind the first

A figure with a decimal point is never asked about for its size alone: ``for 250.00`` is clear. Nor is one below 10, nor
the price of shares.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final, Literal

from tastyflow.domain.commands import AskedAction, AskedLeg, AskedOption
from tastyflow.domain.instruments import Right, plain
from tastyflow.domain.ticket import PriceEffect, Strategy
from tastyflow_grammar.parts import ByKind, Figure, Kind, Part, QuoteSide, StopAt
from tastyflow_grammar.refusing.faults import Code, Edit, Fix, LanguageFault, Span
from tastyflow_grammar.vocabulary import REASONS

_TAKEN: Final[Mapping[PriceEffect, QuoteSide]] = {
    PriceEffect.DEBIT: QuoteSide.ASK,
    PriceEffect.CREDIT: QuoteSide.BID,
}
"""The side of the market that an order takes when it pays, and when it receives."""

_WINGED: Final = frozenset({Strategy.VERTICAL, Strategy.BUTTERFLY, Strategy.IRON_BUTTERFLY, Strategy.IRON_CONDOR})
_BOTH_SIDED: Final = frozenset({Strategy.STRADDLE, Strategy.STRANGLE})
_CLOSING: Final = frozenset({AskedAction.CLOSE, AskedAction.BUY_TO_CLOSE, AskedAction.SELL_TO_CLOSE})
_IN_DOUBT_FROM: Final = 10
_DOLLARS_FROM: Final = 100
"""A whole number from here on is an amount in dollars as often as a price, where no screen writes it."""
_PART_OF_STRIKE: Final = 10
"""The price of an option is rarely more than this part of its strike, and then has its decimals."""
_MULTIPLIER: Final = 100


def natural_of(named: QuoteSide, effect: PriceEffect | None, span: Span) -> Literal["natural"]:
    """
    The price at which the market trades now, where *named* is the side that the order takes.

    Raises:
        LanguageFault: ``unsupported``, where it is the other side, or the order's own is not known yet.
    """
    if effect and _TAKEN[effect] is named:
        return "natural"
    taken = f": this order takes the {_TAKEN[effect]}" if effect else ""
    message = f"The {named} is no price here{taken}. Write mid, natural or a price."
    raise LanguageFault(Code.UNSUPPORTED, message, span, [(Edit(span, f"@ {word}"),) for word in ("mid", "natural")])


def refuse_bracket(stop: StopAt, legs: Sequence[AskedLeg], span: Span) -> None:
    """
    Refuse a stop that is to protect what the same line opens. A plain sell of one leg has a position.

    Raises:
        LanguageFault: ``unsupported``.
    """
    actions = {leg.action for leg in legs}
    if stop.protects and not actions <= _CLOSING and not (len(legs) == 1 and actions == {AskedAction.SELL}):
        raise LanguageFault(Code.UNSUPPORTED, REASONS["LOSS"], span, [(Edit(span, ""),)])


def refuse_unlikely(legs: Sequence[AskedLeg], strategy: Strategy, by_kind: ByKind) -> None:
    """
    Ask about a price that no such order can have, and about a whole number that may be meant in dollars.

    Raises:
        LanguageFault: ``ambiguous``, with the readings that are possible.
    """
    part = by_kind.get(Kind.PRICE) or by_kind.get(Kind.STOP)
    figures = _figures(part)
    if part is None or not figures:
        return
    most = _most(legs, strategy)
    if most is not None and any(figure.value > most for figure in figures):
        whole = all(_may_be_dollars(figure) and figure.value <= most * _MULTIPLIER for figure in figures)
        fixes = [_retyped(part, by_kind, _MULTIPLIER)] if whole else []
        least = f" Is it {_in_dollars(figures[-1])}?" if whole else ""
        message = f"{_named(strategy)} of these strikes is never worth more than {plain(most)}.{least}"
        raise LanguageFault(Code.AMBIGUOUS, message, part.span, fixes)
    for figure in figures:
        quoted = figure.quoted or Kind.LIMIT in by_kind
        if not figure.pointed and is_in_doubt(figure.value, legs, strategy, quoted=quoted):
            price, cost = f"{figure.value:.2f}", _in_dollars(figure)
            message = f"Is the price {price}, or {cost}, which is {plain(figure.value)} dollars a contract?"
            likely_first = (1, _MULTIPLIER) if quoted and figure.value < _DOLLARS_FROM else (_MULTIPLIER, 1)
            fixes = [_retyped(part, by_kind, by) for by in likely_first]
            raise LanguageFault(Code.AMBIGUOUS, message, part.span, fixes)


def is_in_doubt(price: Decimal, legs: Sequence[AskedLeg], strategy: Strategy, *, quoted: bool) -> bool:
    """
    Whether a price without a decimal point could as well be dollars for one contract.

    Args:
        price: As typed.
        legs: Those that it is for.
        strategy: Theirs.
        quoted: Whether it stands behind "@" or "limit".
    """
    strikes = [leg.instrument.strike for leg in legs if isinstance(leg.instrument, AskedOption)]
    if len(strikes) < len(legs) or price < _IN_DOUBT_FROM or price != int(price):
        return False
    if price >= _DOLLARS_FROM and not quoted:
        return True
    if strategy in _WINGED:  # their widths are the measure
        return False
    return price * _PART_OF_STRIKE > (sum(strikes) if strategy in _BOTH_SIDED else max(strikes))


def _most(legs: Sequence[AskedLeg], strategy: Strategy) -> Decimal | None:
    """What the order can cost or bring at most; None where there is no such limit."""
    options = [leg.instrument for leg in legs if isinstance(leg.instrument, AskedOption)]
    strikes = sorted({option.strike for option in options})
    if strategy is Strategy.IRON_CONDOR:
        return max(strikes[1] - strikes[0], strikes[3] - strikes[2])
    if strategy in _WINGED:
        return max(high - low for low, high in pairwise(strikes))
    is_put = len(legs) == len(options) == 1 and options[0].right is Right.PUT
    return strikes[0] if is_put else None


def _figures(part: Part | None) -> list[Figure]:
    """The numbers of a price or a stop; none where it has words."""
    if part is None:
        return []
    said = (part.value.trigger, part.value.limit) if isinstance(part.value, StopAt) else (part.value,)
    return [each for each in said if isinstance(each, Figure)]


def _may_be_dollars(figure: Figure) -> bool:
    return not figure.pointed and figure.value >= _IN_DOUBT_FROM


def _in_dollars(figure: Figure) -> str:
    """What that many dollars for a contract are as a price."""
    return f"{figure.value / _MULTIPLIER:.2f}"


def _retyped(part: Part, by_kind: ByKind, by: int) -> Fix:
    """The price or stop written anew with its decimals, divided by a number."""
    figures = [f"{figure.value / by:.2f}" for figure in _figures(part)]
    if isinstance(part.value, StopAt):
        return (Edit(part.span, "stop " + " limit ".join(figures)),)
    effect = by_kind.get(Kind.EFFECT)
    in_one = f" {effect.value}" if effect and effect.span == part.span else ""  # 120cr
    return (Edit(part.span, f"@ {figures[0]}{in_one}"),)


def _named(strategy: Strategy) -> str:
    name = "put" if strategy is Strategy.SINGLE else strategy.replace("_", " ")
    return f"{'An' if name[0] == 'i' else 'A'} {name}"
