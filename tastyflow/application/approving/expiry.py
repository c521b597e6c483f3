"""
The end of waiting: an order whose time for an approval is over is refused, and gives back what it held.
"""

from tastyflow.application.context import Context
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.domain.order import Order

NOTHING_SENT = "Nothing went to production. Ask again."


async def ended_in_time(context: Context, order: Order) -> Order:
    """*order*, refused where it waited for an approval until its time was over; else as it stands."""
    if not _is_over(order, context):
        return order

    def decide(tx: Transaction) -> None:
        current = tx.require(Order, order.id)
        if not _is_over(current, context):
            return  # approved, rejected or cancelled meanwhile
        tx.record(
            current.refuse(
                code="approval_expired",
                message="It was not approved in time.",
                hint=NOTHING_SENT,
                why=context.because("reconciler", current),
            )
        )

    return await context.change(order.id, decide)


def _is_over(order: Order, context: Context) -> bool:
    return order.waiting_until is not None and context.clock.now() >= order.waiting_until
