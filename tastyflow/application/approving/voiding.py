"""
The market moved too far: what was asked for, or approved, does not count, and the order is refused.
"""

from tastyflow.application.context import Context
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.domain.order import Order
from tastyflow.domain.order.approval import MarketSnapshot


async def voided(context: Context, order: Order, reason: str, market: MarketSnapshot) -> Order:
    """*order*, refused because the market moved; *reason* says how far."""

    def decide(tx: Transaction) -> None:
        current = tx.require(Order, order.id)
        if current.waiting_until is not None:
            void(tx, context, current, reason, market)

    return await context.change(order.id, decide)


def void(tx: Transaction, context: Context, order: Order, reason: str, market: MarketSnapshot) -> None:
    """Record in *tx* that the market moved too far for *order*, and refuse it."""
    why = context.because("desk", order)
    tx.record(order.void_approval(reason=reason, now=market, why=why))
    tx.record(
        tx.require(Order, order.id).refuse(
            code="drifted",
            message=reason,
            hint="Nothing went to production. Ask again: it is priced by the market of that moment.",
            why=why,
        )
    )
