"""
The market: a quote, the listed expirations, the strikes around the money.
"""

from tastyflow.application.answers import Reply
from tastyflow.application.looking.seen import ChainSeen, ExpirationsSeen, QuoteSeen
from tastyflow.domain.commands import ListExpirations, ShowChain, ShowQuote
from tastyflow_adapters.discord.answers.looking.asking import (
    EXPIRATION,
    RIGHT,
    STRIKE,
    SYMBOL,
    asked,
    environment_of,
)
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.page import Answer, ChatPage
from tastyflow_adapters.discord.pages.market import chain_page, expirations_page, quote_page
from tastyflow_adapters.discord.request import Request


async def quote(chat: Chat, request: Request) -> Answer:
    """Bid, mid and ask of shares, an index or an option."""
    words = (request.options.get(name, "") for name in (SYMBOL, STRIKE, RIGHT, EXPIRATION))
    return looked_page(chat, await asked(chat, request, ShowQuote, "quote", *words))


async def chain(chat: Chat, request: Request) -> Answer:
    """The strikes around the money; of the nearest expiration where none is named."""
    words = (request.options.get(name, "") for name in (SYMBOL, EXPIRATION))
    return looked_page(chat, await asked(chat, request, ShowChain, "chain", *words))


async def expirations(chat: Chat, request: Request) -> Answer:
    """What is listed on a symbol."""
    return await expirations_part(chat, request, 1, request.options.get(SYMBOL, ""))


async def expirations_part(chat: Chat, request: Request, number: int, symbol: str) -> ChatPage | None:
    """One page of it."""
    return looked_page(chat, await asked(chat, request, ListExpirations, "expirations", symbol), number)


async def looked(chat: Chat, request: Request, command: ShowQuote | ShowChain | ListExpirations) -> Answer:
    """What *command* looks at."""
    reply = await chat.desk.do(request.message(), command)
    if reply.error is not None:
        raise reply.error
    return looked_page(chat, reply)


def looked_page(chat: Chat, reply: Reply, number: int = 1) -> ChatPage | None:
    """The page of what was looked at in the market; None of anything else."""
    place = environment_of(chat)
    match reply.looked:
        case QuoteSeen() as seen:
            return quote_page(seen, place)
        case ChainSeen() as seen:
            return chain_page(seen, place)
        case ExpirationsSeen() as seen:
            return expirations_page(seen, place, number)
    return None
