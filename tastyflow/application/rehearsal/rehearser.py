"""
Step seven, recorded: the rehearsal of one order, attempt after attempt, until it passed or will not.

    claim(sandbox) + plan ─▶ dry run ─▶ place ─▶ watch ─▶ checks + verdict + rehearsed + approved, in one append
          ▲                    │ no       │ not sent, or lost and not found after a search
          └────────────────────┼──────────┘ (at most `Policy.max_attempts`; the sandbox may be asked again)
                               └─▶ refused
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from attrs import frozen

from tastyflow.application.context import Context
from tastyflow.application.intake.net_market import must_fill
from tastyflow.application.ledger.ledger import Transaction
from tastyflow.application.order_stream import OrderStream, OrderUpdates
from tastyflow.application.rehearsal import checks as rehearsal
from tastyflow.application.rehearsal.checks import Watched
from tastyflow.application.sending import Search, adopt_found, away, outcome_of, place, search
from tastyflow.domain.instruments import Instrument
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import FoundBy
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import Attempt
from tastyflow.domain.testresult import Check, CheckName, CheckOutcome, TestResult, in_words
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import BrokerOrder, Quote, Venue
from tastyflow.domain.venue.hearing import hear
from tastyflow.errors import NotSent, OutcomeUnknown, VenueFailure, VenueRefused


@frozen
class _Tried:
    """What one attempt came to: the checks it allowed, and the snapshots to record."""

    checks: tuple[Check, ...]
    seen: tuple[BrokerOrder, ...] = ()
    again: bool = False


class Rehearser:
    """Rehearses validated orders in the sandbox."""

    def __init__(self, floor: Context, wire: OrderStream) -> None:
        self._floor = floor
        self._wire = wire

    async def rehearse(self, order: Order) -> Order:
        """Rehearse until passed, refused, withdrawn, or out of attempts; the order as recorded."""
        absence: VenueFailure | None = None
        for wait_s in self._floor.policy.tries_s:
            if wait_s:
                await self._floor.clock.sleep(wait_s)
            if absence := await away(self._floor.sandbox):
                if isinstance(absence, VenueRefused):
                    break  # asking again would be refused again
                continue  # an attempt is not claimed for nothing
            nonce = uuid4().hex
            order = await self._claim(order.id, nonce)
            attempt = order.attempt(Venue.SANDBOX)
            if attempt is None or attempt.nonce != nonce or order.ticket is None:
                return order  # withdrawn, or somebody else's to rehearse
            async with self._wire.watch(attempt.external_id) as news:
                tried = await self._try(order.id, order.ticket, attempt, news)
            order = await self._conclude(order.id, attempt, tried)
            if not tried.again:
                break
        if order.stage in (Stage.VALIDATED, Stage.REHEARSING):
            order = await self._refuse(order.id, absence)
        return order

    # ── one attempt ────────────────────────────────────────────────────────────────────────────────────────────

    async def _claim(self, order_id: UUID, nonce: str) -> Order:
        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            before = order.attempt(Venue.SANDBOX)
            if order.stage not in (Stage.VALIDATED, Stage.REHEARSING) or (before is not None and before.is_open):
                return  # withdrawn meanwhile, or being rehearsed already
            why = self._floor.because("desk", order)
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

        return await self._floor.change(order_id, decide)

    async def _try(self, order_id: UUID, ticket: Ticket, attempt: Attempt, news: OrderUpdates) -> _Tried:
        floor = self._floor
        dry = await rehearsal.dry_run(floor.sandbox, ticket, floor.clock)
        if dry.outcome is CheckOutcome.FAILED:
            refusal = VenueRefused(dry.detail, code=dry.evidence.get("code", "dry_run"))
            await self._record_failure(order_id, attempt, refusal)
            return _Tried((dry,))
        quotes = await self._quotes(ticket)
        began = floor.clock.monotonic()
        streamed: list[BrokerOrder] = []
        answer = await place(floor.sandbox, ticket, attempt)
        took_ms = round((floor.clock.monotonic() - began) * 1000, 3)
        if isinstance(answer, VenueFailure):
            await self._record_failure(order_id, attempt, answer)
            result = await self._look_for(order_id, attempt, answer, news)
            if not result.found:
                surely_not_there = isinstance(answer, NotSent) or result.searches > 0
                return _Tried((dry, _unacknowledged(answer)), again=surely_not_there)
            answer, streamed = result.found[0], list(result.found) if result.heard else []
        watched = Watched(
            ticket, floor.policy.fills_follow_quotes and must_fill(ticket, quotes), took_ms, [answer], streamed
        )
        if not answer.status.is_terminal:
            await self._record_adoption(order_id, answer)
        await rehearsal.watch(floor.sandbox, watched, news, floor.policy, floor.clock)
        return _Tried((dry, *rehearsal.checks_of(watched)), tuple(watched.seen))

    async def _quotes(self, ticket: Ticket) -> Mapping[Instrument, Quote]:
        try:
            return await self._floor.market.quotes([leg.instrument for leg in ticket.legs])
        except VenueFailure:
            return {}  # then the market says nothing of what must fill

    async def _look_for(self, order_id: UUID, attempt: Attempt, failure: VenueFailure, news: OrderUpdates) -> Search:
        if not isinstance(failure, OutcomeUnknown):
            return Search((), 0)
        result = await search(self._floor.sandbox, attempt, self._floor.policy, self._floor.clock, news)

        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            why = self._floor.because("desk", order)
            if result.found:
                tx.record_all(adopt_found(order, attempt, result.found, why=why))
            elif result.searches:
                tx.record(order.not_found(Venue.SANDBOX, attempt.number, searches=result.searches, why=why))

        await self._floor.change(order_id, decide)
        return result

    # ── recording ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _record_failure(self, order_id: UUID, attempt: Attempt, failure: VenueFailure) -> None:
        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            tx.record(outcome_of(order, attempt, failure, why=self._floor.because("venue:sandbox", order)))

        await self._floor.change(order_id, decide)

    async def _record_adoption(self, order_id: UUID, answer: BrokerOrder) -> None:
        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            why = self._floor.because("venue:sandbox", order)
            tx.record_all(hear(order, Venue.SANDBOX, answer, found_by=FoundBy.ANSWER, why=why))

        await self._floor.change(order_id, decide)

    async def _conclude(self, order_id: UUID, attempt: Attempt, tried: _Tried) -> Order:
        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            heard = self._floor.because("venue:sandbox", order)
            tx.record_all(hear(order, Venue.SANDBOX, *tried.seen, found_by=FoundBy.ANSWER, why=heard))
            self._give_verdict(tx, order_id, attempt, tried.checks)
            self._floor.release_if_over(tx, order_id)

        return await self._floor.change(order_id, decide)

    def _give_verdict(self, tx: Transaction, order_id: UUID, attempt: Attempt, checks: Sequence[Check]) -> None:
        policy = self._floor.policy
        why = self._floor.because("desk", tx.require(Order, order_id))
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
        if order.stage is Stage.REHEARSED and self._floor.production is not None:
            approved = self._floor.because("policy", order)
            tx.record(order.approve(approved_by="policy", why=approved))

    async def _refuse(self, order_id: UUID, absence: VenueFailure | None) -> Order:
        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            if order.stage not in (Stage.VALIDATED, Stage.REHEARSING):
                return
            why = self._floor.because("desk", order)
            attempt = order.attempt(Venue.SANDBOX)
            if absence is not None and attempt is not None and attempt.is_open:
                return  # another process is rehearsing it, and was not kept away
            if absence is not None:
                tx.record(
                    order.refuse(
                        code="sandbox_away",
                        message=f"The sandbox could not be reached: {absence.message[:300]}",
                        hint="Nothing went to production. Try again later.",
                        why=why,
                    )
                )
            else:
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
            self._floor.release_if_over(tx, order_id)

        return await self._floor.change(order_id, decide)


def _unacknowledged(failure: VenueFailure) -> Check:
    outcome = CheckOutcome.FAILED if isinstance(failure, VenueRefused) else CheckOutcome.COULD_NOT_RUN
    where = "It never left" if isinstance(failure, NotSent) else "Not acknowledged"
    return Check(CheckName.ACKNOWLEDGED, outcome, f"{where}: {failure.message[:300]}", {"code": failure.code})
