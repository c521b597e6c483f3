"""An order that may pass the gate, and what can be wrong with it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from attrs import evolve, frozen

from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.checks import AT_PROMOTION, checks_of
from tastyflow.domain.risk.finding import RiskCheck
from tastyflow.domain.risk.gate import may_promote
from tastyflow.domain.risk.outcomes import Consequence
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.trader import Permission, Trader
from tastyflow.domain.venue import Quote
from tests.domain.facts import account, facts
from tests.domain.makers import (
    NOW,
    POLICY,
    PRODUCTION,
    Log,
    option,
    registered,
    why,
)

MARKET = {
    option("450"): Quote(Decimal("2.40"), Decimal("2.50"), NOW),
    option("460"): Quote(Decimal("1.40"), Decimal("1.50"), NOW),
}
MICROSECOND = timedelta(microseconds=1)
LATER = NOW + timedelta(minutes=5)
OTHER = UUID(int=9)
EVERYTHING = frozenset(Permission)


@frozen
class Case:
    """All that the gate is asked about."""

    order: Order
    test: TestResult | None
    trader: Trader | None
    policy: Policy = POLICY
    now: datetime = LATER
    elsewhere_usd: Decimal = Decimal(0)
    checks: tuple[RiskCheck, ...] | None = None

    def checked(self) -> tuple[RiskCheck, ...]:
        """What the checks find at this moment; the hour of the day is not what these cases are about."""
        if self.checks is not None or self.trader is None or self.order.ticket is None:
            return self.checks or ()
        known = facts(
            self.order.ticket,
            trader=self.trader,
            now=self.now,
            balances=account(1_000_000),
            elsewhere_usd=self.elsewhere_usd,
            quotes=MARKET,
        )
        return checks_of(known, evolve(self.policy, hours=Consequence.WARN), sorted(AT_PROMOTION))

    def reasons(self) -> tuple[str, ...]:
        approval = self.order.approval
        approver = evolve(registered(permissions=EVERYTHING), id=approval.approver) if approval else None
        ruling = may_promote(
            self.order,
            self.test,
            self.trader,
            self.policy,
            self.now,
            self.checked(),
            approver=approver,
            market=approval.market if approval else None,
        )
        assert ruling.allowed == (not ruling.reasons)
        return ruling.reasons

    def claim(self) -> object:
        proof = self.test.proof() if self.test and self.test.verdict else None
        return self.order.claim(PRODUCTION, nonce="n", proof=proof, why=why(self.now))


def holding(order: Order, notional_usd: Decimal = Decimal(2500), trader: Trader | None = None) -> Trader:
    trader = trader or registered()
    return trader.evolved(trader.reserve(order.id, contracts=10, notional_usd=notional_usd, why=why()))


def a_case(log: Log | None = None, **changes) -> Case:
    """An order that may pass; *changes* are what is wrong with it."""
    log = log or Log().approved()
    return evolve(Case(log.order, log.test, holding(log.order)), **changes)


def of_trader(change: Callable[[Trader], object]) -> Case:
    case = a_case()
    assert case.trader is not None
    event = change(case.trader)
    return evolve(case, trader=case.trader.evolved(event))


def forged(**changes) -> Case:
    """A log in which the recorded proof, and the test, say what no verb would have recorded."""
    case = a_case()
    assert case.test is not None
    test = evolve(case.test, **changes)
    return evolve(case, test=test, order=evolve(case.order, proof=test.proof()))


def tried(times: int) -> Case:
    log = Log().approved()
    for number in range(1, times + 1):
        log.claimed(PRODUCTION).not_sent(attempt=number)
    return a_case(log)


def evolve_stage(log: Log) -> Log:
    """A log that was brought back to approved by hand: the proof must refuse it even then."""
    log.order = evolve(log.order, stage=Stage.APPROVED)
    return log
