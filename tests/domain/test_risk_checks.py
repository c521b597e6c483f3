"""Every check of an order: what passes it, what it refuses, and what it means when a fact is missing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.halt import Halt
from tastyflow.domain.instruments import Equity, Right
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.checks import RULES, blocking, checks_of, fitting_units, warnings
from tastyflow.domain.risk.codes import ABOUT, Consequence, OrderKind, RefusalCode, RiskCode, RiskOutcome
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.risk.finding import RiskCheck
from tastyflow.domain.risk.worst_case import Trade
from tastyflow.domain.ticket import OrderType, Strategy, Ticket
from tastyflow.domain.trader import Limits, Permission, Trader
from tastyflow.domain.trader.permissions import GRANTABLE
from tastyflow.domain.venue import DryRun, Quote
from tests.domain.books import LATER
from tests.domain.facts import SPY, account, calls, facts, shares
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


def test_an_order_within_every_limit_passes_every_check():
    checks = checks_of(facts(), POLICY)
    assert [check.code for check in checks] == list(RiskCode)
    assert {check.outcome for check in checks} == {PASSED}
    assert blocking(checks) == warnings(checks) == ()
    assert fitting_units(checks) is None


def test_every_code_has_a_rule_and_a_row():
    assert list(RULES) == list(ABOUT) == list(RiskCode)


# One of each: passed, refused, could not run

WIDE = {option("450"): Quote(Decimal(1), Decimal(2), NOW)}
SHORT_CALL = limit(leg("sell_to_open", 1, option("450")), price="2.40", effect="credit")
SELL_ONE = limit(leg("sell_to_close", 1, option("450")), price="2.40", effect="credit")
BUY_AT_MARKET = Ticket((leg("buy_to_open", 5, SPY),), OrderType.MARKET)
STOP = Ticket((leg("buy_to_open", 5, SPY),), OrderType.STOP, stop=Decimal(460))
HELD_CALLS = Trade({option("450"): 10}, Decimal(-2500))
SPREAD_HELD = Trade({option("450"): 1, option("460"): -1}, Decimal(-400))
TODAY = limit(leg("buy_to_open", 1, option("450", expiration=NOW.date())), price="2.50")

REDUCING, HALTED = halted(reducing=True), halted()

CASES: Mapping[RiskCode, tuple[dict[str, Any], dict[str, Any] | None, dict[str, Any] | None]] = {
    # what passes · what is refused (None: nothing is) · what cannot be known (None: it always is)
    RiskCode.HALTED: ({"halt": REDUCING}, {"halt": HALTED}, None),
    RiskCode.REDUCING: ({"halt": HALTED}, {"halt": REDUCING}, None),
    RiskCode.SUSPENDED: ({}, {"trader": evolve(registered(), suspended=True)}, None),
    RiskCode.ACCOUNT: ({}, {"account": "ira", "accounts": ("main", "ira")}, {"account": None}),
    RiskCode.TRADE_PERMISSION: ({}, {"trader": registered(permissions=[Permission.VIEW])}, None),
    RiskCode.SELL_PERMISSION: (
        {"ticket": SELL_ONE, "held": SPREAD_HELD, "trader": registered(permissions=EVERYTHING)},
        {"ticket": SELL_ONE, "held": SPREAD_HELD},
        {"ticket": SELL_ONE, "held": None},
    ),
    RiskCode.DENIED_SYMBOL: ({}, {"trader": limited(denied_symbols=("SPY",))}, None),
    RiskCode.ALLOWED_SYMBOL: ({"trader": limited(symbols=("SPY",))}, {"trader": limited(symbols=("QQQ",))}, None),
    RiskCode.MAX_CONTRACTS: ({"ticket": calls(10)}, {"ticket": calls(11)}, None),
    RiskCode.MAX_SHARES: ({"ticket": shares(500)}, {"ticket": shares(501)}, None),
    RiskCode.MAX_LOSS: ({"ticket": calls(10)}, {"ticket": calls(10, "2.51")}, {"held": None}),
    RiskCode.MAX_EXPOSURE: (
        {"elsewhere_usd": Decimal(49_750)},
        {"elsewhere_usd": Decimal("49750.01")},
        {"elsewhere_usd": None},
    ),
    RiskCode.MAX_UNDERLYING: (
        {"held": Trade({option("460"): 79}, Decimal(-19_750))},
        {"held": Trade({option("460"): 79}, Decimal(-19_751))},
        {"balances": None},
    ),
    RiskCode.ORDER_BUYING_POWER: (
        {"dry_run": DryRun(Decimal(-10_000), Decimal(0))},
        {"dry_run": DryRun(Decimal("-10000.01"), Decimal(0))},
        {"dry_run": None, "dry_run_failure": "Production is away."},
    ),
    RiskCode.TOTAL_BUYING_POWER: (
        {"buying_power_used_usd": Decimal(49_750)},
        {"buying_power_used_usd": Decimal("49750.01")},
        {"buying_power_used_usd": None},
    ),
    RiskCode.MARKET_ORDER: (
        {"ticket": BUY_AT_MARKET},
        {"ticket": Ticket(calls().legs, OrderType.MARKET)},
        {"ticket": BUY_AT_MARKET, "quotes": {}},
    ),
    RiskCode.ZERO_DTE: ({}, {"ticket": TODAY}, {"now": None}),
    RiskCode.HOURS: ({}, {"now": NOW.replace(hour=4)}, {"now": None}),
    RiskCode.ORDERS_A_MINUTE: ({"orders_last_minute": 9}, {"orders_last_minute": 10}, {"orders_last_minute": None}),
    RiskCode.HOUSE_ORDERS_A_MINUTE: (
        {"house_orders_last_minute": 29},
        {"house_orders_last_minute": 30},
        {"house_orders_last_minute": None},
    ),
    RiskCode.ORDERS_A_DAY: ({"orders_today": 199}, {"orders_today": 200}, {"orders_today": None}),
    RiskCode.DUPLICATE: (
        {"recent_digests": {shares(1).digest: NOW}},
        {"recent_digests": {calls().digest: NOW}},
        {"recent_digests": None},
    ),
    RiskCode.WORKING_ORDERS: ({"working": 24}, {"working": 25}, {"working": None}),
    RiskCode.WORKING_ON_SYMBOL: ({"working_on_symbol": 4}, {"working_on_symbol": 5}, {"working_on_symbol": None}),
    RiskCode.DAILY_LOSS_REDUCING: (
        {"loss_today_usd": Decimal("1999.99"), "balances": account("98000.01")},
        {"loss_today_usd": Decimal(2000), "balances": account(98_000)},
        {"loss_today_usd": None},
    ),
    RiskCode.DAILY_LOSS_HALT: (
        {"loss_today_usd": Decimal("3999.99"), "balances": account("96000.01")},
        {"loss_today_usd": Decimal(4000), "balances": account(96_000)},
        {"loss_today_usd": None},
    ),
    RiskCode.REPEATED_FAILURES: (
        {"recent_failures": (NOW, NOW)},
        {"recent_failures": (NOW, NOW, NOW)},
        {"recent_failures": None},
    ),
    RiskCode.UNKNOWN_OUTCOMES: ({"unknown_outcomes": 1}, {"unknown_outcomes": 2}, {"unknown_outcomes": None}),
    RiskCode.QUOTE_AGE: (
        {"now": NOW + timedelta(seconds=5)},
        {"now": NOW + timedelta(seconds=6), "policy": Policy(old_quotes=Consequence.REFUSE)},
        {"quotes": None},
    ),
    RiskCode.SPREAD_WIDTH: (
        {},
        {"quotes": WIDE, "policy": Policy(wide_spread=Consequence.REFUSE)},
        {"quotes": None},
    ),
    RiskCode.COLLAR: ({"ticket": calls(1, "2.60")}, {"ticket": calls(1, "100")}, {"quotes": None}),
    RiskCode.STOP_SIDE: (
        {"ticket": STOP},
        {"ticket": evolve(STOP, stop=Decimal(440))},
        {"ticket": STOP, "quotes": None},
    ),
    RiskCode.POSSIBLE_PRICE: ({}, {"ticket": calls(1, "451")}, {"spot": None}),
    RiskCode.APPROVAL_AMOUNT: ({"ticket": calls(40)}, {"ticket": calls(41)}, {"held": None}),
    RiskCode.APPROVAL_PERMISSION: ({}, {"ticket": SHORT_CALL}, None),
    RiskCode.APPROVAL_SYMBOL: ({}, {"policy": Policy(approval_symbols=("SPY",))}, None),
    RiskCode.APPROVAL_KIND: ({}, {"policy": Policy(approval_kinds=(OrderKind.OPTIONS,))}, None),
}  # fmt: skip


def test_the_cases_are_of_every_code():
    assert list(CASES) == list(RiskCode)


@pytest.mark.parametrize("code", CASES)
def test_a_check_passes_what_it_should(code):
    check = found(code, **CASES[code][0])
    assert (check.outcome, check.blocks, check.warning) == (PASSED, False, False)


@pytest.mark.parametrize("code", CASES)
def test_a_check_refuses_what_it_should_and_says_the_way_out(code):
    changes = CASES[code][1]
    assert changes is not None
    check = found(code, **changes)
    is_for_a_person = code.about.refusal is RefusalCode.APPROVAL
    assert (check.outcome, check.blocks) == ((NEEDS_APPROVAL, False) if is_for_a_person else (REFUSED, True))
    assert check.hint.endswith(".")


@pytest.mark.parametrize("code", [code for code, case in CASES.items() if case[2]])
def test_a_check_that_lacks_a_fact_never_passes_and_policy_says_what_it_means(code):
    changes = CASES[code][2]
    assert changes is not None
    for meaning in Consequence:
        check = found(code, policy=Policy(could_not_run={code: meaning}), **changes)
        assert check.outcome is (NEEDS_APPROVAL if meaning is Consequence.APPROVAL else COULD_NOT_RUN)
        assert check.blocks == (meaning is Consequence.REFUSE)
        assert check.warning == (meaning is Consequence.WARN)
        assert check.wants_approval == (meaning is Consequence.APPROVAL)
    usual = found(code, **changes)
    assert usual.warning == (ABOUT[code].could_not_run is Consequence.WARN)
    misspelt: Any = {code: "maybe"}
    assert found(code, policy=Policy(could_not_run=misspelt), **changes).blocks  # what no policy knows refuses


def test_nothing_known_is_nothing_passed():
    """Whatever needs a fact could not run; only what the ticket and the trader say passes."""
    bare = Facts(ticket=calls(), strategy=Strategy.SINGLE, trader=registered(), halt=Halt.never())
    outcomes = {check.code: check.outcome for check in checks_of(bare, POLICY)}
    never = {code for code, case in CASES.items() if case[2] is None} | {
        RiskCode.SELL_PERMISSION, RiskCode.MARKET_ORDER, RiskCode.STOP_SIDE,  # it sells nothing, and has a limit
    }  # fmt: skip
    assert {code for code, outcome in outcomes.items() if outcome is PASSED} == never
    for_a_person = {code for code in RiskCode if code.about.could_not_run is Consequence.APPROVAL} - never
    assert {outcome for code, outcome in outcomes.items() if code not in never | for_a_person} == {COULD_NOT_RUN}
    assert {outcomes[code] for code in for_a_person} == {NEEDS_APPROVAL}


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


def naked_put(credit: str) -> Ticket:
    return limit(leg("sell_to_open", 1, option("102", Right.PUT)), price=credit, effect="credit")


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


# Permission


@pytest.mark.parametrize(
    ("legs", "effect"),
    [
        ([("sell_to_open", 1, option("450"))], "credit"),
        ([("sell_to_open", 1, option("450", Right.PUT))], "credit"),
        ([("buy_to_open", 1, option("450")), ("sell_to_open", 1, option("460"))], "debit"),
        ([("buy_to_open", 100, SPY), ("sell_to_open", 1, option("460"))], "debit"),
        ([("buy_to_close", 1, option("450")), ("sell_to_open", 1, option("460"))], "credit"),
        ([("sell_to_open", 100, SPY)], "credit"),
    ],
)
def test_selling_to_open_wants_a_permission_of_its_own(legs, effect):
    ticket = limit(*(leg(*each) for each in legs), price="1", effect=effect)
    assert found(RiskCode.SELL_PERMISSION, ticket).outcome is REFUSED
    assert not found(RiskCode.SELL_PERMISSION, ticket, trader=registered(permissions=EVERYTHING)).blocks


def test_selling_to_close_wants_it_only_where_it_uncovers_something():
    roll = limit(leg("sell_to_close", 1, option("450")), leg("buy_to_open", 1, option("460")), price="1")
    assert not found(RiskCode.SELL_PERMISSION, roll, held=HELD_CALLS).blocks
    assert not found(RiskCode.SELL_PERMISSION, SELL_ONE, held=HELD_CALLS).blocks
    assert found(RiskCode.SELL_PERMISSION, SELL_ONE, held=SPREAD_HELD).blocks
    other = limit(leg("sell_to_close", 1, option("450")), leg("buy_to_open", 1, option("455", Right.PUT)), price="1")
    assert found(RiskCode.SELL_PERMISSION, other, held=SPREAD_HELD).blocks
    shares_sold = limit(leg("sell_to_close", 100, SPY), price="440", effect="credit")
    covered = Trade({SPY: 100, option("455"): -1}, Decimal(-44_000))
    assert found(RiskCode.SELL_PERMISSION, shares_sold, held=covered).blocks


# The way out

BLOCKED_IN_EVERY_WAY: dict[str, Any] = {
    "trader": registered(
        Limits(
            max_contracts=0, max_shares=0, max_notional_usd=Decimal(0), max_open_notional_usd=Decimal(0), symbols=(),
            max_defined_loss_usd=Decimal(0), max_loss_pct=Decimal(0), max_underlying_pct=Decimal(0),
            max_order_buying_power_pct=Decimal(0), max_buying_power_pct=Decimal(0), max_market_usd=Decimal(0),
            orders_a_minute=0, orders_a_day=0, max_working=0, max_working_a_symbol=0,
            daily_loss_reducing_pct=Decimal(0), daily_loss_halt_pct=Decimal(0), denied_symbols=("SPY",),
        )
    ),
    "balances": account(1),
    "elsewhere_usd": Decimal(10**9),
    "loss_today_usd": Decimal(10**6),
    "recent_digests": {SELL_ONE.digest: NOW, calls().digest: NOW},
    "recent_failures": (NOW, NOW, NOW),
    "unknown_outcomes": 9,
    "now": NOW.replace(hour=4),
}  # fmt: skip


def test_getting_out_is_never_limited():
    checks = checks_of(facts(SELL_ONE, held=HELD_CALLS, **BLOCKED_IN_EVERY_WAY), POLICY)
    assert blocking(checks) == ()
    opening = checks_of(facts(calls(), **BLOCKED_IN_EVERY_WAY), POLICY)
    free = {
        RiskCode.SUSPENDED,
        RiskCode.ACCOUNT,
        RiskCode.HALTED,
        RiskCode.REDUCING,
        RiskCode.SUSPENDED,
        RiskCode.TRADE_PERMISSION,
        RiskCode.SELL_PERMISSION,
        RiskCode.MARKET_ORDER,
    }
    free |= {RiskCode.QUOTE_AGE, RiskCode.SPREAD_WIDTH, RiskCode.COLLAR, RiskCode.STOP_SIDE, RiskCode.POSSIBLE_PRICE}
    free |= {RiskCode.ZERO_DTE, RiskCode.HOUSE_ORDERS_A_MINUTE, RiskCode.MAX_SHARES}
    free |= {code for code in RiskCode if code.about.refusal is RefusalCode.APPROVAL}
    assert {check.code for check in blocking(opening)} == set(RiskCode) - free


def test_getting_out_is_never_stopped_by_a_fact_that_is_missing():
    for ticket in (
        SELL_ONE,
        Ticket(SELL_ONE.legs, OrderType.MARKET),
        Ticket(SELL_ONE.legs, OrderType.STOP, stop=Decimal(1)),
    ):
        bare = Facts(
            ticket=ticket,
            strategy=Strategy.SINGLE,
            trader=registered(),
            halt=Halt.never(),
            held=HELD_CALLS,
            could_fill=(),
        )
        strict = Policy(could_not_run=dict.fromkeys(RiskCode, Consequence.REFUSE))
        checks = checks_of(bare, strict)
        assert blocking(checks) == ()
        assert all(check.warning for check in checks if check.outcome is COULD_NOT_RUN)


def test_a_halt_stops_getting_out_too_and_reducing_stops_only_what_is_no_exit():
    uncovering = {"ticket": SELL_ONE, "held": SPREAD_HELD, "trader": registered(permissions=EVERYTHING)}
    for order, passes_reducing in (
        (facts(), False),
        (facts(**uncovering), False),
        (facts(SELL_ONE, held=HELD_CALLS), True),
    ):
        for halt, code in ((HALTED, RiskCode.HALTED), (REDUCING, RiskCode.REDUCING)):
            blocked = {check.code for check in blocking(checks_of(evolve(order, halt=halt), POLICY))}
            assert (code in blocked) is not (halt is REDUCING and passes_reducing)
            assert halt.lets_pass(is_exit=order.is_exit) is (code not in blocked)


def test_a_close_that_uncovers_something_is_limited_as_a_sale():
    checks = checks_of(facts(SELL_ONE, held=SPREAD_HELD), POLICY)
    assert {RiskCode.SELL_PERMISSION, RiskCode.MAX_LOSS} <= {check.code for check in blocking(checks)}


def test_a_close_is_not_taken_for_an_exit_while_the_book_is_not_known():
    assert not facts(SELL_ONE, held=None).is_exit
    assert not facts(SELL_ONE, held=HELD_CALLS, could_fill=None).is_exit
    assert facts(SELL_ONE, held=HELD_CALLS).is_exit


def test_even_an_exit_is_placed_by_someone_who_may_and_at_a_price_that_can_be_meant():
    for change in ({"trader": evolve(registered(), suspended=True)}, {"trader": registered(permissions=())}):
        assert blocking(checks_of(facts(SELL_ONE, held=HELD_CALLS, **change), POLICY)) != ()
    given_away = evolve(SELL_ONE, price=Decimal("0.01"))
    codes = [check.code for check in blocking(checks_of(facts(given_away, held=HELD_CALLS), POLICY))]
    assert codes == [RiskCode.COLLAR]


# What is offered instead


@given(st.integers(1, 40), st.integers(1, 20), st.integers(100, 9_000), st.integers(0, 40_000))
def test_the_quantity_that_is_offered_instead_passes(asked, most, dollars, elsewhere):
    trader = limited(
        max_contracts=most, max_defined_loss_usd=Decimal(dollars), max_open_notional_usd=Decimal(dollars + 9_000)
    )
    known = facts(calls(asked), trader=trader, elsewhere_usd=Decimal(elsewhere))
    codes = (RiskCode.MAX_CONTRACTS, RiskCode.MAX_LOSS, RiskCode.MAX_EXPOSURE, RiskCode.MAX_UNDERLYING)
    checks = checks_of(known, POLICY, codes)
    fitting = fitting_units(checks)
    if fitting is not None:
        assert 0 < fitting < asked
        fewer = facts(known.with_units(fitting), trader=trader, elsewhere_usd=Decimal(elsewhere))
        assert blocking(checks_of(fewer, POLICY, codes)) == ()
        one_more = facts(known.with_units(fitting + 1), trader=trader, elsewhere_usd=Decimal(elsewhere))
        assert blocking(checks_of(one_more, POLICY, codes)) != ()


def test_where_not_even_one_would_fit_no_quantity_is_offered():
    trader = limited(max_contracts=0, max_defined_loss_usd=Decimal(50))
    checks = checks_of(facts(calls(2), trader=trader), POLICY, (RiskCode.MAX_CONTRACTS, RiskCode.MAX_LOSS))
    assert [check.allowed_units for check in checks] == [None, None]
    assert fitting_units(checks) is None


CALENDAR = limit(
    leg("sell_to_open", 1, option("450")), leg("buy_to_open", 1, option("450", expiration=LATER)), price="1"
)


def test_every_no_is_told_at_once():
    trader = registered(Limits(max_contracts=0, symbols=()), permissions=())
    checks = checks_of(facts(SHORT_CALL, trader=evolve(trader, suspended=True)), POLICY)
    assert [check.code for check in blocking(checks)][:5] == [
        RiskCode.SUSPENDED, RiskCode.TRADE_PERMISSION, RiskCode.SELL_PERMISSION, RiskCode.ALLOWED_SYMBOL,
        RiskCode.MAX_CONTRACTS,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("ticket", "defined"),
    [
        (calls(), True),
        (limit(leg("sell_to_open", 1, option("450")), leg("buy_to_open", 1, option("460")), price="1"), True),
        (limit(leg("sell_to_open", 2, option("450")), leg("buy_to_open", 1, option("460")), price="1"), False),
        (naked_put("1"), False),
        (shares(1), False),
        (CALENDAR, True),
    ],
)  # fmt: skip
def test_defined_risk_is_what_its_own_legs_bound(ticket, defined):
    assert facts(ticket).is_defined_risk == defined


def test_what_wants_approval_of_an_opening_only_warns_of_an_exit():
    sold_low = limit(leg("sell_to_close", 1, option("450")), price="2.10", effect="credit")
    found = next(check for check in checks_of(facts(sold_low, held=HELD_CALLS), Policy()) if check.code == "collar")
    assert (found.outcome, found.warning, found.blocks) == (RiskOutcome.PASSED, True, False)
    opening = limit(leg("sell_to_open", 1, option("450")), price="2.10", effect="credit")
    found = next(check for check in checks_of(facts(opening), Policy()) if check.code == "collar")
    assert (found.outcome, found.blocks, found.wants_approval) == (RiskOutcome.NEEDS_APPROVAL, False, True)
    far = limit(leg("sell_to_close", 1, option("450")), price="1.70", effect="credit")
    found = next(check for check in checks_of(facts(far, held=HELD_CALLS), Policy()) if check.code == "collar")
    assert (found.outcome, found.blocks) == (RiskOutcome.REFUSED, True)
