"""
What a second person does with an order that waits for an approval.

    approvals ─▶ approve ─▶ sent, or refused where its market moved
              └▶ reject  ─▶ refused
"""

from tastyflow.application.approving.expiry import ended_in_time
from tastyflow.application.approving.waiting_orders import WaitingOrder, all_seen
from tastyflow.application.context import Context
from tastyflow.application.desk_verbs.parts import DeskParts
from tastyflow.application.intake.identify import permitted
from tastyflow.application.message import Message
from tastyflow.domain.order import Order
from tastyflow.domain.trader.permissions import Permission, may
from tastyflow.domain.venue import Venue
from tastyflow.errors import Refused


class ApprovalVerbs(DeskParts):
    """The verbs of approving."""

    async def approve(self, message: Message, reference: str) -> Order:
        """
        Approve another trader's order, which waits for it, and send it; the order as recorded.

        It is refused instead where the market moved too far since it began to wait.

        Raises:
            Refused: The author may not approve it, or it cannot be approved now: then it goes on waiting. Code
                ``name_the_order`` for ``last``.
            Misconfigured: There is no live venue to promote it to.
        """
        trader = permitted(self.context, message, "approve")
        order = self._named(reference)
        desk = self._desks.of(order)
        desk.context.broker(Venue.PRODUCTION)
        return await desk.approve(message, trader, order)

    async def reject(self, message: Message, reference: str, reason: str = "") -> Order:
        """
        Refuse another trader's order, which waits for an approval; the order as recorded.

        Raises:
            Refused: As for `approve`.
        """
        trader = permitted(self.context, message, "reject")
        order = self._named(reference)
        return await self._desks.of(order).approver.reject(message, trader, order, reason)

    async def approvable(self, message: Message, reference: str) -> WaitingOrder:
        """
        One order as its approver sees it before saying yes. Who may not approve it is shown nothing of it.

        Raises:
            Refused: As for `approve`.
        """
        trader = permitted(self.context, message, "approve")
        order = self._named(reference)
        return await self._desks.of(order).approver.look(message, trader, order)

    async def approvals(self, message: Message) -> tuple[WaitingOrder, ...]:
        """
        What waits for an approval, the oldest first: orders of all traders, where the author may approve.

        Raises:
            Refused: The author is no trader, or may not see orders.
        """
        trader = permitted(self.context, message, "approvals")
        traders = self.lookup.traders() if may(trader, Permission.APPROVE) else (trader,)
        open_orders = self.lookup.open_orders(traders)
        waiting = [await ended_in_time(self.context, each) for each in open_orders if each.waiting_until is not None]
        waiting.sort(key=lambda order: order.asked_at)
        return await all_seen([(self._context_of(order), order) for order in waiting])

    def _named(self, reference: str) -> Order:
        """
        The order that *reference* names. ``last`` names none here: another trader's next order would be the last one.

        Raises:
            Refused: code ``name_the_order``, ``unknown_order`` or ``ambiguous_order``.
        """
        if reference.lower() == "last":
            raise Refused(
                "The last order is another one as soon as any trader orders: say which one is meant.",
                code="name_the_order",
                hint="'approvals' lists what waits, each with its reference.",
            )
        return self.lookup.find(reference)

    def _context_of(self, order: Order) -> Context:
        """Where the market of *order* is read: that is the same for all accounts, also one that is named no more."""
        return self._desks.of(order).context if self._desks.has(order) else self.context
