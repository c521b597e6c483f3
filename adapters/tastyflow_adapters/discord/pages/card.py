"""
The card of an order in a chat: what its trader sees before anything is sent, with the buttons that decide it.

    rows_of(card) ─▶ ChatPage ─┬─ waits      Confirm · Change · Dismiss       the id names the order, and what was shown
                               ├─ preview    Order it · Change
                               └─ refused    what is wrong; the lines that may have been meant

The rows are those of the terminal (`tastyflow.application.card.wording`).
"""

from collections.abc import Sequence
from typing import Final

from tastyflow.application.card.model import Card
from tastyflow.application.card.wording import offer_of, rows_of
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
    rows = tuple(
        Row(_NAMES.get(row.name, row.name), row.lines, row.is_strong or row.is_warning or row.is_refusal)
        for row in rows_of(card)
    )
    return ChatPage(
        title=title,
        place=card.place,
        lines=(card.words,),
        rows=rows,
        footer=offer_of(card),
        tone=tone,
        buttons=buttons,
        menu=menu,
        is_final=True,
    )


_NAMES: Final = {"warnings": "⚠ warnings", "refused": "✗ refused", "approval": "⚠ approval"}
"""What must not be overlooked has a mark beside its colour."""
