"""
A trader's account: what it holds, what it is worth, and what of the limits is used.
"""

from attrs import evolve

from tastyflow.application.looking.seen import Holdings
from tastyflow.domain.commands import ShowBalance, ShowPositions
from tastyflow.errors import StoreFailure
from tastyflow_adapters.discord.answers.looking.asking import ACCOUNT, PAGE, asked, number_of, place_of_reply
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.page import Answer, ChatPage
from tastyflow_adapters.discord.pages.account import balance_page, holdings_page, limits_page
from tastyflow_adapters.discord.request import Request


async def positions(chat: Chat, request: Request) -> Answer:
    """What the account holds, with its value."""
    account = request.options.get(ACCOUNT, "")
    return await positions_part(chat, request, number_of(request.options.get(PAGE, "1")), account)


async def positions_part(chat: Chat, request: Request, number: int, account: str = "") -> ChatPage:
    """One page of it."""
    asking = evolve(request, options={ACCOUNT: account} if account else {})
    reply = await asked(chat, asking, ShowPositions, "positions")
    if not isinstance(reply.looked, Holdings):
        raise StoreFailure("The positions cannot be shown.")
    return holdings_page(reply.looked, place_of_reply(chat, reply), number, account)


async def balance(chat: Chat, request: Request) -> Answer:
    """Cash, net liquidating value and buying power of the account."""
    reply = await asked(chat, request, ShowBalance, "balance")
    return balance_page(reply.balances, place_of_reply(chat, reply)) if reply.balances else None


async def limits(chat: Chat, request: Request) -> Answer:
    """What the trader may do and ask for, and what is used of it."""
    return limits_page(await chat.desk.limits(request.message("limits")))
