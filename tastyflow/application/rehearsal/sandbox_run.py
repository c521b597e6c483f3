"""
The sandbox run: one order, asked about, placed, watched until it is over, and cancelled where it rests.

    dry run ─▶ market ─▶ place ─▶ watch: stream │ after silence, ask ─▶ rested? cancel ─▶ its ending ─▶ ask once more
                           │                     └ it is known there no more: by its tag neither? the sandbox was reset
                           └ refused, not sent, unknown: the rehearser records what became of the attempt

It records nothing: what it sees is in `Observed`, for the checks and for the log.
"""

from collections.abc import Mapping
from typing import Final

from tastyflow.application.context import Context
from tastyflow.application.intake.net_market import must_fill
from tastyflow.application.live.cancelling import ask_to_cancel
from tastyflow.application.order_stream import OrderUpdates
from tastyflow.application.rehearsal.checks import MAX_EVIDENCE, Observed, refused_or_unsaid
from tastyflow.application.sending import Leaving, place, sandbox_answer
from tastyflow.domain.instruments import Instrument, plain
from tastyflow.domain.order.submission import Attempt
from tastyflow.domain.testresult import Check, CheckName, CheckOutcome
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import BrokerOrder, Quote
from tastyflow.errors import OutcomeUnknown, VenueFailure, VenueRefused
from tastyflow.ports import SendingTurn

MS: Final = 1000


class SandboxRun:
    """
    One attempt in the sandbox. *updates* listen to it from before it is placed.

    Attributes:
        no: The sandbox's refusal in the dry run; None where it gave none.
        silence: Why the dry run had no answer, where nothing is placed without; None where it had one.
        is_hung: Whether it gave no answer within `Policy.answer_s`: it is not asked once more.
    """

    def __init__(self, context: Context, ticket: Ticket, attempt: Attempt, updates: OrderUpdates) -> None:
        self.no: VenueRefused | None = None
        self.silence: VenueFailure | None = None
        self.is_hung = False
        self._context = context
        self._policy, self._clock, self._market = context.policy, context.clock, context.market
        self._broker = context.sandbox
        self._ticket = ticket
        self._attempt = attempt
        self._updates = updates
        self._acknowledged_ms = 0.0
        self._must_fill = False
        self._is_gone = False

    async def dry_run(self, turn: SendingTurn) -> Check:
        """Ask the sandbox what it would say."""
        began_s = self._clock.monotonic()
        try:
            answer = await sandbox_answer(self._context, self._broker.dry_run(self._ticket, turn=turn))
        except VenueRefused as no:
            self.no = no
            return Check(CheckName.DRY_RUN, refused_or_unsaid(no), no.message[:MAX_EVIDENCE], {"code": no.code})
        except VenueFailure as failure:
            self.is_hung = isinstance(failure, OutcomeUnknown) and self._is_slow(began_s)
            if self.is_hung or CheckName.DRY_RUN in self._policy.required_checks:
                self.silence = failure  # it could not pass any more: nothing is placed in vain
            return Check(CheckName.DRY_RUN, CheckOutcome.COULD_NOT_RUN, failure.message[:MAX_EVIDENCE])
        evidence = {
            "buying_power_change_usd": plain(answer.buying_power_change_usd),
            "fees_usd": plain(answer.fees_usd),
            "warnings": "; ".join(answer.warnings)[:MAX_EVIDENCE],
        }
        change_usd = answer.buying_power_change_usd
        detail = f"Accepted; buying power changes by {'-' if change_usd < 0 else ''}${abs(change_usd):,.2f}."
        return Check(CheckName.DRY_RUN, CheckOutcome.PASSED, detail, evidence, self._ms_since(began_s))

    async def see_market(self) -> None:
        """Look at the market that it will be placed in: before its turn is taken, because quotes have a queue too."""
        quotes = await self._quotes()
        self._must_fill = self._policy.fills_follow_quotes and must_fill(self._ticket, quotes)

    async def place(self, leaving: Leaving) -> BrokerOrder | VenueFailure:
        """Place it, once; the answer, or the failure sorted by certainty."""
        began_s = self._clock.monotonic()
        answer = await place(self._broker, self._ticket, self._attempt, leaving)
        self._acknowledged_ms = self._ms_since(began_s)
        self.is_hung = isinstance(answer, OutcomeUnknown) and self._is_slow(began_s)
        return answer

    def begun(self, answer: BrokerOrder, streamed: tuple[BrokerOrder, ...] = ()) -> Observed:
        """What was seen of the placed order so far."""
        return Observed(self._ticket, self._must_fill, self._acknowledged_ms, [answer], list(streamed))

    async def watch(self, observed: Observed) -> None:
        """Watch the placed order until it is over, cancelling it where it rests; then ask the venue once more."""
        policy = self._policy
        await self._until_over(observed, policy.fill_wait_s if self._must_fill else policy.rest_wait_s)
        if observed.has_begun_to_fill and not self._must_fill:  # it is given the time of a fill
            await self._until_over(observed, policy.fill_wait_s)
        if not observed.latest.status.is_terminal and not self._is_gone:
            await self._end(observed)
        if not self._is_gone:
            await self._until_told(observed)
            await self._ask(observed)
        if self._is_gone:
            await self._ask_for_tag(observed)

    async def _quotes(self) -> Mapping[Instrument, Quote]:
        try:
            return await self._market.quotes([leg.instrument for leg in self._ticket.legs])
        except VenueFailure:
            return {}  # then the market says nothing of what must fill

    async def _until_over(self, observed: Observed, patience_s: float) -> None:
        deadline_s = self._clock.monotonic() + patience_s
        while not observed.has_ended and not self._is_gone and (left_s := deadline_s - self._clock.monotonic()) > 0:
            snapshot = await self._updates.next(min(left_s, self._policy.news_wait_s))
            if snapshot is None:
                await self._ask(observed)
            else:
                observed.stream(snapshot)

    async def _until_told(self, observed: Observed) -> None:
        """An answer can be faster than the stream: give it a moment to tell the ending too."""
        deadline_s = self._clock.monotonic() + self._policy.news_wait_s
        while not any(snapshot.has_ended(self._ticket) for snapshot in observed.streamed):
            left_s = deadline_s - self._clock.monotonic()
            snapshot = await self._updates.next(left_s) if left_s > 0 else None
            if snapshot is None:
                break
            observed.stream(snapshot)
        for snapshot in self._updates.unread():
            observed.stream(snapshot)

    async def _ask(self, observed: Observed) -> None:
        try:
            observed.polled = await self._broker.get(observed.latest.broker_order)
        except VenueFailure as failure:
            observed.unasked = failure
            return
        observed.unasked = None
        self._is_gone = observed.polled is None
        if observed.polled is not None:
            observed.seen.append(observed.polled)

    async def _ask_for_tag(self, observed: Observed) -> None:
        """It is not known by the id that it had: one last look by its tag tells whether the sandbox was reset."""
        try:
            found = await sandbox_answer(self._context, self._broker.find(self._attempt.external_id))
        except VenueFailure as failure:
            observed.unasked = failure
            return
        observed.seen.extend(found)
        observed.polled = found[0] if found else None
        observed.was_reset = not found

    async def _end(self, observed: Observed) -> None:
        """Cancel it, again where no answer came, and watch that."""
        for _ in range(self._policy.max_attempts):
            await self._cancel(observed)
            is_unsure = observed.uncancelled is not None and not isinstance(observed.uncancelled, VenueRefused)
            await self._until_over(observed, self._policy.news_wait_s if is_unsure else self._policy.fill_wait_s)
            if not is_unsure or observed.has_ended or self._is_gone:
                return

    async def _cancel(self, observed: Observed) -> None:
        observed.cancelled_by_us = True
        answer = await ask_to_cancel(self._broker, observed.latest.broker_order)
        observed.uncancelled = answer if isinstance(answer, VenueFailure) else None
        if isinstance(answer, BrokerOrder):  # else it may have filled in between: the next answer tells
            observed.seen.append(answer)

    def _is_slow(self, began_s: float) -> bool:
        return self._clock.monotonic() - began_s >= self._policy.answer_s

    def _ms_since(self, began_s: float) -> float:
        return round((self._clock.monotonic() - began_s) * MS, 3)
