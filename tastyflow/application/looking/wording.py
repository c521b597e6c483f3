"""
What a trader looks at, in words and in columns of text: for a terminal or a chat to lay out.

    QuoteSeen        quote_lines          ExpirationsSeen   EXPIRATIONS, expiration_cells
    ChainSeen        chain_title, CHAIN, strike_cells        Holdings          holding_words, valued_cells

Plain text without markup; what is not known is a dash, or says so.
"""

from decimal import Decimal
from typing import Final

from tastyflow.application.looking.seen import ChainSeen, ExpirationSeen, QuoteSeen, StrikeSeen, Valued
from tastyflow.domain.instruments import INDEXES, Equity, Instrument, chat_symbol, plain, price_in_words
from tastyflow.domain.risk.finding import usd
from tastyflow.domain.venue import Quote

NONE: Final = "–"
NOT_KNOWN: Final = "not known"
NOTHING_HELD: Final = "Nothing is held."
UNEXPLAINED: Final = "!"
"""Marks what the log cannot explain."""
EXPLAINS: Final = "A trade elsewhere, an assignment, an exercise or a corporate action explains it."

CHAIN: Final = ("call bid", "ask", "strike", "put bid", "ask")
EXPIRATIONS: Final = ("expiration", "days", "root", "settles", "", "strikes")
HOLDINGS: Final = ("position", "cost", "mark", "value", "open profit")


def instrument_words(instrument: Instrument) -> str:
    """``SPY 450 call Fri Dec 18 2026``, ``SPY shares``, ``SPX index``"""
    if isinstance(instrument, Equity):
        return f"{chat_symbol(instrument.symbol)} {'index' if instrument.symbol in INDEXES else 'shares'}"
    name = f"{chat_symbol(instrument.root)} {plain(instrument.strike)} {instrument.right}"
    return f"{name} {instrument.expiration:%a %b %d %Y}"


def quote_lines(seen: QuoteSeen) -> tuple[str, ...]:
    """Bid, mid and ask, and how old they are."""
    if seen.quote is None:
        return ("There is no quote of it now.",)
    bid, ask = seen.quote.bid, seen.quote.ask
    mid = price_in_words(seen.quote.mid) if bid and ask else NONE
    prices = f"bid {price_in_words(bid)} · mid {mid} · ask {price_in_words(ask)}"
    return prices, f"{seen.age_s:,.0f} seconds old"


def settles_words(each: ExpirationSeen) -> str:
    """``PM``, or ``AM, last trade Thu Dec 17``"""
    return f"AM, last trade {each.last_trade_day:%a %b %d}" if each.settles_am else "PM"


def expiration_cells(each: ExpirationSeen) -> tuple[str, ...]:
    """One listed expiration, under `EXPIRATIONS`."""
    return (
        f"{each.day:%a %b %d %Y}",
        f"{each.days:,}",
        chat_symbol(each.root),
        settles_words(each),
        each.kind,
        f"{each.strikes:,}",
    )


def chain_title(seen: ChainSeen) -> str:
    """``SPY at 450.10 · Fri Dec 18 2026, 28 days · settles PM``"""
    end = seen.expiration
    spot = "price not known" if seen.spot is None else f"at {price_in_words(seen.spot)}"
    days = "today" if not end.days else "1 day" if end.days == 1 else f"{end.days} days"
    return f"{chat_symbol(seen.underlying)} {spot} · {end.day:%a %b %d %Y}, {days} · settles {settles_words(end)}"


def strike_cells(row: StrikeSeen) -> tuple[str, ...]:
    """Bid and ask of the call, the strike, bid and ask of the put, under `CHAIN`."""
    return *_sides(row.call), plain(row.strike), *_sides(row.put)


def others_words(seen: ChainSeen) -> str:
    """How many strikes are listed besides; empty for none."""
    return f"{seen.others:,} other strikes are listed." if seen.others else ""


def holding_words(each: Valued, *, is_explained: bool) -> str:
    """``+10 SPY 450 call Fri Dec 18 2026``, marked where the log cannot explain it."""
    doubt = "" if is_explained else f" {UNEXPLAINED}"
    return f"{each.position.quantity:+,} {instrument_words(each.position.instrument)}{doubt}"


def valued_cells(each: Valued) -> tuple[str, ...]:
    """Cost, mark, value and open profit of one position, under the rest of `HOLDINGS`."""
    mark = NONE if each.mark is None else price_in_words(each.mark)
    return (
        price_in_words(each.position.average_open_price),
        mark,
        value_words(each.value_usd),
        profit_words(each.profit_usd),
    )


def value_words(amount_usd: Decimal | None) -> str:
    """``$8,010.00``"""
    return NOT_KNOWN if amount_usd is None else usd(amount_usd)


def profit_words(amount_usd: Decimal | None) -> str:
    """``+$120.00``; a loss is negative."""
    return NOT_KNOWN if amount_usd is None else f"{'+' if amount_usd > 0 else ''}{usd(amount_usd)}"


def _sides(quote: Quote | None) -> tuple[str, str]:
    return (NONE, NONE) if quote is None else (price_in_words(quote.bid), price_in_words(quote.ask))
