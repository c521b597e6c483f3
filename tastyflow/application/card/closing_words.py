"""
The card of a flattening in a trader's words: what it comes to in all, then a row for each order.

    symbol   SPY · SPDR S&P 500 ETF Trust
    in all   receives about $4,395.00, by the quotes
    costs    fees $5.65, estimated …
    close 1  sell to close 3 SPY 440 call Fri Dec 18 2026 (28 DTE) @ natural day
                sell to close 3 SPY 440 call  13.85 / 14.02
                7 held, 1 being closed by working orders: half of the 6 left is 3.
                13.85 credit now: receives $4,155.00

Plain text without markup, as of `wording`.
"""

from collections.abc import Iterator
from typing import Final

from tastyflow.application.card.closing import Close, ClosingCard
from tastyflow.application.card.price_words import sides
from tastyflow.application.card.wording import CardRow, costs_lines, symbol_words, traded_words, works_row
from tastyflow.domain.instruments import price_in_words
from tastyflow.domain.risk.finding import usd
from tastyflow.domain.ticket import Ticket

TURN: Final = "Each goes at the price that trades when its turn comes; what may cover another leg goes last."
STOPPED: Final = "What closes is refused until orders may leave again ('resume')."
ONE_BY_ONE: Final = "Where it still has no price when its turn comes, its legs are closed one by one."


def closing_title(card: ClosingCard) -> str:
    """``FAKE · 2 orders to close``"""
    return f"{card.place} · {to_close_words(card)}"


def to_close_words(card: ClosingCard) -> str:
    """``2 orders to close``"""
    count = len(card.closes)
    return f"{count} order{'' if count == 1 else 's'} to close"


def closing_rows(card: ClosingCard) -> tuple[CardRow, ...]:
    """The rows of *card*: what it comes to first, for a list can be longer than a page."""
    return tuple(row for row in _rows(card) if row.lines)


def _rows(card: ClosingCard) -> Iterator[CardRow]:
    if card.halted:
        yield CardRow("halted", (card.halted, STOPPED), is_warning=True)
    yield CardRow("symbol", tuple(symbol_words(each.symbol, each.name) for each in card.underlyings))
    yield CardRow("in all", tuple(_in_all(card)), is_strong=True)
    yield CardRow("costs", costs_lines(card.costs))
    yield works_row(card.session)
    yield CardRow("warnings", card.costs.warnings, is_warning=True)
    for number, close in enumerate(card.closes, start=1):
        yield CardRow(f"close {number}", tuple(_lines(close)), is_strong=True)


def _in_all(card: ClosingCard) -> Iterator[str]:
    pays, receives, left_out = card.pays_usd, card.receives_usd, card.unpriced
    if left_out < len(card.closes):
        net = receives - pays
        both = f": {usd(receives)} received, {usd(pays)} paid" if pays and receives else ""
        yield f"{'receives' if net >= 0 else 'pays'} about {usd(abs(net))}, by the quotes{both}"
    if left_out:
        yield f"without {left_out:,} of {len(card.closes):,}, which ha{'s' if left_out == 1 else 've'} no price now"


def _lines(close: Close) -> Iterator[str]:
    yield close.words
    if close.ticket is None:
        yield f"   no price now: {close.trouble}"
        if close.goes_leg_by_leg:
            yield f"   {ONE_BY_ONE}"
        return
    width = max(len(traded_words(each)) for each in close.legs)
    of_all = set(close.sizes) if len(set(close.sizes)) == 1 else set()
    for each, size in zip(close.legs, close.sizes, strict=True):
        yield f"   {traded_words(each):<{width}}  {sides(each.quote) if each.quote else 'no quote'}"
        if size not in of_all:
            yield f"      {size}"
    yield from (f"   {size}" for size in of_all)
    yield f"   {_now(close, close.ticket)}"


def _now(close: Close, ticket: Ticket) -> str:
    price = f"{price_in_words(ticket.price)} {ticket.price_effect} now" if ticket.price is not None else "now"
    if close.cash_usd is None:
        return price
    return f"{price}: {'receives' if close.cash_usd >= 0 else 'pays'} {usd(abs(close.cash_usd))}"
