"""
From parts to the order that they make, or to the one thing that stands in the way.

    parts ─▶ refused words ─▶ bare numbers ─▶ said twice? ─▶ something missing? ─▶ figures in range? ─▶ PlaceOrder

The parts may stand in any order. What may be said once only, and what may be said again as long as it agrees
(``450C calls``), is said in ``ONCE``.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from tastyflow.domain.commands import (
    AskedAction,
    AskedLeg,
    AskedOption,
    AskedShares,
    PlaceOrder,
    ReplaceOrder,
    Strategy,
)
from tastyflow.domain.instruments import INDEX_ROOTS, INDEXES
from tastyflow.domain.ticket import PriceEffect
from tastyflow_grammar import figures, missing
from tastyflow_grammar.expiring import one_expiration, time_in_force
from tastyflow_grammar.numbers import settle, stray
from tastyflow_grammar.parts import Edit, Fault, Figure, Kind, Part, Said, Ticker, span_over
from tastyflow_grammar.refusals import not_a_ticker

TWICE: Final[Mapping[Kind, str]] = {
    Kind.ACTION: "There are two actions. Keep one.",
    Kind.EFFECT_ON_POSITION: "The text says both to open and to close. Keep one.",
    Kind.QUANTITY: "There are two quantities. Keep one.",
    Kind.SYMBOL: "There are two symbols. Keep one.",
    Kind.RIGHT: "The text says both call and put. Keep one.",
    Kind.STRIKE: "There are two strikes. Keep one.",
    Kind.PRICE: "There are two prices. Keep one.",
    Kind.EFFECT: "The text says both debit and credit. Keep one.",
    Kind.STOP: "There are two stops. Keep one.",
    Kind.TIME_IN_FORCE: "There are two times in force. Keep one.",
}
ONCE: Final = frozenset({Kind.ACTION, Kind.QUANTITY, Kind.PRICE, Kind.STOP})
"""Said once; everything else may be said again, as long as it says the same."""

_NOT_REPLACED: Final = (
    *(Kind.ACTION, Kind.SIDELESS, Kind.EFFECT_ON_POSITION, Kind.SYMBOL, Kind.RIGHT, Kind.STRIKE, Kind.EXPIRATION),
    *(Kind.STRATEGY, Kind.STRIKES),
)
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
_SIDE: Final[Mapping[AskedAction, PriceEffect | None]] = {
    AskedAction.BUY: PriceEffect.DEBIT,
    AskedAction.BUY_TO_OPEN: PriceEffect.DEBIT,
    AskedAction.BUY_TO_CLOSE: PriceEffect.DEBIT,
    AskedAction.SELL: PriceEffect.CREDIT,
    AskedAction.SELL_TO_OPEN: PriceEffect.CREDIT,
    AskedAction.SELL_TO_CLOSE: PriceEffect.CREDIT,
    AskedAction.CLOSE: None,  # the position decides
}


def assemble(parts: Sequence[Part], today: date) -> PlaceOrder:
    """
    Make the order of one leg that the parts describe.

    Raises:
        Fault: Whatever stands in the way, the first of it.
    """
    _refuse_words(parts)
    _refuse_several_legs(parts)
    parts = settle(_name_months(parts), today)
    said = _said(parts)
    missing.refuse_without_action(parts, said)
    if Kind.EXPIRATION in said:
        said = {**said, Kind.EXPIRATION: one_expiration(parts, today)}
    _refuse_bare_number(parts, said)
    missing.refuse(parts, said, today)
    action = _action(said)
    instrument = _instrument(said)
    quantity = figures.quantity(said.get(Kind.QUANTITY), said, isinstance(instrument, AskedShares))
    pricing = figures.pricing(said, _SIDE[action])
    return PlaceOrder(
        (AskedLeg(action, quantity, instrument),),
        Strategy.SINGLE,
        pricing.order_type,
        pricing.price,
        pricing.effect,
        pricing.stop,
        time_in_force(said.get(Kind.TIME_IN_FORCE), today),
    )


def replacement(reference: str, parts: Sequence[Part], today: date) -> ReplaceOrder:
    """
    Make the change that the parts describe.

    Raises:
        Fault: ``syntax`` for what cannot be changed, else as `assemble`.
    """
    parts = settle(parts, today)
    said = _said(parts)
    _refuse_bare_number(parts, said)
    if strangers := [said[kind] for kind in _NOT_REPLACED if kind in said]:
        message = "Quantity, price, stop and time in force can be replaced; for anything else, cancel and order anew."
        raise Fault("syntax", message, strangers[0].span, [tuple(Edit(part.span, "") for part in strangers)])
    pricing = figures.pricing(said, None)
    lasting = said.get(Kind.TIME_IN_FORCE)
    return ReplaceOrder(
        reference,
        figures.quantity(said[Kind.QUANTITY], said, False) if Kind.QUANTITY in said else None,
        pricing.order_type,
        pricing.price,
        pricing.effect,
        pricing.stop,
        time_in_force(lasting, today) if lasting else None,
    )


def several_legs(parts: Sequence[Part]) -> Fault:
    """More than one leg: what is missing is said first, then that it is not offered yet."""
    message = "Spreads are not offered yet: send each leg as an order of its own."
    return missing.of_a_spread(parts) or Fault("unsupported", message, span_over(parts))


def _refuse_several_legs(parts: Sequence[Part]) -> None:
    if any(part.kind in (Kind.STRATEGY, Kind.STRIKES) for part in parts):
        raise several_legs(parts)


def _refuse_words(parts: Sequence[Part]) -> None:
    for part in parts:
        if part.kind is Kind.SYMBOL and (fault := not_a_ticker(part.value, part.span)):
            raise fault


def _name_months(parts: Sequence[Part]) -> list[Part]:
    """
    Find the ticker in ``buy 5 MAR 250c 12/18``.

    MAR and NOV are months wherever one is wanted. Right after the quantity they are the tickers when no other symbol is
    there and the order is complete without a month: another expiration is said, or nothing of an option.
    """
    parts = list(parts)
    kinds = [part.kind for part in parts]
    months_to_spare = kinds.count(Kind.EXPIRATION) - (Kind.RIGHT in kinds or Kind.STRIKE in kinds)
    if Kind.SYMBOL in kinds or months_to_spare != 1:
        return parts
    for at, part in enumerate(parts):
        counted = at and kinds[at - 1] in (Kind.QUANTITY, Kind.SHARES)
        if (
            counted
            and part.kind is Kind.EXPIRATION
            and part.value.words in (("MAR",), ("NOV",))
            and not part.value.sure
        ):
            parts[at] = Part(Kind.SYMBOL, Ticker(part.value.words[0], sure=True), part.span)
    return parts


def _said(parts: Sequence[Part]) -> Said:
    """
    What is said, by kind.

    Raises:
        Fault: ``conflict``, when two different things are said of one kind.
    """
    said: dict[Kind, Part] = {}
    for part in parts:
        first = said.setdefault(part.kind, part)
        if first is part or part.kind in (Kind.NUMBER, Kind.EXPIRATION):  # these are looked at one by one
            continue
        if part.kind in ONCE or _meaning(first) != _meaning(part):
            fixes = [(Edit(part.span, ""),), (Edit(first.span, ""),)]
            raise missing.misspelt_symbol(first, part) or Fault("conflict", TWICE[part.kind], part.span, fixes)
    return said


def _meaning(part: Part) -> Any:
    """What two parts of a kind are compared by."""
    value = part.value
    return value.value if isinstance(value, Figure) else value.symbol if isinstance(value, Ticker) else value


def _refuse_bare_number(parts: Sequence[Part], said: Said) -> None:
    """A number without a meaning, unless something else is missing: that is said first."""
    fault = stray(parts, said)
    if fault and not (missing.is_option(said) and missing.lacks(said)[:1] not in ([], [Kind.STRIKE])):
        raise fault


def _action(said: Said) -> AskedAction:
    action, position = said[Kind.ACTION], said.get(Kind.EFFECT_ON_POSITION)
    if position is None:
        return AskedAction(action.value)
    settled = _SETTLED.get((action.value, position.value))
    if settled is None:
        raise Fault("conflict", "The text says both to open and to close.", position.span, [(Edit(position.span, ""),)])
    return settled


def _instrument(said: Said) -> AskedOption | AskedShares:
    symbol = said[Kind.SYMBOL]
    ticker: str = symbol.value.symbol
    if missing.is_option(said):
        return _option(ticker, said)
    if ticker in INDEXES or ticker in INDEX_ROOTS:
        raise Fault("unsupported", f"{ticker} is an index: it has options, and no shares.", symbol.span)
    return AskedShares(ticker)


def _option(ticker: str, said: Said) -> AskedOption:
    if shares := said.get(Kind.SHARES):
        raise Fault("conflict", "Shares have no strike, right or expiration.", shares.span)
    return AskedOption(ticker, said[Kind.RIGHT].value, figures.strike(said[Kind.STRIKE]), said[Kind.EXPIRATION].value)
