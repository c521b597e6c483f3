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
    ExpirationsSeen,
    Holdings,
    Looked,
    QuoteSeen,
    Valued,
)
from tastyflow.application.looking.wording import (
    CHAIN,
    EXPIRATIONS,
    EXPLAINS,
    HOLDINGS,
    NONE,
    NOTHING_HELD,
    UNEXPLAINED,
    chain_title,
    expiration_cells,
    holding_words,
    instrument_words,
    others_words,
    profit_words,
    quote_lines,
    strike_cells,
    value_words,
    valued_cells,
)
from tastyflow.domain.instruments import chat_symbol
from tastyflow_adapters.cli.safe_console import say

LOOK = f"{EXPLAINS} See: tastyflow recover"


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


def quote_page(seen: QuoteSeen) -> RenderableType:
    """Bid, mid and ask, and how old they are."""
    first, *age = quote_lines(seen)
    title = _titled(instrument_words(seen.instrument), seen.name)
    return Group(*title, say(first), *(say(line, "dim") for line in age))


def expirations_page(seen: ExpirationsSeen) -> RenderableType:
    """A line for each listed expiration."""
    table = _table(EXPIRATIONS, right=(1, 5))
    for each in seen.listed:
        day, days, root, settles, kind, strikes = expiration_cells(each)
        shown = say(kind, "" if kind == "monthly" else "dim")
        table.add_row(say(day), say(days), say(root), say(settles), shown, say(strikes))
    return Group(*_titled(chat_symbol(seen.underlying), seen.name), table)


def chain_page(seen: ChainSeen) -> RenderableType:
    """Calls on the left, puts on the right; a line stands where the underlying is."""
    table = _table(CHAIN, right=(0, 1, 2, 3, 4))
    drawn = seen.spot is None
    for row in seen.rows:
        if not drawn and seen.spot is not None and row.strike >= seen.spot:
            table.add_row(*(say("───", "dim") for _ in CHAIN))
            drawn = True
        table.add_row(*(say(cell, _style(column, cell)) for column, cell in enumerate(strike_cells(row))))
    more = [say(others_words(seen), "dim")] if seen.others else []
    return Group(*_titled(chain_title(seen), seen.name), table, *more)


def _titled(title: str, name: str) -> Sequence[Text]:
    """A title, and below it the name of the company, the fund or the index."""
    return [say(title, "bold"), *([say(name)] if name else [])]


def _style(column: int, cell: str) -> str:
    return "bold" if column == CHAIN.index("strike") else "dim" if cell == NONE else ""


def holdings_page(seen: Holdings) -> RenderableType:
    """
    A line for each position: what it is, what it cost, what it is worth, and the profit or loss that is open.

    What the log cannot explain is marked, and told below.
    """
    told = [say(f"{UNEXPLAINED} {each.words}", "yellow") for each in seen.unexplained]
    told += [say(LOOK, "dim")] if told else []
    if not seen.positions:
        return Group(say(NOTHING_HELD), *told)
    table = _table(HOLDINGS, right=(1, 2, 3, 4))
    for each in seen.positions:
        table.add_row(*_held(each, is_explained=seen.difference(each.position.instrument) is None))
    table.add_row(say("total", "bold"), say(""), say(""), _dollars(seen.value_usd), _profit(seen.profit_usd))
    return Group(table, *told)


def _held(each: Valued, *, is_explained: bool) -> Sequence[Text]:
    cost, mark, _, _ = valued_cells(each)
    words = holding_words(each, is_explained=is_explained)
    return say(words), say(cost), say(mark), _dollars(each.value_usd), _profit(each.profit_usd)


def _dollars(amount: Decimal | None) -> Text:
    return say(value_words(amount), "dim" if amount is None else "")


def _profit(amount: Decimal | None) -> Text:
    style = "dim" if amount is None else "green" if amount > 0 else "red" if amount < 0 else ""
    return say(profit_words(amount), style)


def _table(headings: Sequence[str], *, right: Sequence[int]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number in right else "left", no_wrap=number > 0)
    return table
