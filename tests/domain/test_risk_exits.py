"""Selling, and getting out: what wants a permission of its own, and what is never stopped."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from tastyflow.domain.halt import Halt
from tastyflow.domain.instruments import Right
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.checks import blocking, checks_of
from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.risk.outcomes import Consequence, RefusalCode
from tastyflow.domain.risk.worst_case import Trade
from tastyflow.domain.ticket import OrderType, Strategy, Ticket
from tastyflow.domain.trader import Limits
from tests.domain.facts import SPY, account, calls, facts
from tests.domain.makers import NOW, leg, limit, option, registered
from tests.domain.risk_found import (
    COULD_NOT_RUN,
    EVERYTHING,
    HALTED,
    HELD_CALLS,
    POLICY,
    REDUCING,
    REFUSED,
    SELL_ONE,
    SPREAD_HELD,
    found,
)

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
