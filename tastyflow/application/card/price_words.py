"""
The price of an order in a trader's words: its market, its limit, and how far that is from mid.

    bid 7.96 · mid 8.015 · ask 8.07           natural 1.82 credit · mid 1.925 credit
    limit 8.01 debit, good for the day        0.005 (0.1 %) better than mid, $5.00 in all
"""

from decimal import Decimal
from typing import Final

from tastyflow.application.card.model import Card
from tastyflow.application.intake.net_market import effect_of
from tastyflow.domain.instruments import price_in_words
from tastyflow.domain.risk.finding import usd
from tastyflow.domain.ticket import Duration, Ticket
from tastyflow.domain.venue import Quote

CENTS: Final = Decimal("0.01")


def market_lines(card: Card) -> tuple[str, ...]:
    """Bid, mid and ask of one leg; what trades now and the mid of several."""
    if card.market is None:
        return ("no two-sided quote of every leg",)
    if len(card.legs) == 1:
        low, high = sorted((abs(card.market.passive), abs(card.market.natural)))
        return (f"bid {price_in_words(low)} · mid {price_in_words(abs(card.market.mid))} · ask {price_in_words(high)}",)
    natural, mid = _signed(card.market.natural), _signed(card.market.mid)
    return (f"natural {natural} · mid {mid}",)


def _signed(price: Decimal) -> str:
    return f"{price_in_words(abs(price))} {effect_of(price)}" if price else "0"


def price_lines(card: Card) -> tuple[str, ...]:
    """The type and its prices, how long it works, and how far the limit is from mid."""
    ticket = card.ticket
    lines = [f"{_type(ticket)}, {_time_in_force(ticket)}"]
    if card.market is not None and (worse := card.market.worse_than_mid) is not None:
        lines.append(_from_mid(card, worse))
    return tuple(lines)


def _type(ticket: Ticket) -> str:
    stop = f"stop at {price_in_words(ticket.stop)}" if ticket.stop is not None else ""
    if ticket.price is None:
        return f"{stop}, then at the market" if stop else "at the market"
    limit = f"limit {price_in_words(ticket.price)} {ticket.price_effect}"
    return f"{stop}, then {limit}" if stop else limit


def _time_in_force(ticket: Ticket) -> str:
    duration, until = ticket.time_in_force.duration, ticket.time_in_force.until
    return {
        Duration.DAY: "good for the day",
        Duration.GTC: "good till cancelled",
        Duration.GTD: f"good until {until:%a %b %d %Y}" if until else "good until a day",
        Duration.EXT: "good for the day, extended hours too",
        Duration.IOC: "immediate or cancel",
    }[duration]


def _from_mid(card: Card, worse: Decimal) -> str:
    if not worse:
        return "at mid"
    pct = card.market.worse_pct if card.market else None
    part = f" ({abs(pct).quantize(Decimal('0.1'))} %)" if pct is not None else ""
    side = "worse" if worse > 0 else "better"
    in_all = usd((abs(worse) * card.per_point_usd).quantize(CENTS))
    return f"{price_in_words(abs(worse))}{part} {side} than mid, {in_all} in all"


def sides(quote: Quote) -> str:
    """``7.96 / 8.07``"""
    return f"{price_in_words(quote.bid)} / {price_in_words(quote.ask)}"
