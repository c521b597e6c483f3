"""
The gate between rehearsal and production: yes, or every reason why not; and the order itself, which says the same.

One order that may pass, and one test for each thing that can be wrong with it. Where the proof is at fault,
`Order.claim` refuses too, whoever calls it.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.checks import AT_PROMOTION, blocking, checks_of
from tastyflow.domain.risk.codes import Consequence, RiskCode
from tastyflow.domain.risk.finding import RiskCheck
from tastyflow.domain.risk.gate import may_promote
from tastyflow.domain.testresult import CheckName, CheckOutcome, TestResult, Verdict
from tastyflow.domain.trader import Limits, Permission, Trader
from tastyflow.domain.venue import Quote, Status
from tastyflow.errors import IllegalStep, NotApproved, NotProven
from tests.domain.facts import account, facts
from tests.domain.makers import (
    NOW,
    POLICY,
    PRODUCTION,
    ROADS,
    SANDBOX,
    VALID_FOR,
    Log,
    concluded_test,
    execution,
    leg,
    limit,
    option,
    registered,
    snapshot,
    turned_away,
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


def test_an_approved_order_with_a_fresh_passed_test_of_its_own_may_pass():
    case = a_case()
    assert case.reasons() == ()
    assert case.claim() is not None


# One thing wrong, one reason


def not_approved() -> Case:
    return a_case(Log().rehearsing().tested())


def tried(times: int) -> Case:
    log = Log().approved()
    for number in range(1, times + 1):
        log.claimed(PRODUCTION).not_sent(attempt=number)
    return a_case(log)


def cancel_wanted() -> Case:
    return a_case(Log().submitting().do("request_cancel").not_sent())


def check_that(outcome: CheckOutcome, policy: Policy = POLICY) -> Case:
    """A test that ended otherwise, while the order still holds the proof of one that passed."""
    case = a_case()
    return evolve(case, test=concluded_test(case.order, worse={"echo": outcome}), policy=policy)


def of_another_day() -> Case:
    late = datetime(2026, 11, 24, 4, 55, tzinfo=UTC)  # five to midnight in New York
    return a_case(Log().approved(at=late), now=late + timedelta(minutes=10))


def used_by_an_order_that_was_placed() -> Case:
    log = Log().submitting().shown(PRODUCTION, snapshot("P-1", Status.LIVE))
    return a_case(evolve_stage(log))


def used_by_one_that_is_unknown() -> Case:
    return a_case(evolve_stage(Log().submitting().lost()))


def evolve_stage(log: Log) -> Log:
    """A log that was brought back to approved by hand: the proof must refuse it even then."""
    log.order = evolve(log.order, stage=Stage.APPROVED)
    return log


def unconcluded() -> Case:
    case = a_case()
    assert case.test is not None
    return evolve(case, test=evolve(case.test, verdict=None))


ABOUT_THE_ORDER = {
    "not approved": (not_approved, "The order is rehearsed, not approved."),
    "without a ticket": (lambda: a_case(evolve_ticket(Log().approved())), "The order has no ticket."),
    "tried too often": (lambda: tried(3), "Production was tried 3 times."),
    "cancel wanted": (cancel_wanted, "The order was asked to be cancelled."),
}
ABOUT_THE_TRADER = {
    "nobody": (lambda: a_case(trader=None), "The trader who asked is not the one who is asking now."),
    "somebody else": (lambda: somebody_else(), "The trader who asked is not the one who is asking now."),
    "nothing reserved": (lambda: a_case(trader=registered()), "Nothing is reserved for this order."),
    "suspended": (lambda: of_trader(lambda t: t.suspend(why=why())), "demo is suspended."),
    "no permission": (
        lambda: of_trader(lambda t: t.set_permissions(frozenset({Permission.VIEW}), why=why())),
        "demo may not trade.",
    ),
    "fewer contracts": (
        lambda: of_trader(lambda t: t.set_limits(Limits(max_contracts=9), why=why())),
        "10 contracts is over demo's limit of 9 an order.",
    ),
    "less money": (
        lambda: of_trader(lambda t: t.set_limits(Limits(max_notional_usd=Decimal("2499.99")), why=why())),
        "The maximum loss is $2,500.00. The limit is $2,499.99 an order.",
    ),
    "less money in all": (
        lambda: of_trader(lambda t: t.set_limits(Limits(max_open_notional_usd=Decimal("2499.99")), why=why())),
        "With all that is held and open, $2,500.00 can be lost. The limit is $2,499.99.",
    ),
    "another list": (
        lambda: of_trader(lambda t: t.set_limits(Limits(symbols=("QQQ",)), why=why())),
        "SPY is not on demo's list.",
    ),
}
ABOUT_THE_TEST = {
    "no test": (lambda: a_case(test=None), "There is no concluded test of this order."),
    "not concluded": (unconcluded, "There is no concluded test of this order."),
    "another test": (
        lambda: a_case(test=evolve(a_case().test, id=OTHER)),
        "There is no passed test of this order.",
    ),
    "an order without proof": (
        lambda: a_case(order=evolve(Log().approved().order, proof=None)),
        "There is no passed test of this order.",
    ),
    "of another order": (lambda: forged(order=OTHER), "The test is of another order."),
    "of other content": (lambda: forged(digest="other"), "The test is of other content."),
    "too old": (lambda: a_case(now=NOW + VALID_FOR + MICROSECOND), "The test is too old."),
    "used, placed": (used_by_an_order_that_was_placed, "The test was used by an earlier attempt."),
    "used, unknown": (used_by_one_that_is_unknown, "The test was used by an earlier attempt."),
}
AT_THE_GATE_ONLY = {
    "in the future": (lambda: a_case(now=NOW - MICROSECOND), "The test lies in the future."),
    "of another day": (of_another_day, "The test is of another trading day."),
    "a policy that was tightened since": (
        lambda: a_case(now=NOW + timedelta(seconds=61), policy=Policy(proof_valid_s=60)),
        "The policy wants a fresher test by now.",
    ),
    "a check that was not required then": (
        lambda: a_case(policy=Policy(required_checks=frozenset(CheckName))),
        "Checks that must pass did not: stream_and_poll.",
    ),
}


def evolve_ticket(log: Log) -> Log:
    """Without a ticket there is no content; a proof of no content is forged with it."""
    assert log.test is not None
    log.test = evolve(log.test, digest="")
    log.order = evolve(log.order, ticket=None, proof=log.test.proof())
    return log


def somebody_else() -> Case:
    case = a_case()
    return evolve(case, trader=evolve(case.trader, id=OTHER))


@pytest.mark.parametrize("wrong", ABOUT_THE_ORDER | ABOUT_THE_TRADER | ABOUT_THE_TEST | AT_THE_GATE_ONLY)
def test_one_thing_wrong_is_one_reason(wrong):
    make, sentence = (ABOUT_THE_ORDER | ABOUT_THE_TRADER | ABOUT_THE_TEST | AT_THE_GATE_ONLY)[wrong]
    assert make().reasons() == (sentence,)


@pytest.mark.parametrize("wrong", ABOUT_THE_TEST)
def test_what_is_wrong_with_the_proof_the_order_refuses_whoever_calls(wrong):
    make, sentence = ABOUT_THE_TEST[wrong]
    case = make()
    if wrong.startswith("used"):  # the attempt that used it bars the next one even before the proof is looked at
        case = evolve(case, order=evolve(case.order, attempts=tuple(settled(a) for a in case.order.attempts)))
    with pytest.raises(NotProven) as no:
        case.claim()
    expected = "There is no passed test of this order." if "no concluded" in sentence else sentence
    assert no.value.reasons == (expected,)
    assert no.value.hint == "Rehearse the order again."


def settled(attempt):
    return evolve(attempt, status=Status.CANCELLED) if attempt.venue is PRODUCTION else attempt


def test_a_proof_that_did_not_pass_proves_nothing_even_if_it_was_recorded():
    case = forged(verdict=Verdict.FAILED, reasons=("echo: another strike",))
    assert case.reasons() == ("The test failed: echo: another strike.", "Its test did not pass.")
    with pytest.raises(NotProven, match="Its test did not pass"):
        case.claim()


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (CheckOutcome.FAILED, "The test failed: echo: echo was looked at."),
        (CheckOutcome.COULD_NOT_RUN, "The test inconclusive: echo: echo was looked at."),
    ],
)
def test_a_check_that_failed_or_could_not_run_is_named_with_what_it_saw(outcome, said):
    assert check_that(outcome).reasons() == (
        said,
        "Checks that must pass did not: echo.",
        "There is no passed test of this order.",
    )


def test_without_a_proof_nothing_is_claimed_from_approved():
    order = Log().approved().order
    with pytest.raises(NotProven, match="There is no passed test"):
        order.claim(PRODUCTION, nonce="n", proof=None, why=why())


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


# All at once


def test_every_reason_is_told_at_once():
    case = a_case(Log().rehearsing().tested(), policy=Policy(max_attempts=0), now=NOW + timedelta(days=2))
    assert case.trader is not None
    trader = evolve(
        case.trader,
        suspended=True,
        permissions=frozenset(),
        reserved={},
        limits=Limits(0, 0, Decimal(0), Decimal(0), ()),
    )
    order = evolve(case.order, cancel_requested=True)
    wrong = evolve(case, order=order, trader=trader)
    assert [check.detail for check in blocking(wrong.checked())] == [
        "SPY is not on demo's list.",
        "10 contracts is over demo's limit of 0 an order.",
        "With all that is held and open, $2,500.00 can be lost. The limit is $0.00.",
        "The maximum loss is $2,500.00. The limit is $0.00 an order.",
        "demo is suspended.",
        "demo may not trade.",
    ]
    assert wrong.reasons() == (
        "The order is rehearsed, not approved.",
        "Production was tried 0 times.",
        "The order was asked to be cancelled.",
        "The test is of another trading day.",
        "The test is too old.",
        "Nothing is reserved for this order.",
        *(check.detail for check in blocking(wrong.checked())),
    )


def test_a_text_that_never_became_a_ticket_does_not_pass():
    case = Case(turned_away().order, None, registered())
    assert case.reasons() == (
        "The order is refused, not approved.",
        "The order has no ticket.",
        "There is no concluded test of this order.",
    )


@pytest.mark.parametrize("road", ROADS)
def test_what_the_gate_lets_pass_the_order_lets_be_claimed(road):
    log = ROADS[road]()
    if log.order.ticket is None:
        return
    case = Case(log.order, log.test, holding(log.order, log.order.notional_usd))
    if case.reasons() == ():
        assert case.claim()
        assert road.startswith("approved")
    else:
        with pytest.raises((NotProven, NotApproved, IllegalStep)):
            case.claim()


def test_asking_the_gate_is_no_step():
    case = a_case()
    before = (case.order, case.test, case.trader)
    case.reasons()
    assert (case.order, case.test, case.trader) == before
