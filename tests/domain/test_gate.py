"""
The gate between rehearsal and production: yes, or every reason why not; and the order itself, which says the same.

One order that may pass, and one test for each thing that can be wrong with it. Where the proof is at fault,
`Order.claim` refuses too, whoever calls it.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.checks import blocking
from tastyflow.domain.testresult import CheckName, CheckOutcome, Verdict
from tastyflow.domain.trader import Limits, Permission
from tastyflow.domain.venue import Status
from tastyflow.errors import IllegalStep, NotApproved, NotProven
from tests.domain.gate_cases import MICROSECOND, OTHER, Case, a_case, evolve_stage, forged, holding, of_trader, tried
from tests.domain.makers import (
    NOW,
    POLICY,
    PRODUCTION,
    ROADS,
    VALID_FOR,
    Log,
    concluded_test,
    registered,
    snapshot,
    turned_away,
    why,
)


def test_an_approved_order_with_a_fresh_passed_test_of_its_own_may_pass():
    case = a_case()
    assert case.reasons() == ()
    assert case.claim() is not None


# One thing wrong, one reason


def not_approved() -> Case:
    return a_case(Log().rehearsing().tested())


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
