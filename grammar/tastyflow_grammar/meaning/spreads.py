"""
A strategy by its name: ``sell 1 SPY 430/435/465/470 iron condor Dec 18 @ 1.20``.

    parts ─▶ day or strikes? ─▶ one row of strikes (rows) ─▶ bare numbers ─▶ repeated? ─▶ something missing?
          ─▶ strikes ─▶ calls or puts ─▶ expirations ─▶ side (sides) ─▶ legs

The legs that a name stands for are in ``tastyflow.domain.strategies``; its words are in ``order.lark``.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from tastyflow.domain.commands import AskedAction, AskedExpiration, AskedLeg, HeldPart, PlaceOrder
from tastyflow.domain.instruments import Right, plain
from tastyflow.domain.strategies import SHAPES, Named, Shape, legs_of
from tastyflow.domain.ticket import MAX_QUANTITY, PriceEffect, Strategy
from tastyflow_grammar.days import NewYorkDay
from tastyflow_grammar.meaning import terms
from tastyflow_grammar.meaning.dates import expiration_of, one_expiration
from tastyflow_grammar.meaning.day_or_strike import strikes_or_days
from tastyflow_grammar.meaning.legs import name_months, refuse_between, refuse_shares
from tastyflow_grammar.meaning.numbers import name_numbers
from tastyflow_grammar.meaning.rows import in_one_row, in_order_of_the_name, paired, refuse_range, side_by_side
from tastyflow_grammar.meaning.shorthands import refuse_falling_call_spread
from tastyflow_grammar.meaning.sides import TypedStrategy, in_order, side_of
from tastyflow_grammar.meaning.sizes import name_held_parts, size
from tastyflow_grammar.parts import ByKind, Kind, Part, RowStrike, SpreadKind
from tastyflow_grammar.refusing import missing
from tastyflow_grammar.refusing.faults import Code, Edit, LanguageFault
from tastyflow_grammar.refusing.surplus import once_each, unclaimed_number

_NAMES: Final = (Kind.STRATEGY, Kind.SPREAD_KIND, Kind.STRIKES, Kind.BOTH_RIGHTS)
_COUNTS: Final = ("no", "one", "two", "three", "four")


def is_spread(parts: Sequence[Part]) -> bool:
    """Whether a strategy is named, or strikes stand in a row."""
    return any(part.kind in _NAMES for part in parts)


def spread(parts: Sequence[Part], today: NewYorkDay) -> PlaceOrder:
    """
    Make the order of the strategy that the parts name.

    Raises:
        LanguageFault: The first thing that stands in the way.
    """
    refuse_range(parts)
    parts = paired(_priced_spreads(parts))
    strategy = _strategy(parts)
    shape = SHAPES[strategy] if strategy else None
    parts = name_held_parts(parts, shape.expirations if shape else 1, today)
    parts = strikes_or_days(name_months(parts, shape.expirations if shape else 1), shape.strikes if shape else 0, today)
    parts = side_by_side(parts, shape.strikes if shape else 0)
    parts = in_one_row(name_numbers(parts, today))
    by_kind = once_each(parts)
    spread_kinds = [part for part in parts if part.kind is Kind.SPREAD_KIND]
    refuse_falling_call_spread(by_kind)
    if strategy and Kind.ACTION in by_kind:
        side_of(_typed_so_far(strategy, by_kind, spread_kinds))  # a contradiction is reported before something missing
    missing.refuse_of_a_spread(parts, by_kind, shape, unclaimed_number(parts, by_kind), today)
    refuse_shares(by_kind)
    if strategy is None or shape is None:
        raise _nameless(by_kind)
    strikes = _strikes(by_kind[Kind.STRIKES], strategy, shape)
    right = _right(by_kind, strategy, strikes)
    if shape.expirations == 1:
        refuse_between(by_kind)
    ordered = in_order_of_the_name(strategy, strikes, by_kind, right)
    named = Named(by_kind[Kind.SYMBOL].value.symbol, ordered, _expirations(parts, shape, today), right)
    side = side_of(TypedStrategy(strategy, by_kind, spread_kinds, strikes, right))
    return terms.order_of(_legs(strategy, side, named, by_kind), strategy, by_kind, today)


def _typed_so_far(strategy: Strategy, by_kind: ByKind, spread_kinds: Sequence[Part]) -> TypedStrategy:
    row: Sequence[RowStrike] = by_kind[Kind.STRIKES].value if Kind.STRIKES in by_kind else ()
    rights = {each.right for each in row if each.right} | (
        {by_kind[Kind.RIGHT].value} if Kind.RIGHT in by_kind else set()
    )
    right = rights.pop() if len(rights) == 1 and SHAPES[strategy].one_right else None
    return TypedStrategy(strategy, by_kind, spread_kinds, tuple(each.figure.value for each in row), right)


def _strategy(parts: Sequence[Part]) -> Strategy | None:
    """The strategy that the line names: bull and bear, debit and credit spreads are verticals."""
    names = [part.value for part in parts if part.kind is Kind.STRATEGY]
    spread_kind = next((part for part in parts if part.kind is Kind.SPREAD_KIND), None)
    if spread_kind and names and names[0] is not Strategy.VERTICAL:
        message = "Bull and bear, debit and credit spreads are verticals."
        raise LanguageFault(Code.CONFLICT, message, spread_kind.span, [(Edit(spread_kind.span, ""),)])
    return Strategy.VERTICAL if spread_kind else next(iter(names), None)


def _priced_spreads(parts: Sequence[Part]) -> list[Part]:
    """``.35 debit spread`` is a price and a spread; ``put debit spread`` is the name of one."""
    counted = any(part.kind is Kind.QUANTITY for part in parts)
    read: list[Part] = []
    for part in parts:
        last = read[-1] if read else None
        priced = last and (
            last.kind is Kind.PRICE or (last.kind is Kind.NUMBER and (counted or not last.value.is_count))
        )
        if priced and part.kind is Kind.SPREAD_KIND and part.value in (SpreadKind.DEBIT, SpreadKind.CREDIT):
            read.append(Part(Kind.EFFECT, PriceEffect(part.value.value), part.span))
            read.append(Part(Kind.STRATEGY, Strategy.VERTICAL, part.span))
        else:
            read.append(part)
    return read


def _nameless(by_kind: ByKind) -> LanguageFault:
    """The fault of a row of strikes without a strategy."""
    row = by_kind[Kind.STRIKES]
    both = Kind.BOTH_RIGHTS in by_kind or len({each.right for each in row.value} - {None}) > 1
    names = {
        1: ["straddle"] if both else [],
        2: ["strangle" if both else "vertical"],
        3: ["butterfly", "iron butterfly"],
        4: ["iron condor"],
    }.get(len(row.value), [])
    fixes = [(Edit((row.span[1], row.span[1]), f" {name}"),) for name in names]
    return LanguageFault(
        Code.AMBIGUOUS, "Which strategy is that? Name it: vertical, strangle, iron condor …", row.span, fixes
    )


# ---- strikes, calls or puts, expirations, legs


def _strikes(row: Part, strategy: Strategy, shape: Shape) -> tuple[Decimal, ...]:
    strikes = tuple(terms.strike(each.figure, row.span) for each in row.value)
    if len(strikes) != shape.strikes:
        code = Code.MISSING_STRIKE if len(strikes) < shape.strikes else Code.BAD_STRIKE
        raise LanguageFault(code, f"{_a(strategy)} has {_strikes_in_words(shape)}.", row.span)
    if not in_order(strategy, strikes):
        message = "Write the strikes from the lowest to the highest, each once."
        rising = "/".join(plain(strike) for strike in sorted(set(strikes)))
        raise LanguageFault(Code.BAD_STRIKE, message, row.span, [(Edit(row.span, rising),)])
    return strikes


def _right(by_kind: ByKind, strategy: Strategy, strikes: tuple[Decimal, ...]) -> Right | None:
    """Calls or puts for the whole strategy; None where it has both: then each strike with a letter must fit."""
    row, whole = by_kind[Kind.STRIKES], by_kind.get(Kind.RIGHT)
    if both := by_kind.get(Kind.BOTH_RIGHTS):
        _refuse_crossed(both, strategy, strikes)
    if SHAPES[strategy].one_right:
        rights = {each.right for each in row.value} - {None} | ({whole.value} if whole else set())
        if len(rights) == 1:
            return Right(rights.pop())
        raise LanguageFault(Code.CONFLICT, f"{_a(strategy)} is of calls or of puts, not of both.", (whole or row).span)
    if whole:
        message = f"{_a(strategy)} has both calls and puts."
        raise LanguageFault(Code.CONFLICT, message, whole.span, [(Edit(whole.span, ""),)])
    ranked = sorted(strikes)
    for each, strike in zip(row.value, strikes, strict=True):
        fitting = {leg.right for leg in SHAPES[strategy].legs if leg.strike == ranked.index(strike)}
        if each.right and {each.right} != fitting:
            message = f"{_a(strategy)} has puts below and calls above. For anything else, write the legs out."
            raise LanguageFault(Code.CONFLICT, message, row.span)
    return None


def _refuse_crossed(both: Part, strategy: Strategy, strikes: tuple[Decimal, ...]) -> None:
    """Refuse ``call/put`` where the strategy has one right, or where the calls would lie below the puts."""
    fix = (Edit(both.span, ""),)
    if SHAPES[strategy].one_right:
        message = f"{_a(strategy)} is of calls or of puts, not of both."
        raise LanguageFault(Code.CONFLICT, message, both.span, [fix])
    half, odd = divmod(len(strikes), 2)
    first, second = strikes[:half], strikes[half:]
    calls, puts = (first, second) if both.value[0] is Right.CALL else (second, first)
    if not odd and min(calls) < max(puts):
        message = f"{_a(strategy)} has puts below and calls above. For anything else, write the legs out."
        raise LanguageFault(Code.CONFLICT, message, both.span, [fix])


def _expirations(parts: Sequence[Part], shape: Shape, today: NewYorkDay) -> tuple[AskedExpiration, ...]:
    typed = [part for part in parts if part.kind is Kind.EXPIRATION]
    if shape.expirations == 1:
        return (one_expiration(parts, today).value,)
    days = [expiration_of(part.value, part.span, today) for part in typed]
    span = (typed[0].span[0], typed[-1].span[1])
    if len(days) != shape.expirations:
        raise LanguageFault(Code.CONFLICT, "A calendar has two expirations. Keep two.", span)
    if len(set(days)) < len(days):
        raise LanguageFault(Code.CONFLICT, "The two expirations of a calendar differ.", span)
    if len({type(day) for day in days}) > 1:
        raise LanguageFault(Code.AMBIGUOUS, "Write both expirations as dates, or both as days out.", span)
    return tuple(days)


def _legs(strategy: Strategy, side: AskedAction, named: Named, by_kind: ByKind) -> tuple[AskedLeg, ...]:
    counted = by_kind.get(Kind.QUANTITY)
    many = size(counted, by_kind, side, shares=False)
    legs = legs_of(strategy, side, many, named)
    if counted and not isinstance(many, HeldPart) and any(leg.count > MAX_QUANTITY for leg in legs):
        raise LanguageFault(Code.BAD_QUANTITY, f"A leg has at most {MAX_QUANTITY:,} contracts.", counted.span)
    return legs


def _a(strategy: Strategy) -> str:
    name = strategy.replace("_", " ")
    return f"{'An' if name[0] == 'i' else 'A'} {name}"


def _strikes_in_words(shape: Shape) -> str:
    return f"{_COUNTS[shape.strikes]} strike{'s' * (shape.strikes > 1)}"
