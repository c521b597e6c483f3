"""
A reply to the page of one's own order: what it asks of that order, or a sentence where words decide nothing.

    "@ 1.25"  "cancel"   to a live message     ─▶ replace 3f2a11 @ 1.25 · cancel 3f2a11
    "close it", "again"  to a live message     ─▶ its opposite; another order like it
    "cancel"             to a card             ─▶ cancel 3f2a11: the offer is withdrawn
    "yes"                to a card             ─▶ only a press sends an order, and the person is told so
    "make it 5"          to a live message     ─▶ nothing of the order is changed, and the person is told so

Silence after these words would be taken for a yes.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from tastyflow.application.conversation import Question
from tastyflow.domain.commands import PlaceOrder
from tastyflow.domain.order import Order
from tastyflow.errors import NotUnderstood, StoreFailure
from tastyflow_adapters.discord.answers.ordering.replacing import name_of
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.memory.live import LiveMessages
from tastyflow_adapters.discord.memory.questions import AskedQuestion
from tastyflow_adapters.discord.page import ChatPage, Tone
from tastyflow_adapters.discord.pages.live import stands_words
from tastyflow_adapters.discord.request import Request

YES: Final = frozenset(
    {"yes", "y", "yep", "yeah", "ok", "okay", "confirm", "confirmed", "send", "send it", "go", "go ahead", "do it"}
)
PRESS: Final = "Nothing was sent by that: only Confirm on the card sends an order."
ANSWER: Final = "Nothing was sent by that: press the line that is meant, or write what is missing."
UNCHANGED: Final = "Nothing was changed by that: order {reference} is {stands}."
CHANGES: Final = "Reply '@ 1.25' for another price, or 'cancel'. Another quantity takes an order of its own."


def live_order(chat: Chat, request: Request) -> UUID | None:
    """The order of the person who asks whose live message is replied to."""
    try:
        return LiveMessages(chat.memory).order_in(request.page, request.asker.user)
    except StoreFailure:
        return None


def whole_line(chat: Chat, request: Request, waiting: AskedQuestion | None, live: UUID | None) -> str | None:
    """The word "cancel" as the whole line that it means, in a reply to the page of an order."""
    if request.text.strip().lower() != "cancel":
        return None
    about = live or (waiting.card if waiting is not None and request.page else None)
    return f"cancel {name_of(chat, about)}" if about is not None else None


def about_order(chat: Chat, request: Request, order_id: UUID) -> AskedQuestion | None:
    """The order of a live message, as what a reply to it answers."""
    order = chat.desk.context.ledger.read(Order, order_id)
    if order is None:
        return None
    now = chat.desk.context.clock.now()
    line = order.asked.text if _is_order(chat, order.asked.text, now) else order.words
    return AskedQuestion(
        request=request.id,
        user=request.asker.user,
        channel=request.asker.channel,
        question=Question(line, (), now, order_id),
        account=order.account,
        card=order_id,
    )


def by_no_words(chat: Chat, request: Request, waiting: AskedQuestion | None, live: UUID | None) -> ChatPage | None:
    """What is said to words that a person may take for a yes, or for a change, and that are neither."""
    words = " ".join(request.text.lower().split()).rstrip(".!")
    if live is not None:
        is_bare = words.lstrip("$").replace(".", "").isdigit()  # a price, or a size: the number does not say
        return unchanged(chat, request, live) if words in YES or is_bare else None
    if words in YES and waiting is not None and (request.page or request.asker.is_direct):
        return _page(request, PRESS if waiting.card is not None else ANSWER)
    return None


def unchanged(chat: Chat, request: Request, order_id: UUID, why: str = "") -> ChatPage | None:
    """The order of a live message is not changed by what was said, and *why*."""
    order = chat.desk.context.ledger.read(Order, order_id)
    if order is None:
        return None
    said = UNCHANGED.format(reference=order.reference, stands=stands_words(order))
    return _page(request, said, why or ("" if order.stage.is_over else CHANGES))


def _is_order(chat: Chat, text: str, now: datetime) -> bool:
    try:
        return isinstance(chat.desk.context.language.parse(text, as_of=now), PlaceOrder)
    except NotUnderstood:
        return False


def _page(request: Request, *lines: str) -> ChatPage:
    said = tuple(line for line in lines if line)
    return ChatPage(lines=said, tone=Tone.WARNING, is_private=request.asker.is_direct)
