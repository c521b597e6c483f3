"""
Closing what is held: the list of orders is shown, and all of it is confirmed at once.

    flatten ─▶ planned ─▶ one card, kept as an offer with its digest ─▶ "Close them" ─┬─ the same list ─▶ closed, once
                                                                                      └─ another one ─▶ shown anew

The message that closes is named after the offer: the same press again, here or in another process, is the same orders.
"""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Final

from attrs import evolve

from tastyflow.application.flattener import numbered
from tastyflow.application.intake.identify import trader_of
from tastyflow.application.message import Consent
from tastyflow.application.telling.wording import went_words
from tastyflow.domain.commands import Flatten, PlaceOrder
from tastyflow.domain.order.stages import Stage
from tastyflow.errors import Refused, TastyflowError
from tastyflow_adapters.discord.answers.looking.asking import environment_of
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.hints import advice_on
from tastyflow_adapters.discord.memory.offers import PREFIX, Offer, OfferKind, Offers
from tastyflow_adapters.discord.page import ChatPage, Tone
from tastyflow_adapters.discord.pages.card import closing_page
from tastyflow_adapters.discord.pages.outcome import outcomes_page
from tastyflow_adapters.discord.pages.refusal import refusal_page
from tastyflow_adapters.discord.request import Request

MOVED: Final = "What is held has changed since the list was shown. Nothing was closed. This is the list now."
BEGUN: Final = "This list was begun before. How its orders stand: /orders"
CLOSED: Final = "Closed"
IN_PART: Final = "Closed in part"
NOTHING: Final = "Nothing was closed"
COVERS: Final = (
    "An open order, or a card that waits for its yes, may need what is held: /cancel all, then /flatten again."
)


async def plan(chat: Chat, request: Request, command: Flatten, *, said: str = "") -> ChatPage:
    """The orders that would close what *command* names, on one card, to be confirmed together; nothing is done."""
    try:
        card = await chat.desk.closing_card(request.message(), command)
    except TastyflowError as no:
        place = environment_of(chat)
        return refusal_page(no.message, advice_on(no).hint, asked=request.text, place=place)
    context = chat.desk.context_for(request.message())
    until = context.clock.now() + timedelta(seconds=context.policy.confirm_within_s)
    offer = Offer(
        kind=OfferKind.FLATTEN,
        user=request.asker.user,
        text=request.text,
        account=request.options.get("account", ""),
        seen=digest_of([each.words for each in card.closes]),
        request=request.id,
        until=until,
    )
    return closing_page(card, Offers(chat.memory).keep(offer), until, said=said)


async def close(chat: Chat, request: Request, offer: Offer) -> ChatPage:
    """Close what *offer* lists, if that is still the list: once."""
    by_offer = of_offer(request, offer)
    message = by_offer.message(consent=Consent.GIVEN)
    command = chat.desk.intake.understand(message)
    if not isinstance(command, Flatten):
        raise Refused("That is no list of orders to close.", code="not_an_order")
    if offer.used_by and chat.desk.intake.known(numbered(message, 1)) is None:
        return ChatPage(lines=(BEGUN,), tone=Tone.WARNING, is_final=True)
    seen: Sequence[PlaceOrder] | None = None
    if not offer.used_by:
        seen = await _planned(chat, by_offer, command)
        if digest_of(_words(chat, by_offer, seen)) != offer.seen:
            return await plan(chat, evolve(by_offer, id=request.id), command, said=MOVED)
        if not Offers(chat.memory).use(offer.id, request.id):
            return ChatPage(lines=(BEGUN,), tone=Tone.WARNING, is_final=True)
    closed = await chat.desk.flatten(message, command, seen=seen)
    error, refused = closed.error, [each for each in closed.orders if each.stage is Stage.REFUSED]
    said = [error.message, error.hint] if error is not None else []
    if refused and chat.desk.lookup.open_orders([trader_of(chat.desk.context, message)]):
        said.append(COVERS)
    return outcomes_page(
        CLOSED if len(refused) == 0 < len(closed.orders) else IN_PART if len(refused) < len(closed.orders) else NOTHING,
        closed.orders,
        [went_words(order) for order in closed.orders],
        place=chat.desk.context_for(message).place_words,
        said=said,
    )


def of_offer(request: Request, offer: Offer) -> Request:
    """The request that *offer* stands for: the same for each press of its button."""
    return evolve(request, id=f"{PREFIX}{offer.id}", text=offer.text, options={"account": offer.account})


def digest_of(words: Sequence[str]) -> str:
    """The digest of a list that is shown."""
    return sha256("\n".join(words).encode()).hexdigest()


async def _planned(chat: Chat, request: Request, command: Flatten) -> Sequence[PlaceOrder]:
    """
    Raises:
        TastyflowError: Nothing is to be closed, or that is not known.
    """
    return await chat.desk.planned(request.message(), command)


def _words(chat: Chat, request: Request, orders: Sequence[PlaceOrder]) -> list[str]:
    context = chat.desk.context_for(request.message())
    now = context.clock.now()
    return [context.language.render(order, as_of=now) for order in orders]
