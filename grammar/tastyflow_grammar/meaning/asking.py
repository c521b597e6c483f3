"""
What the market is asked for: a quote, the expirations of a chain, the strikes of one of them.

    quote SPY                  the shares, or the index
    quote SPY 450C Dec 18      one option: every part that an order of it needs, and no more
    expirations SPY
    chain SPY Dec 18           the strikes of one expiration; without a day, of the nearest

The verbs are words of chat, too: ``quote tweet`` and ``chain gang`` name nothing that trades (`NOUNS`).
"""

from collections.abc import Sequence
from datetime import date

from tastyflow.domain.commands import AskedAction, AskedInstrument, AskedShares, ListExpirations, ShowChain, ShowQuote
from tastyflow_grammar.meaning.dates import one_expiration
from tastyflow_grammar.meaning.legs import one_leg
from tastyflow_grammar.parts import Kind, Part, span_over
from tastyflow_grammar.refusing.faults import Code, LanguageFault
from tastyflow_grammar.refusing.lines import refuse_words
from tastyflow_grammar.refusing.surplus import once_each
from tastyflow_grammar.vocabulary import NOUNS, REQUESTS


def quote(parts: Sequence[Part], today: date) -> ShowQuote:
    """
    The quote of the one instrument that the parts describe.

    Raises:
        LanguageFault: What such an order of it would lack or say too much; ``not_a_command`` for ``quote tweet``.
    """
    _refuse_nouns("quote", parts)
    if {part.kind for part in parts} == {Kind.SYMBOL}:
        return ShowQuote(AskedShares(once_each(parts)[Kind.SYMBOL].value.symbol))
    return ShowQuote(_option(parts, today))


def expirations(parts: Sequence[Part]) -> ListExpirations:
    """
    The expirations that are listed on a symbol.

    Raises:
        LanguageFault: ``not_a_command``, where the symbol makes another word with the verb.
    """
    _refuse_nouns("expirations", parts)
    return ListExpirations(parts[0].value.symbol)


def chain(parts: Sequence[Part], today: date) -> ShowChain:
    """
    The strikes of an expiration.

    Raises:
        LanguageFault: What is wrong with the day; ``syntax``, where a '/' stands in its place.
    """
    _refuse_nouns("chain", parts)
    symbol, *days = parts
    if any(day.kind is not Kind.EXPIRATION for day in days):
        raise LanguageFault(Code.SYNTAX, REQUESTS["CHAIN"].usage, span_over(parts))
    return ShowChain(symbol.value.symbol, one_expiration(days, today).value if days else None)


def _option(parts: Sequence[Part], today: date) -> AskedInstrument:
    """What an order to buy one of it would trade; a row of strikes is of several."""
    if rows := [part for part in parts if part.kind is Kind.STRIKES]:
        raise LanguageFault(Code.SYNTAX, REQUESTS["QUOTE"].usage, span_over(rows))
    start = parts[0].span[0]
    order = [Part(Kind.ACTION, AskedAction.BUY, (start, start)), *parts]
    return one_leg(order, today)[0].instrument


def _refuse_nouns(verb: str, parts: Sequence[Part]) -> None:
    for part in parts:
        if part.kind is Kind.SYMBOL and not part.value.sure and part.value.symbol in NOUNS[verb]:
            raise LanguageFault(Code.NOT_A_COMMAND, "That is not a command.", span_over(parts))
    refuse_words(parts)
