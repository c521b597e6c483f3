"""
What the trader does with a card: says yes, changes the text, or puts it away.

    Confirm ─▶ the digest that was shown ─▶ `Desk.confirm`: once, however often it is pressed
    Change  ─▶ a form with the text ─▶ understood? ─▶ the old card is withdrawn ─▶ a new order with a card of its own
    Dismiss ─▶ withdrawn: nothing was sent

Whose order it is stands in the log: a button says which one is meant, and never who may.
"""

from typing import Final
from uuid import UUID

from attrs import evolve

from tastyflow.application.confirming import require_asker
from tastyflow.application.intake.identify import permitted
from tastyflow.domain.commands import CancelOrder
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.errors import NotUnderstood, Refused
from tastyflow_adapters.discord.answers.ordering.line_answer import LineAnswer, line_answer, shown
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.memory.offers import Offer, Offers
from tastyflow_adapters.discord.page import Act, Answer, ChatPage, Form, FormField
from tastyflow_adapters.discord.pages.card import SHOWN, card_id, read_card_id
from tastyflow_adapters.discord.pages.outcome import outcome_page
from tastyflow_adapters.discord.request import Request

TEXT: Final = "text"
CHANGED: Final = "changed by the trader"
DISMISSED: Final = "dismissed by the trader"
PUT_AWAY: Final = "Dismissed. Nothing was sent."
NOT_SHOWN: Final = "Look at it before you confirm it: this is the card."
CONFIRMED: Final = "It is confirmed already, and this changes nothing of it."
OVER: Final = "It is over already."
NOT_YOURS: Final = "Only the person who asked can use this."


async def confirm(chat: Chat, request: Request) -> Answer:
    """The yes to what a card shows; the order as it stands then."""
    reference, digest = read_card_id(request.about)
    order = chat.desk.lookup.find(reference)
    if len(digest) != SHOWN or not order.digest.startswith(digest):
        require_own(chat, request, order)
        page = await shown(chat, request, order)
        return evolve(page, lines=(NOT_SHOWN, *page.lines)) if order.waits_for_confirmation else page
    order = await chat.desk.confirm(request.message("confirm"), order.id.hex, order.digest)
    if order.stage is Stage.REFUSED and order.code == "offer_expired":
        return await shown(chat, request, order)
    return outcome_page(order, chat.desk.test_of(order), accounts=chat.desk.accounts)


async def dismiss(chat: Chat, request: Request) -> Answer:
    """Withdraw the order of a card; or put a list, or an answer in a channel, away."""
    if (offer := Offers(chat.memory).find(request.about)) is not None:
        require_user(request, offer)
        Offers(chat.memory).use(offer.id, request.id)
        return _put_away()
    order = chat.desk.lookup.find(read_card_id(request.about)[0])
    require_own(chat, request, order)
    order = await chat.desk.decline(request.message("dismiss"), order.id.hex, reason=DISMISSED)
    return _put_away() if not order.confirmed else outcome_page(order, accounts=chat.desk.accounts, said=(CONFIRMED,))


async def change(chat: Chat, request: Request) -> Answer:
    """The form with the text of an order that waits. It is made from the log alone: no venue is asked."""
    order = chat.desk.lookup.find(read_card_id(request.about)[0])
    require_own(chat, request, order)
    if not order.waits_for_confirmation:
        return _no_more(order)
    return Form(
        "Change the order",
        Act.CHANGE,
        card_id(order),
        (FormField(TEXT, "The order, as it should be", order.asked.text),),
    )


async def changed(chat: Chat, request: Request) -> Answer:
    """The text that was filled in becomes a new order with a card of its own, in the place of the old one."""
    order = chat.desk.lookup.find(read_card_id(request.about)[0])
    require_own(chat, request, order)
    return (await changed_to(chat, request, order, request.fields.get(TEXT, ""))).page


async def changed_to(chat: Chat, request: Request, old: Order, line: str) -> LineAnswer:
    """
    What becomes of *line*, which is to stand in the place of *old*, an order of the person who asks.

    A line that is not understood leaves the old card as it is.

    Raises:
        Refused: code ``not_waiting``: *old* does not wait to be confirmed any more.
    """
    message = request.message(line)
    if not old.waits_for_confirmation:
        raise Refused(CONFIRMED if old.confirmed else OVER, code="not_waiting")
    try:
        command = chat.desk.intake.understand(message)
    except NotUnderstood:
        answer = await line_answer(chat, request, line)
        return evolve(answer, page=evolve(answer.page, footer=f"The card of order {old.reference} waits on."))
    if isinstance(command, CancelOrder):  # "cancel it": withdrawn before, it would be told that it is over
        return await line_answer(chat, request, line)
    withdrawn = await chat.desk.decline(message, old.id.hex, reason=CHANGED)
    if withdrawn.confirmed:
        raise Refused(CONFIRMED, code="not_waiting")
    return await line_answer(chat, request, line)


async def placed_for(chat: Chat, request: Request, line: str, card: UUID | None) -> LineAnswer:
    """What becomes of *line*; the order *card* is withdrawn for it, where that waits still."""
    old = chat.desk.context.ledger.read(Order, card) if card is not None else None
    if old is not None and old.waits_for_confirmation:
        return await changed_to(chat, request, old, line)
    return await line_answer(chat, request, line)


def require_own(chat: Chat, request: Request, order: Order) -> None:
    """
    Raises:
        Refused: The person who asks is no trader, or not the one who asked for *order*.
    """
    require_asker(order, permitted(chat.desk.context, request.message("look"), "status"))


def require_user(request: Request, offer: Offer) -> None:
    """
    Raises:
        Refused: *offer* was made to another person.
    """
    if offer.user != request.asker.user:
        raise Refused(NOT_YOURS, code="not_permitted")


def _put_away() -> ChatPage:
    return ChatPage(lines=(PUT_AWAY,), is_private=False, is_final=True)


def _no_more(order: Order) -> ChatPage:
    return outcome_page(order, said=(CONFIRMED if order.confirmed else OVER,))
