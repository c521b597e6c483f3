"""
Turning the pages of a long list. A button says which list, which part and of what; the list itself is looked at anew.

    orders/2/     positions/2/ira     expirations/3/SPY
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from tastyflow_adapters.discord.answers.looking.account import positions_part
from tastyflow_adapters.discord.answers.looking.asking import number_of
from tastyflow_adapters.discord.answers.looking.market import expirations_part
from tastyflow_adapters.discord.answers.looking.orders import orders_part
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.page import Answer, ChatPage
from tastyflow_adapters.discord.request import Request

LISTS: Final[Mapping[str, Callable[[Chat, Request, int, str], Awaitable[ChatPage | None]]]] = {
    "orders": orders_part,
    "positions": positions_part,
    "expirations": expirations_part,
}
"""Every list that comes in parts, by its name in the buttons."""


async def turn(chat: Chat, request: Request) -> Answer:
    """The part of a list that a button names; None where there is no such list any more."""
    name, _, rest = request.about.partition("/")
    number, _, about = rest.partition("/")
    part = LISTS.get(name)
    return await part(chat, request, number_of(number), about) if part is not None else None
