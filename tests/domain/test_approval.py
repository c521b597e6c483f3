"""Approval by a second person: when it is wanted, what it is bound to, and that the order and the gate hold to it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.instruments import Equity
from tastyflow.domain.order.events import ApprovalRequested, ApprovalVoided, OrderApproved
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.approval import deadline_of, drift, in_words, kind_of, snapshot_of
from tastyflow.domain.risk.checks import AT_PROMOTION, checks_of, wanting_approval
from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.risk.gate import may_promote
from tastyflow.domain.risk.outcomes import Consequence, OrderKind
from tastyflow.domain.risk.worst_case import Trade
from tastyflow.domain.trader import Permission, Trader
from tastyflow.domain.venue import Quote
from tastyflow.errors import IllegalStep, NotApproved
from tests.domain.facts import account, facts
from tests.domain.makers import (
    CALLS,
    DEMO,
    NOW,
    PRODUCTION,
    SANDBOX,
    VERTICAL,
    Log,
    leg,
    limit,
    market,
    option,
    registered,
    why,
)

MICROSECOND = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
EVE = UUID(int=5)
SPY = Equity("SPY")
QUOTES = {
    option("450"): Quote(Decimal("2.40"), Decimal("2.60"), NOW),
    option("460"): Quote(Decimal("1.00"), Decimal("1.10"), NOW),
    SPY: Quote(Decimal("449.90"), Decimal("450.10"), NOW),
}


def calls(quantity: int, price: str):
    return limit(leg("buy_to_open", quantity, option("450")), price=price)


def wanted(ticket, policy: Policy, **known) -> set[RiskCode]:
    return {check.code for check in wanting_approval(checks_of(facts(ticket, quotes=QUOTES, **known), policy))}


# When


@pytest.mark.parametrize(("price", "wants"), [("9.99", False), ("10.00", False), ("10.01", True)])
def test_an_order_that_adds_more_than_the_amount_to_the_loss_wants_approval(price, wants):
    assert (RiskCode.APPROVAL_AMOUNT in wanted(calls(10, price), Policy())) == wants
    assert RiskCode.APPROVAL_AMOUNT not in wanted(calls(10, price), Policy(approval_above_usd=None))


def test_an_order_on_a_named_underlying_or_of_a_named_kind_wants_approval():
    small = calls(1, "0.01")
    assert wanted(small, Policy()) == set()
    assert wanted(small, Policy(approval_symbols=("QQQ",))) == set()
    assert wanted(small, Policy(approval_symbols=("SPY",))) == {RiskCode.APPROVAL_SYMBOL}
    assert wanted(small, Policy(approval_kinds=(OrderKind.SHARES,))) == set()
    assert wanted(small, Policy(approval_kinds=(OrderKind.OPTIONS,))) == {RiskCode.APPROVAL_KIND}


@pytest.mark.parametrize(("named", "wants"), [((), False), (("spreads",), False), (("short_options",), True)])
def test_an_order_that_needs_a_named_permission_wants_approval(named, wants):
    naked = limit(leg("sell_to_open", 1, option("450")), price="2.40", effect="credit")
    policy = Policy(approval_above_usd=None, approval_permissions=named)
    assert (wanted(naked, policy) == {RiskCode.APPROVAL_PERMISSION}) == wants
    assert (wanted(VERTICAL, policy) == {RiskCode.APPROVAL_PERMISSION}) == (named == ("spreads",))


def test_a_check_that_the_operator_wants_approval_for_wants_it():
    early = NOW.replace(hour=4)
    assert RiskCode.HOURS in wanted(calls(1, "2.50"), Policy(hours=Consequence.APPROVAL), now=early)
    blind = Policy(could_not_run={RiskCode.DAILY_LOSS_HALT: Consequence.APPROVAL})
    assert RiskCode.DAILY_LOSS_HALT in wanted(calls(1, "2.50"), blind, loss_today_usd=None)


def test_what_only_takes_risk_away_wants_no_approval():
    everything = Policy(
        approval_above_usd=Decimal(0),
        approval_symbols=("SPY",),
        approval_kinds=tuple(OrderKind),
        hours=Consequence.APPROVAL,
    )
    closing = limit(leg("sell_to_close", 10, option("450")), price="2.30", effect="credit")
    held = Trade({option("450"): 10}, Decimal(-2500))
    assert wanted(closing, everything, held=held, now=NOW.replace(hour=4)) == set()
    assert wanted(calls(10, "2.50"), everything, now=NOW.replace(hour=4)) != set()


def test_a_kind_is_what_an_order_is_made_of():
    covered = limit(leg("buy_to_open", 100, SPY), leg("sell_to_open", 1, option("460")), price="448")
    assert [kind_of(each) for each in (CALLS, VERTICAL, covered)] == [
        OrderKind.OPTIONS, OrderKind.SPREADS, OrderKind.MIXED,
    ]  # fmt: skip
    assert kind_of(limit(leg("buy_to_open", 100, SPY), price="448")) is OrderKind.SHARES


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ((23, 15, 0), (23, 16, 0)),
        ((24, 3, 59), (24, 4, 59)),  # an hour before midnight in New York, and a minute
        ((24, 4, 0), (24, 5, 0)),  # an hour before
        ((24, 4, 1), (24, 5, 0)),  # never beyond
        ((24, 5, 0), (24, 6, 0)),  # the next day
    ],
)
def test_an_order_waits_for_the_time_of_the_policy_and_never_beyond_its_trading_day(at, until):
    moments = [datetime(2026, 11, day, hour, minute, tzinfo=UTC) for day, hour, minute in (at, until)]
    assert deadline_of(moments[0], Policy(approval_within_s=3600.0)) == moments[1]


# The market that is approved


def test_the_market_of_an_order_is_what_a_unit_costs():
    found = snapshot_of(VERTICAL, QUOTES, NOW)
    assert found is not None
    assert (found.bid, found.ask, found.mid) == (Decimal("1.30"), Decimal("1.60"), Decimal("1.45"))
    assert [(each.bid, each.ask) for each in found.legs] == [
        (Decimal("2.40"), Decimal("2.60")),
        (Decimal("1.00"), Decimal("1.10")),
    ]
    sold = limit(
        leg("sell_to_open", 5, option("450")), leg("buy_to_open", 5, option("460")), price="1.3", effect="credit"
    )
    turned = snapshot_of(sold, QUOTES, NOW)
    assert turned is not None
    assert (turned.bid, turned.ask) == (Decimal("-1.60"), Decimal("-1.30"))
    assert [in_words(each) for each in (found, turned)] == ["1.30 / 1.60", "1.30 / 1.60 credit"]
    covered = limit(leg("buy_to_open", 100, SPY), leg("sell_to_open", 1, option("460")), price="448.95")
    found = snapshot_of(covered, QUOTES, NOW)
    assert found is not None
    assert (found.bid, found.ask) == (Decimal("448.80"), Decimal("449.10"))


@pytest.mark.parametrize("quote", [None, ("0", "0"), ("2.50", "2.40"), ("2.40", "0"), ("-1", "2.40")])
def test_without_an_offer_of_every_leg_there_is_no_market(quote):
    quotes = dict(QUOTES)
    del quotes[option("450")]
    if quote is not None:
        quotes[option("450")] = Quote(Decimal(quote[0]), Decimal(quote[1]), NOW)
    assert snapshot_of(VERTICAL, quotes, NOW) is None
    assert snapshot_of(VERTICAL, QUOTES | {option("450"): Quote(Decimal(0), Decimal("0.05"), NOW)}, NOW) is not None


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("moved", "holds"), [("0.249", True), ("0.25", True), ("0.251", False)])
def test_an_approval_stands_a_move_of_the_mid_up_to_the_collar_either_way(sign, moved, holds):
    then = market("2.40", "2.60")  # ten percent of 2.50
    by = sign * Decimal(moved)
    now = evolve(then, bid=then.bid + by, ask=then.ask + by)
    assert (drift(then, now, Policy()) is None) == holds


@pytest.mark.parametrize(("moved", "holds"), [("0.049", True), ("0.05", True), ("0.051", False)])
def test_the_collar_in_dollars_holds_where_it_is_wider(moved, holds):
    then = market("0.09", "0.11")
    now = evolve(then, ask=then.ask + 2 * Decimal(moved))
    assert (drift(then, now, Policy()) is None) == holds


@given(st.integers(-900, 900), st.integers(0, 50), st.integers(-900, 900), st.integers(0, 50))
def test_a_market_that_is_as_it_was_never_drifted_and_the_way_there_is_as_long_as_back(a, width, b, other):
    then = evolve(market(), bid=Decimal(a) / 100, ask=Decimal(a + width) / 100)
    now = evolve(market(), bid=Decimal(b) / 100, ask=Decimal(b + other) / 100)
    fixed = Policy(collar_pct=Decimal(0))
    assert drift(then, then, fixed) is None
    assert (drift(then, now, fixed) is None) == (drift(now, then, fixed) is None)
    assert (drift(then, now, fixed) is None) == (abs(then.mid - now.mid) <= Decimal("0.05"))


# The order itself


def test_what_a_person_must_approve_the_policy_cannot():
    with pytest.raises(NotApproved, match="A person must approve it"):
        Log().waiting().do("approve", approved_by="policy")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"approver": DEMO}, "The trader who asked for it cannot approve it."),
        ({"market": None}, "The market that is approved is not known."),
        ({"approver": None}, "A person must approve it."),
    ],
)
def test_it_is_approved_by_another_person_at_a_market(wrong, sentence):
    with pytest.raises(NotApproved) as no:
        Log().waiting().do("approve", approved_by="eve", **{"approver": EVE, "market": market()} | wrong)
    assert no.value.reasons == (sentence,)


@pytest.mark.parametrize(("off", "in_time"), [(-MICROSECOND, True), (0 * MICROSECOND, False), (MICROSECOND, False)])
def test_it_is_approved_before_its_time_is_over(off, in_time):
    log, at = Log().waiting(), why(NOW + HOUR + off)
    if in_time:
        assert log.do("approve", approved_by="eve", approver=EVE, market=market(), why=at).order.stage is Stage.APPROVED
        return
    with pytest.raises(NotApproved, match="does not wait for approval any more"):
        log.do("approve", approved_by="eve", approver=EVE, market=market(), why=at)


def test_a_person_approves_only_what_asked_for_it():
    with pytest.raises(NotApproved, match="does not wait for approval"):
        Log().rehearsing().tested().do("approve", approved_by="eve", approver=EVE, market=market())
    log = Log().validated_for_a_person().claimed(SANDBOX)
    with pytest.raises(IllegalStep):
        log.do("request_approval", market=market(), until=NOW + HOUR)


def test_it_waits_from_the_request_until_it_is_approved_or_over():
    log = Log().waiting()
    assert log.order.waiting_until == NOW + HOUR
    assert log.order.request_approval(market=market(), until=NOW + 2 * HOUR, why=why()) is None
    assert log.do("approve", approved_by="eve", approver=EVE, market=market()).order.waiting_until is None
    assert Log().waiting().do("withdraw").order.waiting_until is None
    assert Log().waiting().do("void_approval", reason="Moved.", now=market()).order.waiting_until is None
    assert [type(event) for event in Log().approved_by_a_person().events[-2:]] == [ApprovalRequested, OrderApproved]


def test_a_new_rehearsal_keeps_the_request_and_not_the_approval():
    log = Log().approved_by_a_person().rehearsed_again()
    assert log.order.stage is Stage.REHEARSED
    assert log.order.approval is None
    assert log.order.waiting_until == NOW + HOUR


def test_what_was_voided_is_not_claimed():
    log = Log().approved_by_a_person().do("void_approval", reason="Moved.", now=market("3", "3.2"))
    voided = log.events[-1]
    assert isinstance(voided, ApprovalVoided)
    assert (voided.then, voided.now) == (market(), market("3", "3.2"))
    with pytest.raises(NotApproved, match="not approved by a person"):
        log.claimed(PRODUCTION)


def test_what_a_person_must_approve_is_claimed_with_their_approval_of_this_content_only():
    assert Log().approved_by_a_person().claimed(PRODUCTION).order.stage is Stage.SUBMITTING
    order = Log().approved_by_a_person().order
    for forged, sentence in (
        (evolve(order, approval=None), "It was not approved by a person."),
        (evolve(order, approval=evolve(order.approval, approver=DEMO)), "approved by the trader who asked for it."),
        (evolve(order, approval=evolve(order.approval, digest="other")), "Other content was approved."),
    ):
        with pytest.raises(NotApproved, match=sentence):
            forged.claim(PRODUCTION, nonce="n", proof=order.proof, why=why())


# The gate


def eve(permissions=(Permission.APPROVE,), *, suspended: bool = False) -> Trader:
    return evolve(registered(permissions=permissions), id=EVE, name="eve", suspended=suspended)


def reasons(order=None, test=None, **changes) -> tuple[str, ...]:
    """What the gate says of an order that a person approved; *changes* are what is wrong."""
    log = Log().approved_by_a_person()
    order, test = order or log.order, test or log.test
    trader = registered()
    trader = trader.evolved(trader.reserve(order.id, contracts=10, notional_usd=Decimal(2500), why=why()))
    policy = changes.pop("policy", Policy())
    known = facts(order.ticket, trader=trader, now=NOW, balances=account(1_000_000), quotes=QUOTES)
    checks = checks_of(known, policy, sorted(AT_PROMOTION))
    asked = {"approver": eve(), "market": market()} | changes
    return may_promote(order, test, trader, policy, NOW, checks, **asked).reasons


def test_the_gate_lets_pass_what_another_person_approved():
    assert reasons() == ()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"approver": None}, "The person who approved it is not known."),
        ({"approver": evolve(eve(), id=UUID(int=6))}, "The person who approved it is not known."),
        ({"approver": eve(())}, "eve may not approve orders any more."),
        ({"approver": eve(suspended=True)}, "eve, who approved it, is suspended."),
        ({"market": None}, "The market that it was approved at cannot be held against the market now."),
        (
            {"market": market("2.66", "2.86")},
            "The market moved by 0.26, from 2.40 / 2.60 to 2.66 / 2.86; an approval stands a move of 0.25.",
        ),
        (
            {"policy": Policy(approval_symbols=("SPY",))},
            "Every order on SPY wants the approval of another person.",  # since
        ),
    ],
)
def test_the_gate_asks_again_for_all_that_an_approval_is_bound_to(wrong, sentence):
    assert reasons(**wrong) == (sentence,)


@pytest.mark.parametrize(("ask", "passes"), [("2.849", True), ("2.85", True), ("2.851", False)])
def test_at_the_gate_the_market_may_have_moved_by_the_collar(ask, passes):
    moved = market(str(Decimal(ask) - Decimal("0.20")), ask)
    assert (reasons(market=moved) == ()) == passes


def test_what_the_policy_approved_passes_only_while_nothing_wants_a_person():
    log = Log().approved()
    assert reasons(log.order, log.test, approver=None, market=None) == ()
    strict = Policy(approval_kinds=(OrderKind.OPTIONS,))
    said = "Every order of the kind 'options' wants the approval of another person."
    assert reasons(log.order, log.test, approver=None, market=None, policy=strict) == (said,)
    assert reasons(log.order, log.test, policy=strict) == (said,)


def test_an_order_that_a_person_must_approve_does_not_pass_without():
    log = Log().approved_by_a_person()
    forged = evolve(log.order, approval=None)
    assert reasons(forged, log.test) == ("It was not approved by a person.",)


@pytest.mark.parametrize(
    ("chosen", "wants"),
    [
        ({}, False),
        ({"approval_above_usd": Decimal(0)}, True),
        ({"approval_permissions": ("shares",)}, True),
        ({"approval_symbols": ("SPY",)}, True),
        ({"approval_kinds": (OrderKind.MIXED,)}, True),
        ({"beyond_collar": Consequence.APPROVAL}, True),
        ({"hours": Consequence.APPROVAL}, True),
        ({"old_quotes": Consequence.APPROVAL}, True),
        ({"wide_spread": Consequence.APPROVAL}, True),
        ({"could_not_run": {RiskCode.MAX_LOSS: Consequence.APPROVAL}}, True),
    ],
)
def test_a_policy_says_whether_any_order_waits_for_a_person(chosen, wants):
    none = Policy(approval_above_usd=None, approval_permissions=(), beyond_collar=Consequence.REFUSE)
    assert evolve(none, **chosen).wants_approvals is wants
