"""
One attempt of a rehearsal, from its claim to what it came to.

    dry run ─▶ a turn ─▶ the last look ─▶ placed ─▶ watched ─▶ Tried: the checks, and what was seen
       │                                    ├─ refused ─▶ for good │ for a leftover, which is cleared: again
       └─ refused, silent                   └─ no answer ─▶ searched for

What happens to the attempt is recorded here as it happens, and with it the checks that are over once the sandbox has
the order; the others come with the verdict, which is `rehearsal.concluding`'s.
"""

from collections.abc import Sequence
from uuid import UUID

from attrs import frozen

from tastyflow.application.context import Context
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.live.last_look import look_at_rehearsal, require_fresh
from tastyflow.application.live.recording import Recorder
from tastyflow.application.order_stream import OrderUpdates
from tastyflow.application.rehearsal.checks import checks_of, first_checks_of, not_acknowledged
from tastyflow.application.rehearsal.position_effect import by_production, by_sandbox
from tastyflow.application.rehearsal.preparing import Prepared, Preparer
from tastyflow.application.rehearsal.sandbox_run import SandboxRun
from tastyflow.application.rehearsal.troubles import trouble_of
from tastyflow.application.sending import Leaving, Search, Tries, search
from tastyflow.domain.mirroring import mirrored
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import FoundBy
from tastyflow.domain.order.submission import Attempt
from tastyflow.domain.testresult import Check, CheckOutcome, TestResult, Trouble
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import BrokerOrder, Venue
from tastyflow.errors import NotSent, OutcomeUnknown, VenueFailure, VenueRefused
from tastyflow.ports import SendingTurn


@frozen
class Tried:
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


class SandboxAttempts:
    """Makes attempts in the sandbox that were claimed."""

    def __init__(self, context: Context, preparer: Preparer) -> None:
        self._context = context
        self._preparer = preparer
        self._recorder = Recorder(context)

    async def run(
        self,
        order: Order,
        ticket: Ticket,
        attempt: Attempt,
        updates: OrderUpdates,
        prepared: Prepared,
        tries: Tries,
        turn: SendingTurn,
    ) -> Tried:
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
                return Tried((effect,))
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
        observed = run.begun(answer, streamed)
        if not answer.status.is_terminal:
            await self._taken(order, attempt, answer, (dry, *first_checks_of(observed)))
        await run.watch(observed)
        checks = (dry, *checks_of(observed), effect or by_sandbox(ticket, observed))
        trouble, is_over = observed.trouble, observed.latest.status.is_terminal or observed.was_reset
        return Tried(
            checks,
            tuple(observed.seen),
            trouble=trouble,
            why=observed.why,
            again=trouble is not None and trouble.about.again and is_over,
            is_forgotten=observed.was_reset,
        )

    async def _taken(self, order: Order, attempt: Attempt, answer: BrokerOrder, checks: Sequence[Check]) -> None:
        """Record that the sandbox has the order, and in the same append the checks that are over by that."""

        def beside(tx: Transaction) -> None:
            why, test_id = self._context.because("desk", order), TestResult.id_of(order.id, attempt.external_id)
            if tx.require(TestResult, test_id).verdict is not None:
                return  # another process ended it meanwhile
            for check in checks:
                tx.record(tx.require(TestResult, test_id).record(check, why=why))

        await self._recorder.heard(order.id, Venue.SANDBOX, [answer], found_by=FoundBy.ANSWER, beside=beside)

    async def _refused_there(
        self, order: Order, placed: Ticket, no: VenueRefused, check: Check, before: tuple[Check, ...] = ()
    ) -> Tried:
        """The sandbox refused it: for good, or because of a leftover there, which is cleared."""
        if trouble_of(no) is not None:
            return _troubled((*before, check), no)
        leftover = await self._preparer.clear_the_way(order, placed, no)
        if leftover is None:
            return Tried((*before, check))
        why = f"{check.detail} {leftover.sentence}"
        told = Check(check.name, CheckOutcome.COULD_NOT_RUN, why, check.evidence)
        return Tried(
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


def _troubled(checks: tuple[Check, ...], failure: VenueFailure, *, again: bool = False) -> Tried:
    """An attempt that ended in *failure*, of which nothing is left where it is tried *again*."""
    trouble = trouble_of(failure)
    may_help = trouble is not None and trouble.about.again
    return Tried(checks, trouble=trouble, why=failure.message, again=again and may_help)
