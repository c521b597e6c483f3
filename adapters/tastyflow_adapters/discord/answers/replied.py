"""
A reply to the page of one's own order: the whole line that it means, or a sentence where words decide nothing.

    "@ 1.25"  "cancel"   to a live message     ─▶ replace 3f2a11 @ 1.25 · cancel 3f2a11
    "cancel"             to a card             ─▶ cancel 3f2a11: the offer is withdrawn
    "yes"                to a card             ─▶ only a press sends an order, and the person is told so
    "make it 5"          to a live message     ─▶ nothing of the order is changed, and the person is told so

Silence after these words would be taken for a yes.
"""

from typing import Final
from uuid import UUID

from tastyflow.application.conversation import Question
from tastyflow.domain.commands import CancelOrder, ReplaceOrder
from tastyflow.domain.order import Order
from tastyflow.errors import NotUnderstood, StoreFailure
from tastyflow_adapters.discord.answers.ordering.replacing import name_of
from tastyflow_adapters.discord.answers.remembering import conversation
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
    """The reply as the whole line that it means: a change of the order of its page, or its cancel."""
    is_cancel = request.text.strip().lower() == "cancel"
    if live is None:
        card = waiting.card if waiting is not None and request.page else None
        return f"cancel {name_of(chat, card)}" if is_cancel and card is not None else None
    name = name_of(chat, live)
    line = f"cancel {name}" if is_cancel else f"replace {name} {request.text}"
    try:
        command = chat.desk.intake.understand(request.message(line))
    except NotUnderstood:
        return None
    return line if isinstance(command, CancelOrder | ReplaceOrder) and command.order == name else None


def by_no_words(chat: Chat, request: Request, waiting: AskedQuestion | None, live: UUID | None) -> ChatPage | None:
    """What is said to words that a person may take for a yes, or for a change, and that are neither."""
    says_yes = " ".join(request.text.lower().split()).rstrip(".!") in YES
    if live is not None:
        order = chat.desk.context.ledger.read(Order, live)
        if order is None or not (says_yes or _would_change(chat, request, order)):
            return None
        said = UNCHANGED.format(reference=order.reference, stands=stands_words(order))
        return _page(request, said, "" if order.stage.is_over else CHANGES)
    if says_yes and waiting is not None and (request.page or request.asker.is_direct):
        return _page(request, PRESS if waiting.card is not None else ANSWER)
    return None


def _would_change(chat: Chat, request: Request, order: Order) -> bool:
    """Whether the words would change the line of *order*, were it not sent."""
    now = chat.desk.context.clock.now()
    heard = conversation(chat, Question(order.words, (), now)).hear(request.text, now)
    return heard.made or heard.refused is not None


def _page(request: Request, *lines: str) -> ChatPage:
    said = tuple(line for line in lines if line)
    return ChatPage(lines=said, tone=Tone.WARNING, is_private=request.asker.is_direct)
