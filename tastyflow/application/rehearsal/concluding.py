"""
How a rehearsal ends, recorded: the verdict and what follows from it, in one append; or a refusal.

    checks + verdict ─▶ rehearsed ─▶ approved by the policy │ a person's approval is asked for, and waited for
    no pass, no sandbox ─▶ refused;  away: the operators are told, until a rehearsal goes its way
"""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from tastyflow.application.context import Context
from tastyflow.application.incidents import close_incident, open_incident
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.live.recording import record_snapshots
from tastyflow.application.rehearsal import refusals
from tastyflow.application.rehearsal.attempting import Tried
from tastyflow.application.rehearsal.refusals import Refusal
from tastyflow.application.signalling.asking import asking_until
from tastyflow.domain.events import Because
from tastyflow.domain.incident import IncidentKind
from tastyflow.domain.order import Order
from tastyflow.domain.order.approval import MarketSnapshot
from tastyflow.domain.order.events import FoundBy
from tastyflow.domain.order.stages import BEFORE_VERDICT, Stage
from tastyflow.domain.order.submission import Attempt, AttemptOutcome
from tastyflow.domain.risk.approval import deadline_of
from tastyflow.domain.testresult import TestResult, in_words
from tastyflow.domain.venue import Venue


class Endings:
    """Records how rehearsals end."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def conclude(self, order_id: UUID, attempt: Attempt, tried: Tried, market: MarketSnapshot | None) -> Order:
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

    def _give_verdict(self, tx: Transaction, order_id: UUID, attempt: Attempt, tried: Tried) -> None:
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
        elif (until := asking_until(tx, order, deadline_of(why.at, self._context.policy), why.at)) is None:
            if order.request is None:
                said = refusals.signal_expired()
                tx.record(order.refuse(code=said.code, message=said.message, hint=said.hint, why=why))
        elif market is not None:
            tx.record(order.request_approval(market=market, until=until, why=why))
        elif order.request is None:
            said = refusals.no_market()
            tx.record(order.refuse(code=said.code, message=said.message, hint=said.hint, why=why))

    async def refuse(self, order_id: UUID, refusal: Refusal | None, claimed: Collection[str]) -> Order:
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
