"""
What a person who approves sees: each order that waits, who asked, why it waits, the market then and now.
"""

import asyncio

from attrs import frozen

from tastyflow.application.approving.market import market_now
from tastyflow.application.context import Context
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.domain.order import Order
from tastyflow.domain.order.approval import ApprovalRequest, MarketSnapshot
from tastyflow.domain.risk.approval import drift
from tastyflow.domain.trader import Trader


@frozen
class WaitingOrder:
    """
    One order that waits for an approval.

    Attributes:
        requester: The name of the trader who asked for it.
        market: The market now; None where it cannot be read, and then the order cannot be approved now.
        moved: How far the market moved since, as a sentence, where that is too far; else None.
    """

    order: Order
    requester: str
    request: ApprovalRequest
    market: MarketSnapshot | None
    moved: str | None


async def seen(context: Context, order: Order) -> WaitingOrder | None:
    """*order* as a person who approves sees it now; None where it does not wait."""
    request = order.request
    if order.waiting_until is None or request is None:
        return None
    market = await market_now(context, order)
    moved = drift(request.market, market, context.policy) if market else None
    return WaitingOrder(order, requester_of(context.ledger, order), request, market, moved)


def requester_of(ledger: Ledger, order: Order) -> str:
    """The name of the person who asked for *order*: that of the trader, where it was one."""
    trader = ledger.read(Trader, order.asked.trader) if order.asked.trader else None
    return trader.name if trader else order.asked.user


async def all_seen(waiting: list[tuple[Context, Order]]) -> tuple[WaitingOrder, ...]:
    """All of them, those that wait no more left out."""
    found = await asyncio.gather(*(seen(context, order) for context, order in waiting))
    return tuple(each for each in found if each is not None)
