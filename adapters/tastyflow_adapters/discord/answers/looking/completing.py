"""
What is offered while an option is typed: from the log and from chains that are kept, so that it comes at once.

    own open orders · own newest orders · symbols of own orders and limits · listed expirations · own accounts
    orders that wait, to approvers · open incidents, to operators

A person who is no trader is offered nothing. What cannot be known in time is not offered; any text can be sent.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from tastyflow.application.intake.identify import permitted, trader_of
from tastyflow.application.looking.looker import Looker
from tastyflow.domain.instruments import INDEXES, chat_symbol, underlying_of
from tastyflow.domain.order import Order
from tastyflow.domain.trader import Trader
from tastyflow.domain.trader.accounts import may_use
from tastyflow.errors import TastyflowError
from tastyflow_adapters.discord.answers.looking.asking import SYMBOL
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.limits import LIMITS
from tastyflow_adapters.discord.page import Choice
from tastyflow_adapters.discord.pages.live import stage_words
from tastyflow_adapters.discord.request import Request

AMONG: Final = 100
"""Of how many of the newest orders of all traders one's own are offered: looking through them takes milliseconds."""
PATIENCE_S: Final = 1.5
"""How long a chain is waited for that is not known yet."""
USUAL: Final = ("SPY", "QQQ", "IWM", "SPX")
"""Offered to a trader who has no order yet."""

Offered = Sequence[Choice]


async def open_orders(chat: Chat, request: Request, typed: str) -> Offered:
    """The trader's own open orders, the newest first."""
    trader = _trader(chat, request)
    return _orders(_newest_first(chat.desk.lookup.open_orders([trader])), typed) if trader is not None else ()


async def newest_orders(chat: Chat, request: Request, typed: str) -> Offered:
    """The trader's own orders, the newest first: all that are open, and of the others those of late."""
    trader = _trader(chat, request)
    return _orders(_known_orders(chat, trader), typed) if trader is not None else ()


async def waiting_orders(chat: Chat, request: Request, typed: str) -> Offered:
    """The orders of other traders that wait for an approval, the oldest first; to who may approve."""
    trader = _permitted(chat, request, "approve")
    if trader is None:
        return ()
    others = (each for each in chat.desk.lookup.everyones_open() if each.asked.trader != trader.id)
    waiting = sorted((each for each in others if each.waiting_until is not None), key=lambda each: each.asked_at)
    return _orders(waiting, typed)


async def open_incidents(chat: Chat, request: Request, typed: str) -> Offered:
    """The open incidents, the oldest first; to who may handle them."""
    if _permitted(chat, request, "incidents") is None:
        return ()
    found = chat.desk.incidents.open_ones()
    return _matching((Choice(f"{each.reference}: {each.message}", each.reference) for each in found), typed)


async def symbols(chat: Chat, request: Request, typed: str) -> Offered:
    """Symbols that the trader ordered, or may order alone; no venue is asked."""
    trader = _trader(chat, request)
    if trader is None:
        return ()
    ordered = (each.ticket.underlying for each in _known_orders(chat, trader) if each.ticket)
    known = dict.fromkeys((*ordered, *(trader.limits.symbols or (*USUAL, *sorted(INDEXES)))))
    denied = set(trader.limits.denied_symbols)
    return _matching((Choice(chat_symbol(each), chat_symbol(each)) for each in known if each not in denied), typed)


async def expirations(chat: Chat, request: Request, typed: str) -> Offered:
    """The listed expirations of the symbol that is typed already."""
    symbol = request.options.get(SYMBOL, "").strip().upper()
    if _trader(chat, request) is None or not symbol:
        return ()
    try:
        async with asyncio.timeout(PATIENCE_S):
            seen = await Looker(chat.desk.context).expirations(underlying_of(symbol))
    except (TimeoutError, TastyflowError):
        return ()
    days = {each.day: each for each in reversed(seen.listed)}
    lines = (
        Choice(f"{day:%a %b %d %Y}, {each.days:,} day{'' if each.days == 1 else 's'}, {each.kind}", f"{day:%b %d %Y}")
        for day, each in sorted(days.items())
    )
    return _matching(lines, typed)


async def accounts(chat: Chat, request: Request, typed: str) -> Offered:
    """The accounts that the trader may use here."""
    trader, names = _trader(chat, request), chat.desk.accounts
    if trader is None:
        return ()
    return _matching((Choice(each, each) for each in names if may_use(trader, each, names)), typed)


def _permitted(chat: Chat, request: Request, verb: str) -> Trader | None:
    try:
        return permitted(chat.desk.context, request.message(""), verb)
    except TastyflowError:
        return None


def _trader(chat: Chat, request: Request) -> Trader | None:
    try:
        return trader_of(chat.desk.context, request.message(""))
    except TastyflowError:
        return None


def _known_orders(chat: Chat, trader: Trader) -> list[Order]:
    found = chat.desk.lookup.newest_orders(LIMITS.choices, of=trader, among=AMONG)
    return _newest_first({each.id: each for each in (*found, *chat.desk.lookup.open_orders([trader]))}.values())


def _newest_first(orders: Iterable[Order]) -> list[Order]:
    return sorted(orders, key=lambda order: order.asked_at, reverse=True)


def _orders(orders: Iterable[Order], typed: str) -> Offered:
    lines = (
        Choice(f"{each.reference} · {stage_words(each)} · {each.words or each.asked.text}", each.reference)
        for each in orders
    )
    return _matching(lines, typed)


def _matching(lines: Iterable[Choice], typed: str) -> Offered:
    """Those of *lines* that hold what is typed, the ones that begin with it first."""
    wanted = typed.strip().lower()
    found = [each for each in lines if wanted in each.label.lower() or wanted in each.value.lower()]
    return sorted(found, key=lambda each: not each.label.lower().startswith(wanted))[: LIMITS.choices]
