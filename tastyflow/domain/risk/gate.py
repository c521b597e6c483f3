"""
The promotion gate: may this order go to production, now?

    may_promote(order, test_result, trader, policy, now, checks, …) ─▶ Ruling: yes, or every reason why not

A pure function over recorded facts. It is asked before the claim and says everything that is wrong at once; the claim
itself (`Order.claim`) enforces the proof again, for every caller.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from attrs import frozen

from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.order import Order
from tastyflow.domain.order.approval import MarketSnapshot
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.approval import drift
from tastyflow.domain.risk.checks import AT_PROMOTION, blocking, wanting_approval
from tastyflow.domain.risk.finding import RiskCheck
from tastyflow.domain.rules import broken_rules
from tastyflow.domain.testresult import CheckName, CheckOutcome, TestResult, Verdict, in_words
from tastyflow.domain.trader import Trader
from tastyflow.domain.trader.permissions import Permission, may
from tastyflow.domain.venue import Venue


@frozen
class Ruling:
    """The gate's answer; *reasons* are sentences, none when it is yes."""

    reasons: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        return not self.reasons


def may_promote(
    order: Order,
    test_result: TestResult | None,
    trader: Trader | None,
    policy: Policy,
    now: datetime,
    checks: Iterable[RiskCheck],
    *,
    approver: Trader | None = None,
    market: MarketSnapshot | None = None,
) -> Ruling:
    """
    Whether *order* may be claimed for production at *now*, and every reason why not.

    Args:
        checks: What `checks.checks_of` finds of the order at *now*, at least of `AT_PROMOTION`.
        approver: The person who approved it, as they are now; None where the policy did, or they are not known.
        market: The market of the order at *now*; None where it is not known.
    """
    made = tuple(checks)
    return Ruling(
        (
            *_about_order(order, policy),
            *_about_test(order, test_result, policy, now),
            *_about_trader(order, trader, made),
            *_about_approval(order, approver, market, policy, made),
        )
    )


def _about_order(order: Order, policy: Policy) -> tuple[str, ...]:
    tried = sum(attempt.venue is Venue.PRODUCTION for attempt in order.attempts)
    return broken_rules(
        (order.stage is Stage.APPROVED, f"The order is {order.stage}, not approved."),
        (order.ticket is not None, "The order has no ticket."),
        (not order.needs_confirmation, "The order was not confirmed."),
        (tried < policy.max_attempts, f"Production was tried {tried} times."),
        (not order.cancel_requested, "The order was asked to be cancelled."),
    )


def _about_test(order: Order, test: TestResult | None, policy: Policy, now: datetime) -> tuple[str, ...]:
    if test is None or test.verdict is None or test.concluded_at is None:
        return ("There is no concluded test of this order.",)
    ran = {check.name for check in test.checks if check.outcome is CheckOutcome.PASSED}
    required = policy.required_checks | ({CheckName.POSITION_EFFECT} if test.rehearsed else set())
    missing = sorted(required - ran)
    proof = test.proof()
    counts_until = test.concluded_at + timedelta(seconds=policy.proof_valid_s)
    outdated = counts_until < now <= proof.valid_until  # the policy was tightened since; beyond, it is simply too old
    return (
        *broken_rules(
            (
                test.verdict is Verdict.PASSED,
                f"The test {test.verdict}: {in_words(test.reasons)}.",
            ),
            (not missing, f"Checks that must pass did not: {', '.join(missing)}."),
            (test.concluded_at <= now, "The test lies in the future."),
            (not test.rehearsed or policy.mirrored_rehearsal, "The policy allows no mirrored rehearsal."),
            (not outdated, "The policy wants a fresher test by now."),
            (new_york_date(test.concluded_at) == new_york_date(now), "The test is of another trading day."),
        ),
        *order.doubts(proof, now),
    )


def _about_approval(
    order: Order, approver: Trader | None, market: MarketSnapshot | None, policy: Policy, checks: Sequence[RiskCheck]
) -> tuple[str, ...]:
    """What a person approved holds: the order, the person, the market; and all that wants approval now is of it."""
    known = {code for code, _ in order.approval_reasons}
    new = tuple(check.detail for check in wanting_approval(checks) if check.code not in known)
    given = order.approval
    if given is None or not order.approval_reasons:
        return (*order.lacks_approval(), *new)
    if approver is None or approver.id != given.approver:
        return ("The person who approved it is not known.", *new)
    moved = drift(given.market, market, policy) if market is not None else None
    return (
        *order.lacks_approval(),
        *broken_rules(
            (may(approver, Permission.APPROVE), f"{approver.name} may not approve orders any more."),
            (not approver.suspended, f"{approver.name}, who approved it, is suspended."),
            (market is not None, "The market that it was approved at cannot be held against the market now."),
            (moved is None, moved or ""),
        ),
        *new,
    )


def _about_trader(order: Order, trader: Trader | None, checks: Iterable[RiskCheck]) -> tuple[str, ...]:
    if trader is None or trader.id != order.asked.trader:
        return ("The trader who asked is not the one who is asking now.",)
    if order.ticket is None:
        return ()
    made = tuple(checks)
    missing = sorted(AT_PROMOTION - {check.code for check in made})
    return (
        *broken_rules(
            (order.id in trader.reserved, "Nothing is reserved for this order."),
            (not missing, f"The order's risk was not checked: {', '.join(missing)}."),
        ),
        *(check.detail for check in blocking(made)),
    )
