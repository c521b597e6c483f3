"""
One order of a setup in the sandbox: claimed, sent once, watched until it is over, concluded.

    claim, durable ─▶ place at the market ─▶ watch ─▶ not filled in time? cancel ─▶ conclude
                         │ refused: once more, with a limit at what trades now
                         └ no answer: search by external id

Two events for each placement. A process that dies in between leaves a claim, and `settle` finds out what became of it.
"""

from collections.abc import Callable
from typing import Final
from uuid import UUID, uuid4

from attrs import evolve

from tastyflow.application.context import Context
from tastyflow.application.intake.net_market import net_market
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.live.cancelling import ask_to_cancel
from tastyflow.application.live.last_look import look_at_setup
from tastyflow.application.live.recording import MAX_MESSAGE
from tastyflow.application.order_stream import OrderStream, OrderUpdates
from tastyflow.application.sending import Leaving, Search, place, sandbox_answer, search, tagged
from tastyflow.domain.order import Order
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.setup import Placement, Purpose, Setup
from tastyflow.domain.ticket import Leg, OrderType, Ticket
from tastyflow.domain.venue import BrokerOrder, Status
from tastyflow.errors import IllegalStep, OutcomeUnknown, VenueFailure, VenueRefused

Choose = Callable[[Order, Setup | None], Leg | None]
"""Which leg to place, decided in the claiming append; None where there is nothing to do any more."""

FORGOTTEN: Final = "The sandbox does not know it any more: it was reset."

HOPELESS: Final = frozenset(
    {
        "closing_with_no_position",
        "cannot_close_against_more_than_existing_position",
        "instrument_validation_failed",
        "margin_check_failed",
        "illegal_buy_and_sell_on_same_symbol",
        "sim.opposite_position",
        "sim.long_and_short",
    }
)
"""Refusals that say nothing against the market order: a limit would be refused as well."""


class SetupPlacer:
    """Places the orders of setups."""

    def __init__(self, context: Context, stream: OrderStream) -> None:
        self._context = context
        self._stream = stream

    async def place(self, order_id: UUID, purpose: Purpose, choose: Choose, *, by: str = "desk") -> Placement | None:
        """
        Place the leg that *choose* names; the placement as concluded. None where there was nothing to place.

        Raises:
            StoreFailure: The log cannot be written.
        """
        placed = await self._place(order_id, purpose, choose, _at_market, by)
        if placed is None or placed.outcome is not AttemptOutcome.DECLINED or placed.code in HOPELESS:
            return placed
        limit = await self._at_natural(placed.leg)
        return await self._place(order_id, purpose, choose, lambda _leg: limit, by) if limit else placed

    async def _place(
        self, order_id: UUID, purpose: Purpose, choose: Choose, write: Callable[[Leg], Ticket], by: str
    ) -> Placement | None:
        nonce = uuid4().hex

        def decide(tx: Transaction) -> None:
            order, setup = tx.require(Order, order_id), tx.get(Setup, Setup.id_of(order_id))
            leg = choose(order, setup)
            if leg is None:
                return
            why = self._context.because(by, order)
            try:
                claimed = Setup.claim(setup, order=order_id, purpose=purpose, ticket=write(leg), nonce=nonce, why=why)
            except IllegalStep:
                return  # another process is at it
            tx.record(claimed)

        await self._context.change(order_id, decide)
        claimed = self._claimed(order_id, nonce)
        if claimed is None:
            return None
        with self._stream.listen(claimed.external_id) as updates:
            return await self._send(order_id, claimed, updates, by)

    async def _send(self, order_id: UUID, claimed: Placement, updates: OrderUpdates, by: str) -> Placement:
        leaving = Leaving(None, look_at_setup(self._context, order_id, claimed))
        answer = await place(self._context.sandbox, claimed.ticket, claimed.attempt, leaving)
        if isinstance(answer, OutcomeUnknown):
            found = await search(self._context, claimed.attempt, updates)
            if not found.found:
                return await self._conclude_missing(order_id, claimed, found, answer, by)
            answer = found.found[0]
        if isinstance(answer, VenueFailure):
            outcome = AttemptOutcome.DECLINED if isinstance(answer, VenueRefused) else AttemptOutcome.NOT_SENT
            return await self._conclude(order_id, claimed, outcome, failure=answer, by=by)
        shown = await self._until_over(answer, updates, claimed.ticket)
        return await self._conclude(order_id, claimed, AttemptOutcome.ADOPTED, shown=shown, by=by)

    # ── watching ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _until_over(self, shown: BrokerOrder, updates: OrderUpdates, of: Ticket) -> BrokerOrder:
        """Watch it, cancel it where it does not fill in time, and watch that."""
        shown = await self._watched(shown, updates, of)
        if shown.status.is_terminal:
            return shown
        answer = await ask_to_cancel(self._context.sandbox, shown.broker_order)
        if isinstance(answer, BrokerOrder):
            shown = _further(shown, answer)
        return await self._watched(shown, updates, of)

    async def _watched(self, shown: BrokerOrder, updates: OrderUpdates, of: Ticket) -> BrokerOrder:
        clock, policy = self._context.clock, self._context.policy
        deadline_s = clock.monotonic() + policy.fill_wait_s
        while not shown.has_ended(of) and (left_s := deadline_s - clock.monotonic()) > 0:
            news = await updates.next(min(left_s, policy.news_wait_s))
            try:
                news = news or await self._context.sandbox.get(shown.broker_order)
            except VenueFailure:
                continue
            shown = _further(shown, news) if news else evolve(shown, status=Status.REMOVED, reason=FORGOTTEN)
        return shown

    # ── what became of it ──────────────────────────────────────────────────────────────────────────────────────

    async def settle(self, order_id: UUID, known: Placement) -> Placement:
        """
        What became of a placement that no task follows: searched for, cancelled where it works, concluded.

        Raises:
            VenueFailure: The sandbox could not be asked.
        """
        found = await sandbox_answer(self._context, tagged(self._context, known.attempt))
        if not found and known.outcome is AttemptOutcome.ADOPTED:
            shown = BrokerOrder(
                known.broker_order or "",
                known.external_id,
                Status.REMOVED,
                self._context.clock.now(),
                fills=known.fills,
            )
            return await self._conclude(order_id, known, AttemptOutcome.ADOPTED, shown=shown, by="reconciler")
        if not found:
            missing = Search((), complete=1)
            no_answer = OutcomeUnknown("The process that sent it ended before an answer.")
            return await self._conclude_missing(order_id, known, missing, no_answer, "reconciler")
        with self._stream.listen(known.external_id) as updates:
            shown = found[0]
            if not shown.status.is_terminal:
                answer = await ask_to_cancel(self._context.sandbox, shown.broker_order)
                shown = _further(shown, answer) if isinstance(answer, BrokerOrder) else shown
                shown = await self._watched(shown, updates, known.ticket)
        return await self._conclude(order_id, known, AttemptOutcome.ADOPTED, shown=shown, by="reconciler")

    async def _conclude_missing(
        self, order_id: UUID, known: Placement, looked: Search, failure: VenueFailure, by: str
    ) -> Placement:
        """Found nowhere: once a search was complete, nothing was placed; else it stays unknown."""
        if known.outcome is not AttemptOutcome.UNKNOWN:
            known = await self._conclude(order_id, known, AttemptOutcome.UNKNOWN, failure=failure, by=by)
        if looked.complete:
            known = await self._conclude(order_id, known, AttemptOutcome.NOT_FOUND, failure=failure, by=by)
        return known

    async def _conclude(
        self,
        order_id: UUID,
        known: Placement,
        outcome: AttemptOutcome,
        *,
        shown: BrokerOrder | None = None,
        failure: VenueFailure | None = None,
        by: str,
    ) -> Placement:
        def decide(tx: Transaction) -> None:
            setup = tx.require(Setup, Setup.id_of(order_id))
            why = self._context.because(by, tx.require(Order, order_id))
            code = failure.code if failure else ""
            message = failure.message if failure else shown.reason if shown else ""
            try:
                tx.record(
                    setup.conclude(
                        known.number, outcome, shown=shown, code=code, message=message[:MAX_MESSAGE], why=why
                    )
                )
            except IllegalStep:
                return  # another process concluded it

        await self._context.change(order_id, decide)
        return self._claimed(order_id, known.nonce) or known

    def _claimed(self, order_id: UUID, nonce: str) -> Placement | None:
        """The placement of *nonce*, as an append of this process has just left it; None where it was not claimed."""
        setup = self._context.ledger.latest(Setup, Setup.id_of(order_id))
        return next((each for each in setup.placements if each.nonce == nonce), None) if setup else None

    async def _at_natural(self, leg: Leg) -> Ticket | None:
        try:
            quotes = await self._context.market.quotes([leg.instrument])
        except VenueFailure:
            return None
        market = net_market([leg], quotes)
        if market is None:
            return None
        price, effect = market.at_natural()
        return Ticket((leg,), OrderType.LIMIT, price, effect)


def _at_market(leg: Leg) -> Ticket:
    return Ticket((leg,), OrderType.MARKET)


def _further(before: BrokerOrder, after: BrokerOrder) -> BrokerOrder:
    """Whichever of two snapshots is further: over, more filled, later phase."""
    return max(before, after, key=lambda each: (each.status.phase.rank, len(each.fills), each.updated_at))
