"""
The market as a trader looks at it: a quote, the listed expirations, a chain around the money.
"""

from typing import Final

from tastyflow.application.looking.seen import ChainSeen, ExpirationSeen, ExpirationsSeen, QuoteSeen
from tastyflow.application.looking.wording import (
    chain_title,
    expiration_cells,
    instrument_words,
    others_words,
    quote_lines,
    strike_cells,
)
from tastyflow.domain.instruments import chat_symbol
from tastyflow_adapters.discord.page import ChatPage
from tastyflow_adapters.discord.pages.columns import in_columns, part_of

EXPIRATIONS: Final = 15
"""Listed expirations on a page."""
CHAIN: Final = ("bid", "ask", "strike", "bid", "ask")
"""The headings of a chain: bid and ask of the calls, the strike, bid and ask of the puts."""
_NUMBERS: Final = (0, 1, 2, 3, 4)


def quote_page(seen: QuoteSeen, place: str) -> ChatPage:
    """Bid, mid and ask, and how old they are."""
    first, *age = quote_lines(seen)
    return ChatPage(
        title=instrument_words(seen.instrument),
        place=place,
        lines=(*_named(seen.name), first),
        footer=" ".join(age),
    )


def chain_page(seen: ChainSeen, place: str) -> ChatPage:
    """Calls on the left, puts on the right; a line stands where the underlying is."""
    rows: list[tuple[str, ...]] = [CHAIN]
    rows += (strike_cells(row) for row in seen.rows)
    lines = in_columns(rows, right=_NUMBERS).splitlines()
    width = max(map(len, lines))
    if seen.spot is not None:
        below = sum(row.strike < seen.spot for row in seen.rows)
        lines.insert(1 + below, "─" * width)
    sides = f"calls{'puts':>{width - len('calls')}}"
    return ChatPage(
        title=chain_title(seen),
        place=place,
        lines=_named(seen.name),
        table="\n".join((sides, *lines)),
        footer=others_words(seen),
    )


def expirations_page(seen: ExpirationsSeen, place: str, number: int = 1) -> ChatPage:
    """What is listed, a line each, so many on a page; roots and settlements where they differ."""
    part = part_of(seen.listed, number, EXPIRATIONS)
    symbol = chat_symbol(seen.underlying)
    several = len({(each.root, each.settles_am) for each in seen.listed}) > 1
    (first, *_) = seen.listed
    said = "" if several else f"All settle {'AM' if first.settles_am else 'PM'}."
    return ChatPage(
        title=f"{symbol} · {len(seen.listed):,} expirations",
        place=place,
        lines=_named(seen.name),
        table=in_columns([_cells(each, several=several) for each in part.items], right=(1,)),
        footer=" ".join(filter(None, (part.words, said))),
        buttons=part.turns("expirations", symbol),
    )


def _named(name: str) -> tuple[str, ...]:
    """The company, the fund or the index; nothing where that is not known."""
    return (name,) if name else ()


def _cells(each: ExpirationSeen, *, several: bool) -> tuple[str, ...]:
    day, days, root, _, kind, _ = expiration_cells(each)
    ends = (root, "AM" if each.settles_am else "PM") if several else ()
    return day, f"{days}d", kind, *ends
