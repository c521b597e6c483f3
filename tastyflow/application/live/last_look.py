"""
The last look: asked of the log, in the moment before the first byte of an order is written.

    claimed ─▶ … whatever can take time: a connection, a stopped process, a laptop that sleeps … ─▶ look ─▶ written
                                                                                                     └▶ NotSent

    is it mine still?      pending, under my nonce, no cancel asked for; the log is the file that was claimed in
    is it fresh?           younger than `Policy.claim_age_s`, by the clock that counts sleep
    may it still go?       content, proof, approval, limits, halt, account and environment, as for the claim; and the
                           log is in no doubt

An adapter calls it as the last thing before it writes. What cannot be closed is the moment between the two: a process
that is stopped exactly there sends when it goes on (docs/reliability.md).
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from tastyflow.application.context import Context
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.live.second_look import SecondLook, asked_again, moved_since
from tastyflow.application.reconciling.head import refuse_in_doubt
from tastyflow.application.signalling.asking import keeps_back
from tastyflow.domain.age import Mark
from tastyflow.domain.changing import changed
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import Attempt, AttemptOutcome
from tastyflow.domain.setup import Placement, Setup
from tastyflow.domain.ticket import Ticket
from tastyflow.errors import NotSent, StoreFailure
from tastyflow.ports import Leave


def look_at_live(context: Context, order_id: UUID, ticket: Ticket, attempt: Attempt, seen: SecondLook | None) -> Leave:
    """
    The last look at an attempt in production.

    Args:
        ticket: What is about to be sent.
        seen: The account and the market as they were looked at for the claim.
    """

    def about(tx: Transaction) -> None:
        order = tx.require(Order, order_id)
        _require_mine(context, order, attempt, context.policy.claim_age_s)
        if order.stage is not Stage.SUBMITTING:
            raise NotSent(f"It is {order.stage} by now.", code="given_up")
        if order.cancel_requested:
            raise NotSent("It was asked to be cancelled before it left.", code="cancel_requested")
        if order.ticket is None or {ticket.digest, attempt.digest} != {order.ticket.digest}:
            raise NotSent("It is not what was claimed.", code="other_content")
        if (attempt.environment, attempt.account) != (context.environment, context.account_name):
            raise NotSent("It was claimed for another account.", code="other_account")
        before = changed(
            order, stage=Stage.APPROVED, attempts=tuple(a for a in order.attempts if a.nonce != attempt.nonce)
        )
        if (kept := keeps_back(tx, before, context.clock.now())) is not None:
            raise NotSent(f"It stays here: {kept}.", code="not_asking")
        market = seen.market if seen else None
        if (moved := moved_since(context, before, market)) is not None:
            raise NotSent(moved, code="gate")
        ruling = asked_again(context, tx, before, seen, context.clock.now()).ruling
        if not ruling.allowed:
            raise NotSent(" ".join(ruling.reasons), code="gate")
        if (doubted := refuse_in_doubt(tx, context)) is not None:
            raise NotSent(doubted.message, code=doubted.code)
        require_fresh(context, attempt.claimed_at, attempt.mark)  # the looking itself can have been held up

    return _looking(context, about)


def look_at_rehearsal(context: Context, order_id: UUID, attempt: Attempt) -> Leave:
    """
    The last look at an attempt in the sandbox: it is mine, fresh, and of an order that is not over.

    Fresh is also what came before: the dry run was answered just now, as this look was made.
    """
    made_at, made = context.clock.now(), context.clock.mark()

    def about(tx: Transaction) -> None:
        order = tx.require(Order, order_id)
        _require_mine(context, order, attempt, sandbox_age_s(context))
        require_fresh(context, made_at, made)
        if order.stage.is_over:
            raise NotSent(f"The order is {order.stage} by now.", code="given_up")

    return _looking(context, about)


def look_at_setup(context: Context, order_id: UUID, placement: Placement) -> Leave:
    """The last look at an order of a setup in the sandbox: it is mine, and fresh."""

    def about(tx: Transaction) -> None:
        setup = tx.require(Setup, Setup.id_of(order_id))
        mine = next((each for each in setup.placements if each.nonce == placement.nonce), None)
        _require_pending(mine.outcome if mine else None)
        require_fresh(context, placement.claimed_at, placement.mark, sandbox_age_s(context))

    return _looking(context, about)


def require_fresh(context: Context, at: datetime, mark: Mark | None, longest_s: float | None = None) -> None:
    """
    What was done at *at* was done just now; *longest_s* is `Policy.claim_age_s` unless told otherwise.

    Raises:
        NotSent: code ``held_up``.
    """
    age_s = context.age_s(at, mark)
    if age_s > (context.policy.claim_age_s if longest_s is None else longest_s):
        raise NotSent(f"It was held up for {age_s:.0f} s.", code="held_up")


def sandbox_age_s(context: Context) -> float:
    """
    How old a claim of the sandbox may be when it is sent.

    A rehearsal asks for a dry run between its claim and its order.
    """
    return context.policy.answer_s + context.policy.claim_age_s


def _looking(context: Context, about: Callable[[Transaction], None]) -> Leave:
    def look() -> None:
        try:
            if not context.ledger.log.is_same():
                raise NotSent("The log is another file than the one it was claimed in.", code="log_exchanged")
            about(context.ledger.as_stored())
        except NotSent:
            raise
        except StoreFailure as failure:
            raise NotSent(f"The log could not be asked: {failure.message}", code=failure.code) from failure
        except Exception as error:
            raise NotSent(f"The last look at it failed ({type(error).__name__}).", code="last_look") from error

    return look


def _require_mine(context: Context, order: Order, attempt: Attempt, age_s: float) -> None:
    mine = next((each for each in order.attempts if each.nonce == attempt.nonce), None)
    _require_pending(mine.outcome if mine else None)
    require_fresh(context, attempt.claimed_at, attempt.mark, age_s)


def _require_pending(outcome: AttemptOutcome | None) -> None:
    if outcome is None:
        raise NotSent("Its claim is not in the log.", code="not_claimed")
    if outcome is not AttemptOutcome.PENDING:
        raise NotSent("It was held up, and others have given it up meanwhile.", code="given_up")
