"""
Following: every order that gets to production is followed to its end, whichever process sent it.

    the log, by position ─▶ an order of this account is at work now ─▶ followed by this process's desk

What is open already when the service begins is found by `Desk.reconcile`; the position is taken before that, so that no
order falls in between. An order on its way is left to the process that sends it, and to `timers` once that is overdue.
"""

from typing import Final

from tastyflow.application.desk import Desk
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.service.supervision import MayAct
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage

POLL_S: Final = 0.5
"""How often the log is asked for what other processes appended."""

AT_WORK: Final = frozenset({Stage.WORKING, Stage.ESCALATED})


class LogFollower:
    """
    Follows the orders of one account.

    Args:
        after: The position in the log from which on orders are taken up.
    """

    def __init__(self, desk: Desk, ledger: Ledger, account: str, *, after: int) -> None:
        self._desk = desk
        self._ledger = ledger
        self._account = account
        self._position = after

    async def run(self, may_act: MayAct) -> None:
        """For ever; what was not taken up when it died is taken up when it runs again."""
        with self._ledger.follow(after=self._position, poll_s=POLL_S) as entries:
            async for entry in entries:
                order = entry.state_after
                if isinstance(order, Order) and order.stage in AT_WORK:
                    while not may_act():  # the lease is in doubt: it is held again in a moment, or this ends
                        await self._desk.context.clock.sleep(POLL_S)
                    self._follow(order)
                self._position = entry.position

    def _follow(self, order: Order) -> None:
        """The order as it stands now: what is over since then is left alone."""
        if (order.account or self._desk.accounts[0]) != self._account:
            return
        now = self._desk.lookup.by_id(order.id)
        if now.stage in AT_WORK:
            self._desk.follow(now)
