"""
What every step of the desk shares: the ports, the policy, and the one way to change an order.

    change(order, decide) ─▶ decide ─▶ filled, unknown, over? say so in the book ─▶ over? release its capacity
                                       at work after its end? enter it again, hold its capacity again
                                       took no place of another? say so there
                          escalated, or settled after all? open its incident, or close it
                          ─▶ one append ─▶ the order as recorded
"""

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from attrs import field, frozen

from tastyflow.application.account.view import AccountView
from tastyflow.application.environment_words import place_words
from tastyflow.application.incidents.opening import keep_incident
from tastyflow.application.incidents.unrecorded import Unrecorded
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.live.replacing import free_replaced
from tastyflow.domain.age import Mark, age_s
from tastyflow.domain.book import Book
from tastyflow.domain.book.events import FilledLeg
from tastyflow.domain.events import Because
from tastyflow.domain.halt import Halt
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import FillRecorded, OrderChangedOutside
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import Attempt
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.worst_case import Trade
from tastyflow.domain.trader import Trader
from tastyflow.domain.trader.accounts import MAIN
from tastyflow.domain.venue import Venue
from tastyflow.errors import Misconfigured
from tastyflow.ports import Broker, Clock, Language, LogHeads, MarketData


@frozen
class _Progress:
    """How far an order has come, as its book knows it."""

    is_adopted: bool
    is_unknown: bool
    is_over: bool


_AT_FIRST: Final = _Progress(is_adopted=False, is_unknown=False, is_over=False)


def _cash_usd(order: Order) -> Decimal:
    """What the account receives if *order* fills whole, in dollars; negative: pays."""
    if order.ticket is None or order.ticket.price is None:
        return -order.notional_usd
    return Trade.of(order.ticket, {}).cash_usd


@frozen
class Context:
    """
    Attributes:
        sandbox: The venue for rehearsals.
        production: The live venue; None in an environment without one.
        environment: How far an order may go: ``fake``, ``sandbox`` or ``production``.
        account_name: The name of the account that orders are about; `sandbox_account` that of the one for rehearsals.
        accounts: The names of all accounts of the environment that orders can be about.
        is_simulated: Whether the venues are simulators.
        unrecorded: Orders that were sent, of which the log could take nothing more; one list for all accounts.
        heads: Where the head of the log is kept, outside of it; None where it is not.
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
    heads: LogHeads | None = None
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
                self._keep_book(tx, each)
                self._release_if_over(tx, each)
                keep_incident(tx, each, self.because("desk", tx.require(Order, each)))

        return (await self.ledger.change(deciding)).require(Order, order_id)

    def _keep_book(self, tx: Transaction, order_id: UUID) -> None:
        """Say in the book of the account how the order went on in this append."""
        order, before = tx.require(Order, order_id), tx.read.get(order_id)
        if order.book is None or order is before:
            return
        if before is None and order.asked.trader is None:
            self._take_up(tx, order)
        elif any(isinstance(e, OrderChangedOutside) and e.originator_id == order_id for e in tx.events):
            self._resize(tx, order)
        was = before if isinstance(before, Order) else None
        fills, now, then = self._fills_of(tx, order), self._standing(order), self._standing(was) if was else None
        if not fills and now == (then or _AT_FIRST):
            return
        if was is not None and then is not None and then.is_over and not now.is_over:
            self._take_back(tx, order, was)
        book = tx.require(Book, order.book)
        tx.record(
            book.progress(
                order.id,
                trader=order.owner,
                filled=fills,
                is_adopted=now.is_adopted,
                is_unknown=now.is_unknown,
                is_over=now.is_over,
                has_failed=order.stage is Stage.REJECTED,
                why=self.because("desk", order),
            )
        )

    def _take_back(self, tx: Transaction, order: Order, was: Order) -> None:
        """An order that was over works after all: it counts in the book again, and holds its capacity."""
        if order.book is None or order.ticket is None:
            return
        book, trader = tx.require(Book, order.book), tx.get(Trader, order.owner)
        why = self.because("desk", order)
        tx.record(
            book.enter_again(
                order.id,
                trader=order.owner,
                ticket=order.ticket,
                cash_usd=_cash_usd(order),
                filled=[was.filled(Venue.PRODUCTION, leg.instrument.occ) for leg in order.legs],
                why=why,
            )
        )
        if trader is not None and order.id not in trader.reserved:
            tx.record(trader.reserve(order.id, contracts=order.contracts, notional_usd=order.notional_usd, why=why))

    def _take_up(self, tx: Transaction, order: Order) -> None:
        """An order that was found at the venue counts in the book of its account, as one that no trader asked for."""
        if order.book is not None and order.ticket is not None and order.id not in tx.require(Book, order.book).entries:
            tx.record(
                tx.require(Book, order.book).enter_again(
                    order.id,
                    trader=order.owner,
                    ticket=order.ticket,
                    cash_usd=_cash_usd(order),
                    filled=[0] * len(order.legs),
                    why=self.because("desk", order),
                )
            )

    def _resize(self, tx: Transaction, order: Order) -> None:
        """An order that other hands changed counts, and holds its capacity, as what it is now."""
        if order.book is None or order.ticket is None:
            return
        why, now = self.because("desk", order), tx.read.get(order.id)
        was = now if isinstance(now, Order) else order
        tx.record(
            tx.require(Book, order.book).resize(
                order.id,
                trader=order.owner,
                ticket=order.ticket,
                cash_usd=_cash_usd(order),
                filled=[was.filled(Venue.PRODUCTION, leg.instrument.occ) for leg in order.legs],
                why=why,
            )
        )
        trader = tx.get(Trader, order.owner)
        if trader is not None and order.id in trader.reserved:
            tx.record(trader.release(order.id, why=why))
            trader = tx.require(Trader, order.owner)
            tx.record(trader.reserve(order.id, contracts=order.contracts, notional_usd=order.notional_usd, why=why))

    def _standing(self, order: Order) -> "_Progress":
        is_adopted = any(a.venue is Venue.PRODUCTION and a.broker_order for a in order.attempts)
        return _Progress(is_adopted, order.is_of_unknown_outcome, self._goes_no_further(order))

    def _fills_of(self, tx: Transaction, order: Order) -> list[FilledLeg]:
        """What this append records as filled in the account: a rehearsal's fills are undone, and are no position."""
        buys = {leg.instrument.occ: leg.action.buys for leg in order.legs}
        return [
            FilledLeg(fill.symbol, fill.quantity if buys[fill.symbol] else -fill.quantity, fill.price)
            for fill in tx.events
            if isinstance(fill, FillRecorded) and fill.originator_id == order.id and fill.venue is Venue.PRODUCTION
        ]

    def _goes_no_further(self, order: Order) -> bool:
        """Whether it is over, or rehearsed where there is no live venue."""
        return order.stage.is_over or (order.stage is Stage.REHEARSED and self.production is None)

    def _release_if_over(self, tx: Transaction, order_id: UUID) -> None:
        order = tx.require(Order, order_id)
        if order.ticket is None or order.asked.trader is None or not self._goes_no_further(order):
            return
        trader = tx.get(Trader, order.asked.trader)
        if trader is not None:
            tx.record(trader.release(order_id, why=self.because("desk", order)))
