"""
What the market is asked for: a quote, the expirations of a chain, the strikes of one of them.

    quote SPY                  the shares, or the index
    quote SPY 450C Dec 18      one option: every part that an order of it needs, and no more
    expirations SPY
    chain SPY Dec 18           the strikes of one expiration; without a day, of the nearest

The verbs are words of chat, too: ``quote tweet`` and ``chain gang`` name nothing that trades (`NOUNS`). A ticker that
is a word of ours has its dollar sign here: ``chain $MAR``.
"""

from collections.abc import Sequence
from typing import Final

from tastyflow.domain.commands import AskedAction, AskedShares, ListExpirations, ShowChain, ShowQuote
from tastyflow_grammar.days import NewYorkDay
from tastyflow_grammar.meaning.dates import one_expiration
from tastyflow_grammar.meaning.legs import one_leg
from tastyflow_grammar.parts import Kind, Part, Ticker, span_over
from tastyflow_grammar.refusing.faults import Code, LanguageFault
from tastyflow_grammar.refusing.not_offered import refuse_words
from tastyflow_grammar.refusing.surplus import once_each
from tastyflow_grammar.vocabulary import NOUNS, REQUESTS

_NAMED: Final = frozenset({Kind.ACTION, Kind.SYMBOL, Kind.RIGHT, Kind.STRIKE, Kind.EXPIRATION})


def quote(parts: Sequence[Part], today: NewYorkDay) -> ShowQuote:
    """
    The quote of the one instrument that the parts describe.

    Raises:
        LanguageFault: What an order of it would lack; ``syntax``, where more is said than names it; ``not_a_command``
            for ``quote tweet``.
    """
    _refuse_nouns("quote", parts)
    if {part.kind for part in parts} == {Kind.SYMBOL}:
        return ShowQuote(AskedShares(_symbol(parts)))
    if any(part.kind is Kind.STRIKES for part in parts):
        raise _too_much("QUOTE", parts)
    start = parts[0].span[0]
    leg, by_kind = one_leg([Part(Kind.ACTION, AskedAction.BUY, (start, start)), *parts], today)
    if not by_kind.keys() <= _NAMED:
        raise _too_much("QUOTE", parts)
    return ShowQuote(leg.instrument)


def expirations(parts: Sequence[Part]) -> ListExpirations:
    """
    The expirations that are listed on a symbol.

    Raises:
        LanguageFault: ``syntax``, where more is said than a symbol; ``not_a_command`` for ``expirations suck``.
    """
    _refuse_nouns("expirations", parts)
    if {part.kind for part in parts} != {Kind.SYMBOL}:
        raise _too_much("EXPIRATIONS", parts)
    return ListExpirations(_symbol(parts))


def chain(parts: Sequence[Part], today: NewYorkDay) -> ShowChain:
    """
    The strikes of an expiration.

    Raises:
        LanguageFault: What is wrong with the day; ``syntax``, where more is said than a symbol and a day;
            ``not_a_command`` for ``chain gang``.
    """
    _refuse_nouns("chain", parts)
    if {part.kind for part in parts} - {Kind.EXPIRATION} != {Kind.SYMBOL}:
        raise _too_much("CHAIN", parts)
    dated = any(part.kind is Kind.EXPIRATION for part in parts)
    return ShowChain(_symbol(parts), one_expiration(parts, today).value if dated else None)


def _too_much(verb: str, parts: Sequence[Part]) -> LanguageFault:
    return LanguageFault(Code.SYNTAX, REQUESTS[verb].usage, span_over(parts))


def _symbol(parts: Sequence[Part]) -> str:
    ticker: Ticker = once_each(parts)[Kind.SYMBOL].value
    return ticker.symbol


def _refuse_nouns(verb: str, parts: Sequence[Part]) -> None:
    for part in parts:
        if part.kind is Kind.SYMBOL and not part.value.sure and part.value.symbol in NOUNS[verb]:
            raise LanguageFault(Code.NOT_A_COMMAND, "That is not a command.", span_over(parts))
    refuse_words(parts)
