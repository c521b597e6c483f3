"""
A line that was edited or deleted: what it asked for and was not confirmed is withdrawn, and nothing is ordered by it.

    a card waits, or a list to close   ─▶ withdrawn, and that is said
    it was confirmed                   ─▶ it stays as it is, and that is said
    it was refused                     ─▶ an edit is no new line, and that is said
"""

from contextlib import suppress
from typing import Final

from tastyflow.domain.order import Order
from tastyflow.errors import StoreFailure
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.memory.offers import Offers
from tastyflow_adapters.discord.memory.questions import Questions
from tastyflow_adapters.discord.page import Answer, ChatPage, Tone
from tastyflow_adapters.discord.pages.live import stands_words
from tastyflow_adapters.discord.request import PLATFORM

EDITED: Final = "its message was edited"
DELETED: Final = "its message was deleted"
VOIDED: Final = "The card of this message is withdrawn: {reason}. Nothing was sent."
TOO_LATE: Final = (
    "That {reason} changes nothing of order {reference}, which is {stage}: it was confirmed as it was shown."
)
WRITE_ANEW: Final = "An edit is not read as an order. Write it as a new message."


async def line_gone(chat: Chat, message: str, reason: str, text: str | None = None) -> Answer:
    """
    What becomes of what the line with the id *message* asked for; None where nothing did.

    Args:
        reason: Why the line is gone, in words.
        text: What it says now; None where it was deleted.
    """
    now, ended = chat.desk.context.clock.now(), 0
    with suppress(StoreFailure):  # the order itself is in the log
        Questions(chat.memory).forget(message)
        ended = Offers(chat.memory).end(message, now)
    order = chat.desk.context.ledger.read(Order, Order.id_of(PLATFORM, message))
    if order is None:
        return _said(VOIDED.format(reason=reason)) if ended else None
    if text is not None and order.asked.text == text:
        return None  # what Discord changed of it is no edit of a person
    if order.waits_for_confirmation:
        order = await chat.desk.retract(order, reason=reason)
        if not order.confirmed:
            return _said(VOIDED.format(reason=reason), *([WRITE_ANEW] if text is not None else []))
    if not order.confirmed:
        return _said(WRITE_ANEW) if text is not None else None
    return _said(TOO_LATE.format(reference=order.reference, stage=stands_words(order), reason=reason))


def _said(*lines: str) -> ChatPage:
    return ChatPage(lines=lines, tone=Tone.WARNING, is_private=False)
