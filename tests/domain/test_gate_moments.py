"""When the gate is asked: how long a test counts, how often it may be used, and what has changed since the draft."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.risk.checks import AT_PROMOTION
from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.trader import Limits, Permission
from tastyflow.domain.venue import Status
from tastyflow.errors import NotProven
from tests.domain.gate_cases import LATER, MICROSECOND, OTHER, a_case, evolve_stage, holding, tried
from tests.domain.makers import (
    NOW,
    PRODUCTION,
    SANDBOX,
    VALID_FOR,
    Log,
    execution,
    leg,
    limit,
    option,
    registered,
    snapshot,
    why,
)

# How fresh is fresh


@pytest.mark.parametrize(("off", "fresh"), [(-MICROSECOND, True), (0 * MICROSECOND, True), (MICROSECOND, False)])
def test_a_test_counts_to_the_last_moment_of_its_validity(off, fresh):
    case = a_case(now=NOW + VALID_FOR + off)
    assert case.reasons() == (() if fresh else ("The test is too old.",))
    if fresh:
        assert case.claim()
    else:
        with pytest.raises(NotProven, match="too old"):
            case.claim()


@pytest.mark.parametrize(("off", "past"), [(-MICROSECOND, False), (0 * MICROSECOND, True), (MICROSECOND, True)])
def test_a_test_counts_from_the_moment_it_was_concluded(off, past):
    assert a_case(now=NOW + off).reasons() == (() if past else ("The test lies in the future.",))


MIDNIGHT = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)  # in New York


@pytest.mark.parametrize(
    ("now", "same_day"), [(MIDNIGHT - MICROSECOND, True), (MIDNIGHT, False), (MIDNIGHT + MICROSECOND, False)]
)
def test_a_trading_day_ends_at_midnight_in_new_york(now, same_day):
    log = Log().approved(at=MIDNIGHT - timedelta(minutes=5))
    assert a_case(log, now=now).reasons() == (() if same_day else ("The test is of another trading day.",))


def test_midnight_in_greenwich_is_no_end_of_a_trading_day():
    utc_midnight = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
    log = Log().approved(at=utc_midnight - timedelta(minutes=5))
    assert a_case(log, now=utc_midnight + timedelta(minutes=5)).reasons() == ()


@given(st.integers(-(10**10), 10**10))
def test_at_no_other_moment_than_while_it_is_fresh(microseconds):
    now = NOW + timedelta(microseconds=microseconds)
    fresh = NOW <= now <= NOW + VALID_FOR
    assert (a_case(now=now).reasons() == ()) == fresh


# Used once


def test_a_test_may_be_used_again_after_an_attempt_that_never_left():
    case = tried(1)
    assert case.reasons() == ()
    assert case.claim()


@pytest.mark.parametrize(("times", "allowed"), [(1, True), (2, True), (3, False)])
def test_production_is_tried_as_often_as_the_policy_says(times, allowed):
    assert (tried(times).reasons() == ()) == allowed


def test_tries_in_the_sandbox_do_not_count():
    log = Log().validated()
    for number in range(1, 5):
        log.claimed(SANDBOX).do("decline", SANDBOX, number, code="no", message="No.")
    log.claimed(SANDBOX).shown(SANDBOX, snapshot("S-5", Status.CANCELLED), attempt=5)
    assert a_case(log.tested().do("approve", approved_by="policy")).reasons() == ()


def test_a_new_test_is_unused_whatever_became_of_an_attempt_before():
    log = evolve_stage(Log().submitting().lost())
    fresh = evolve(log.order.proof, test=OTHER)
    assert evolve(log.order, proof=fresh).doubts(fresh, LATER) == ()


def test_an_attempt_that_turned_up_after_all_keeps_its_test():
    log = Log().submitting().not_sent()
    log.shown(PRODUCTION, snapshot("P-1", Status.FILLED, execution("f", 10)))
    assert a_case(log).reasons() == (
        "The order is filled, not approved.",
        "The test was used by an earlier attempt.",
    )


# Between rehearsal and promotion


@pytest.mark.parametrize(("off", "allowed"), [(-1, False), (0, True), (1, True)])
def test_limits_lowered_since_are_met_to_the_unit(off, allowed):
    cents = Decimal(off) / 100
    by_field = [
        Limits(max_contracts=10 + off),
        Limits(max_notional_usd=2500 + cents),
        Limits(max_open_notional_usd=2500 + cents),
    ]
    for limits in by_field:
        case = a_case()
        assert case.trader is not None
        trader = evolve(case.trader, limits=limits)
        assert (evolve(case, trader=trader).reasons() == ()) == allowed, limits


def test_what_is_held_and_open_elsewhere_counts():
    assert a_case(elsewhere_usd=Decimal(47_500)).reasons() == ()
    over = a_case(elsewhere_usd=Decimal("47500.01"))
    assert over.reasons() == ("With all that is held and open, $50,000.01 can be lost. The limit is $50,000.00.",)


def test_a_fact_that_is_missing_now_is_no_pass():
    unknown = a_case(elsewhere_usd=None)
    assert unknown.reasons() == ("It is not known what can be lost on other underlyings.",)


@pytest.mark.parametrize("code", sorted(AT_PROMOTION))
def test_without_a_check_that_is_made_once_more_nothing_passes(code):
    case = a_case()
    fewer = tuple(check for check in case.checked() if check.code is not code)
    assert evolve(case, checks=fewer).reasons() == (f"The order's risk was not checked: {code}.",)


def test_what_is_counted_when_an_order_is_asked_for_is_not_counted_again():
    assert set(RiskCode) - AT_PROMOTION == {
        RiskCode.ORDERS_A_MINUTE, RiskCode.HOUSE_ORDERS_A_MINUTE, RiskCode.ORDERS_A_DAY, RiskCode.DUPLICATE,
        RiskCode.WORKING_ORDERS, RiskCode.WORKING_ON_SYMBOL,
        RiskCode.ORDER_BUYING_POWER, RiskCode.TOTAL_BUYING_POWER,  # entered in the book with the order
    }  # fmt: skip


def test_the_right_to_sell_options_is_looked_at_again():
    ticket = limit(
        leg("sell_to_open", 1, option("450")), leg("buy_to_open", 1, option("460")), price="1", effect="credit"
    )
    log = Log(ticket).approved()
    allowed = frozenset({Permission.SPREADS})
    trader = holding(log.order, trader=registered(permissions=allowed))
    assert a_case(log, trader=trader).reasons() == ()
    revoked = trader.evolved(trader.set_permissions(frozenset({Permission.LONG_OPTIONS}), why=why()))
    assert a_case(log, trader=revoked).reasons() == (
        "The sale of SPY 450 call Dec 18 2026 would open a spread, and demo may not.",
    )
