"""
A trader's own orders: the newest ones, page by page, and how one stands.
"""

from typing import Final

from tastyflow.application.intake.identify import permitted
from tastyflow.application.telling.rewording import reworded
from tastyflow.domain.commands import ListOrders, ShowStatus
from tastyflow.domain.order import Order
from tastyflow_adapters.discord.answers.looking.asking import PAGE, asked, environment_of, number_of, reference_of
from tastyflow_adapters.discord.answers.ordering.offering import offered
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.hints import advice_for
from tastyflow_adapters.discord.page import Answer, ChatPage
from tastyflow_adapters.discord.pages.columns import part_of
from tastyflow_adapters.discord.pages.order import order_page, orders_page
from tastyflow_adapters.discord.request import Request

ON_A_PAGE: Final = 5
NEWEST: Final = 100
"""How many of a trader's orders can be turned to; older ones have their references."""


async def orders(chat: Chat, request: Request) -> Answer:
    """The newest orders, newest first, refused ones too; the first page is brought up to date with the venue."""
    return await orders_part(chat, request, number_of(request.options.get(PAGE, "1")))


async def orders_part(chat: Chat, request: Request, number: int, _about: str = "") -> ChatPage:
    """One page of them."""
    if number == 1:
        await asked(chat, request, ListOrders, "orders")
    desk = chat.desk
    trader = permitted(desk.context, request.message("orders"), "orders")
    newest = desk.lookup.newest_orders(NEWEST, of=trader)
    part = part_of([in_words_of_today(chat, order) for order in newest], number, ON_A_PAGE)
    return orders_page(part, desk.context.halt(), environment_of(chat), desk.accounts)


async def status(chat: Chat, request: Request) -> Answer:
    """How one order of the trader stands, brought up to date with the venue."""
    reply = await asked(chat, request, ShowStatus, "status", reference_of(request))
    order = in_words_of_today(chat, reply.orders[0])
    meant = offered(chat, request, advice_for(order).suggestions)
    return order_page(order, chat.desk.test_of(order), chat.desk.accounts, meant)


def in_words_of_today(chat: Chat, order: Order) -> Order:
    """*order* in words that can be typed again today."""
    return reworded(order, chat.desk.context.language, chat.desk.context.clock.now())
