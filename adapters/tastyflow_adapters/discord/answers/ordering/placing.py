"""
What is typed into a slash command, or was offered, becomes a line; an order has a card of its own.

    /order, /preview          any line; what it would come to
    /replace, /cancel         a line about an order
    /flatten                  a line about what is held
    a suggestion, pressed     its text, once: the same press again is the same order
    "Show the card"           of an order that was typed in a channel, for its trader alone
"""

from typing import Final

from attrs import evolve

from tastyflow.errors import Refused
from tastyflow_adapters.discord.answers.ordering.closing import of_offer
from tastyflow_adapters.discord.answers.ordering.deciding import placed_for, require_own, require_user
from tastyflow_adapters.discord.answers.ordering.line_answer import LineAnswer, line_answer, shown
from tastyflow_adapters.discord.answers.remembering import remember
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.memory.offers import OfferKind, Offers
from tastyflow_adapters.discord.page import Answer
from tastyflow_adapters.discord.pages.card import read_card_id
from tastyflow_adapters.discord.request import Request

GONE: Final = "This offer is over. Type the line again."


async def order(chat: Chat, request: Request) -> Answer:
    """``/order``: any line, as it would be typed to the bot."""
    return _remembered(chat, request, await line_answer(chat, request, _text(request)))


async def preview(chat: Chat, request: Request) -> Answer:
    """``/preview``: what an order would come to; nothing is reserved."""
    text = _text(request)
    line = text if text.lower().startswith("preview") else f"preview {text}"
    return _remembered(chat, request, await line_answer(chat, request, line))


async def replace(chat: Chat, request: Request) -> Answer:
    """``/replace``: the card of the order that is to take the place of another one, which works on until then."""
    return await _line(chat, request, "replace", request.options.get("order", ""), request.options.get("change", ""))


async def cancel(chat: Chat, request: Request) -> Answer:
    """``/cancel``, or the button of an order: done at once, for a way out asks no second question."""
    if request.about:
        require_own(chat, request, chat.desk.lookup.find(request.about))
    return await _line(chat, request, "cancel", request.about or request.options.get("order", ""))


async def flatten(chat: Chat, request: Request) -> Answer:
    """``/flatten``: the orders that close what is held, to be confirmed together."""
    return await _line(chat, request, "flatten", request.options.get("what") or "all")


async def suggestion(chat: Chat, request: Request) -> Answer:
    """
    A line that was offered, placed as a text.

    Raises:
        Refused: code ``offer_over``; or ``not_permitted``, for another person.
    """
    offer = Offers(chat.memory).find(request.values[0] if request.values else request.about)
    if offer is None or offer.kind is not OfferKind.TEXT:
        raise Refused(GONE, code="offer_over")
    require_user(request, offer)
    if not offer.is_open(chat.desk.context.clock.now()):
        raise Refused(GONE, code="offer_over")
    by_offer = evolve(of_offer(request, offer), page=request.page)
    return _remembered(chat, by_offer, await placed_for(chat, by_offer, offer.text, offer.card))


async def show_card(chat: Chat, request: Request) -> Answer:
    """The card of an order that was asked for in a channel, for its trader alone."""
    found = chat.desk.lookup.find(read_card_id(request.about)[0])
    require_own(chat, request, found)
    return await shown(chat, request, found)


def _remembered(chat: Chat, request: Request, answer: LineAnswer) -> Answer:
    remember(chat, request, answer)
    return answer.page


async def _line(chat: Chat, request: Request, *words: str) -> Answer:
    line = " ".join(word for each in words for word in each.split())
    return _remembered(chat, request, await line_answer(chat, request, line))


def _text(request: Request) -> str:
    return " ".join((request.options.get("text") or request.text).split())
