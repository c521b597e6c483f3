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

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Self
from uuid import UUID

from attrs import frozen

from tastyflow.application.approving.market import market_now
from tastyflow.application.context import Context
from tastyflow.application.incidents import close_incident, open_incident
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.live.last_look import look_at_rehearsal, require_fresh
from tastyflow.application.live.recording import Recorder, record_snapshots
from tastyflow.application.order_stream import OrderStream, OrderUpdates
from tastyflow.application.rehearsal import refusals
from tastyflow.application.rehearsal.checks import checks_of, not_acknowledged
from tastyflow.application.rehearsal.outages import Outages
from tastyflow.application.rehearsal.placing import SetupPlacer
from tastyflow.application.rehearsal.position_effect import by_production, by_sandbox
from tastyflow.application.rehearsal.preparing import Prepared, Preparer
from tastyflow.application.rehearsal.refusals import Refusal
from tastyflow.application.rehearsal.restoring import Restorer
from tastyflow.application.rehearsal.sandbox_run import SandboxRun
from tastyflow.application.rehearsal.troubles import trouble_of
from tastyflow.application.rehearsal.turns import Turns, uses_of
from tastyflow.application.sending import Leaving, Search, Tries, search
from tastyflow.domain.events import Because
from tastyflow.domain.incident import IncidentKind
from tastyflow.domain.mirroring import mirrored
from tastyflow.domain.order import Order
from tastyflow.domain.order.approval import MarketSnapshot
from tastyflow.domain.order.events import FoundBy
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import Attempt, AttemptOutcome
from tastyflow.domain.risk.approval import deadline_of
from tastyflow.domain.testresult import Check, CheckName, CheckOutcome, TestResult, Trouble, Verdict, in_words
from tastyflow.domain.ticket import OrderType, Ticket
from tastyflow.domain.venue import BrokerOrder, Venue
from tastyflow.errors import NotSent, OutcomeUnknown, VenueFailure, VenueRefused
from tastyflow.ports import SendingTurn

BEFORE_VERDICT = (Stage.VALIDATED, Stage.REHEARSING)


@frozen
class _Tried:
    """
    What one attempt came to.

    Attributes:
        seen: The snapshots to record.
        trouble: What kept the sandbox from saying anything about the order; None where nothing did.
        why: How that was seen, as a sentence.
        again: Whether another attempt may follow: nothing of this one is left, and it may help.
        is_promised: Whether the next one must not count on what the sandbox holds.
        is_forgotten: Whether the sandbox has nothing of it any more, because it was reset.
    """

    checks: tuple[Check, ...]
    seen: tuple[BrokerOrder, ...] = ()
    trouble: Trouble | None = None
    why: str = ""
    again: bool = False
    is_promised: bool = False
    is_forgotten: bool = False


class Rehearser:
    """Rehearses validated orders in the sandbox, for as long as it is entered."""

    def __init__(self, context: Context, stream: OrderStream, turns: Turns, outages: Outages) -> None:
        self._context = context
        self._stream = stream
        self._recorder = Recorder(context)
        self._turns = turns
        self._outages = outages
        placer = SetupPlacer(context, stream)
        self._preparer = Preparer(context, placer)
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
                    if prepared.trouble is Trouble.WAS_RESET and tries.left:
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
                    return await self._refuse(order.id, refusal, claimed)
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
                    tried = await self._try(order, order.ticket, attempt, updates, prepared, tries, turn)
                self._outages.met(tried.trouble)
                asks = order.approval_reasons and not order.request
                market = await market_now(self._context, order) if asks else None
                order = await self._conclude(order.id, attempt, tried, market)
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
            order = await self._refuse(order.id, None if is_wrong else ending, claimed)
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

    # ── one attempt ────────────────────────────────────────────────────────────────────────────────────────────

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
            tx.record(claimed)
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

    async def _try(
        self,
        order: Order,
        ticket: Ticket,
        attempt: Attempt,
        updates: OrderUpdates,
        prepared: Prepared,
        tries: Tries,
        turn: SendingTurn,
    ) -> _Tried:
        """Place *ticket*, or that mirrored where the account could not be prepared, and watch it."""
        try:
            require_fresh(self._context, attempt.claimed_at, attempt.mark)
        except NotSent as late:
            turn.release()
            await self._recorder.failed(order.id, attempt, late)
            return _troubled((not_acknowledged(late),), late, again=True)
        placed, effect = ticket, None
        if not prepared.is_done:
            placed, effect = mirrored(ticket) or ticket, await by_production(self._context, ticket, prepared.why_not)
            if effect.outcome is CheckOutcome.FAILED:
                turn.release()
                never = NotSent(f"Nothing was sent to the sandbox. {effect.detail}")
                await self._recorder.failed(order.id, attempt, never)
                return _Tried((effect,))
        run = SandboxRun(self._context, placed, attempt, updates)
        dry = await run.dry_run(turn)
        if run.silence is not None:
            never = NotSent("The sandbox did not answer the dry run, so nothing was sent to it.")
            await self._recorder.failed(order.id, attempt, never)
            return _troubled((dry,), run.silence, again=not run.is_hung)
        if run.no is not None:
            await self._recorder.failed(order.id, attempt, run.no)
            return await self._refused_there(order, placed, run.no, dry)
        await run.see_market()
        placing = await tries.turn()
        if placing is None:
            never = NotSent(tries.absence.message if tries.absence else "The sandbox gave no turn.")
            await self._recorder.failed(order.id, attempt, never)
            return _troubled((dry, not_acknowledged(never)), tries.absence or never, again=True)
        answer = await run.place(Leaving(placing, look_at_rehearsal(self._context, order.id, attempt)))
        streamed: tuple[BrokerOrder, ...] = ()
        if isinstance(answer, VenueFailure):
            await self._recorder.failed(order.id, attempt, answer)
            result = await self._look_for(order.id, attempt, answer, updates)
            if isinstance(answer, VenueRefused):
                return await self._refused_there(order, placed, answer, not_acknowledged(answer), before=(dry,))
            if not result.found:
                surely_not_there = isinstance(answer, NotSent) or result.complete > 0
                return _troubled((dry, not_acknowledged(answer)), answer, again=surely_not_there and not run.is_hung)
            answer, streamed = result.found[0], result.found if result.by_stream else ()
        if not answer.status.is_terminal:
            await self._recorder.heard(order.id, Venue.SANDBOX, [answer], found_by=FoundBy.ANSWER)
        observed = await run.watch(answer, streamed)
        checks = (dry, *checks_of(observed), effect or by_sandbox(ticket, observed))
        trouble, is_over = observed.trouble, observed.latest.status.is_terminal or observed.was_reset
        return _Tried(
            checks,
            tuple(observed.seen),
            trouble=trouble,
            why=observed.why,
            again=trouble is not None and trouble.about.again and is_over,
            is_forgotten=observed.was_reset,
        )

    async def _refused_there(
        self, order: Order, placed: Ticket, no: VenueRefused, check: Check, before: tuple[Check, ...] = ()
    ) -> _Tried:
        """The sandbox refused it: for good, or because of a leftover there, which is cleared."""
        if trouble_of(no) is not None:
            return _troubled((*before, check), no)
        leftover = await self._preparer.clear_the_way(order, placed, no)
        if leftover is None:
            return _Tried((*before, check))
        why = f"{check.detail} {leftover.sentence}"
        told = Check(check.name, CheckOutcome.COULD_NOT_RUN, why, check.evidence)
        return _Tried(
            (*before, told),
            trouble=leftover.trouble,
            why=leftover.sentence,
            again=True,
            is_promised=leftover.is_promised,
        )

    async def _look_for(self, order_id: UUID, attempt: Attempt, failure: VenueFailure, updates: OrderUpdates) -> Search:
        if not isinstance(failure, OutcomeUnknown):
            return Search()
        result = await search(self._context, attempt, updates)
        await self._recorder.searched(order_id, attempt, result)
        return result

    # ── the verdict ────────────────────────────────────────────────────────────────────────────────────────────

    async def _conclude(self, order_id: UUID, attempt: Attempt, tried: _Tried, market: MarketSnapshot | None) -> Order:
        """
        Record the verdict, and what follows from it.

        Args:
            market: What an order that asks for a person's approval now is held against later.
        """

        def decide(tx: Transaction) -> None:
            heard = self._context.because(f"venue:{Venue.SANDBOX}", tx.require(Order, order_id))
            record_snapshots(tx, order_id, Venue.SANDBOX, tried.seen, found_by=FoundBy.ANSWER, why=heard)
            if tried.trouble is None or not tried.trouble.about.is_outage:
                close_incident(tx, IncidentKind.SANDBOX, self._subject, how="A rehearsal went its way.", why=heard)
            if tried.is_forgotten:
                tx.record(tx.require(Order, order_id).forget(attempt.number, why=heard))
            self._give_verdict(tx, order_id, attempt, tried)
            order = tx.require(Order, order_id)
            if order.stage is Stage.REHEARSED and self._context.production is not None:
                self._ask_leave(tx, order, market)

        return await self._context.change(order_id, decide)

    def _give_verdict(self, tx: Transaction, order_id: UUID, attempt: Attempt, tried: _Tried) -> None:
        policy = self._context.policy
        why = self._context.because("desk", tx.require(Order, order_id))
        test_id = TestResult.id_of(order_id, attempt.external_id)
        for check in tried.checks:
            tx.record(tx.require(TestResult, test_id).record(check, why=why))
        valid_until = why.at + timedelta(seconds=policy.proof_valid_s)
        planned = tx.require(TestResult, test_id)
        required = policy.required_checks
        tx.record(planned.conclude(required=required, valid_until=valid_until, trouble=tried.trouble, why=why))
        test, order = tx.require(TestResult, test_id), tx.require(Order, order_id)
        if order.stage is not Stage.REHEARSING:
            return  # withdrawn, or handed to a person, while it was rehearsed
        tx.record(order.conclude_rehearsal(test.proof(), reasons=test.reasons, trouble=test.trouble, why=why))

    def _ask_leave(self, tx: Transaction, order: Order, market: MarketSnapshot | None) -> None:
        """The policy approves *order*; or it asks for the approval of another person, and waits."""
        why = self._context.because("policy", order)
        if not order.approval_reasons:
            tx.record(order.approve(approved_by="policy", why=why))
        elif market is not None:
            tx.record(order.request_approval(market=market, until=deadline_of(why.at, self._context.policy), why=why))
        elif order.request is None:
            said = refusals.no_market()
            tx.record(order.refuse(code=said.code, message=said.message, hint=said.hint, why=why))

    async def _refuse(self, order_id: UUID, refusal: Refusal | None, claimed: Collection[str]) -> Order:
        """
        Refuse it for *refusal*; without one, because its test did not pass.

        Args:
            claimed: The nonces of the attempts that were made here.
        """

        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            if order.stage not in BEFORE_VERDICT:
                return
            attempt = order.attempt(Venue.SANDBOX)
            at_work = attempt is not None and attempt.is_open and attempt.nonce not in claimed
            if at_work and attempt is not None and attempt.outcome is not AttemptOutcome.UNKNOWN:
                return  # another process rehearses it, and its sandbox was there
            test = tx.get(TestResult, order.test) if order.test else None
            reasons = in_words(test.reasons) if test else "it was never tested"
            why = self._context.because("desk", order)
            said = refusal or refusals.not_proven(order, reasons)
            tx.record(order.refuse(code=said.code, message=said.message, hint=said.hint, why=why))
            if said.code == refusals.AWAY:
                self._tell_operators(tx, why)

        return await self._context.change(order_id, decide)

    @property
    def _subject(self) -> str:
        """What the incident of an outage is about."""
        return f"the sandbox account {self._context.sandbox_account}"

    def _tell_operators(self, tx: Transaction, why: Because) -> None:
        """An order was refused because the sandbox is away; no news while that is known."""
        open_incident(
            tx,
            IncidentKind.SANDBOX,
            self._subject,
            message="The sandbox takes no orders: what must be rehearsed is refused.",
            hint="It is closed by the next rehearsal that goes its way. Look at the sandbox's status and login.",
            account=self._context.sandbox_account,
            environment=self._context.environment,
            why=why,
        )


def _troubled(checks: tuple[Check, ...], failure: VenueFailure, *, again: bool = False) -> _Tried:
    """An attempt that ended in *failure*, of which nothing is left where it is tried *again*."""
    trouble = trouble_of(failure)
    may_help = trouble is not None and trouble.about.again
    return _Tried(checks, trouble=trouble, why=failure.message, again=again and may_help)


def _upper(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"
