"""
The rehearsal of one order, recorded: attempt after attempt, until it passed or will not.

    turn ─▶ prepare ─▶ claim(sandbox) + plan ─▶ sandbox run ─▶ checks + verdict + rehearsed + approved, in one append
               │            ▲                     │ no       │ inconclusive: the sandbox was in trouble, and nothing of
               │            └─────────────────────┼──────────┘ the attempt is left (`Policy.max_attempts` times at most)
               │                                  └─▶ refused
               └─ the sandbox cannot hold what is closed: the mirrored ticket, and production's dry run of the order

Where a person must approve, a passed order asks for that instead, and waits (`application.approving`).
Afterwards the sandbox account is put back, beside the way to production (`restoring`).
"""

from collections.abc import Iterable
from typing import Final, Self
from uuid import UUID

from tastyflow.application.approving.market import market_now
from tastyflow.application.context import Context
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.order_stream import OrderStream
from tastyflow.application.rehearsal import refusals
from tastyflow.application.rehearsal.attempting import SandboxAttempts
from tastyflow.application.rehearsal.concluding import Endings
from tastyflow.application.rehearsal.outages import Outages
from tastyflow.application.rehearsal.placing import SetupPlacer
from tastyflow.application.rehearsal.preparing import Prepared, Preparer
from tastyflow.application.rehearsal.refusals import Refusal
from tastyflow.application.rehearsal.restoring import Restorer
from tastyflow.application.rehearsal.troubles import trouble_of
from tastyflow.application.rehearsal.turns import Turns, uses_of
from tastyflow.application.sending import Tries, with_body
from tastyflow.domain.mirroring import mirrored
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import BEFORE_VERDICT
from tastyflow.domain.testresult import CheckName, TestResult, Trouble, Verdict
from tastyflow.domain.ticket import OrderType
from tastyflow.domain.venue import Venue
from tastyflow.errors import OutcomeUnknown, VenueFailure, VenueRefused

PREPARED_AGAIN: Final = frozenset({Trouble.WAS_RESET, Trouble.LEFTOVER})
"""Troubles of a setup that the next try does not meet again."""


class Rehearser:
    """Rehearses validated orders in the sandbox, for as long as it is entered."""

    def __init__(self, context: Context, stream: OrderStream, turns: Turns, outages: Outages) -> None:
        self._context = context
        self._stream = stream
        self._endings = Endings(context)
        self._turns = turns
        self._outages = outages
        placer = SetupPlacer(context, stream)
        self._preparer = Preparer(context, placer)
        self._attempts = SandboxAttempts(context, self._preparer)
        self._restorer = Restorer(context, placer, self._turns, stream)

    async def __aenter__(self) -> Self:
        self._restorer.open()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await self._restorer.close(in_time=kind is None or issubclass(kind, Exception))

    async def rehearse(self, order: Order) -> Order:
        """
        Rehearse until passed, refused, withdrawn, or out of attempts; the order as recorded.

        One that is not confirmed yet stays as it is: nothing is set up for it.
        """
        if order.needs_confirmation:
            return order
        turn = await self._turns.take(uses_of(order.legs))
        try:
            order = await self._rehearse(order)
        finally:
            self._restorer.begin(order, turn)
        return order

    async def renew(self, order: Order) -> Order:
        """
        Rehearse *order* anew, which waits for an approval, so that its proof is fresh.

        The order as recorded: it waits on until the same time, or its rehearsal did not pass. Where the sandbox takes
        no orders now it waits on, with its old proof.
        """
        return await self.rehearse(order)

    async def finish(self, order: Order) -> Order:
        """Bring what *order* left in the sandbox to its end, where no process is at it; the order as recorded."""
        return await self._restorer.finish(order)

    async def finish_all(self, orders: Iterable[Order]) -> None:
        """The same for *orders*, until the sandbox gives no answer."""
        await self._restorer.finish_all(orders)

    async def _rehearse(self, order: Order) -> Order:
        tries = Tries(self._context, order, Venue.SANDBOX)
        counts_held, ending = True, None
        claimed: set[str] = set()
        async for nonce in tries:
            async with self._outages.admission() as away:
                if away is not None:
                    ending = refusals.sandbox_away(order, away.about.words, again_in_s=self._outages.again_in_s)
                    break
                began_s = self._context.clock.monotonic()
                try:
                    prepared = await self._preparer.prepare(order, counts_held=counts_held)
                    if prepared.trouble in PREPARED_AGAIN and tries.left:
                        tries.reason = prepared.why_not
                        continue
                    is_mirrored = not prepared.is_done
                    refusal = await self._no_mirror(order, prepared) if is_mirrored else None
                except VenueFailure as failure:
                    self._outages.met(trouble_of(failure))
                    ending, tries.reason = refusals.sandbox_away(order, failure.message), failure.message
                    if self._is_hung(failure, began_s) or isinstance(failure, VenueRefused):
                        break
                    continue
                if refusal is not None:
                    return await self._endings.refuse(order.id, refusal, claimed)
                turn = await tries.turn(for_dry_run=True)
                if turn is None:
                    continue
                try:
                    order = await self._claim(order.id, nonce, is_mirrored=is_mirrored)
                    attempt = order.attempt(Venue.SANDBOX)
                except BaseException:
                    turn.release()
                    raise
                if attempt is None or attempt.nonce != nonce or order.ticket is None:
                    turn.release()
                    return order  # withdrawn, or another process rehearses it
                claimed.add(nonce)
                with self._stream.listen(attempt.external_id) as updates:
                    tried = await self._attempts.run(order, order.ticket, attempt, updates, prepared, tries, turn)
                self._outages.met(tried.trouble)
                asks = order.approval_reasons and not order.request
                market = await market_now(self._context, order) if asks else None
                order = await self._endings.conclude(order.id, attempt, tried, market)
                self._restorer.doubt(order)
                ending = refusals.inconclusive(order, tried.trouble, tried.why) if tried.trouble else None
                tries.reason = tried.why
                counts_held = counts_held and not tried.is_promised
                if not tried.again or order.stage not in BEFORE_VERDICT or not self._is_inconclusive(order):
                    break
        if tries.absence is not None:
            self._outages.met(trouble_of(tries.absence))
            ending = refusals.sandbox_away(order, tries.absence.message)
        if order.stage in BEFORE_VERDICT:
            is_wrong = bool(claimed) and not self._is_inconclusive(order)
            order = await self._endings.refuse(order.id, None if is_wrong else ending, claimed)
        return order

    def _is_hung(self, failure: VenueFailure, began_s: float) -> bool:
        waited_s = self._context.clock.monotonic() - began_s
        return isinstance(failure, OutcomeUnknown) and waited_s >= self._context.policy.answer_s

    def _is_inconclusive(self, order: Order) -> bool:
        test = self._context.ledger.read(TestResult, order.test) if order.test else None
        return test is not None and test.verdict is Verdict.INCONCLUSIVE

    async def _no_mirror(self, order: Order, prepared: Prepared) -> Refusal | None:
        """Why *order* cannot be rehearsed mirrored; None where it can, and what its setup left is undone by then."""
        ticket = order.ticket
        if not self._context.policy.mirrored_rehearsal or ticket is None or mirrored(ticket) is None:
            if prepared.trouble is not None:
                return refusals.inconclusive(order, prepared.trouble, f"{_upper(prepared.why_not)}.")
            return refusals.not_prepared(prepared.why_not)
        if prepared.is_closed and ticket.order_type is OrderType.MARKET:
            return refusals.no_market_order(prepared.why_not)
        await self._restorer.undo(order.id)
        return None

    async def _claim(self, order_id: UUID, nonce: str, *, is_mirrored: bool) -> Order:
        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            before = order.attempt(Venue.SANDBOX)
            is_due = order.stage in BEFORE_VERDICT or order.waiting_until is not None
            if not is_due or (before is not None and before.is_open):
                return  # withdrawn meanwhile, or being rehearsed already
            why = self._context.because("desk", order)
            account = self._context.sandbox_account
            claimed = order.claim(Venue.SANDBOX, nonce=nonce, is_mirrored=is_mirrored, account=account, why=why)
            sent = mirrored(order.ticket) if is_mirrored and order.ticket else order.ticket
            tx.record(with_body(claimed, self._context.broker(Venue.SANDBOX), sent))
            tx.record(
                TestResult.plan(
                    order=order_id,
                    digest=order.digest,
                    external_id=claimed.external_id,
                    checks=tuple(name.value for name in CheckName),
                    rehearsed=claimed.digest if is_mirrored else "",
                    why=why,
                )
            )

        return await self._context.change(order_id, decide)


def _upper(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"
