"""
What an order needs and does not say: asked for in one order, with an example of how to write it.

    action ─▶ symbol ─▶ strike ─▶ right ─▶ expiration

Whether it was meant as an order at all is asked here, too: a line without an action may be ordinary chat.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from attrs import frozen

from tastyflow.domain.expirations import next_standard_monthly
from tastyflow.domain.strategies import Shape
from tastyflow_grammar.days import short
from tastyflow_grammar.parts import Kind, Part, Said, Ticker, span_over
from tastyflow_grammar.refusing import suggestions as guesses
from tastyflow_grammar.refusing.faults import Code, Edit, Fault, Fix

OF_AN_OPTION: Final = frozenset({Kind.RIGHT, Kind.STRIKE, Kind.STRIKES, Kind.STRATEGY, Kind.LEAN})
"""Who says one of these speaks of an option, and needs an expiration."""
_OPTION: Final = OF_AN_OPTION | {Kind.EXPIRATION, Kind.CONTRACTS}
_OF_AN_ORDER: Final = OF_AN_OPTION | {Kind.PRICE, Kind.SHARES, Kind.QUANTITY}
_STRIKES: Final = ("430", "435", "440", "445")  # an example for as many as a strategy takes
_SOME_TIME: Final = timedelta(weeks=2)


@frozen
class Need:
    """
    Something that has to be said.

    Attributes:
        code: The contract's.
        question: What the trader is asked.
        examples: How it may be written.
    """

    code: Code
    question: str
    examples: tuple[str, ...]


NEEDS: Final[Mapping[Kind, Need]] = {
    Kind.SYMBOL: Need(Code.MISSING_SYMBOL, "Which symbol? Write it as SPY or $SPY.", ("$SPY",)),
    Kind.STRIKE: Need(Code.MISSING_STRIKE, "Which strike? Write it as 450C or 'strike 450'.", ("strike 450",)),
    Kind.RIGHT: Need(Code.MISSING_RIGHT, "Call or put? Write it as 450C, 'call' or 'put'.", ("call", "put")),
    Kind.EXPIRATION: Need(Code.MISSING_EXPIRATION, "Which expiration? Write it as Dec 18, 12/18 or 'next month'.", ()),
}
_ACTION: Final = Need(Code.MISSING_ACTION, "Buy or sell? Begin with 'buy', 'sell', BTO, STC …", ("buy", "sell"))
_SIDELESS: Final = Need(Code.MISSING_ACTION, "Buy or sell to open?", ("buy to open", "sell to open"))


def is_option(said: Said) -> bool:
    return any(kind in said for kind in _OPTION) or (
        Kind.NUMBER in said and said[Kind.NUMBER].value.is_count and Kind.PRICE in said and Kind.SHARES not in said
    )


def lacks(said: Said) -> list[Kind]:
    """What is missing, in the order in which it is asked for."""
    wanted = NEEDS if is_option(said) else (Kind.SYMBOL,)
    return [kind for kind in wanted if kind not in said]


def refuse(parts: Sequence[Part], said: Said, today: date) -> None:
    """
    Ask for the first thing that is missing.

    Raises:
        Fault: The contract's ``missing_…``, each fix with everything that is missing.
    """
    if missing := lacks(said):
        need = NEEDS[missing[0]]
        raise Fault(need.code, need.question, span_over(parts), _completed(parts, missing, need, today))


def refuse_without_action(parts: Sequence[Part], said: Said) -> None:
    """
    Ask for the action, where this is an order without one.

    Raises:
        Fault: ``missing_action``, or ``not_a_command`` where it reads like chat.
    """
    start, end = span_over(parts)
    if sideless := said.get(Kind.SIDELESS):
        fixes: list[Fix] = [(Edit(sideless.span, words),) for words in _SIDELESS.examples]
        raise Fault(_SIDELESS.code, _SIDELESS.question, sideless.span, fixes)
    if Kind.ACTION not in said:
        speaks_of_one = any(kind in said for kind in _OF_AN_ORDER)
        counts = len(parts) > 1 and parts[0].kind is Kind.NUMBER and parts[1].kind is Kind.SYMBOL
        if len(parts) < 2 or not (speaks_of_one or counts):
            raise Fault(Code.NOT_A_COMMAND, "That is not a command.", (start, end))
        fixes = [(Edit((start, start), words + " "),) for words in _ACTION.examples]
        raise Fault(_ACTION.code, _ACTION.question, (start, end), fixes)
    action = said[Kind.ACTION]
    before = [part for part in parts if part.span[1] <= action.span[0]]
    if before and before[-1].kind is Kind.SYMBOL and not before[-1].value.sure:  # "bob buy 10 ...": who is bob?
        raise Fault(Code.SYNTAX, "Begin with the action.", (start, action.span[0]), [_action_first(parts, action)])


def refuse_of_a_spread(
    parts: Sequence[Part], said: Said, shape: Shape | None, stray: Fault | None, today: date
) -> None:
    """
    The same for a strategy; a number without a meaning is *stray* unless something else is missing.

    Raises:
        Fault: The contract's ``missing_…``, or the stray number's.
    """
    if Kind.LEAN not in said or Kind.SIDELESS in said:
        refuse_without_action(parts, said)
    row = said[Kind.STRIKES].value if Kind.STRIKES in said else ()
    righted = Kind.RIGHT in said or any(rung.right for rung in row)
    said_days = sum(part.kind is Kind.EXPIRATION for part in parts)
    wanted = {
        Kind.SYMBOL: Kind.SYMBOL not in said,
        Kind.STRIKE: Kind.STRIKES not in said,
        Kind.RIGHT: not righted and (shape.one_right if shape else len(row) == 2),
        Kind.EXPIRATION: said_days < (shape.expirations if shape else 1),
    }
    lacking = [kind for kind, is_missing in wanted.items() if is_missing]
    if stray and lacking[:1] in ([], [Kind.STRIKE]):
        raise stray
    if lacking:
        need = _need_of(shape, lacking[0], today)
        raise Fault(need.code, need.question, span_over(parts), _completed(parts, lacking, need, today))


def _need_of(shape: Shape | None, kind: Kind, today: date) -> Need:
    """What is asked for, with as many strikes or expirations as the strategy takes."""
    need = NEEDS[kind]
    if shape and kind is Kind.STRIKE and shape.strikes > 1:
        row = _STRIKES[-shape.strikes :]
        examples = ("/".join(row), "/".join(reversed(row)))
        return Need(need.code, f"Which strikes? Write them as {examples[0]}.", examples)
    if shape and kind is Kind.EXPIRATION and shape.expirations > 1:
        first = next_standard_monthly(today + _SOME_TIME)
        both = f"{short(first)} / {short(next_standard_monthly(first + _SOME_TIME))}"
        return Need(
            need.code, "Which two expirations? Write them as Dec 18 / Jan 15.", (both, f"/ {both.split(' / ')[1]}")
        )
    return need


def misspelt_symbol(symbols: Sequence[Part]) -> Fault | None:
    """Several symbols: the one that looks like a word of ours, or stands apart from the first, is the one at fault."""
    if symbols[0].kind is not Kind.SYMBOL:
        return None
    unsure = [part for part in symbols if isinstance(part.value, Ticker) and not part.value.sure]
    alike = [part for part in unsure if guesses.near(part.value.symbol)]
    apart = [part for part in unsure if part.span[0] > symbols[0].span[1] + 1]
    return guesses.of_words(alike or apart)


def _action_first(parts: Sequence[Part], action: Part) -> Fix:
    start = parts[0].span[0]
    return (Edit((start, start), f"{str(action.value).replace('_', ' ')} "), Edit(action.span, ""))


def _completed(parts: Sequence[Part], missing: Sequence[Kind], need: Need, today: date) -> list[Fix]:
    """The line with an example for everything that is missing, put in after the last part."""
    end = span_over(parts)[1]
    month = short(next_standard_monthly(today + _SOME_TIME))
    if need is NEEDS[Kind.RIGHT]:  # it stands best at the strike
        end = next(part.span[1] for part in parts if part.kind in (Kind.STRIKE, Kind.STRIKES))
    others = [(NEEDS[kind].examples or (month,))[0] for kind in missing[1:]]
    return [(Edit((end, end), " " + " ".join([first, *others])),) for first in need.examples or (month,)]
