"""
What every step of the desk shares: the ports, the policy, and the one way to change an order.

    change(order, decide) ─▶ decide ─▶ over? release its capacity ─▶ one append ─▶ the order as recorded
"""

from collections.abc import Callable
from uuid import UUID

from attrs import field, frozen

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.domain.events import Because
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.policy import Policy
from tastyflow.domain.trader import Trader
from tastyflow.domain.venue import Venue
from tastyflow.errors import Misconfigured
from tastyflow.ports import Broker, Clock, Language, MarketData


@frozen
class Context:
    """
    Attributes:
        sandbox: The venue for rehearsals.
        production: The live venue; None in an environment without one.
    """

    ledger: Ledger
    language: Language
    market: MarketData
    sandbox: Broker
    production: Broker | None
    clock: Clock
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
        """
        The broker of *venue*.

        Raises:
            Misconfigured: code ``no_live_venue``.
        """
        if venue is Venue.SANDBOX:
            return self.sandbox
        if self.production is None:
            raise Misconfigured("This environment has no live venue.", code="no_live_venue")
        return self.production

    def because(self, actor: str, order: Order) -> Because:
        """Why *actor* takes a step on *order* now: the message that asked for the order is the cause."""
        cause = f"{order.asked.platform}:{order.asked.message}"
        return Because(actor=actor, cause=cause, command_id=order.asked.message, at=self.clock.now())

    async def change(self, order_id: UUID, decide: Callable[[Transaction], None]) -> Order:
        """
        Change an order, and what belongs to it, in one append; the order as recorded.

        An append that ends the order also releases the capacity it held: no caller can forget it.

        Raises:
            TastyflowError: What *decide* raises; nothing was recorded.
            StoreFailure: The log cannot be written; nothing was recorded.
        """

        def deciding(tx: Transaction) -> None:
            decide(tx)
            self._release_if_over(tx, order_id)

        return (await self.ledger.change(deciding)).require(Order, order_id)

    def _release_if_over(self, tx: Transaction, order_id: UUID) -> None:
        order = tx.require(Order, order_id)
        goes_no_further = order.stage is Stage.REHEARSED and self.production is None
        if order.ticket is None or order.asked.trader is None or not (order.stage.is_over or goes_no_further):
            return
        trader = tx.get(Trader, order.asked.trader)
        if trader is not None:
            tx.record(trader.release(order_id, why=self.because("desk", order)))
