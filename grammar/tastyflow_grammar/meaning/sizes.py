"""
Sizes that the position says: a part of what is held, and every leg of an underlying at once.

    STC half SPY 450C 12/18      close SPY 450C 12/18            part of one contract; unsaid, all of it
    close half SPY               flatten            close all    part of every leg

Only what closes has such a size. ``1/2``, ``1/3`` and ``1/4`` are days, too: one is a part where the line has its
expiration besides, and is asked for where it stands at either end of a contract without one.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from attrs import evolve

from tastyflow.domain.commands import AskedAction, AskedQuantity, Flatten, HeldPart
from tastyflow_grammar.days import NewYorkDay
from tastyflow_grammar.meaning import terms
from tastyflow_grammar.parts import ByKind, Figure, Kind, Part, StopAt, When, span_over
from tastyflow_grammar.refusing.faults import Code, Edit, Fix, LanguageFault
from tastyflow_grammar.refusing.missing import OF_AN_OPTION, likely_expirations
from tastyflow_grammar.vocabulary import REASONS, REQUESTS

CLOSING: Final = frozenset({AskedAction.CLOSE, AskedAction.BUY_TO_CLOSE, AskedAction.SELL_TO_CLOSE})
_FRACTIONS: Final = {part.value: part for part in HeldPart if part is not HeldPart.ALL}
_DECIMALS: Final = {"1/2": ".5", "1/4": ".25"}
"""What they are as a part of a price."""
_OF_FLATTEN: Final = frozenset({Kind.ACTION, Kind.QUANTITY, Kind.SYMBOL})


def name_held_parts(parts: Sequence[Part], expirations: int, today: NewYorkDay) -> list[Part]:
    """
    The parts, with a size found among what looks like days: ``STC 1/2 SPY 500C 12/18``.

    Args:
        parts: As read.
        expirations: How many an order of this kind takes.
        today: In New York.

    Raises:
        LanguageFault: ``unsupported``, where what does not close has a part; ``ambiguous``, where one may be the day;
            ``conflict``, where two are said.
    """
    if not any(map(_may_say_a_part, parts)):
        return list(parts)
    _refuse_two(parts)
    parts = _closing_sale(_part_first(parts, expirations, today))
    _refuse_mixed_figure(parts, expirations)
    if not _closes(parts) or any(part.kind is Kind.QUANTITY for part in parts):
        _refuse_open_part(parts)
        return list(parts)
    fractions = [at for at, part in enumerate(parts) if _is_fraction(part) and not _is_between(parts, at)]
    if not fractions:
        return list(parts)
    kinds = {part.kind for part in parts}
    if Kind.SHARES in kinds and not OF_AN_OPTION & kinds:
        expirations = 0
    days = sum(part.kind is Kind.EXPIRATION for part in parts)
    first = [at for at in fractions if at and parts[at - 1].kind is Kind.ACTION]
    if days > expirations and (first or len(fractions) == 1):
        return _with_part(parts, (first or fractions)[0])
    if days > expirations or first or fractions[-1] == len(parts) - 1:
        raise _part_or_day(parts, parts[(first or fractions)[0]], today)
    return list(parts)


def flattened(parts: Sequence[Part]) -> Flatten | None:
    """
    What ``close SPY`` and ``close all`` ask for: every leg. None where *parts* name a contract, or do not close.

    Raises:
        LanguageFault: ``missing_symbol`` for ``close half``: the whole account is not meant by naming nothing.
    """
    if parts[0].value is not AskedAction.CLOSE:
        return None
    parts = [*parts[:1], *_fractions_named(parts[1:2]), *parts[2:]]
    kinds = [part.kind for part in parts]
    once = len(set(kinds)) == len(kinds) > 1 and set(kinds) <= _OF_FLATTEN
    if not once:
        return None
    sizes = [part.value for part in parts if part.kind is Kind.QUANTITY]
    if not all(isinstance(each, HeldPart) for each in sizes):
        return None
    if Kind.SYMBOL not in kinds and sizes != [HeldPart.ALL]:
        message = "Of what? Name the contract or its underlying; 'flatten half' is half of every leg there is."
        raise LanguageFault(Code.MISSING_SYMBOL, message, span_over(parts), [(Edit(parts[0].span, "flatten"),)])
    return _flatten(parts)


def flatten(parts: Sequence[Part]) -> Flatten:
    """
    What ``flatten half SPY`` asks for.

    Raises:
        LanguageFault: ``syntax``, where something is said twice, or is neither a symbol nor a part.
    """
    named = _fractions_named(parts)
    kinds = [part.kind for part in named]
    if len(set(kinds)) < len(kinds) or not set(kinds) <= _OF_FLATTEN:
        raise LanguageFault(Code.SYNTAX, REQUESTS["FLATTEN"].usage, span_over(parts))
    return _flatten(named)


def size(part: Part | None, by_kind: ByKind, action: AskedAction, *, shares: bool) -> AskedQuantity:
    """
    How many; of what closes, the part of the position that is said, or all of it.

    Raises:
        LanguageFault: ``bad_quantity``, as of `terms.quantity`; also for shares that are not called so.
    """
    said = part.value if part else HeldPart.ALL
    if action not in CLOSING or not isinstance(said, HeldPart):
        return terms.quantity(part, by_kind, shares)
    if shares and Kind.SHARES not in by_kind:
        symbol = by_kind[Kind.SYMBOL]
        end = symbol.span[1]
        message = "How many shares? Write 'close 100 MSFT', or 'close MSFT shares' for all that are held."
        raise LanguageFault(Code.BAD_QUANTITY, message, symbol.span, [(Edit((end, end), " shares"),)])
    return said


def _flatten(parts: Sequence[Part]) -> Flatten:
    values = {part.kind: part.value for part in parts}
    symbol = values.get(Kind.SYMBOL)
    return Flatten(symbol.symbol if symbol else None, values.get(Kind.QUANTITY, HeldPart.ALL))


def _fractions_named(parts: Sequence[Part]) -> list[Part]:
    return [_as_part(part) if _is_fraction(part) else part for part in parts]


def _closes(parts: Sequence[Part]) -> bool:
    return any(
        (part.kind is Kind.ACTION and part.value in CLOSING)
        or (part.kind is Kind.EFFECT_ON_POSITION and part.value == "close")
        for part in parts
    )


def _may_say_a_part(part: Part) -> bool:
    """Whether it closes, or is a part of what is held, or looks like one: most lines have none of these."""
    value = part.value
    if part.kind is Kind.ACTION:
        return value in CLOSING
    if part.kind is Kind.EXPIRATION:
        return value.words[0] in _FRACTIONS
    return part.kind is Kind.EFFECT_ON_POSITION or isinstance(value, HeldPart)


def _part_first(parts: Sequence[Part], expirations: int, today: NewYorkDay) -> Sequence[Part]:
    """
    ``sell 1/2 SPY 450C 12/18``: a fraction behind an action is a part, where the line has its expiration, too.

    Raises:
        LanguageFault: ``ambiguous``: ``sell 1/4 SPY 450C``, where what is sold may be held.
    """
    if len(parts) < 2 or parts[0].kind is not Kind.ACTION or not _is_fraction(parts[1]) or _is_between(parts, 1):
        return parts
    if sum(part.kind is Kind.EXPIRATION for part in parts) > expirations:
        return _with_part(parts, 1)
    counted = any(part.kind is Kind.QUANTITY for part in parts)
    if parts[0].value is AskedAction.SELL and _is_of_one_option(parts) and not counted:
        raise _part_or_day(parts, parts[1], today)
    return parts


def _is_of_one_option(parts: Sequence[Part]) -> bool:
    kinds = {part.kind for part in parts}
    return Kind.RIGHT in kinds and not {Kind.STRATEGY, Kind.SPREAD_KIND, Kind.STRIKES} & kinds


def _refuse_mixed_figure(parts: Sequence[Part], expirations: int) -> None:
    """
    Refuse ``close SPY 450C 12/18 @ 3 1/2``: half at 3, or all at three and a half?

    Raises:
        LanguageFault: ``ambiguous``.
    """
    if not _closes(parts) or sum(part.kind is Kind.EXPIRATION for part in parts) <= expirations:
        return
    for price, part in pairwise(parts):
        figure = price.value.trigger if isinstance(price.value, StopAt) else price.value
        if not isinstance(figure, Figure) or figure.pointed or price.kind not in (Kind.PRICE, Kind.STOP):
            continue
        if not _is_fraction(part) or part.value.words[0] not in _DECIMALS:
            continue
        said, (start, end) = part.value.words[0], (price.span[1], part.span[1])
        message = f"Is {said} a part of what is held, or of the price? Write the part before the contract."
        first = parts[0].span[1]
        fixes: list[Fix] = [
            (Edit((start, end), _DECIMALS[said]),),
            (Edit((start, end), ""), Edit((first, first), f" {said}")),
        ]
        raise LanguageFault(Code.AMBIGUOUS, message, (price.span[0], end), fixes)


def _closing_sale(parts: Sequence[Part]) -> Sequence[Part]:
    """``sell half of my SPY 450C 12/18``: of an option, a part is sold to close."""
    kinds = [part.kind for part in parts]
    held = any(isinstance(part.value, HeldPart) for part in parts)
    counted_twice = kinds.count(Kind.QUANTITY) > 1
    if not held or not _is_of_one_option(parts) or counted_twice or Kind.EFFECT_ON_POSITION in kinds:
        return parts
    return [
        evolve(part, value=AskedAction.SELL_TO_CLOSE)
        if part.kind is Kind.ACTION and part.value is AskedAction.SELL
        else part
        for part in parts
    ]


def _refuse_open_part(parts: Sequence[Part]) -> None:
    if _closes(parts) or not any(part.kind is Kind.ACTION for part in parts):
        return
    for part in parts:
        if part.kind is Kind.QUANTITY and isinstance(part.value, HeldPart):
            raise LanguageFault(Code.UNSUPPORTED, REASONS["HALF"], part.span)


def _is_fraction(part: Part) -> bool:
    when = part.value
    return (
        isinstance(when, When)
        and part.kind is Kind.EXPIRATION
        and when.form == "slashed"
        and when.words[0] in _FRACTIONS
        and not (when.sure or when.weekday or when.days_away is not None)
    )


def _is_between(parts: Sequence[Part], at: int) -> bool:
    """Whether it is one of the days of a calendar."""
    return any(part.kind is Kind.BETWEEN for part in (*parts[max(at - 1, 0) : at], *parts[at + 1 : at + 2]))


def _as_part(part: Part) -> Part:
    return Part(Kind.QUANTITY, _FRACTIONS[part.value.words[0]], part.span)


def _with_part(parts: Sequence[Part], at: int) -> list[Part]:
    return [*parts[:at], _as_part(parts[at]), *parts[at + 1 :]]


def _refuse_two(parts: Sequence[Part]) -> None:
    """``close all ALL``: the second may be the ticker."""
    held = [part for part in parts if part.kind is Kind.QUANTITY and isinstance(part.value, HeldPart)]
    if len(held) > 1:
        fixes = [(Edit((held[-1].span[0], held[-1].span[0]), "$"),)]
        message = "There are two quantities. Keep one; a ticker of that name has a dollar sign."
        raise LanguageFault(Code.CONFLICT, message, held[-1].span, fixes)


def _part_or_day(parts: Sequence[Part], fraction: Part, today: NewYorkDay) -> LanguageFault:
    """The fault of a number that is a part, or the only day of the line."""
    said = fraction.value.words[0]
    message = f"Is {said} a part of what is held, or the expiration? Write the expiration too, or 'exp {said}'."
    action, end = parts[0].span[1], fraction.span[1]
    fixes: list[Fix] = [
        (Edit(fraction.span, f"exp {said}"),),
        *((Edit((end, end), f" exp {day}"),) for day in likely_expirations(today)[-1:]),
        (Edit(fraction.span, ""), Edit((action, action), f" {said}")),
    ]
    return LanguageFault(Code.AMBIGUOUS, message, fraction.span, fixes)
