"""
One leg, and several that are typed one by one.

    BTO 10 SPY 450C 12/18                                               one_leg
    BTO 1 SPY 450C 12/18, STO 1 SPY 460C 12/18 @ 3.10 debit             leg_by_leg

    parts ─▶ bare numbers ─▶ repeated? ─▶ something missing? ─▶ AskedLeg, and the parts by kind

Of several legs every one has its own action, quantity, symbol, strike, right and expiration; nothing is taken over from
the leg before. Price, stop and order type belong to the whole order, and stand behind the last leg; the time in force
may stand anywhere. The shape of the legs names the strategy.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from attrs import evolve

from tastyflow.domain.commands import AskedAction, AskedLeg, AskedOption, AskedShares, PlaceOrder
from tastyflow.domain.instruments import INDEX_ROOTS, INDEXES, underlying_of
from tastyflow.domain.strategies import strategy_of
from tastyflow.domain.ticket import MAX_LEGS
from tastyflow_grammar.days import NewYorkDay
from tastyflow_grammar.meaning import terms
from tastyflow_grammar.meaning.dates import one_expiration
from tastyflow_grammar.meaning.numbers import name_numbers
from tastyflow_grammar.meaning.sizes import name_held_parts, size
from tastyflow_grammar.parts import ByKind, Figure, Kind, Part, Ticker, span_over
from tastyflow_grammar.refusing import missing
from tastyflow_grammar.refusing.faults import Code, Edit, Fix, LanguageFault
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
_OF_THE_WHOLE: Final = (Kind.PRICE, Kind.LIMIT, Kind.MARKET, Kind.EFFECT, Kind.STOP)
_NAMES: Final = (Kind.STRATEGY, Kind.SPREAD_KIND, Kind.STRIKES)


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


# ---- several legs


def leg_by_leg(typed: Sequence[Sequence[Part]], today: NewYorkDay) -> PlaceOrder:
    """
    Make the order whose legs are typed one by one.

    Raises:
        LanguageFault: What is wrong with the first leg that is wrong, or with the legs together.
    """
    if len(typed) > MAX_LEGS:
        message = f"An order has at most {MAX_LEGS} legs."
        raise LanguageFault(Code.UNSUPPORTED, message, span_over(typed[MAX_LEGS]))
    _refuse_names(typed)
    read = [one_leg(parts, today) for parts in typed]
    _refuse_early_prices([by_kind for _, by_kind in read], span_over(typed[-1])[1])
    _refuse_two_underlyings(read)
    legs = tuple(leg for leg, _ in read)
    _refuse_doubles(legs, typed)
    order = terms.order_of(legs, strategy_of(legs), _together([by_kind for _, by_kind in read]), today)
    return evolve(order, by_name=False)


def _refuse_names(typed: Sequence[Sequence[Part]]) -> None:
    for name in (part for parts in typed for part in parts if part.kind in _NAMES):
        message = "Name the strategy, or write every leg out: not both."
        raise LanguageFault(Code.CONFLICT, message, name.span, [(Edit(name.span, ""),)])


def _refuse_early_prices(legs: Sequence[ByKind], end: int) -> None:
    """A price behind the first leg may be that leg's own."""
    for by_kind in legs[:-1]:
        for early in (by_kind[kind] for kind in _OF_THE_WHOLE if kind in by_kind):
            if any(kind in legs[-1] for kind in _OF_THE_WHOLE):
                raise LanguageFault(Code.CONFLICT, "There is one price, for all legs together: at the end.", early.span)
            message = "Is that the price of one leg, or of all together? Write the price of all at the end."
            raise LanguageFault(Code.AMBIGUOUS, message, early.span, _at_the_end(early, end))


def _at_the_end(early: Part, end: int) -> list[Fix]:
    if early.kind is not Kind.PRICE:
        return []
    price = early.value.value if isinstance(early.value, Figure) else early.value
    return [(Edit(early.span, ""), Edit((end, end), f" @ {price}"))]


def _refuse_two_underlyings(read: Sequence[tuple[AskedLeg, ByKind]]) -> None:
    first = underlying_of(read[0][0].instrument.underlying)
    for leg, by_kind in read[1:]:
        if underlying_of(leg.instrument.underlying) != first:
            raise LanguageFault(Code.CONFLICT, "The legs of an order are on one underlying.", by_kind[Kind.SYMBOL].span)


def _refuse_doubles(legs: Sequence[AskedLeg], typed: Sequence[Sequence[Part]]) -> None:
    seen: set[object] = set()
    for leg, parts in zip(legs, typed, strict=True):
        if leg.instrument in seen:
            raise LanguageFault(Code.CONFLICT, "Two legs are on the same contract: write it once.", span_over(parts))
        seen.add(leg.instrument)


def _together(legs: Sequence[ByKind]) -> ByKind:
    """
    The parts of the whole order: those of the last leg, with the one time in force.

    Raises:
        LanguageFault: ``conflict``, when there are two times in force.
    """
    lasting = [by_kind[Kind.TIME_IN_FORCE] for by_kind in legs if Kind.TIME_IN_FORCE in by_kind]
    for other in lasting[1:]:
        if other.value != lasting[0].value:
            raise LanguageFault(
                Code.CONFLICT, "There are two times in force. Keep one.", other.span, [(Edit(other.span, ""),)]
            )
    return {**legs[-1], Kind.TIME_IN_FORCE: lasting[0]} if lasting else legs[-1]
