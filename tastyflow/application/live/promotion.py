"""
Promotion: the gate, the claim, and the one sending.

    look again ─▶ gate ─▶ claim(production), durable ─▶ place ─▶ recorded ─▶ handed to the follower
                    │                                     │ not sent: claim again, at last refused
                    └ no: refused, with every reason      │ unknown: search; nowhere: a person looks, never sent again
                                                          └ refused: rejected

Positions and quotes may have changed since the order was drafted: the checks of risk are asked again.

An order is sent in a task of its own: the caller may stop waiting, the sending and the following go on.
"""

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from attrs import evolve, frozen

from tastyflow.application.account.facts import Sight, facts_of, spot_in
from tastyflow.application.account.view import AccountSnapshot
from tastyflow.application.approving.market import fresh_market
from tastyflow.application.approving.voiding import void
from tastyflow.application.context import Context
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.live.cancelling import BY_TRADER, Canceller, standing
from tastyflow.application.live.following import OrderFollower
from tastyflow.application.live.recording import MAX_MESSAGE, Recorder
from tastyflow.application.live.replacing import take_place, truthful
from tastyflow.application.order_stream import OrderStream, OrderUpdates
from tastyflow.application.sending import Tries, place, search
from tastyflow.application.waiting import Tasks
from tastyflow.domain.book import Book
from tastyflow.domain.events import Because, Event
from tastyflow.domain.halt import Halt
from tastyflow.domain.instruments import Equity
from tastyflow.domain.order import Order
from tastyflow.domain.order.approval import MarketSnapshot
from tastyflow.domain.order.events import FoundBy
from tastyflow.domain.order.replacing import broker_order_of
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import Attempt
from tastyflow.domain.risk.approval import drift
from tastyflow.domain.risk.checks import AT_PROMOTION, checks_of
from tastyflow.domain.risk.codes import RiskCode, RiskOutcome
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.risk.finding import RiskCheck, passed
from tastyflow.domain.risk.gate import may_promote
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.ticket import Strategy, Ticket
from tastyflow.domain.trader import Trader
from tastyflow.domain.venue import Venue
from tastyflow.errors import OutcomeUnknown, Refused, StoreFailure, VenueFailure, VenueRefused

JUDGED_BEFORE: Final = frozenset({RiskCode.COLLAR, RiskCode.STOP_SIDE, RiskCode.POSSIBLE_PRICE})
"""Checks that an exit passed by the market at which it was asked for."""


@frozen
class _Seen:
    """What was seen of the account and the market just before the claim."""

    account: AccountSnapshot
    sight: Sight
    market: MarketSnapshot | None


class Promoter:
    """Takes approved orders to production."""

    def __init__(
        self, context: Context, stream: OrderStream, recorder: Recorder, canceller: Canceller, follower: OrderFollower
    ) -> None:
        self._context = context
        self._stream = stream
        self._recorder = recorder
        self._canceller = canceller
        self._follower = follower
        self._sendings = Tasks()

    async def promote(self, order: Order) -> Order:
        """
        Send an approved order to production; the order once its outcome there is recorded, or a person must look.

        Raises:
            Misconfigured: There is no live venue.
            StoreFailure: The log failed. What was claimed is looked for by the reconciler.
        """
        tries = Tries(self._context, Venue.PRODUCTION)
        async for nonce in tries:
            order = await self._claim(order.id, nonce, await self._look(order))
            attempt = order.attempt(Venue.PRODUCTION)
            if attempt is None or attempt.nonce != nonce or order.ticket is None:
                return order  # the gate refused it, or another process was first
            updates = self._stream.listen(attempt.external_id)  # from before the sending: the stream replays nothing
            sending = self._sendings.start(
                self._send(order, order.ticket, attempt, updates), name=f"send-{order.reference}"
            )
            order = await asyncio.shield(sending)
            if order.stage is not Stage.APPROVED:
                return order  # every outcome but "it never left"
        return await self._give_up(order.id, tries.absence)

    async def close(self) -> None:
        """Stop sending. The log knows each claim: the reconciler asks what became of it."""
        await self._sendings.close()

    async def _look(self, order: Order) -> "_Seen | None":
        """The account and the market as they are now; None where they are not to be had."""
        if order.ticket is None:
            return None
        underlying = Equity(order.ticket.underlying)
        instruments = dict.fromkeys((*(leg.instrument for leg in order.legs), underlying))
        try:
            account, quotes = await asyncio.gather(
                self._context.view.look(), self._context.market.quotes(list(instruments))
            )
        except VenueFailure:
            return None
        policy, now = self._context.policy, self._context.clock.now()
        market = fresh_market(order.ticket, quotes, policy, now) if order.approval else None
        return _Seen(account, Sight(quotes, spot_in(quotes, underlying.symbol)), market)

    def _drift(self, order: Order, market: MarketSnapshot | None) -> str | None:
        """How far the market moved since a person approved *order*, where that is too far; None where it stands."""
        if order.approval is None or market is None:
            return None
        return drift(order.approval.market, market, self._context.policy)

    def _checks(
        self, tx: Transaction, order: Order, trader: Trader | None, seen: "_Seen | None"
    ) -> tuple[Sequence[RiskCheck], bool]:
        """
        The checks of risk, asked again, and whether the order only takes risk away.

        None where there is nothing to ask them of, and then the gate says no.
        """
        ticket, policy, now = order.ticket, self._context.policy, self._context.clock.now()
        if ticket is None or trader is None or order.book is None:
            return (), False
        halt = tx.get(Halt, Halt.switch_id()) or Halt.never()  # in this append: a halt that lands first is seen
        strategy = order.strategy or Strategy.CUSTOM
        if seen is None:
            bare = Facts(
                ticket=ticket,
                strategy=strategy,
                trader=trader,
                halt=halt,
                account=self._context.account_name,
                accounts=self._context.accounts,
                now=now,
            )
            unknown = checks_of(bare, policy, AT_PROMOTION)
            was_exit = order.was_exit
            return ([_for_an_exit(check) for check in unknown] if was_exit else unknown), was_exit
        book = tx.require(Book, order.book).apart_from(order.id)
        if order.replaces is not None:
            book = book.apart_from(order.replaces)  # only one of the two can fill
        facts = facts_of(
            ticket,
            strategy,
            trader,
            sight=seen.sight,
            account=seen.account,
            book=book,
            halt=halt,
            now=now,
        )
        checks = checks_of(facts, policy, AT_PROMOTION)
        return ([_price_settled(check) for check in checks] if facts.is_exit else checks), facts.is_exit

    async def _claim(self, order_id: UUID, nonce: str, seen: "_Seen | None") -> Order:
        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            if order.stage is not Stage.APPROVED:
                return  # withdrawn, or claimed by another process
            why = self._context.because("desk", order)
            if order.cancel_requested:  # while an attempt was out that never left
                tx.record(order.withdraw(reason=BY_TRADER, why=why))
                return
            market = seen.market if seen else None
            if (moved := self._drift(order, market)) is not None and market is not None:
                void(tx, self._context, order, moved, market)
                return
            test = tx.get(TestResult, order.test) if order.test else None
            trader = tx.get(Trader, order.asked.trader) if order.asked.trader else None
            checks, is_exit = self._checks(tx, order, trader, seen)
            ruling = may_promote(
                order,
                test,
                trader,
                self._context.policy,
                why.at,
                checks,
                approver=tx.get(Trader, order.approval.approver) if order.approval else None,
                market=market,
            )
            if ruling.allowed and test is not None:
                if order.replaces is not None and (no := self._no_place(tx, order, why)) is not None:
                    tx.record(no)
                    return
                account, proof = self._context.account_name, test.proof()
                claim = order.claim(
                    Venue.PRODUCTION, nonce=nonce, proof=proof, account=account, is_exit=is_exit, why=why
                )
                tx.record(claim)
                return
            tx.record(
                order.refuse(
                    code="gate",
                    message="Not promoted: " + " ".join(ruling.reasons),
                    hint="Nothing went to production. Ask again for a new rehearsal.",
                    why=why,
                )
            )

        return await self._context.change(order_id, decide)

    @staticmethod
    def _no_place(tx: Transaction, order: Order, why: Because) -> Event | None:
        """Let *order* take the place of the one that it replaces; its refusal, where that cannot be any more."""
        try:
            take_place(tx, order, why)
        except Refused as no:
            return order.refuse(code=no.code, message=f"Not replaced: {no.message}", hint=no.hint, why=why)
        return None

    async def _give_up(self, order_id: UUID, absence: VenueFailure | None) -> Order:
        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            if order.stage is not Stage.APPROVED:
                return  # withdrawn meanwhile
            attempt = order.attempt(Venue.PRODUCTION)
            reason = absence.message[:MAX_MESSAGE] if absence else attempt.reason if attempt else ""
            tx.record(
                order.refuse(
                    code="not_sent",
                    message=f"Production could not be reached: {reason}",
                    hint="Nothing went to production. Try again later.",
                    why=self._context.because("desk", order),
                )
            )

        return await self._context.change(order_id, decide)

    async def _send(self, order: Order, ticket: Ticket, attempt: Attempt, updates: OrderUpdates) -> Order:
        """Send, record what became of it, and hand the order to the follower."""
        try:
            order = await self._sent(order, ticket, attempt, updates)
        except StoreFailure:
            self._follower.take_over(order, attempt, updates)  # it may be at work: what it does is recorded once it can
            raise
        except BaseException:
            updates.close()  # the log knows the claim: the reconciler asks what became of it
            raise
        self._follower.take_over(order, attempt, updates)
        return order

    async def _sent(self, order: Order, ticket: Ticket, attempt: Attempt, updates: OrderUpdates) -> Order:
        if ticket.digest != attempt.digest:
            raise AssertionError("a claim is of the ticket's own content")
        old = self._context.ledger.read(Order, order.replaces) if order.replaces else None
        replaces = broker_order_of(old) if old else None
        if order.replaces is not None and replaces is None:
            raise AssertionError("what is replaced is known in production")
        answer = await place(self._context.broker(Venue.PRODUCTION), ticket, attempt, replaces=replaces)
        if isinstance(answer, VenueRefused) and old is not None and replaces is not None:
            answer = await self._in_truth(answer, old, replaces)
        if not isinstance(answer, VenueFailure):
            heard = await self._recorder.heard(order.id, Venue.PRODUCTION, [answer], found_by=FoundBy.ANSWER)
            return await self._canceller.after(heard)
        order = await self._recorder.failed(order.id, attempt, answer)
        if not isinstance(answer, OutcomeUnknown):
            if order.replaces is not None:
                await self._canceller.freed(order.replaces)
            return order
        found = await search(self._context, attempt, updates)
        return await self._canceller.after(await self._recorder.searched(order.id, attempt, found))

    async def _in_truth(self, refusal: VenueRefused, old: Order, broker_order: str) -> VenueRefused:
        """Why the venue would not replace *old*, once it has said how that stands; its fills are recorded."""
        shown = await standing(self._context.broker(Venue.PRODUCTION), broker_order)
        if shown is not None:
            heard = await self._recorder.heard(old.id, Venue.PRODUCTION, [shown], found_by=FoundBy.ANSWER)
            old = heard.order
        return truthful(refusal, old)


def _price_settled(check: RiskCheck) -> RiskCheck:
    """
    What *check* means for an exit whose price was judged when it was asked for.

    The market has moved since: a limit that trades at once trades at the market and not at the limit, and a stop that
    would fire at once is due. Neither keeps the order from leaving.
    """
    return evolve(check, warning=True) if check.code in JUDGED_BEFORE and check.blocks else check


def _for_an_exit(check: RiskCheck) -> RiskCheck:
    """What *check* means for an order that only takes risk away: what cannot be known does not keep it from leaving."""
    if not check.code.about.binds_exits:
        return passed(check.code, "Not applied: the order only takes risk away.")
    if check.wants_approval:
        return evolve(check, outcome=RiskOutcome.PASSED, warning=True)  # an exit waits for no approval
    return evolve(check, warning=check.warning or check.outcome is RiskOutcome.COULD_NOT_RUN)
