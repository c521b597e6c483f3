"""
What a person who approves sees: each order that waits, who asked, why it waits, the market then and now.
"""

import asyncio
from contextlib import suppress
from typing import Final

from attrs import frozen

from tastyflow.application.approving.market import market_now
from tastyflow.application.card.making import or_none
from tastyflow.application.context import Context
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.signalling.asking import signal_id_in
from tastyflow.domain.order import Order
from tastyflow.domain.order.approval import ApprovalRequest, MarketSnapshot
from tastyflow.domain.risk.approval import drift
from tastyflow.domain.signal import Signal
from tastyflow.domain.trader import Trader

NAME_S: Final = 0.5
"""How long the name of a symbol is waited for."""


@frozen
class WaitingOrder:
    """
    One order that waits for an approval.

    Attributes:
        requester: The name of the trader who asked for it.
        market: The market now; None where it cannot be read, and then the order cannot be approved now.
        moved: How far the market moved since, as a sentence, where that is too far; else None.
        name: Of the company, the fund or the index, in the venue's words; empty where it is not known.
        signal: Where a rule asks: its signal, which says why; None where a person asked.
    """

    order: Order
    requester: str
    request: ApprovalRequest
    market: MarketSnapshot | None
    moved: str | None
    name: str = ""
    signal: Signal | None = None


async def seen(context: Context, order: Order) -> WaitingOrder | None:
    """*order* as a person who approves sees it now; None where it does not wait."""
    request = order.request
    if order.waiting_until is None or request is None:
        return None
    market, name = await asyncio.gather(market_now(context, order), _name_of(context, order))
    moved = drift(request.market, market, context.policy) if market else None
    signal_id = signal_id_in(order.asked)
    signal = context.ledger.read(Signal, signal_id) if signal_id is not None else None
    return WaitingOrder(order, requester_of(context.ledger, order), request, market, moved, name, signal)


async def _name_of(context: Context, order: Order) -> str:
    """What its symbol stands for; empty where the venue cannot say at once: no approval waits for a name."""
    chain = None
    with suppress(TimeoutError):
        async with asyncio.timeout(NAME_S):
            chain = await or_none(context.market.chain(order.ticket.underlying)) if order.ticket is not None else None
    return chain.name if chain is not None else ""


def requester_of(ledger: Ledger, order: Order) -> str:
    """The name of the person who asked for *order*: that of the trader, where it was one."""
    trader = ledger.read(Trader, order.asked.trader) if order.asked.trader else None
    return trader.name if trader else order.asked.user


async def all_seen(waiting: list[tuple[Context, Order]]) -> tuple[WaitingOrder, ...]:
    """All of them, those that wait no more left out."""
    found = await asyncio.gather(*(seen(context, order) for context, order in waiting))
    return tuple(each for each in found if each is not None)
