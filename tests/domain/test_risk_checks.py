"""Every check of an order: what passes it, what it refuses, and what it means when a fact is missing."""

from datetime import timedelta
from decimal import Decimal

from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.checks import RULES, blocking, checks_of, warnings
from tastyflow.domain.risk.codes import ABOUT, RiskCode, RiskOutcome
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.risk.worst_case import NOTHING
from tastyflow.domain.ticket import Strategy, Ticket
from tastyflow.domain.venue import Balances, DryRun, Quote
from tests.domain.makers import NOW, leg, limit, option, registered

QUOTE = Quote(Decimal("2.40"), Decimal("2.50"), NOW)
ONE_CALL = limit(leg("buy_to_open", 1, option("450")), price="2.50")


def facts(ticket: Ticket = ONE_CALL, **changes) -> Facts:
    """All that is known of an order that passes every check."""
    known = {
        "ticket": ticket,
        "strategy": Strategy.SINGLE,
        "trader": registered(),
        "held": NOTHING,
        "could_fill": (),
        "elsewhere_usd": Decimal(0),
        "quotes": {leg.instrument: QUOTE for leg in ticket.legs},
        "spot": Decimal(450),
        "balances": Balances(Decimal(100_000), Decimal(100_000), Decimal(100_000)),
        "dry_run": DryRun(Decimal(-250), Decimal(1)),
        "buying_power_used_usd": Decimal(0),
        "now": NOW + timedelta(seconds=1),
        "orders_last_minute": 0,
        "house_orders_last_minute": 0,
        "orders_today": 0,
        "recent_digests": {},
        "working": 0,
        "working_on_symbol": 0,
        "loss_today_usd": Decimal(0),
        "recent_failures": (),
        "unknown_outcomes": 0,
    }
    return Facts(**(known | changes))


def test_an_order_within_every_limit_passes_every_check():
    checks = checks_of(facts(), Policy())
    assert [check.code for check in checks] == list(RiskCode)
    assert {check.outcome for check in checks} == {RiskOutcome.PASSED}
    assert blocking(checks) == warnings(checks) == ()


def test_every_code_has_a_rule_and_a_row():
    assert list(RULES) == list(ABOUT) == list(RiskCode)
