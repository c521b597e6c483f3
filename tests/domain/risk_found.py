"""One check of an order and what it found; and the orders that most checks are asked of."""

from decimal import Decimal
from typing import Any

from tastyflow.domain.instruments import Right
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.checks import checks_of
from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.risk.finding import RiskCheck
from tastyflow.domain.risk.outcomes import RiskOutcome
from tastyflow.domain.risk.worst_case import Trade
from tastyflow.domain.ticket import OrderType, Ticket
from tastyflow.domain.trader import Limits, Trader
from tastyflow.domain.trader.permissions import GRANTABLE
from tastyflow.domain.venue import Quote
from tests.domain.facts import SPY, facts
from tests.domain.makers import NOW, halted, leg, limit, option, registered

PASSED, REFUSED, COULD_NOT_RUN = RiskOutcome.PASSED, RiskOutcome.REFUSED, RiskOutcome.COULD_NOT_RUN
NEEDS_APPROVAL = RiskOutcome.NEEDS_APPROVAL
EVERYTHING = frozenset(GRANTABLE)
POLICY = Policy()


def limited(**limits: Any) -> Trader:
    return registered(Limits(**limits), permissions=EVERYTHING)


def found(code: RiskCode, ticket: Ticket | None = None, policy: Policy = POLICY, **changes: Any) -> RiskCheck:
    (check,) = checks_of(facts(ticket, **changes), policy, [code])
    assert check.code is code
    assert check.detail.endswith(".")
    assert check.warning or check.blocks or check.wants_approval or check.outcome is PASSED
    return check


WIDE = {option("450"): Quote(Decimal(1), Decimal(2), NOW)}
SHORT_CALL = limit(leg("sell_to_open", 1, option("450")), price="2.40", effect="credit")
SELL_ONE = limit(leg("sell_to_close", 1, option("450")), price="2.40", effect="credit")
BUY_AT_MARKET = Ticket((leg("buy_to_open", 5, SPY),), OrderType.MARKET)
STOP = Ticket((leg("buy_to_open", 5, SPY),), OrderType.STOP, stop=Decimal(460))
HELD_CALLS = Trade({option("450"): 10}, Decimal(-2500))
SPREAD_HELD = Trade({option("450"): 1, option("460"): -1}, Decimal(-400))
TODAY = limit(leg("buy_to_open", 1, option("450", expiration=NOW.date())), price="2.50")

REDUCING, HALTED = halted(reducing=True), halted()


def naked_put(credit: str) -> Ticket:
    return limit(leg("sell_to_open", 1, option("102", Right.PUT)), price=credit, effect="credit")
