"""
What a trader looks at, on a terminal: a quote, expirations, a chain around the money, positions with their value.
"""

from collections.abc import Sequence
from decimal import Decimal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tastyflow.application.looking.seen import (
    ChainSeen,
    ExpirationSeen,
    ExpirationsSeen,
    Holdings,
    Looked,
    QuoteSeen,
    Valued,
)
from tastyflow.domain.instruments import INDEXES, Equity, Instrument, chat_symbol, plain, price_in_words
from tastyflow.domain.risk.finding import usd
from tastyflow.domain.venue import Quote
from tastyflow_adapters.cli.safe_console import say

NONE = "–"
UNEXPLAINED = "!"
"""Marks what the log cannot explain."""
LOOK = "A trade elsewhere, an assignment, an exercise or a corporate action explains it. See: tastyflow recover"


def looked_page(looked: Looked, place: str = "") -> RenderableType:
    """The page of whatever was looked at; *place* stands above it: the environment, of positions the account too."""
    page = _page(looked)
    return Group(say(place, "bold"), page) if place else page


def _page(looked: Looked) -> RenderableType:
    match looked:
        case QuoteSeen():
            return quote_page(looked)
        case ExpirationsSeen():
            return expirations_page(looked)
        case ChainSeen():
            return chain_page(looked)
        case Holdings():
            return holdings_page(looked)


def instrument_words(instrument: Instrument) -> str:
    """``SPY 450 call Fri Dec 18 2026``, ``SPY shares``, ``SPX index``"""
    if isinstance(instrument, Equity):
        return f"{chat_symbol(instrument.symbol)} {'index' if instrument.symbol in INDEXES else 'shares'}"
    name = f"{chat_symbol(instrument.root)} {plain(instrument.strike)} {instrument.right}"
    return f"{name} {instrument.expiration:%a %b %d %Y}"


def quote_page(seen: QuoteSeen) -> RenderableType:
    """Bid, mid and ask, and how old they are."""
    name = say(instrument_words(seen.instrument), "bold")
    if seen.quote is None:
        return Group(name, say("There is no quote of it now."))
    bid, ask = seen.quote.bid, seen.quote.ask
    mid = price_in_words(seen.quote.mid) if bid and ask else NONE
    prices = f"bid {price_in_words(bid)} · mid {mid} · ask {price_in_words(ask)}"
    return Group(name, say(prices), say(f"{seen.age_s:,.0f} seconds old", "dim"))


def expirations_page(seen: ExpirationsSeen) -> RenderableType:
    """A line for each listed expiration."""
    table = _table(("expiration", "days", "root", "settles", "", "strikes"), right=(1, 5))
    for each in seen.listed:
        table.add_row(
            say(f"{each.day:%a %b %d %Y}"),
            say(f"{each.days:,}"),
            say(chat_symbol(each.root)),
            say(_settles(each)),
            say(each.kind, "" if each.kind == "monthly" else "dim"),
            say(f"{each.strikes:,}"),
        )
    return Group(say(chat_symbol(seen.underlying), "bold"), table)


def _settles(each: ExpirationSeen) -> str:
    return f"AM, last trade {each.last_trade_day:%a %b %d}" if each.settles_am else "PM"


def chain_page(seen: ChainSeen) -> RenderableType:
    """Calls on the left, puts on the right; a line stands where the underlying is."""
    end = seen.expiration
    spot = "price not known" if seen.spot is None else f"at {price_in_words(seen.spot)}"
    days = "today" if not end.days else f"{end.days} days"
    title = f"{chat_symbol(seen.underlying)} {spot} · {end.day:%a %b %d %Y}, {days} · settles {_settles(end)}"
    table = _table(("call bid", "ask", "strike", "put bid", "ask"), right=(0, 1, 2, 3, 4))
    drawn = seen.spot is None
    for row in seen.rows:
        if not drawn and seen.spot is not None and row.strike >= seen.spot:
            table.add_row(*(say("───", "dim") for _ in range(5)))
            drawn = True
        table.add_row(*_sides(row.call), say(plain(row.strike), "bold"), *_sides(row.put))
    more = [say(f"{seen.others:,} other strikes are listed.", "dim")] if seen.others else []
    return Group(say(title, "bold"), table, *more)


def _sides(quote: Quote | None) -> tuple[Text, Text]:
    if quote is None:
        return (say(NONE, "dim"),) * 2
    return say(price_in_words(quote.bid)), say(price_in_words(quote.ask))


def holdings_page(seen: Holdings) -> RenderableType:
    """
    A line for each position: what it is, what it cost, what it is worth, and the profit or loss that is open.

    What the log cannot explain is marked, and told below.
    """
    told = [say(f"{UNEXPLAINED} {each.words}", "yellow") for each in seen.unexplained]
    told += [say(LOOK, "dim")] if told else []
    if not seen.positions:
        return Group(say("Nothing is held."), *told)
    table = _table(("position", "cost", "mark", "value", "open profit"), right=(1, 2, 3, 4))
    for each in seen.positions:
        table.add_row(*_held(each, is_explained=seen.difference(each.position.instrument) is None))
    table.add_row(say("total", "bold"), say(""), say(""), _dollars(seen.value_usd), _profit(seen.profit_usd))
    return Group(table, *told)


def _held(each: Valued, *, is_explained: bool) -> Sequence[Text]:
    position = each.position
    doubt = "" if is_explained else f" {UNEXPLAINED}"
    words = f"{position.quantity:+,} {instrument_words(position.instrument)}{doubt}"
    mark = NONE if each.mark is None else price_in_words(each.mark)
    cost = price_in_words(position.average_open_price)
    return say(words), say(cost), say(mark), _dollars(each.value_usd), _profit(each.profit_usd)


def _dollars(amount: Decimal | None) -> Text:
    return say("not known", "dim") if amount is None else say(usd(amount))


def _profit(amount: Decimal | None) -> Text:
    if amount is None:
        return say("not known", "dim")
    return say(f"{'+' if amount > 0 else ''}{usd(amount)}", "green" if amount > 0 else "red" if amount < 0 else "")


def _table(headings: Sequence[str], *, right: Sequence[int]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number in right else "left", no_wrap=number > 0)
    return table
