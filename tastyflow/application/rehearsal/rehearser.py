"""
The rehearsal of one order, recorded: attempt after attempt, until it passed or will not.

    claim(sandbox) + plan ─▶ sandbox run ─▶ checks + verdict + rehearsed + approved, in one append
          ▲                    │ no       │ not sent, or lost and not found after a search
          └────────────────────┼──────────┘ (at most `Policy.max_attempts`; the sandbox may be asked again)
                               └─▶ refused
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from attrs import frozen

from tastyflow.application.context import Context
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.live.recording import MAX_MESSAGE, Recorder, record_snapshots
from tastyflow.application.order_stream import OrderStream, OrderUpdates
from tastyflow.application.rehearsal.checks import checks_of, not_acknowledged
from tastyflow.application.rehearsal.sandbox_run import SandboxRun
from tastyflow.application.sending import Search, Tries, search
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import FoundBy
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import Attempt
from tastyflow.domain.testresult import Check, CheckName, CheckOutcome, TestResult, in_words
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import BrokerOrder, Venue
from tastyflow.errors import NotSent, OutcomeUnknown, VenueFailure, VenueRefused


@frozen
class _Tried:
    """What one attempt came to: its checks, the snapshots to record, and whether another attempt may follow."""

    checks: tuple[Check, ...]
    seen: tuple[BrokerOrder, ...] = ()
    again: bool = False


class Rehearser:
    """Rehearses validated orders in the sandbox."""

    def __init__(self, context: Context, stream: OrderStream) -> None:
        self._context = context
        self._stream = stream
        self._recorder = Recorder(context)

    async def rehearse(self, order: Order) -> Order:
        """Rehearse until passed, refused, withdrawn, or out of attempts; the order as recorded."""
        tries = Tries(self._context, Venue.SANDBOX)
        async for nonce in tries:
            order = await self._claim(order.id, nonce)
            attempt = order.attempt(Venue.SANDBOX)
            if attempt is None or attempt.nonce != nonce or order.ticket is None:
                return order  # withdrawn, or another process rehearses it
            with self._stream.listen(attempt.external_id) as updates:
                tried = await self._try(order.id, order.ticket, attempt, updates)
            order = await self._conclude(order.id, attempt, tried)
            if not tried.again:
                break
        if order.stage in (Stage.VALIDATED, Stage.REHEARSING):
            order = await self._refuse(order.id, tries.absence)
        return order

    # ── one attempt ────────────────────────────────────────────────────────────────────────────────────────────

    async def _claim(self, order_id: UUID, nonce: str) -> Order:
        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            before = order.attempt(Venue.SANDBOX)
            if order.stage not in (Stage.VALIDATED, Stage.REHEARSING) or (before is not None and before.is_open):
                return  # withdrawn meanwhile, or being rehearsed already
            why = self._context.because("desk", order)
            claimed = order.claim(Venue.SANDBOX, nonce=nonce, why=why)
            tx.record(claimed)
            tx.record(
                TestResult.plan(
                    order=order_id,
                    digest=order.digest,
                    external_id=claimed.external_id,
                    checks=tuple(name.value for name in CheckName),
                    why=why,
                )
            )

        return await self._context.change(order_id, decide)

    async def _try(self, order_id: UUID, ticket: Ticket, attempt: Attempt, updates: OrderUpdates) -> _Tried:
        run = SandboxRun(self._context, ticket, attempt, updates)
        dry = await run.dry_run()
        if dry.outcome is CheckOutcome.FAILED:
            refusal = VenueRefused(dry.detail, code=dry.evidence.get("code", "dry_run"))
            await self._recorder.failed(order_id, attempt, refusal)
            return _Tried((dry,))
        answer = await run.place()
        streamed: tuple[BrokerOrder, ...] = ()
        if isinstance(answer, VenueFailure):
            await self._recorder.failed(order_id, attempt, answer)
            result = await self._look_for(order_id, attempt, answer, updates)
            if not result.found:
                surely_not_there = isinstance(answer, NotSent) or result.complete > 0
                return _Tried((dry, not_acknowledged(answer)), again=surely_not_there)
            answer, streamed = result.found[0], result.found if result.by_stream else ()
        if not answer.status.is_terminal:
            await self._recorder.heard(order_id, Venue.SANDBOX, [answer], found_by=FoundBy.ANSWER)
        observed = await run.watch(answer, streamed)
        return _Tried((dry, *checks_of(observed)), tuple(observed.seen))

    async def _look_for(self, order_id: UUID, attempt: Attempt, failure: VenueFailure, updates: OrderUpdates) -> Search:
        if not isinstance(failure, OutcomeUnknown):
            return Search()
        result = await search(self._context, attempt, updates)
        await self._recorder.searched(order_id, attempt, result)
        return result

    # ── the verdict ────────────────────────────────────────────────────────────────────────────────────────────

    async def _conclude(self, order_id: UUID, attempt: Attempt, tried: _Tried) -> Order:
        def decide(tx: Transaction) -> None:
            heard = self._context.because(f"venue:{Venue.SANDBOX}", tx.require(Order, order_id))
            record_snapshots(tx, order_id, Venue.SANDBOX, tried.seen, found_by=FoundBy.ANSWER, why=heard)
            self._give_verdict(tx, order_id, attempt, tried.checks)

        return await self._context.change(order_id, decide)

    def _give_verdict(self, tx: Transaction, order_id: UUID, attempt: Attempt, checks: Sequence[Check]) -> None:
        policy = self._context.policy
        why = self._context.because("desk", tx.require(Order, order_id))
        test_id = TestResult.id_of(order_id, attempt.external_id)
        for check in checks:
            tx.record(tx.require(TestResult, test_id).record(check, why=why))
        valid_until = why.at + timedelta(seconds=policy.proof_valid_s)
        tx.record(
            tx.require(TestResult, test_id).conclude(required=policy.required_checks, valid_until=valid_until, why=why)
        )
        test, order = tx.require(TestResult, test_id), tx.require(Order, order_id)
        if order.stage is not Stage.REHEARSING:
            return  # withdrawn, or handed to a person, while it was rehearsed
        tx.record(order.conclude_rehearsal(test.proof(), reasons=test.reasons, why=why))
        order = tx.require(Order, order_id)
        if order.stage is Stage.REHEARSED and self._context.production is not None:
            approved = self._context.because("policy", order)
            tx.record(order.approve(approved_by="policy", why=approved))

    async def _refuse(self, order_id: UUID, absence: VenueFailure | None) -> Order:
        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            if order.stage not in (Stage.VALIDATED, Stage.REHEARSING):
                return
            attempt = order.attempt(Venue.SANDBOX)
            if absence is not None and attempt is not None and attempt.is_open:
                return  # another process rehearses it, and its sandbox was there
            why = self._context.because("desk", order)
            if absence is not None:
                tx.record(
                    order.refuse(
                        code="sandbox_away",
                        message=f"The sandbox could not be reached: {absence.message[:MAX_MESSAGE]}",
                        hint="Nothing went to production. Try again later.",
                        why=why,
                    )
                )
                return
            test = tx.get(TestResult, order.test) if order.test else None
            reasons = in_words(test.reasons) if test else "it was never tested"
            tx.record(
                order.refuse(
                    code="not_proven",
                    message=f"The rehearsal did not pass: {reasons}.",
                    hint="Nothing went to production. Change the order, or try again later.",
                    why=why,
                )
            )

        return await self._context.change(order_id, decide)
