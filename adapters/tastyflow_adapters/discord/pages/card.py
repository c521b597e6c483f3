"""
The card of an order in a chat: what its trader sees before anything is sent, with the buttons that decide it.

    rows_of(card) ─▶ ChatPage ─┬─ waits      Confirm · Change · Dismiss       the id names the order, and what was shown
                               ├─ preview    Order it · Change
                               ├─ closing    Close them · Dismiss             one yes to all of what is closed
                               └─ refused    what is wrong; the lines that may have been meant

The rows are those of the terminal (`tastyflow.application.card.wording`).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from tastyflow.application.card.closing import ClosingCard
from tastyflow.application.card.closing_words import TURN, closing_rows, to_close_words
from tastyflow.application.card.model import Card
from tastyflow.application.card.wording import CardRow, offer_of, rows_of
from tastyflow.domain.new_york_time import clock_in_words
from tastyflow.domain.order import Order
from tastyflow_adapters.discord.page import Act, Button, ChatPage, Emphasis, Menu, Row, Tone
from tastyflow_adapters.discord.pages.refusal import OfferedLine, lines_to_press

SHOWN: Final = 16
"""Digits of the digest that a button of a card has: it confirms what was shown, and nothing else."""
CONFIRM: Final = "Confirm"
CHANGE: Final = "Change"
DISMISS: Final = "Dismiss"
ORDER_IT: Final = "Order it"


def card_page(card: Card, order: Order) -> ChatPage:
    """The card of *order*, which waits for its trader's yes."""
    about = card_id(order)
    return _page(
        card,
        f"Order {order.reference}",
        (
            Button(CONFIRM, Act.CONFIRM, about, Emphasis.GOOD),
            Button(CHANGE, Act.CHANGE, about),
            Button(DISMISS, Act.DISMISS, about),
        ),
    )


def preview_page(card: Card, order_it: OfferedLine, instead: Sequence[OfferedLine] = ()) -> ChatPage:
    """
    The card of what was only previewed.

    Args:
        order_it: The same line, to be ordered.
        instead: Lines that may have been meant, where it would be refused.
    """
    if card.refusal is not None:
        buttons, menu = lines_to_press(instead)
        return _page(card, "Preview", buttons, tone=Tone.BAD, menu=menu)
    return _page(card, "Preview", (Button(ORDER_IT, Act.SUGGESTION, order_it.offer, Emphasis.MAIN),))


def closing_page(card: ClosingCard, about: str, until: datetime, *, said: str = "") -> ChatPage:
    """
    The orders that close what is held, with one yes to all of them.

    Args:
        about: The id of the offer that its buttons are about; it waits until *until*.
        said: What is to be told first.
    """
    return ChatPage(
        title=to_close_words(card),
        place=card.place,
        lines=tuple(line for line in (said, TURN) if line),
        rows=_rows(closing_rows(card)),
        footer=f"Nothing was sent yet. The list waits for your yes until {clock_in_words(until)}.",
        tone=Tone.ASKING,
        buttons=(
            Button(f"Close {'it' if len(card.closes) == 1 else 'them'}", Act.DO, about, Emphasis.DANGER),
            Button(DISMISS, Act.DISMISS, about),
        ),
        is_final=True,
    )


def card_id(order: Order) -> str:
    """What a button of the card of *order* is about: the order, and the content that was shown."""
    return f"{order.id.hex}.{order.digest[:SHOWN]}"


def read_card_id(about: str) -> tuple[str, str]:
    """The order that a button is about, and the beginning of the digest that was shown; empty where it has none."""
    reference, _, shown = about.partition(".")
    return reference, shown


def _page(
    card: Card, title: str, buttons: tuple[Button, ...], *, tone: Tone = Tone.ASKING, menu: Menu | None = None
) -> ChatPage:
    return ChatPage(
        title=title,
        place=card.place,
        lines=(card.words,),
        rows=_rows(rows_of(card)),
        footer=offer_of(card),
        tone=tone,
        buttons=buttons,
        menu=menu,
        is_final=True,
    )


def _rows(rows: Iterable[CardRow]) -> tuple[Row, ...]:
    return tuple(
        Row(_NAMES.get(row.name, row.name), row.lines, row.is_strong or row.is_warning or row.is_refusal)
        for row in rows
    )


_NAMES: Final = {"warnings": "⚠ warnings", "refused": "✗ refused", "approval": "⚠ approval", "halted": "⚠ halted"}
"""What must not be overlooked has a mark beside its colour."""
