"""
One leg: ``BTO 10 SPY 450C 12/18``. Several of them are in `leg_by_leg`.

    parts ─▶ bare numbers ─▶ repeated? ─▶ something missing? ─▶ AskedLeg, and the parts by kind
"""

from collections.abc import Mapping, Sequence
from typing import Final

from tastyflow.domain.commands import AskedAction, AskedLeg, AskedOption, AskedShares
from tastyflow.domain.instruments import INDEX_ROOTS, INDEXES
from tastyflow_grammar.days import NewYorkDay
from tastyflow_grammar.meaning import terms
from tastyflow_grammar.meaning.dates import one_expiration
from tastyflow_grammar.meaning.numbers import name_numbers
from tastyflow_grammar.meaning.sizes import name_held_parts, size
from tastyflow_grammar.parts import ByKind, Kind, Part, Ticker
from tastyflow_grammar.refusing import missing
from tastyflow_grammar.refusing.faults import Code, Edit, LanguageFault
from tastyflow_grammar.refusing.surplus import once_each, unclaimed_number

_LONGEST_TICKER: Final = 5
_FULL_ACTIONS: Final[Mapping[tuple[AskedAction, str], AskedAction]] = {
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


def one_leg(parts: Sequence[Part], today: NewYorkDay) -> tuple[AskedLeg, ByKind]:
    """
    The leg that the parts describe, and all parts by kind.

    Raises:
        LanguageFault: The first thing that stands in the way.
    """
    parts = name_numbers(name_months(name_held_parts(parts, 1, today), 1), today)
    by_kind = once_each(parts)
    missing.refuse_without_action(parts, by_kind)
    if Kind.EXPIRATION in by_kind:
        by_kind = {**by_kind, Kind.EXPIRATION: one_expiration(parts, today)}
    refuse_bare_number(parts, by_kind)
    missing.refuse(parts, by_kind, today)
    refuse_between(by_kind)
    action = action_of(by_kind)
    instrument = _instrument(by_kind)
    quantity = size(by_kind.get(Kind.QUANTITY), by_kind, action, shares=isinstance(instrument, AskedShares))
    return AskedLeg(action, quantity, instrument), by_kind


def action_of(by_kind: ByKind) -> AskedAction:
    """
    The action, with an "… to open" or "… to close" that stands elsewhere.

    Raises:
        LanguageFault: ``conflict``, when they disagree.
    """
    action, position = by_kind[Kind.ACTION], by_kind.get(Kind.EFFECT_ON_POSITION)
    if position is None:
        return AskedAction(action.value)
    full = _FULL_ACTIONS.get((action.value, position.value))
    if full is None:
        message = "The text says both to open and to close."
        raise LanguageFault(Code.CONFLICT, message, position.span, [(Edit(position.span, ""),)])
    return full


def name_months(parts: Sequence[Part], expirations: int) -> list[Part]:
    """
    Find the ticker in ``buy 5 MAR 250c 12/18``.

    MAR, NOV and the like are months wherever a month can stand. Right after the quantity they are the tickers when
    there is no other symbol and the order is complete without a month: it has another expiration, or nothing of an
    option.

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
            and part.value.days_away is None
            and not (part.value.weekday or part.value.of_kind)  # "Fri Dec" is no ticker
        ):
            parts[at] = Part(Kind.SYMBOL, Ticker(part.value.words[0], sure=True), part.span)
    return parts


def refuse_bare_number(parts: Sequence[Part], by_kind: ByKind) -> None:
    """
    Refuse a number without a meaning, unless something else is missing: that is reported first.

    Raises:
        LanguageFault: ``ambiguous``.
    """
    fault = unclaimed_number(parts, by_kind)
    if fault and not (missing.is_option(by_kind) and missing.lacks(by_kind)[:1] not in ([], [Kind.STRIKE])):
        raise fault


def _instrument(by_kind: ByKind) -> AskedOption | AskedShares:
    symbol = by_kind[Kind.SYMBOL]
    ticker: str = symbol.value.symbol
    if missing.is_option(by_kind):
        return _option(ticker, by_kind)
    if ticker in INDEXES or ticker in INDEX_ROOTS:
        raise LanguageFault(Code.UNSUPPORTED, f"{ticker} is an index: it has options, and no shares.", symbol.span)
    return AskedShares(ticker)


def _option(ticker: str, by_kind: ByKind) -> AskedOption:
    refuse_shares(by_kind)
    strike = by_kind[Kind.STRIKE]
    return AskedOption(
        ticker, by_kind[Kind.RIGHT].value, terms.strike(strike.value, strike.span), by_kind[Kind.EXPIRATION].value
    )


def refuse_between(by_kind: ByKind) -> None:
    """
    Refuse a slash that stands neither between strikes nor between dates.

    Raises:
        LanguageFault: ``syntax``.
    """
    if between := by_kind.get(Kind.BETWEEN):
        raise LanguageFault(
            Code.SYNTAX, "A '/' stands between strikes, or between the dates of a calendar.", between.span
        )


def refuse_shares(by_kind: ByKind) -> None:
    """
    Refuse shares among the parts of an option.

    Raises:
        LanguageFault: ``conflict``.
    """
    if shares := by_kind.get(Kind.SHARES):
        raise LanguageFault(Code.CONFLICT, "Shares have no strike, right or expiration.", shares.span)
