"""Every check of an order: what passes it, what it refuses, and what it means when a fact is missing."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.halt import Halt
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.checks import RULES, blocking, checks_of, fitting_units, warnings
from tastyflow.domain.risk.codes import ABOUT, RiskCode
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.risk.outcomes import Consequence, OrderKind, RefusalCode, RiskOutcome
from tastyflow.domain.risk.worst_case import Trade
from tastyflow.domain.signal_rule import RuleMode
from tastyflow.domain.ticket import OrderType, Strategy, Ticket
from tastyflow.domain.trader import Limits, Permission
from tastyflow.domain.venue import DryRun
from tests.domain.books import LATER
from tests.domain.facts import account, calls, facts, shares
from tests.domain.makers import NOW, leg, limit, option, registered
from tests.domain.risk_found import (
    BUY_AT_MARKET,
    COULD_NOT_RUN,
    EVERYTHING,
    HALTED,
    HELD_CALLS,
    NEEDS_APPROVAL,
    PASSED,
    POLICY,
    REDUCING,
    REFUSED,
    SELL_ONE,
    SHORT_CALL,
    SPREAD_HELD,
    STOP,
    TODAY,
    WIDE,
    found,
    limited,
    naked_put,
)


def test_an_order_within_every_limit_passes_every_check():
    checks = checks_of(facts(), POLICY)
    assert [check.code for check in checks] == list(RiskCode)
    assert {check.outcome for check in checks} == {PASSED}
    assert blocking(checks) == warnings(checks) == ()
    assert fitting_units(checks) is None


def test_every_code_has_a_rule_and_a_row():
    assert list(RULES) == list(ABOUT) == list(RiskCode)


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
    RiskCode.SIGNAL_APPROVAL: (
        {"signal_rule": "flip", "signal_mode": RuleMode.AUTO},
        {"signal_rule": "flip", "signal_mode": RuleMode.APPROVE},
        None,
    ),
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
