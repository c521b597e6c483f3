"""
What every step of the desk shares: the ports, the policy, and the one way to change an order.

    change(order, decide) ─▶ decide ─▶ took no place of another? say so there
                                       how it went on: in its account's book, and its capacity (`account.keeping`)
                                       escalated, or settled after all? open its incident, or close it
                                       a signal asked for it? what became of that (`signalling.answering`)
                          ─▶ one append ─▶ the order as recorded
"""

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from attrs import field, frozen

from tastyflow.application.account.keeping import keep_book, release_if_over
from tastyflow.application.account.view import AccountView
from tastyflow.application.environment_words import place_words
from tastyflow.application.incidents.opening import keep_incident
from tastyflow.application.incidents.unrecorded import Unrecorded
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.live.replacing import free_replaced
from tastyflow.application.queue_places import QueuePlaces
from tastyflow.application.signalling.answering import keep_signal
from tastyflow.domain.age import Mark, age_s
from tastyflow.domain.events import Because
from tastyflow.domain.halt import Halt
from tastyflow.domain.order import Order
from tastyflow.domain.order.submission import Attempt
from tastyflow.domain.policy import Policy
from tastyflow.domain.trader.accounts import MAIN
from tastyflow.domain.venue import Venue
from tastyflow.errors import Misconfigured
from tastyflow.ports import Broker, Clock, Language, LogHeads, MarketData, OptionFeed


@frozen
class Context:
    """
    Attributes:
        feed: Whole chains as they move; None where the environment has no production market data.
        sandbox: The venue for rehearsals.
        production: The live venue; None in an environment without one.
        environment: How far an order may go: ``fake``, ``sandbox`` or ``production``.
        account_name: The name of the account that orders are about; `sandbox_account` that of the one for rehearsals.
        accounts: The names of all accounts of the environment that orders can be about.
        is_simulated: Whether the venues are simulators.
        unrecorded: Orders that were sent, of which the log could take nothing more; one list for all accounts.
        queue_places: Where orders stand before they leave; one for all accounts.
        heads: Where the head of the log is kept, outside of it; None where it is not.
        was_used: Whether this home was used with its venues before, as the pin beside the log says.
        view: Looks at the account that orders are about.
    """

    ledger: Ledger
    language: Language
    market: MarketData
    sandbox: Broker
    production: Broker | None
    clock: Clock
    policy: Policy = field(factory=Policy)
    environment: str = "fake"
    account_name: str = MAIN
    sandbox_account: str = MAIN
    accounts: tuple[str, ...] = (MAIN,)
    is_simulated: bool = False
    unrecorded: Unrecorded = field(factory=Unrecorded)
    queue_places: QueuePlaces = field(factory=QueuePlaces)
    heads: LogHeads | None = None
    was_used: bool = False
    feed: OptionFeed | None = None
    view: AccountView = field(init=False)

    @view.default
    def _view(self) -> AccountView:
        return AccountView(self.account, self.clock, self.ledger, name=self.account_name, among=self.accounts)

    def __attrs_post_init__(self) -> None:
        if self.sandbox.venue is not Venue.SANDBOX:
            raise Misconfigured("The broker for rehearsals is not a sandbox.")
        if self.production is not None and self.production.venue is not Venue.PRODUCTION:
            raise Misconfigured("The broker for live orders is not of production.")

    @property
    def place_words(self) -> str:
        """The environment in words, and the account where there are several: ``PRODUCTION, account ira``."""
        return place_words(self.environment, self.account_name, is_simulated=self.is_simulated, accounts=self.accounts)

    @property
    def anyone_acts(self) -> bool:
        """Whether anyone may act for any trader: where nothing can be lost."""
        return self.environment == "fake" or self.is_simulated

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

    def halt(self) -> Halt:
        """Whether orders may leave, as the log has it now, whichever process wrote it."""
        return self.ledger.read(Halt, Halt.switch_id()) or Halt.never()

    def age_s(self, at: datetime, mark: Mark | None) -> float:
        """How many seconds ago it was (`tastyflow.domain.age`); ``math.inf`` where the wall clock cannot be right."""
        return age_s(at, mark, now=self.clock.now(), now_mark=self.clock.mark())

    def claimed_by(self, attempt: Attempt) -> datetime:
        """
        The earliest time at which *attempt* was claimed by either clock: how far back it is searched for.

        A claim that lies in the future was made by a clock that was ahead, and is from now or before.
        """
        now, age = self.clock.now(), self.age_s(attempt.claimed_at, attempt.mark)
        return min(attempt.claimed_at, now if math.isinf(age) else now - timedelta(seconds=age))

    def because(self, actor: str, order: Order) -> Because:
        """Why *actor* takes a step on *order* now: the message that asked for the order is the cause."""
        cause = f"{order.asked.platform}:{order.asked.message}"
        now, mark = self.clock.now(), self.clock.mark()
        return Because(actor=actor, cause=cause, command_id=order.asked.message, at=now, mark=mark)

    async def change(self, order_id: UUID, decide: Callable[[Transaction], None]) -> Order:
        """
        Change an order, and what belongs to it, in one append; the order as recorded.

        An append that records a fill, an unknown outcome or the end of the order also says so in the book of its
        account, and one that ends it releases the capacity it held: no caller can forget it. One that finds it at work
        after its end takes both back. One that escalates it opens its incident. The same is done for any other order
        that *decide* changes.

        Raises:
            TastyflowError: What *decide* raises; nothing was recorded.
            StoreFailure: The log cannot be written; nothing was recorded.
        """

        def deciding(tx: Transaction) -> None:
            decide(tx)
            order = tx.require(Order, order_id)
            if order.replaces is not None:
                free_replaced(tx, order, self.because("desk", order))
            for each in (
                order_id,
                *(i for i, state in tx.written.items() if isinstance(state, Order) and i != order_id),
            ):
                why, is_live = self.because("desk", tx.require(Order, each)), self.production is not None
                keep_book(tx, each, is_live=is_live, why=why)
                release_if_over(tx, each, is_live=is_live, why=why)
                keep_incident(tx, each, why)
                keep_signal(tx, each, is_live=is_live, why=why)

        return (await self.ledger.change(deciding)).require(Order, order_id)
