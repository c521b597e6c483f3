"""
What an order needs and does not say: asked for in one order, with an example of how to write it.

    action ─▶ symbol ─▶ strike ─▶ right ─▶ expiration

Whether it was meant as an order at all is asked here, too: a line without an action may be ordinary chat.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from attrs import evolve, frozen

from tastyflow.domain.expirations import next_standard_monthly
from tastyflow_grammar import guesses
from tastyflow_grammar.days import short
from tastyflow_grammar.parts import Edit, Fault, Fix, Kind, Part, Said, Ticker, span_over

_OPTION: Final = (Kind.RIGHT, Kind.STRIKE, Kind.EXPIRATION, Kind.CONTRACTS)
_SOME_TIME: Final = timedelta(weeks=2)
_ONE_RIGHT: Final = ("VERTICAL", "SPREAD", "BUTTERFLY", "FLY", "CALENDAR", "CONDOR")


@frozen
class Need:
    """
    Something that has to be said.

    Attributes:
        code: The contract's.
        question: What the trader is asked.
        examples: How it may be written.
    """

    code: str
    question: str
    examples: tuple[str, ...]


NEEDS: Final[Mapping[Kind, Need]] = {
    Kind.SYMBOL: Need("missing_symbol", "Which symbol? Write it as SPY or $SPY.", ("$SPY",)),
    Kind.STRIKE: Need("missing_strike", "Which strike? Write it as 450C or 'strike 450'.", ("strike 450",)),
    Kind.RIGHT: Need("missing_right", "Call or put? Write it as 450C, 'call' or 'put'.", ("call", "put")),
    Kind.EXPIRATION: Need("missing_expiration", "Which expiration? Write it as Dec 18, 12/18 or 'next month'.", ()),
}
_ACTION: Final = Need("missing_action", "Buy or sell? Begin with 'buy', 'sell', BTO, STC …", ("buy", "sell"))
_SIDELESS: Final = Need("missing_action", "Buy or sell to open?", ("buy to open", "sell to open"))


def is_option(said: Said) -> bool:
    return any(kind in said for kind in _OPTION) or (
        Kind.NUMBER in said and Kind.PRICE in said and Kind.SHARES not in said
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
        speaks_of_one = any(kind in said for kind in (Kind.RIGHT, Kind.STRIKE, Kind.PRICE, Kind.SHARES, Kind.QUANTITY))
        counts = len(parts) > 1 and parts[0].kind is Kind.NUMBER and parts[1].kind is Kind.SYMBOL
        if len(parts) < 2 or not (speaks_of_one or counts):
            raise Fault("not_a_command", "That is not a command.", (start, end))
        fixes = [(Edit((start, start), words + " "),) for words in _ACTION.examples]
        raise Fault(_ACTION.code, _ACTION.question, (start, end), fixes)
    action = said[Kind.ACTION]
    before = [part for part in parts if part.span[1] <= action.span[0]]
    if before and before[-1].kind is Kind.SYMBOL and not before[-1].value.sure:  # "bob buy 10 ...": who is bob?
        raise Fault("syntax", "Begin with the action.", (start, action.span[0]), [_action_first(parts, action)])


def of_a_spread(parts: Sequence[Part]) -> Fault | None:
    """What a spread needs and does not say. A straddle, a strangle and the iron ones bring their rights along."""
    parts = [evolve(part, kind=Kind.STRIKES, value="") if _is_no_day(part) else part for part in parts]
    kinds = {part.kind for part in parts}
    words = " ".join(str(part.value) for part in parts if part.kind in (Kind.STRATEGY, Kind.STRIKES))
    one_right = any(name in words for name in _ONE_RIGHT) and "IRON" not in words
    righted = Kind.RIGHT in kinds or any(letter in words.split() for letter in ("CALL", "PUT")) or words[-1:] in "CP"
    lacking = (
        (_ACTION, not kinds & {Kind.ACTION, Kind.SIDELESS} and "BULL" not in words and "BEAR" not in words),
        (NEEDS[Kind.SYMBOL], Kind.SYMBOL not in kinds),
        (NEEDS[Kind.STRIKE], not kinds & {Kind.STRIKES, Kind.STRIKE, Kind.NUMBER}),
        (NEEDS[Kind.RIGHT], one_right and not righted),
        (NEEDS[Kind.EXPIRATION], Kind.EXPIRATION not in kinds),
    )
    need = next((need for need, is_lacking in lacking if is_lacking), None)
    return Fault(need.code, need.question, span_over(parts)) if need else None


def _is_no_day(part: Part) -> bool:
    """``65/70``: in a spread, those are strikes."""
    if part.kind is not Kind.EXPIRATION or part.value.form != "slashed":
        return False
    month, day = (int(number) for number in part.value.words[0].split("/")[:2])
    return month > 12 or day > 31


def misspelt_symbol(first: Part, second: Part) -> Fault | None:
    """Two symbols: when one looks like a word of ours, that is the one at fault."""
    if first.kind is not Kind.SYMBOL:
        return None
    unsure = [part for part in (first, second) if isinstance(part.value, Ticker) and not part.value.sure]
    return guesses.of_words([part for part in unsure if guesses.near(part.value.symbol)])


def _action_first(parts: Sequence[Part], action: Part) -> Fix:
    start = parts[0].span[0]
    return (Edit((start, start), f"{str(action.value).replace('_', ' ')} "), Edit(action.span, ""))


def _completed(parts: Sequence[Part], missing: Sequence[Kind], need: Need, today: date) -> list[Fix]:
    """The line with an example for everything that is missing, put in after the last part."""
    end = span_over(parts)[1]
    month = short(next_standard_monthly(today + _SOME_TIME))
    if need is NEEDS[Kind.RIGHT]:  # it stands best at the strike
        end = next(part.span[1] for part in parts if part.kind is Kind.STRIKE)
    others = [(NEEDS[kind].examples or (month,))[0] for kind in missing[1:]]
    return [(Edit((end, end), " " + " ".join([first, *others])),) for first in need.examples or (month,)]
