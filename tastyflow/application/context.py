"""
The trading floor: what every step of the desk shares, and the one way to change something and tell of it.

    decide ─▶ Ledger.change ─▶ recorded events ─▶ notices to the trader, from those events only
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final, cast
from uuid import UUID

from attrs import field, frozen

from tastyflow.application.ledger.ledger import Ledger, Transaction, fold
from tastyflow.application.telling.sentences import notice_of
from tastyflow.domain.events import Because
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.policy import Policy
from tastyflow.domain.trader import Trader
from tastyflow.domain.venue import Venue
from tastyflow.errors import Misconfigured
from tastyflow.ports import Broker, Clock, Language, MarketData, Notice, Notifier

TELLING_S: Final = 1.0
"""How long a notifier may take for one notice."""


@frozen
class Context:
    """
    Attributes:
        sandbox: Where orders are rehearsed.
        production: Where they go live; None in an environment without a live venue.
    """

    ledger: Ledger
    language: Language
    market: MarketData
    sandbox: Broker
    production: Broker | None
    clock: Clock
    notifier: Notifier
    policy: Policy = field(factory=Policy)

    def __attrs_post_init__(self) -> None:
        if self.sandbox.venue is not Venue.SANDBOX:
            raise Misconfigured("The broker for rehearsals is not a sandbox.")
        if self.production is not None and self.production.venue is not Venue.PRODUCTION:
            raise Misconfigured("The broker for live orders is not of production.")

    @property
    def account(self) -> Broker:
        """The broker whose positions an order is about: the live one, where there is one."""
        return self.production or self.sandbox

    def broker(self, venue: Venue) -> Broker:
        """The broker of *venue*."""
        if venue is Venue.SANDBOX:
            return self.sandbox
        if self.production is None:
            raise Misconfigured("This environment has no live venue.", code="no_live_venue")
        return self.production

    def because(self, actor: str, order: Order) -> Because:
        """Why a step on *order* is taken now, by *actor*: the message that asked for the order is the cause."""
        cause = f"{order.asked.platform}:{order.asked.message}"
        return Because(actor=actor, cause=cause, command_id=order.asked.message, at=self.clock.now())

    async def change(self, order_id: UUID, decide: Callable[[Transaction], None]) -> Order:
        """Change an order, and what belongs to it, in one append; tell the trader; return the order as recorded."""
        tx = await self.ledger.change(decide)
        order = cast("Order | None", tx.found.get(order_id))
        for event in tx.events:
            if event.originator_id == order_id:
                order = cast("Order", fold(order, (event,)))
            if order is not None and (notice := notice_of(event, order)):
                await self._tell(order.asked.user, notice)
        return tx.require(Order, order_id)

    async def _tell(self, user: str, notice: Notice) -> None:
        with suppress(Exception):  # trading never waits for chat, and never ends because of it
            async with asyncio.timeout(TELLING_S):
                await self.notifier.tell(user, notice)

    def release_if_over(self, tx: Transaction, order_id: UUID) -> None:
        """Give back what the order reserved, in the append that ends it."""
        order = tx.require(Order, order_id)
        goes_no_further = order.stage is Stage.REHEARSED and self.production is None
        if order.asked.trader is None or not (order.stage.is_over or goes_no_further):
            return
        trader = tx.get(Trader, order.asked.trader)
        if trader is not None:
            tx.record(trader.release(order_id, why=self.because("desk", order)))
