"""What other limits would have done with past orders: by the real checks, over what the log kept."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.application import audit
from tastyflow.application.audit.what_if import Verdict, cases_of, judged
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.outcomes import Consequence

BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def cases(rows):
    return cases_of(rows, BEFORE_ALL)


@pytest.fixture(scope="module")
def policy(house):
    return house.context.policy if hasattr(house, "context") else Policy(hours=Consequence.WARN)


def test_every_order_that_the_checks_judged_is_a_case(rows, cases):
    assert len(cases.found) > 5
    assert cases.unreadable == 0
    assert {case.then for case in cases.found} >= {Verdict.PASSED}


def test_the_limits_of_then_give_what_they_gave_then(cases, policy):
    for case in cases.found:
        if case.then is Verdict.APPROVAL:
            continue  # another policy stood then, and no order of this house wants approval by today's
        now = judged(case, case.facts.trader.limits, policy)
        assert (now.now, now.differs) == (case.then, False), now.why


def test_no_contracts_allowed_refuses_every_order_that_opens(cases, policy):
    for case in cases.found:
        now = judged(case, evolve(case.facts.trader.limits, max_contracts=0, max_shares=0), policy)
        assert case.facts.is_exit or now.now is Verdict.REFUSED
        assert now.now is Verdict.PASSED or now.why


def test_a_symbol_that_is_denied_is_refused_and_why_is_said(cases, policy):
    case = next(each for each in cases.found if each.then is Verdict.PASSED and not each.facts.is_exit)
    now = judged(case, evolve(case.facts.trader.limits, denied_symbols=(case.facts.ticket.underlying,)), policy)
    assert now.now is Verdict.REFUSED
    assert case.facts.ticket.underlying in now.why[0]


def test_an_amount_that_wants_approval_sends_to_approval(cases, policy):
    case = next(each for each in cases.found if each.then is Verdict.PASSED and not each.facts.is_exit)
    assert judged(case, case.facts.trader.limits, evolve(policy, approval_above_usd=Decimal(0))).now is Verdict.APPROVAL


def test_tighter_limits_never_let_more_pass(cases, policy):
    @given(st.integers(0, len(cases.found) - 1), st.integers(0, 3), st.decimals(0, 3000, places=2))
    def tighter(place, contracts, usd):
        case = cases.found[place]
        then = case.facts.trader.limits
        other = evolve(
            then,
            max_contracts=min(then.max_contracts, contracts),
            max_notional_usd=min(then.max_notional_usd, usd),
        )
        if case.then is Verdict.REFUSED:
            assert judged(case, other, policy).now is Verdict.REFUSED

    tighter()


def test_what_was_not_looked_at_then_is_unknown(cases, policy):
    case = next(each for each in cases.found if each.then is Verdict.PASSED and not each.facts.is_exit)
    for other in ({"max_underlying_pct": Decimal(90)}, {"max_buying_power_pct": Decimal(90)}):
        now = judged(case, evolve(case.facts.trader.limits, **other), policy)
        assert (now.now, len(now.why)) == (Verdict.UNKNOWN, 1)
        assert "not in the log" in now.why[0]


def test_only_orders_since_then(rows, cases):
    at = cases.found[3].facts.now
    assert [case.seq for case in cases_of(rows, at).found] == [case.seq for case in cases.found if case.facts.now >= at]
    assert audit.Verdict is Verdict
