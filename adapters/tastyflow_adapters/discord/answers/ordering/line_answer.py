"""
What a whole line asks for, and the page that answers its author.

    line ─▶ understood ─┬─ an order, or a change of one   ─▶ drafted, reserved, waits ─▶ its card
                        ├─ a preview                      ─▶ its card, and nothing is reserved
                        ├─ flatten                        ─▶ the list of orders, and nothing is done
                        ├─ cancel                         ─▶ done
                        └─ anything else                  ─▶ `answers.typed`
             └▶ refused, and recorded                     ─▶ what is wrong, what may have been meant
"""

from typing import Final

from attrs import frozen

from tastyflow.application.answers import Reply
from tastyflow.application.message import Consent
from tastyflow.application.telling.wording import cancelled_words
from tastyflow.domain.commands import CancelOrder, Command, Flatten, PlaceOrder, PreviewOrder, ReplaceOrder
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.errors import NotUnderstood, TastyflowError
from tastyflow_adapters.discord.answers.looking.asking import environment_of
from tastyflow_adapters.discord.answers.looking.orders import in_words_of_today
from tastyflow_adapters.discord.answers.ordering.closing import plan
from tastyflow_adapters.discord.answers.ordering.offering import offer_line, offered
from tastyflow_adapters.discord.answers.typed import typed
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.hints import advice_for, advice_on
from tastyflow_adapters.discord.page import ChatPage, Tone
from tastyflow_adapters.discord.pages.card import card_page, preview_page
from tastyflow_adapters.discord.pages.outcome import outcome_page, outcomes_page
from tastyflow_adapters.discord.pages.refusal import OfferedLine, refusal_page
from tastyflow_adapters.discord.request import Request

CHAT: Final = "That is no order and no command, so nothing was done. See: /help"

NONE_OPEN: Final = "No order is open."


@frozen
class LineAnswer:
    """
    What became of a line.

    Attributes:
        line: The line.
        reply: The desk's answer.
        page: For its author alone.
    """

    line: str
    reply: Reply
    page: ChatPage

    @property
    def order(self) -> Order | None:
        """The order that the line became, or that records its refusal."""
        return self.reply.orders[0] if self.reply.orders else None

    @property
    def waits(self) -> bool:
        """Whether a card waits for its author's yes."""
        return self.order is not None and self.order.waits_for_confirmation


async def line_answer(chat: Chat, request: Request, line: str) -> LineAnswer:
    """What becomes of *line*, which the person who asks here wrote, or took from a page."""
    request = request.saying(line)
    message = request.message(consent=Consent.ALWAYS)
    try:
        command = chat.desk.intake.understand(message)
    except NotUnderstood:
        reply = await chat.desk.ask(message)  # it records the refusal; ordinary chat is ignored
        return LineAnswer(request.text, reply, await refused_page(chat, request, reply))
    return await _understood(chat, request, command)


async def _understood(chat: Chat, request: Request, command: Command) -> LineAnswer:
    message = request.message(consent=Consent.ALWAYS)
    match command:
        case PlaceOrder() | ReplaceOrder():
            reply = await chat.desk.do(message, command)
            return LineAnswer(request.text, reply, await page_of_order(chat, request, reply))
        case PreviewOrder():
            reply = await chat.desk.do(message, command)
            return LineAnswer(request.text, reply, await _page_of_preview(chat, request, reply))
        case Flatten():
            return LineAnswer(request.text, Reply(command), await plan(chat, request, command))
        case CancelOrder():
            reply = await chat.desk.do(message, command)
            page = await refused_page(chat, request, reply) if reply.error is not None else cancelled_page(chat, reply)
            return LineAnswer(request.text, reply, page)
        case _:
            return LineAnswer(request.text, Reply(command), await typed(chat, request, command))


async def page_of_order(chat: Chat, request: Request, reply: Reply) -> ChatPage:
    """The card of the order that *reply* made, while it waits; else how it stands, or why it was refused."""
    if not reply.orders or reply.error is not None:
        return await refused_page(chat, request, reply)
    return await shown(chat, request, reply.orders[0])


async def shown(chat: Chat, request: Request, order: Order) -> ChatPage:
    """*order* for its trader: the card while it waits for a yes, the refusal with its way out, or how it stands."""
    if order.waits_for_confirmation and (card := await chat.desk.card(order)) is not None:
        return card_page(card, order)
    if order.stage is Stage.REFUSED and not order.confirmed:
        return await refused_page(chat, request, Reply(orders=(order,)))
    return outcome_page(in_words_of_today(chat, order), chat.desk.test_of(order), accounts=chat.desk.accounts)


async def refused_page(chat: Chat, request: Request, reply: Reply) -> ChatPage:
    """Why what was asked for is not done, and what may have been meant."""
    if reply.ignored:
        return ChatPage(lines=(CHAT,), tone=Tone.PLAIN)
    place = environment_of(chat)
    if reply.orders:
        order = reply.orders[0]
        return refusal_page(
            order.message,
            advice_for(order).hint,
            asked=order.asked.text,
            place=place,
            instead=offered(chat, request, _instead(order)),
        )
    error = reply.error or TastyflowError("Nothing came of it.", code="internal")
    return refusal_page(
        error.message,
        advice_on(error).hint,
        asked=request.text,
        place=place,
        instead=offered(chat, request, tuple(error.suggestions)),
    )


def cancelled_page(chat: Chat, reply: Reply) -> ChatPage:
    """What became of each order that was to be cancelled."""
    accounts = chat.desk.accounts
    became = [[cancelled_words(order, accounts)] for order in reply.orders]
    if len(reply.orders) == 1:
        (order,) = reply.orders
        return outcome_page(order, accounts=accounts, said=() if order.stage is Stage.CANCELLED else became[0])
    place = environment_of(chat)
    said = () if reply.orders else (NONE_OPEN,)
    return outcomes_page("Cancelled", reply.orders, became, place=place, said=said)


def _instead(order: Order) -> tuple[str, ...]:
    """The lines that its refusal offers; the same line once more, where only its time was over."""
    again = (order.words or order.asked.text,) if order.code == "offer_expired" and order.replaces is None else ()
    return order.suggestions or again


async def _page_of_preview(chat: Chat, request: Request, reply: Reply) -> ChatPage:
    if reply.card is None or not isinstance(reply.command, PreviewOrder):
        return await refused_page(chat, request, reply)
    context = chat.desk.context
    line = context.language.render(reply.command.order, as_of=context.clock.now())
    instead = offered(chat, request, tuple(reply.error.suggestions) if reply.error else ())
    return preview_page(reply.card, OfferedLine(line, offer_line(chat, request, line)), instead)
