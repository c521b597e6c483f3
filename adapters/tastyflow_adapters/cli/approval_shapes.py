"""
What programs read of approvals: the part of an order's JSON, and the rows of ``tastyflow approvals``.

    approval_json(order)     ─▶ codes, reasons, waits, until, market, approved_by, approved_at, approved_market
    market_json(snapshot)    ─▶ bid, ask, mid, at, legs
"""

from typing import TYPE_CHECKING, Any

from tastyflow.domain.instruments import plain
from tastyflow.domain.order import Order
from tastyflow.domain.order.approval import MarketSnapshot

if TYPE_CHECKING:
    pass


def approval_json(order: Order) -> dict[str, Any] | None:
    """
    The approval by another person that the order wants; null where the policy approves.

    Net prices are what a unit costs per share: received is negative.
    """
    if not order.approval_reasons:
        return None
    request, given = order.request, order.approval
    return {
        "codes": [code for code, _ in order.approval_reasons],
        "reasons": [sentence for _, sentence in order.approval_reasons],
        "waits": order.waiting_until is not None,
        "until": request and request.until.isoformat(),
        "market": request and market_json(request.market),
        "approved_by": order.approved_by or None if given else None,
        "approved_at": given and given.at.isoformat(),
        "approved_market": given and market_json(given.market),
    }


def market_json(market: MarketSnapshot) -> dict[str, Any]:
    """The market of one unit of an order, and of each leg."""
    return {
        "bid": plain(market.bid),
        "ask": plain(market.ask),
        "mid": plain(market.mid),
        "at": market.at.isoformat(),
        "legs": [{"symbol": leg.symbol, "bid": plain(leg.bid), "ask": plain(leg.ask)} for leg in market.legs],
    }
