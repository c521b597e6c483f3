"""
An order says too little: the first thing that is missing is asked for.

    action ─▶ symbol ─▶ strike ─▶ right ─▶ expiration

A suggestion answers the question with what the question names: buy or sell, call or put, today's expiration, Friday's
or the monthly. A symbol, a strike or a size is never made up: there the trader answers with it.

A line without an action may also be ordinary chat, and is then no order at all.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from tastyflow.domain.expirations import is_trading_day, last_trading_day_of_week, next_standard_monthly
from tastyflow.domain.instruments import plain
from tastyflow.domain.strategies import Shape
from tastyflow_grammar.days import DAY, WEEK, NewYorkDay, next_monthly, short
from tastyflow_grammar.parts import ByKind, Figure, Kind, Part, span_over
from tastyflow_grammar.refusing.faults import Code, Edit, Fix, LanguageFault

OF_AN_OPTION: Final = frozenset({Kind.RIGHT, Kind.STRIKE, Kind.STRIKES, Kind.STRATEGY, Kind.SPREAD_KIND})
"""A line with one of these is about an option, and needs an expiration."""
_OPTION: Final = OF_AN_OPTION | {Kind.EXPIRATION, Kind.CONTRACTS}
_OF_AN_ORDER: Final = OF_AN_OPTION | {Kind.PRICE, Kind.SHARES, Kind.QUANTITY}
_STRIKES: Final = ("430", "435", "440", "445")  # how a row of them is written
_LATER: Final = timedelta(weeks=2)
"""How far the second expiration that is offered lies behind the first, at least."""
_STRIKE_STEP: Final = Decimal("0.5")
_STRIKE_FROM: Final = 5
_POINTED_STRIKE_FROM: Final = 20  # 2.50 is a price, 182.50 a strike

_DIGITS_OF_A_DAY: Final = 4  # 1218


class Need(NamedTuple):
    """
    Something that an order cannot do without.

    Attributes:
        code: The code of the refusal without it.
        question: What the trader is asked.
        answers: All that it can be, where these are few.
    """

    code: Code
    question: str
    answers: tuple[str, ...] = ()


NEEDS: Final[Mapping[Kind, Need]] = {
    Kind.SYMBOL: Need(Code.MISSING_SYMBOL, "Which symbol? Write it as SPY or $SPY."),
    Kind.STRIKE: Need(Code.MISSING_STRIKE, "Which strike? Write it as 450C or 'strike 450'."),
    Kind.RIGHT: Need(Code.MISSING_RIGHT, "Call or put? Write it as 450C, 'call' or 'put'.", ("call", "put")),
    Kind.EXPIRATION: Need(Code.MISSING_EXPIRATION, "Which expiration? Write it as Dec 18, 12/18 or 'next month'."),
}
_ACTION: Final = Need(Code.MISSING_ACTION, "Buy or sell? Begin with 'buy', 'sell', BTO, STC …", ("buy", "sell"))
_SIDELESS: Final = Need(Code.MISSING_ACTION, "Buy or sell to open?", ("buy to open", "sell to open"))


def is_option(by_kind: ByKind) -> bool:
    return any(kind in by_kind for kind in _OPTION) or (
        Kind.NUMBER in by_kind
        and by_kind[Kind.NUMBER].value.is_count
        and Kind.PRICE in by_kind
        and Kind.SHARES not in by_kind
    )


def lacks(by_kind: ByKind) -> list[Kind]:
    """What is missing, in the order in which it is asked for."""
    wanted = NEEDS if is_option(by_kind) else (Kind.SYMBOL,)
    return [kind for kind in wanted if kind not in by_kind]


def refuse(parts: Sequence[Part], by_kind: ByKind, today: NewYorkDay) -> None:
    """
    Ask for the first thing that is missing.

    Raises:
        LanguageFault: ``missing_…``; it has fixes where nothing else is missing.
    """
    if missing := lacks(by_kind):
        need = NEEDS[missing[0]]
        if struck := _price_for_strike(by_kind, missing):
            raise struck
        raise LanguageFault(need.code, need.question, span_over(parts), _answered(parts, missing, need, today))


def refuse_without_action(parts: Sequence[Part], by_kind: ByKind) -> None:
    """
    Ask for the action, where this is an order without one.

    Raises:
        LanguageFault: ``missing_action``, or ``not_a_command`` where it reads like chat.
    """
    start, end = span_over(parts)
    if sideless := by_kind.get(Kind.SIDELESS):
        fixes: list[Fix] = [(Edit(sideless.span, words),) for words in _SIDELESS.answers]
        raise LanguageFault(_SIDELESS.code, _SIDELESS.question, sideless.span, fixes)
    if Kind.ACTION not in by_kind:
        speaks_of_one = any(kind in by_kind for kind in _OF_AN_ORDER)
        counts = len(parts) > 1 and parts[0].kind is Kind.NUMBER and parts[1].kind is Kind.SYMBOL
        if len(parts) < 2 or not (speaks_of_one or counts) or _is_of_the_tape(parts):
            raise LanguageFault(Code.NOT_A_COMMAND, "That is not a command.", (start, end))
        fixes = [(Edit((start, start), words + " "),) for words in _ACTION.answers]
        raise LanguageFault(_ACTION.code, _ACTION.question, (start, end), fixes)
    action = by_kind[Kind.ACTION]
    before = parts[: parts.index(action)]
    if before and before[-1].kind is Kind.SYMBOL and not before[-1].value.sure:  # "bob buy 10 ...": is bob a ticker?
        raise LanguageFault(
            Code.SYNTAX, "Begin with the action.", (start, action.span[0]), [_action_first(parts, action)]
        )


def _is_of_the_tape(parts: Sequence[Part]) -> bool:
    """``SPY 500C 12/18 5000x @ 2.50``: the contract, and then how many traded, as a ticker tape has it."""
    kinds = [part.kind for part in parts]
    struck = kinds.index(Kind.STRIKE) if Kind.STRIKE in kinds else len(kinds)
    return kinds[0] is Kind.SYMBOL and Kind.QUANTITY in kinds[struck:]


def refuse_of_a_spread(
    parts: Sequence[Part], by_kind: ByKind, shape: Shape | None, unclaimed: LanguageFault | None, today: NewYorkDay
) -> None:
    """
    Ask for the first thing that a strategy lacks.

    Args:
        parts: As read.
        by_kind: The same by kind.
        shape: The strategy's; None where the line names none.
        unclaimed: The fault of a number without a meaning, raised where nothing or only the strikes are missing.
        today: In New York.

    Raises:
        LanguageFault: ``missing_…``, or *unclaimed*.
    """
    if Kind.SPREAD_KIND not in by_kind or Kind.SIDELESS in by_kind:
        refuse_without_action(parts, by_kind)
    row = by_kind[Kind.STRIKES].value if Kind.STRIKES in by_kind else ()
    righted = Kind.RIGHT in by_kind or any(each.right for each in row)
    days = sum(part.kind is Kind.EXPIRATION for part in parts)
    wanted = {
        Kind.SYMBOL: Kind.SYMBOL not in by_kind,
        Kind.STRIKE: Kind.STRIKES not in by_kind,
        Kind.RIGHT: not righted and (shape.one_right if shape else len(row) == 2),
        Kind.EXPIRATION: days < (shape.expirations if shape else 1),
    }
    lacking = [kind for kind, is_missing in wanted.items() if is_missing]
    if unclaimed and lacking[:1] in ([], [Kind.STRIKE]):
        raise unclaimed
    if lacking:
        need = _need_of(shape, lacking[0], today)
        if shape and shape.strikes == 1 and (struck := _price_for_strike(by_kind, lacking)):
            raise struck
        raise LanguageFault(need.code, need.question, span_over(parts), _answered(parts, lacking, need, today))


def _need_of(shape: Shape | None, kind: Kind, today: NewYorkDay) -> Need:
    """What is asked for, with as many strikes or expirations as the strategy takes."""
    need = NEEDS[kind]
    if kind is Kind.EXPIRATION:
        return need if shape is None or shape.expirations == 1 else _two_expirations(today)
    if shape and kind is Kind.STRIKE and shape.strikes > 1:
        return Need(need.code, f"Which strikes? Write them as {'/'.join(_STRIKES[-shape.strikes :])}.")
    return need


def _two_expirations(today: NewYorkDay) -> Need:
    """Of a calendar: both, or the second."""
    first = next_monthly(today)
    second = short(next_standard_monthly(first + _LATER))
    answers = (f"{short(first)} / {second}", f"/ {second}")
    return Need(Code.MISSING_EXPIRATION, "Which two expirations? Write them as Dec 18 / Jan 15.", answers)


def likely_expirations(today: NewYorkDay) -> tuple[str, ...]:
    """What is offered where an expiration is asked for: today's, the next Friday's, and the next monthly behind it."""
    todays = [today.day] if is_trading_day(today.day) and not today.is_over else []
    week = last_trading_day_of_week(today.day)
    friday = week if week > today.day else last_trading_day_of_week(today.day + WEEK)
    return tuple(map(short, [*todays, friday, next_standard_monthly(friday + DAY)]))


def _price_for_strike(by_kind: ByKind, missing: Sequence[Kind]) -> LanguageFault | None:
    """``10 calls SPY at 450``: the fault of a price that is more likely the strike which the line lacks."""
    price = by_kind.get(Kind.PRICE)
    if missing[0] is not Kind.STRIKE or price is None or not isinstance(price.value, Figure) or Kind.EFFECT in by_kind:
        return None
    figure: Figure = price.value
    least = _POINTED_STRIKE_FROM if figure.pointed else _STRIKE_FROM
    if figure.value < least or figure.value % _STRIKE_STEP:
        return None
    struck = plain(figure.value)
    forms = (f"{struck}C", f"{struck}P") if Kind.RIGHT in missing else (f"strike {struck}",)
    message = f"Is {struck} the strike? Behind '@', 'at' and 'for' stands the price: write '{forms[0]}'."
    return LanguageFault(Code.MISSING_STRIKE, message, price.span, [(Edit(price.span, form),) for form in forms])


def _action_first(parts: Sequence[Part], action: Part) -> Fix:
    start = parts[0].span[0]
    return (Edit((start, start), f"{str(action.value).replace('_', ' ')} "), Edit(action.span, ""))


def _answered(parts: Sequence[Part], missing: Sequence[Kind], need: Need, today: NewYorkDay) -> list[Fix]:
    """The line with each answer to what is asked for, where it lacks nothing else."""
    if len(missing) > 1:
        return []
    end = span_over(parts)[1]
    if need is NEEDS[Kind.RIGHT]:  # call or put is put in behind the strike
        end = next(part.span[1] for part in parts if part.kind in (Kind.STRIKE, Kind.STRIKES))
    if need is not NEEDS[Kind.EXPIRATION]:
        return [(Edit((end, end), f" {answer}"),) for answer in need.answers]
    return [*_unslashed(parts), *((Edit((end, end), f" {day}"),) for day in likely_expirations(today))]


def _unslashed(parts: Sequence[Part]) -> list[Fix]:
    """``12/18`` for 1218, where no day is said."""
    numbers = [part for part in parts if part.kind is Kind.NUMBER and part.span[1] - part.span[0] == _DIGITS_OF_A_DAY]
    digits = [(part.span, f"{part.value.value:04f}") for part in numbers if part.value.is_count]
    return [(Edit(span, f"{four[:2]}/{four[2:]}"),) for span, four in digits]
