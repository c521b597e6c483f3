"""Each limit of an order to the unit: below it, at it, above it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.instruments import Equity
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.checks import blocking, checks_of
from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.risk.outcomes import Consequence, RiskOutcome
from tastyflow.domain.risk.worst_case import Trade
from tastyflow.domain.ticket import OrderType, Ticket
from tastyflow.domain.venue import DryRun
from tests.domain.facts import SPY, account, calls, facts, shares
from tests.domain.makers import NOW, leg, limit, option, registered
from tests.domain.risk_found import (
    BUY_AT_MARKET,
    COULD_NOT_RUN,
    HELD_CALLS,
    PASSED,
    POLICY,
    REFUSED,
    SELL_ONE,
    STOP,
    TODAY,
    found,
    limited,
    naked_put,
)

# To the unit: below, at, above


@pytest.mark.parametrize(("asked", "over"), [(9, False), (10, False), (11, True)])
def test_contracts_are_limited_per_order(asked, over):
    check = found(RiskCode.MAX_CONTRACTS, calls(asked))
    assert check.blocks == over
    if over:
        assert check.detail == "11 contracts is over demo's limit of 10 an order."
        assert (check.hint, check.allowed_units) == ("Ask for 10 or fewer.", 10)
        assert check.inputs == {"asked": "11", "limit": "10"}


@pytest.mark.parametrize(("asked", "over"), [(499, False), (500, False), (501, True)])
def test_shares_are_limited_per_order(asked, over):
    check = found(RiskCode.MAX_SHARES, shares(asked))
    assert (check.blocks, check.allowed_units) == (over, 500 if over else None)


@pytest.mark.parametrize(("asked", "over"), [(49, False), (50, False), (51, True)])
def test_no_traders_limit_goes_beyond_the_houses(asked, over):
    check = found(RiskCode.MAX_CONTRACTS, calls(asked), trader=limited(max_contracts=1000))
    assert (check.blocks, check.allowed_units) == (over, 50 if over else None)
    if over:
        assert check.detail == "51 contracts is over the house's limit of 50 an order."
    check = found(RiskCode.MAX_SHARES, shares(asked * 100), trader=limited(max_shares=10_000))
    assert (check.blocks, check.allowed_units) == (over, 5000 if over else None)
    unbound = Policy(hard_max_contracts=None)
    assert not found(RiskCode.MAX_CONTRACTS, calls(asked), unbound, trader=limited(max_contracts=1000)).blocks


@pytest.mark.parametrize(("price", "over"), [("2.49", False), ("2.50", False), ("2.51", True)])
def test_an_order_whose_legs_bound_its_loss_is_limited_by_that_loss(price, over):
    check = found(RiskCode.MAX_LOSS, calls(10, price))
    assert (check.blocks, check.allowed_units) == (over, 9 if over else None)
    if over:
        assert check.detail == "The maximum loss is $2,510.00. The limit is $2,500.00 an order."


@pytest.mark.parametrize(("credit", "over"), [("2.01", False), ("2.00", False), ("1.99", True)])
def test_any_other_order_is_limited_by_what_it_obliges_to(credit, over):
    rich = account(10_000_000)
    assert found(RiskCode.MAX_LOSS, naked_put(credit), balances=rich, trader=registered()).blocks == over
    unlimited = limit(leg("sell_to_open", 1, option("450")), price=credit, effect="credit")
    check = found(RiskCode.MAX_LOSS, unlimited, balances=rich)
    assert check.detail.startswith("The loss is unlimited, counted as $44,")
    assert check.inputs["loss"] == "unlimited loss"
    assert not found(RiskCode.MAX_LOSS, shares(22), balances=rich).blocks  # $9,900 of shares


@pytest.mark.parametrize(("net_liq", "over"), [("50000.20", False), ("50000", False), ("49999.80", True)])
def test_an_order_is_limited_by_a_part_of_the_account_where_that_is_lower(net_liq, over):
    check = found(RiskCode.MAX_LOSS, calls(10), balances=account(net_liq))
    assert check.blocks == over
    assert found(RiskCode.MAX_LOSS, calls(10), balances=None).outcome is COULD_NOT_RUN
    assert not found(RiskCode.MAX_LOSS, calls(10), balances=None, trader=limited(max_loss_pct=None)).blocks


def test_over_the_limit_in_dollars_the_account_need_not_be_known():
    assert found(RiskCode.MAX_LOSS, calls(10, "2.51"), balances=None).outcome is REFUSED


def test_each_dollar_limit_can_be_left_out():
    anything = limited(max_defined_loss_usd=None, max_loss_pct=None, max_notional_usd=Decimal(5000))
    assert not found(RiskCode.MAX_LOSS, calls(20), trader=anything).blocks
    assert found(RiskCode.MAX_LOSS, calls(21), trader=anything).allowed_units == 20


@pytest.mark.parametrize(("elsewhere", "over"), [("49749.99", False), ("49750", False), ("49750.01", True)])
def test_everything_held_and_open_together_is_limited(elsewhere, over):
    check = found(RiskCode.MAX_EXPOSURE, elsewhere_usd=Decimal(elsewhere))
    assert check.blocks == over
    if over:
        assert check.detail == "With all that is held and open, $50,000.01 can be lost. The limit is $50,000.00."


def test_three_orders_that_each_fit_do_not_pass_one_limit_together():
    trader = limited(max_open_notional_usd=Decimal(1000))
    eight_hundred = calls(1, "8")
    assert not found(RiskCode.MAX_EXPOSURE, eight_hundred, trader=trader).blocks
    working = (Trade.of(eight_hundred, {}),)
    assert found(RiskCode.MAX_EXPOSURE, eight_hundred, trader=trader, could_fill=working).blocks
    filled = Trade.of(eight_hundred, {})  # what filled is held, and counts as it did
    assert found(RiskCode.MAX_EXPOSURE, eight_hundred, trader=trader, held=filled).blocks


@pytest.mark.parametrize(("cost", "over"), [("19749.99", False), ("19750", False), ("19750.01", True)])
def test_everything_on_one_underlying_is_limited_to_a_part_of_the_account(cost, over):
    check = found(RiskCode.MAX_UNDERLYING, held=Trade({option("460"): 79}, -Decimal(cost)))
    assert check.blocks == over
    if over:
        assert "held and open on SPY, $20,000.01 can be lost there" in check.detail


def test_an_order_that_adds_nothing_passes_where_the_book_is_above_the_limit():
    covered = Trade({SPY: 1000}, Decimal(-440_000))
    call = limit(leg("sell_to_open", 10, option("455")), price="2", effect="credit")
    for code in (RiskCode.MAX_EXPOSURE, RiskCode.MAX_UNDERLYING, RiskCode.MAX_LOSS):
        assert not found(code, call, held=covered).blocks
        assert found(code, calls(500), held=covered).blocks


@pytest.mark.parametrize(("takes", "over"), [("9999.99", False), ("10000", False), ("10000.01", True)])
def test_an_order_takes_a_part_of_the_buying_power(takes, over):
    check = found(RiskCode.ORDER_BUYING_POWER, calls(10), dry_run=DryRun(-Decimal(takes), Decimal(1)))
    assert (check.blocks, check.allowed_units) == (over, 9 if over else None)


@pytest.mark.parametrize(("used", "over"), [("49749.99", False), ("49750", False), ("49750.01", True)])
def test_all_orders_take_a_part_of_the_buying_power(used, over):
    assert found(RiskCode.TOTAL_BUYING_POWER, buying_power_used_usd=Decimal(used)).blocks == over


def test_of_a_hundred_orders_at_two_percent_twenty_five_pass_a_limit_of_fifty():
    two_percent, used, passing = Decimal(2000), Decimal(0), 0
    for _ in range(100):
        check = found(RiskCode.TOTAL_BUYING_POWER, dry_run=DryRun(-two_percent, Decimal(0)), buying_power_used_usd=used)
        passing += not check.blocks
        used += Decimal(0) if check.blocks else two_percent
    assert passing == 25


def test_an_order_that_frees_buying_power_is_not_limited_by_it():
    freeing = DryRun(Decimal(500), Decimal(1))
    for code in (RiskCode.ORDER_BUYING_POWER, RiskCode.TOTAL_BUYING_POWER):
        assert not found(code, dry_run=freeing, buying_power_used_usd=Decimal(10**6)).blocks
        assert found(code, balances=account(-5), buying_power_used_usd=Decimal(0)).blocks


def test_a_dry_run_that_failed_says_why():
    check = found(RiskCode.ORDER_BUYING_POWER, dry_run=None, dry_run_failure="Production is away.")
    assert check.detail == "Production did not say what the order takes of buying power: Production is away."


@pytest.mark.parametrize(("number", "over"), [(10, False), (11, False), (12, True)])
def test_shares_at_the_market_are_limited_in_dollars(number, over):
    ticket = Ticket((leg("buy_to_open", number, SPY),), OrderType.MARKET)
    check = found(RiskCode.MARKET_ORDER, ticket, trader=limited(max_market_usd=Decimal(4950)))
    assert (check.blocks, check.allowed_units) == (over, 11 if over else None)


def test_market_orders_are_for_shares_in_regular_hours_unless_the_trader_may():
    options = Ticket(calls().legs, OrderType.MARKET)
    assert not found(RiskCode.MARKET_ORDER, options, trader=limited(option_market_orders=True)).blocks
    assert found(RiskCode.MARKET_ORDER, Ticket(calls().legs, OrderType.STOP, stop=Decimal(3))).blocks
    late = NOW.replace(hour=23)
    assert found(RiskCode.MARKET_ORDER, BUY_AT_MARKET, now=late).blocks
    assert not found(RiskCode.MARKET_ORDER, STOP, now=late).blocks  # it waits
    assert not found(RiskCode.MARKET_ORDER, BUY_AT_MARKET, now=late, trader=limited(max_market_usd=None)).blocks
    assert found(RiskCode.MARKET_ORDER, BUY_AT_MARKET, now=None).outcome is COULD_NOT_RUN


def test_what_expires_today_is_not_opened_but_rolled_out_of():
    assert found(RiskCode.ZERO_DTE, TODAY, trader=limited(zero_dte=True)).outcome is PASSED
    today = leg("sell_to_close", 1, option("450", expiration=NOW.date()))
    roll = limit(today, leg("buy_to_open", 1, option("450")), price="1")
    assert not found(RiskCode.ZERO_DTE, roll).blocks
    midnight = datetime(2026, 11, 24, 4, 59, tzinfo=NOW.tzinfo)  # still the 23rd in New York
    assert found(RiskCode.ZERO_DTE, TODAY, now=midnight).blocks


@pytest.mark.parametrize(
    ("day", "time", "within"),
    [
        (23, "09:30:59", False), (23, "09:31:00", True), (23, "15:55:00", True), (23, "15:55:01", False),
        (26, "12:00:00", False),  # Thanksgiving
        (27, "12:55:00", True), (27, "12:55:01", False),  # a short day
        (28, "12:00:00", False), (22, "12:00:00", False),  # a weekend
    ],
)  # fmt: skip
def test_opening_orders_are_placed_within_the_session(day, time, within):
    hour, minute, second = map(int, time.split(":"))
    now = datetime(2026, 11, day, hour, minute, second, tzinfo=NEW_YORK)
    assert found(RiskCode.HOURS, now=now).blocks == (not within)


def test_policy_says_what_an_order_outside_hours_means():
    night = NOW.replace(hour=4)
    outcomes = {
        meaning: (check.outcome, check.blocks, check.warning)
        for meaning in Consequence
        for check in [found(RiskCode.HOURS, policy=Policy(hours=meaning), now=night)]
    }
    assert outcomes == {
        Consequence.REFUSE: (REFUSED, True, False),
        Consequence.APPROVAL: (RiskOutcome.NEEDS_APPROVAL, False, False),
        Consequence.WARN: (PASSED, False, True),
    }
    unknown: Any = "later"
    assert found(RiskCode.HOURS, policy=Policy(hours=unknown), now=night).outcome is REFUSED


COUNTED = {
    RiskCode.ORDERS_A_MINUTE: ("orders_last_minute", "orders_a_minute", 10),
    RiskCode.ORDERS_A_DAY: ("orders_today", "orders_a_day", 200),
    RiskCode.WORKING_ORDERS: ("working", "max_working", 25),
    RiskCode.WORKING_ON_SYMBOL: ("working_on_symbol", "max_working_a_symbol", 5),
}


@pytest.mark.parametrize("code", COUNTED)
def test_orders_are_counted_with_the_new_one(code):
    fact, name, usual = COUNTED[code]
    assert [found(code, **{fact: before}).blocks for before in (usual - 2, usual - 1, usual)] == [False, False, True]
    none: dict[str, Any] = {name: None}
    assert not found(code, trader=limited(**none), **{fact: 10**6}).blocks
    assert found(code, trader=limited(**{name: 0}), **{fact: 0}).blocks


def test_orders_of_all_traders_are_counted_too():
    before = {n: found(RiskCode.HOUSE_ORDERS_A_MINUTE, house_orders_last_minute=n).blocks for n in (28, 29, 30)}
    assert before == {28: False, 29: False, 30: True}
    free = Policy(house_orders_a_minute=None)
    assert not found(RiskCode.HOUSE_ORDERS_A_MINUTE, policy=free, house_orders_last_minute=99).blocks


@pytest.mark.parametrize(("seconds", "repeated"), [(0, True), (59.9, True), (60, False), (61, False)])
def test_the_same_content_is_not_asked_for_twice_within_a_moment(seconds, repeated):
    now = NOW + timedelta(seconds=seconds)
    assert found(RiskCode.DUPLICATE, now=now, recent_digests={calls().digest: NOW}).blocks == repeated


def test_from_a_loss_of_the_day_on_only_what_adds_no_risk_then_only_what_closes():
    # the day began with $100,000
    def day(loss: str, ticket: Ticket | None = None, **changes: Any) -> list[RiskCode]:
        known = facts(ticket, loss_today_usd=Decimal(loss), balances=account(100_000 - Decimal(loss)), **changes)
        codes = (RiskCode.DAILY_LOSS_REDUCING, RiskCode.DAILY_LOSS_HALT)
        return [check.code for check in blocking(checks_of(known, POLICY, codes))]

    assert day("1999.99") == []
    assert day("2000") == day("2000.01") == day("3999.99") == [RiskCode.DAILY_LOSS_REDUCING]
    assert day("4000") == day("4000.01") == [RiskCode.DAILY_LOSS_REDUCING, RiskCode.DAILY_LOSS_HALT]
    covered = Trade({SPY: 100}, Decimal(-44_000))
    call = limit(leg("sell_to_open", 1, option("455")), price="2", effect="credit")
    assert day("3000", call, held=covered) == []  # it adds no risk
    assert day("5000", call, held=covered) == [RiskCode.DAILY_LOSS_HALT]
    assert day("5000", SELL_ONE, held=HELD_CALLS) == []  # it closes
    assert day("-5000") == []


def test_a_daily_limit_can_be_left_out():
    free = limited(daily_loss_reducing_pct=None, daily_loss_halt_pct=None)
    for code in (RiskCode.DAILY_LOSS_REDUCING, RiskCode.DAILY_LOSS_HALT):
        assert not found(code, trader=free, loss_today_usd=Decimal(50_000)).blocks
    unknown = found(RiskCode.DAILY_LOSS_REDUCING, loss_today_usd=Decimal(50_000), held=None)
    assert unknown.outcome is COULD_NOT_RUN


@pytest.mark.parametrize(
    ("seconds", "after", "paused"),
    [
        ((0, 30, 60), 60, True),
        ((0, 30, 61), 61, False),  # not all within a minute
        ((0, 30), 30, False),
        ((0, 30, 60), 359, True),
        ((0, 30, 60), 360, False),  # five minutes after the last
        ((60, 0, 30), 60, True),  # in whatever order they are told
        ((0, 1, 2, 500), 302, False),
        ((0, 1, 2, 500), 301, True),
    ],
)
def test_after_failures_in_a_row_a_trader_pauses(seconds, after, paused):
    failures = tuple(NOW + timedelta(seconds=each) for each in seconds)
    now = NOW + timedelta(seconds=after)
    assert found(RiskCode.REPEATED_FAILURES, recent_failures=failures, now=now).blocks == paused


@pytest.mark.parametrize(("unknown", "stopped"), [(0, False), (1, False), (2, True), (3, True)])
def test_unknown_outcomes_stop_new_orders(unknown, stopped):
    assert found(RiskCode.UNKNOWN_OUTCOMES, unknown_outcomes=unknown).blocks == stopped


# Symbols


def test_lists_name_underlyings_as_traders_write_them_and_the_deny_list_wins():
    weekly = limit(leg("buy_to_open", 1, option("4000", root="SPXW")), price="2.50")
    assert not found(RiskCode.ALLOWED_SYMBOL, weekly, trader=limited(symbols=("SPX",))).blocks
    class_share = limit(leg("buy_to_open", 1, Equity("BRK/B")), price="1")
    assert not found(RiskCode.ALLOWED_SYMBOL, class_share, trader=limited(symbols=("BRK.B",))).blocks
    check = found(RiskCode.ALLOWED_SYMBOL, weekly, trader=limited(symbols=("SPXW", "QQQ")))
    assert (check.detail, check.hint) == ("SPX is not on demo's list.", "Allowed: SPXW, QQQ.")
    assert found(RiskCode.ALLOWED_SYMBOL, trader=limited(symbols=())).hint == "Allowed: none."
    both = limited(symbols=("SPY",), denied_symbols=("SPY",))
    codes = [check.code for check in blocking(checks_of(facts(trader=both), POLICY))]
    assert codes == [RiskCode.DENIED_SYMBOL]
