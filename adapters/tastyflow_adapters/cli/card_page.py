"""
The card of an order on a terminal: a frame with the environment in its title, a row for each thing to know.

    ╭─ PRODUCTION · order 3f2a11 ──────────────────────────╮
    │ order     buy to open 10 SPY 450 call                │
    │              Fri Dec 18 2026, 28 days · settles PM   │
    │ market    bid 7.96 · mid 8.015 · ask 8.07            │
    ╰──────────────────────────────────────────────────────╯

The words are those of `tastyflow.application.card.wording`; here is only what they look like.
"""

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tastyflow.application.card.closing import ClosingCard
from tastyflow.application.card.closing_words import TURN, closing_rows, closing_title
from tastyflow.application.card.model import Card
from tastyflow.application.card.wording import CardRow, offer_of, rows_of, title_of
from tastyflow_adapters.cli.safe_console import say


def card_page(card: Card) -> RenderableType:
    """*card* in a frame."""
    parts: list[RenderableType] = [Padding(say(card.words, "bold"), (0, 0, 1, 0)), _table(rows_of(card))]
    if offer := offer_of(card):
        parts.append(Padding(say(offer, "bold"), (1, 0, 0, 0)))
    return _framed(parts, title_of(card), "red" if card.refusal else _colour(card.place))


def closing_page(card: ClosingCard) -> RenderableType:
    """The orders that close what is held, in one frame."""
    told = Padding(say(TURN, "bold"), (1, 0, 0, 0))
    return _framed(
        [_table(closing_rows(card)), told], closing_title(card), "red" if card.halted else _colour(card.place)
    )


def _framed(parts: Sequence[RenderableType], title: str, colour: str) -> RenderableType:
    return Panel(Group(*parts), title=say(title), title_align="left", border_style=colour, expand=False)


def _colour(place: str) -> str:
    return "yellow" if place.startswith("PRODUCTION") else "blue"


def _table(shown: Iterable[CardRow]) -> RenderableType:
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(no_wrap=True)
    rows.add_column(overflow="fold")
    for row in shown:
        rows.add_row(say(row.name, _style(row) or "dim"), _lines(row))
    return rows


def _lines(row: CardRow) -> RenderableType:
    return Group(
        *(
            Padding(_line(line, row, is_first=not number), (0, 0, 0, _indent(line)))
            for number, line in enumerate(row.lines)
        )
    )


def _line(line: str, row: CardRow, *, is_first: bool) -> Text:
    strong = "bold" if row.is_strong and is_first else ""
    return say(line.strip(), _style(row) or strong or ("dim" if _indent(line) else ""))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _style(row: CardRow) -> str:
    return "red" if row.is_refusal else "yellow" if row.is_warning else ""
