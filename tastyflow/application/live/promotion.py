"""
Promotion: the gate, the claim, and the one sending.

    look again ─▶ gate ─▶ claim(production), durable ─▶ place ─▶ recorded ─▶ handed to the follower
                    │                                     │ not sent: claim again, at last refused
                    └ no: refused, with every reason      │ unknown: search; nowhere: a person looks, never sent again
                                                          └ refused: rejected

Positions and quotes may have changed since the order was drafted: `second_look` asks the checks of risk again.

An order is sent in a task of its own: the caller may stop waiting, the sending and the following go on.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import UUID

from tastyflow.application.approving.voiding import void
from tastyflow.application.context import Context
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.live.asking import shown_by
from tastyflow.application.live.cancelling import Canceller
from tastyflow.application.live.following import OrderFollower
from tastyflow.application.live.last_look import look_at_live
from tastyflow.application.live.recording import MAX_MESSAGE, Recorder
from tastyflow.application.live.replacing import take_place, truthful
from tastyflow.application.live.second_look import SecondLook, asked_again, moved_since, second_look
from tastyflow.application.order_stream import OrderStream, OrderUpdates
from tastyflow.application.reconciling.head import keep_head, refuse_in_doubt
from tastyflow.application.sending import Leaving, Tries, place, search, tagged, with_body
from tastyflow.application.signalling.asking import keeps_back
from tastyflow.application.waiting import Tasks
from tastyflow.domain.events import Because, Event
from tastyflow.domain.order import Order
from tastyflow.domain.order.cancel_causes import BY_TRADER
from tastyflow.domain.order.events import FoundBy
from tastyflow.domain.order.replacing import broker_order_of
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import Attempt
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import BrokerOrder, Venue
from tastyflow.errors import InDoubt, NotSent, OutcomeUnknown, Refused, StoreFailure, VenueFailure, VenueRefused

Doubt = Callable[[], Awaitable[Refused | None]]
"""Why nothing may be claimed in production yet, by what the venue has; None where all of it is known here."""


class Promoter:
    """
    Takes approved orders to production.

    Args:
        doubt: Asked before each claim.
    """

    def __init__(
        self,
        context: Context,
        stream: OrderStream,
        recorder: Recorder,
        canceller: Canceller,
        follower: OrderFollower,
        doubt: Doubt,
    ) -> None:
        self._context = context
        self._doubt = doubt
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
            InDoubt: The log failed behind the sending. What was claimed is looked for by the reconciler.
            StoreFailure: The log failed before.
        """
        if (no := await self._doubt()) is not None:
            return await self._not_yet(order.id, no)
        tries = Tries(self._context, order, Venue.PRODUCTION)
        async for nonce in tries:
            seen, looked_s = await second_look(self._context, order), self._context.clock.monotonic()
            turn = await tries.turn()
            if turn is None:
                continue
            try:
                if self._context.clock.monotonic() - looked_s > self._context.policy.quote_age_s:
                    seen = await second_look(self._context, order)  # it waited for its turn, and the market did not
                order = await self._claim(order.id, nonce, seen)
                attempt = order.attempt(Venue.PRODUCTION)
            except BaseException:
                turn.release()
                raise
            if attempt is None or attempt.nonce != nonce or order.ticket is None:
                turn.release()
                return order  # the gate refused it, or another process was first
            leaving = Leaving(turn, look_at_live(self._context, order.id, order.ticket, attempt, seen))
            updates = self._stream.listen(attempt.external_id)  # from before the sending: the stream replays nothing
            sending = self._sendings.start(
                self._send(order, order.ticket, attempt, updates, leaving), name=f"send-{order.reference}"
            )
            order = await asyncio.shield(sending)
            if order.stage is not Stage.APPROVED:
                return order  # every outcome but "it never left"
        return await self._give_up(order.id, tries.absence)

    @property
    def is_sending(self) -> bool:
        """Whether an order is on its way."""
        return not self._sendings.is_empty

    async def close(self) -> None:
        """Stop sending. The log knows each claim: the reconciler asks what became of it."""
        await self._sendings.close()

    async def _claim(self, order_id: UUID, nonce: str, seen: SecondLook | None) -> Order:
        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            if order.stage is not Stage.APPROVED:
                return  # withdrawn, or claimed by another process
            why = self._context.because("desk", order)
            if order.cancel_requested:  # while an attempt was out that never left
                tx.record(order.withdraw(reason=BY_TRADER, why=why))
                return
            if (kept := keeps_back(tx, order, why.at)) is not None:
                tx.record(order.withdraw(reason=kept, why=why))
                return
            market = seen.market if seen else None
            if (moved := moved_since(self._context, order, market)) is not None and market is not None:
                void(tx, self._context, order, moved, market)
                return
            if (doubted := refuse_in_doubt(tx, self._context)) is not None:
                tx.record(order.refuse(code=doubted.code, message=doubted.message, hint=doubted.hint, why=why))
                return
            asked = asked_again(self._context, tx, order, seen, why.at)
            if asked.ruling.allowed and asked.test is not None:
                if order.replaces is not None and (no := self._no_place(tx, order, why)) is not None:
                    tx.record(no)
                    return
                account, proof = self._context.account_name, asked.test.proof()
                claim = order.claim(
                    Venue.PRODUCTION, nonce=nonce, proof=proof, account=account, is_exit=asked.is_exit, why=why
                )
                tx.record(with_body(claim, self._context.broker(Venue.PRODUCTION), order.ticket, order.replaces))
                return
            tx.record(
                order.refuse(
                    code="gate",
                    message="Not promoted: " + " ".join(asked.ruling.reasons),
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

    async def _not_yet(self, order_id: UUID, no: Refused) -> Order:
        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            if order.stage is Stage.APPROVED:  # else it was withdrawn meanwhile
                why = self._context.because("desk", order)
                tx.record(order.refuse(code=no.code, message=no.message, hint=no.hint, why=why))

        return await self._context.change(order_id, decide)

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

    async def _send(
        self, order: Order, ticket: Ticket, attempt: Attempt, updates: OrderUpdates, leaving: Leaving
    ) -> Order:
        """Send, record what became of it, and hand the order to the follower."""
        try:
            order = await self._sent(order, ticket, attempt, updates, leaving)
        except InDoubt as doubt:
            failure = doubt.__cause__ or doubt
            self._context.unrecorded.add(
                order.id,
                f"Order {order.reference}, {order.words}, may be in production, and the log does not take what became "
                f"of it ({failure}) Do not order it again.",
            )
            self._follower.take_over(order, attempt, updates)  # it may be at work: what it does is recorded once it can
            raise
        except BaseException:
            updates.close()  # the log knows the claim: the reconciler asks what became of it
            raise
        self._follower.take_over(order, attempt, updates)
        return order

    async def _sent(
        self, order: Order, ticket: Ticket, attempt: Attempt, updates: OrderUpdates, leaving: Leaving
    ) -> Order:
        if ticket.digest != attempt.digest:
            raise AssertionError("a claim is of the ticket's own content")
        old = self._context.ledger.read(Order, order.replaces) if order.replaces else None
        replaces = broker_order_of(old) if old else None
        if order.replaces is not None and replaces is None:
            raise AssertionError("what is replaced is known in production")
        broker = self._context.broker(Venue.PRODUCTION)
        answer: BrokerOrder | VenueFailure
        if (doubt := await self._doubt_about_log()) is not None:
            answer = NotSent(f"The log is in doubt: {doubt}", code="log_in_doubt")
            if leaving.turn is not None:
                leaving.turn.release()
        else:
            answer = await place(broker, ticket, attempt, leaving, replaces=replaces)
        try:
            return await self._recorded(order, attempt, answer, updates, old, replaces)
        except StoreFailure as failure:
            if isinstance(answer, NotSent):
                never = f"Order {order.reference} did not reach production. {failure.message}"
                data = {"order": order.reference}
                raise StoreFailure(never, code=failure.code, hint=failure.hint, data=data) from failure
            raise InDoubt(order.reference, failure.message) from failure

    async def _doubt_about_log(self) -> str | None:
        """Keep the head of the log, with the claim in it; why the log is in doubt, and nothing may leave."""
        try:
            return await keep_head(self._context)
        except StoreFailure as failure:
            return failure.message

    async def _recorded(
        self,
        order: Order,
        attempt: Attempt,
        answer: BrokerOrder | VenueFailure,
        updates: OrderUpdates,
        old: Order | None,
        replaces: str | None,
    ) -> Order:
        """Record what became of the sending; where that is not known, search."""
        if isinstance(answer, VenueRefused) and old is not None and replaces is not None:
            answer = await self._in_truth(answer, old, replaces)
        if not isinstance(answer, VenueFailure):
            heard = await self._recorder.heard(order.id, Venue.PRODUCTION, [answer], found_by=FoundBy.ANSWER)
            return await self._canceller.after(heard)
        order = await self._recorder.failed(order.id, attempt, answer)
        if isinstance(answer, VenueRefused):
            self._sendings.start(self._look_once(order.id, attempt), name=f"look-{order.reference}")
        if not isinstance(answer, OutcomeUnknown):
            if order.replaces is not None:
                await self._canceller.freed(order.replaces)
            return order
        found = await search(self._context, attempt, updates)
        return await self._canceller.after(await self._recorder.searched(order.id, attempt, found))

    async def _look_once(self, order_id: UUID, attempt: Attempt) -> None:
        """
        Look once, a little later, for an attempt that was declined: a no can be wrong, and what is there is adopted.

        A desk that closes before does not look: the account's list is read when it is reconciled.
        """
        await self._context.clock.sleep(self._context.policy.news_wait_s)
        with suppress(VenueFailure, StoreFailure):  # the account's list tells of it when it is reconciled
            found = await tagged(self._context, attempt)
            if found:
                heard = await self._recorder.heard(order_id, Venue.PRODUCTION, found, found_by=FoundBy.SEARCH)
                self._follower.follow(await self._canceller.after(heard))

    async def _in_truth(self, refusal: VenueRefused, old: Order, broker_order: str) -> VenueRefused:
        """Why the venue would not replace *old*, once it has said how that stands; its fills are recorded."""
        shown = await shown_by(self._context.broker(Venue.PRODUCTION), broker_order)
        if shown is not None:
            heard = await self._recorder.heard(old.id, Venue.PRODUCTION, [shown], found_by=FoundBy.ANSWER)
            old = heard.order
        return truthful(refusal, old)
