"""
Replacing a working order in a chat: what is new is typed, or filled into a form, and becomes one line of the language.

    /replace order:3f2a11 change:@ 1.25 gtc        ─▶ replace 3f2a11 @ 1.25 gtc ─┐
    form     price · stop · time in force          ─▶ replace 3f2a11 stop 2 limit 2.10 ─┴─▶ a card, to be confirmed

The old order works on until the new one is confirmed, rehearsed and takes its place.
"""

from decimal import Decimal
from typing import Final
from uuid import UUID

from tastyflow.domain.instruments import plain
from tastyflow.domain.order.replacing import require_replaceable
from tastyflow.domain.ticket import OrderType
from tastyflow.errors import Refused
from tastyflow_adapters.discord.answers.ordering.deciding import require_own
from tastyflow_adapters.discord.answers.ordering.line_answer import line_answer
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.page import Act, Answer, Form, FormField
from tastyflow_adapters.discord.request import Request

PRICE: Final = "price"
STOP: Final = "stop"
LASTING: Final = "lasting"
WORDS: Final = frozenset({"mid", "natural", "market"})
"""Prices in words; a figure stands behind an @."""
LONGEST: Final = 40


async def form(chat: Chat, request: Request) -> Answer:
    """The form of a working order, with what it is now. It is made from the log alone: no venue is asked."""
    order = chat.desk.lookup.find(request.about)
    require_own(chat, request, order)
    require_replaceable(order)
    ticket = order.ticket
    stop = _figure(ticket.stop if ticket else None)
    price = "market" if ticket and ticket.order_type is OrderType.MARKET else _figure(ticket.price if ticket else None)
    return Form(
        f"Replace order {order.reference}",
        Act.REPLACE,
        order.id.hex,
        (
            FormField(PRICE, "Price", price, "1.25 · mid · natural · market", is_required=False, longest=LONGEST),
            FormField(STOP, "Stop", stop, "none", is_required=False, longest=LONGEST),
            FormField(
                LASTING,
                "Time in force",
                str(ticket.time_in_force) if ticket else "",
                "day · gtc · gtd 12/18 · ext",
                is_required=False,
                longest=LONGEST,
            ),
        ),
    )


async def filled(chat: Chat, request: Request) -> Answer:
    """What was filled in, as one line that begins with the order of the form, and the card that it makes."""
    order = chat.desk.lookup.find(request.about)
    require_own(chat, request, order)
    return (await line_answer(chat, request, line_of(name_of(chat, order.id), request))).page


def name_of(chat: Chat, order_id: UUID) -> str:
    """The order in a line that people read: by its reference, or by its whole id where that names several."""
    try:
        return chat.desk.lookup.find(order_id.hex[:6]).reference
    except Refused:
        return order_id.hex


def line_of(name: str, request: Request) -> str:
    """``replace 3f2a11 stop 2 limit 2.10 gtc``"""
    price, stop, lasting = (" ".join(request.fields.get(name, "").split()) for name in (PRICE, STOP, LASTING))
    if stop:
        said = f"stop {stop}" + (f" limit {price}" if price else "")
    else:
        said = price if not price or price.lower() in WORDS or price.startswith("@") else f"@ {price}"
    return " ".join(part for part in ("replace", name, said, lasting) if part)


def _figure(value: Decimal | None) -> str:
    return plain(value) if value is not None else ""
