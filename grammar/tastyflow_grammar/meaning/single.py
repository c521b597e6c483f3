"""
From parts to one leg: ``BTO 10 SPY 450C 12/18``, ``sell 100 shares of MSFT``.

    parts ─▶ bare numbers ─▶ said twice? ─▶ something missing? ─▶ AskedLeg, and what is said of price and time
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from tastyflow.domain.commands import AskedAction, AskedLeg, AskedOption, AskedShares
from tastyflow.domain.instruments import INDEX_ROOTS, INDEXES
from tastyflow_grammar.meaning import terms as figures
from tastyflow_grammar.meaning.expiring import one_expiration
from tastyflow_grammar.meaning.numbers import settle
from tastyflow_grammar.parts import Kind, Part, Said, Ticker
from tastyflow_grammar.refusing import missing
from tastyflow_grammar.refusing.faults import Code, Edit, Fault
from tastyflow_grammar.refusing.strays import stray
from tastyflow_grammar.refusing.surplus import said_once

_LONGEST_TICKER: Final = 5
_SETTLED: Final[Mapping[tuple[AskedAction, str], AskedAction]] = {
    (AskedAction.BUY, "open"): AskedAction.BUY_TO_OPEN,
    (AskedAction.BUY, "close"): AskedAction.BUY_TO_CLOSE,
    (AskedAction.SELL, "open"): AskedAction.SELL_TO_OPEN,
    (AskedAction.SELL, "close"): AskedAction.SELL_TO_CLOSE,
    (AskedAction.CLOSE, "close"): AskedAction.CLOSE,
    (AskedAction.BUY_TO_OPEN, "open"): AskedAction.BUY_TO_OPEN,
    (AskedAction.BUY_TO_CLOSE, "close"): AskedAction.BUY_TO_CLOSE,
    (AskedAction.SELL_TO_OPEN, "open"): AskedAction.SELL_TO_OPEN,
    (AskedAction.SELL_TO_CLOSE, "close"): AskedAction.SELL_TO_CLOSE,
}


def one_leg(parts: Sequence[Part], today: date) -> tuple[AskedLeg, Said]:
    """
    The leg that the parts describe, and everything that is said, by kind.

    Raises:
        Fault: Whatever stands in the way, the first of it.
    """
    parts = settle(name_months(parts, 1), today)
    said = said_once(parts)
    missing.refuse_without_action(parts, said)
    if Kind.EXPIRATION in said:
        said = {**said, Kind.EXPIRATION: one_expiration(parts, today)}
    refuse_bare_number(parts, said)
    missing.refuse(parts, said, today)
    refuse_between(said)
    action = settled_action(said)
    instrument = _instrument(said)
    quantity = figures.quantity(said.get(Kind.QUANTITY), said, isinstance(instrument, AskedShares))
    return AskedLeg(action, quantity, instrument), said


def settled_action(said: Said) -> AskedAction:
    """
    The action, with an "… to open" or "… to close" that stands elsewhere.

    Raises:
        Fault: ``conflict``, when they disagree.
    """
    action, position = said[Kind.ACTION], said.get(Kind.EFFECT_ON_POSITION)
    if position is None:
        return AskedAction(action.value)
    settled = _SETTLED.get((action.value, position.value))
    if settled is None:
        message = "The text says both to open and to close."
        raise Fault(Code.CONFLICT, message, position.span, [(Edit(position.span, ""),)])
    return settled


def name_months(parts: Sequence[Part], expirations: int) -> list[Part]:
    """
    Find the ticker in ``buy 5 MAR 250c 12/18``.

    MAR, NOV and the like are months wherever one is wanted. Right after the quantity they are the tickers when no other
    symbol is there and the order is complete without a month: another expiration is said, or nothing of an option.

    Args:
        parts: As read.
        expirations: How many an option order of this kind takes.
    """
    parts = list(parts)
    kinds = [part.kind for part in parts]
    wanted = expirations if missing.OF_AN_OPTION & set(kinds) else 0
    if Kind.SYMBOL in kinds or kinds.count(Kind.EXPIRATION) - wanted != 1:
        return parts
    for at, part in enumerate(parts):
        counted = at and kinds[at - 1] in (Kind.QUANTITY, Kind.SHARES)
        if (
            counted
            and part.kind is Kind.EXPIRATION
            and part.value.form == "month"
            and len(part.value.words[0]) <= _LONGEST_TICKER
            and not part.value.sure
        ):
            parts[at] = Part(Kind.SYMBOL, Ticker(part.value.words[0], sure=True), part.span)
    return parts


def refuse_bare_number(parts: Sequence[Part], said: Said) -> None:
    """
    Refuse a number without a meaning, unless something else is missing: that is said first.

    Raises:
        Fault: ``ambiguous``.
    """
    fault = stray(parts, said)
    if fault and not (missing.is_option(said) and missing.lacks(said)[:1] not in ([], [Kind.STRIKE])):
        raise fault


def _instrument(said: Said) -> AskedOption | AskedShares:
    symbol = said[Kind.SYMBOL]
    ticker: str = symbol.value.symbol
    if missing.is_option(said):
        return _option(ticker, said)
    if ticker in INDEXES or ticker in INDEX_ROOTS:
        raise Fault(Code.UNSUPPORTED, f"{ticker} is an index: it has options, and no shares.", symbol.span)
    return AskedShares(ticker)


def _option(ticker: str, said: Said) -> AskedOption:
    refuse_shares(said)
    strike = said[Kind.STRIKE]
    return AskedOption(
        ticker, said[Kind.RIGHT].value, figures.strike(strike.value, strike.span), said[Kind.EXPIRATION].value
    )


def refuse_between(said: Said) -> None:
    """
    Refuse a slash that stands between nothing.

    Raises:
        Fault: ``syntax``.
    """
    if between := said.get(Kind.BETWEEN):
        raise Fault(Code.SYNTAX, "A '/' stands between strikes, or between the dates of a calendar.", between.span)


def refuse_shares(said: Said) -> None:
    """
    Refuse shares among what is said of an option.

    Raises:
        Fault: ``conflict``.
    """
    if shares := said.get(Kind.SHARES):
        raise Fault(Code.CONFLICT, "Shares have no strike, right or expiration.", shares.span)
