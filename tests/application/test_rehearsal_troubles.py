"""What of a rehearsal failed, and what could not run: row by row of the table in `rehearsal/checks.py`."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.application.rehearsal.checks import Observed, checks_of, not_acknowledged
from tastyflow.application.rehearsal.troubles import trouble_of
from tastyflow.domain.testresult import TROUBLES, Check, CheckName, CheckOutcome, Trouble, Verdict
from tastyflow.domain.testresult.verdict import verdict_on
from tastyflow.domain.ticket import Action, Leg, OrderType, PriceEffect, Ticket
from tastyflow.domain.venue import BrokerOrder, Status, VenueFill
from tastyflow.errors import NotSent, OutcomeUnknown, VenueRefused
from tests.application.kit import FRIDAY
from tests.application.staging import SPREAD

FAILED, PASSED, COULD_NOT_RUN = CheckOutcome.FAILED, CheckOutcome.PASSED, CheckOutcome.COULD_NOT_RUN
TICKET = Ticket(
    tuple(Leg(Action.BUY_TO_OPEN if n == 0 else Action.SELL_TO_OPEN, 2, each) for n, each in enumerate(SPREAD)),
    OrderType.LIMIT, Decimal("2.50"), PriceEffect.DEBIT,
)  # fmt: skip
SILENCE, NO = OutcomeUnknown("No answer."), VenueRefused("No.", code="cannot_cancel")


def seen(status, *filled, **more):
    fills = tuple(
        VenueFill(f"f{n}", leg.instrument.occ, quantity, Decimal(1), FRIDAY)
        for n, (leg, quantity) in enumerate(zip(TICKET.legs, filled, strict=False))
        if quantity
    )
    return BrokerOrder("1", "tf1-s-x-1", status, FRIDAY + timedelta(seconds=len(fills)), TICKET, fills, **more)


def said(snapshot, **observed):
    watched = Observed(TICKET, True, 1.0, [snapshot], **observed)
    return {check.name: check.outcome for check in checks_of(watched)}


LIVE, SHORT, WHOLE = seen(Status.LIVE), seen(Status.FILLED, 2), seen(Status.FILLED, 2, 2)
OFFLINE = seen(Status.REJECTED, reason="Session offline")


@pytest.mark.parametrize(
    ("check", "snapshot", "observed", "outcome"),
    [
        (CheckName.FILL, LIVE, {}, FAILED),
        (CheckName.FILL, LIVE, {"uncancelled": NO}, FAILED),
        (CheckName.FILL, LIVE, {"uncancelled": SILENCE}, COULD_NOT_RUN),
        (CheckName.FILL, LIVE, {"unasked": SILENCE}, COULD_NOT_RUN),
        (CheckName.FILL, LIVE, {"was_reset": True}, COULD_NOT_RUN),
        (CheckName.FILL, OFFLINE, {}, COULD_NOT_RUN),
        (CheckName.FILL, seen(Status.REJECTED, reason="Off tick"), {"unasked": SILENCE}, FAILED),
        (CheckName.FILL, WHOLE, {"unasked": SILENCE}, PASSED),
        (CheckName.FILLS_ADD_UP, SHORT, {}, FAILED),
        (CheckName.FILLS_ADD_UP, SHORT, {"unasked": SILENCE}, COULD_NOT_RUN),
        (CheckName.FILLS_ADD_UP, SHORT, {"was_reset": True}, COULD_NOT_RUN),
        (CheckName.FILLS_ADD_UP, seen(Status.FILLED, 3), {"unasked": SILENCE}, FAILED),
        (CheckName.FILLS_ADD_UP, WHOLE, {"unasked": SILENCE}, PASSED),
        (CheckName.TIDY, LIVE, {}, FAILED),
        (CheckName.TIDY, LIVE, {"uncancelled": NO}, FAILED),
        (CheckName.TIDY, LIVE, {"uncancelled": SILENCE}, COULD_NOT_RUN),
        (CheckName.TIDY, LIVE, {"was_reset": True}, COULD_NOT_RUN),
        (CheckName.TIDY, WHOLE, {"unasked": SILENCE}, PASSED),
        (CheckName.ECHO, LIVE, {"was_reset": True}, PASSED),
        (CheckName.ECHO, evolve(LIVE, ticket=None), {"was_reset": True}, COULD_NOT_RUN),
        (CheckName.ECHO, evolve(LIVE, ticket=evolve(TICKET, price=Decimal(3))), {"was_reset": True}, FAILED),
    ],
)
def test_a_check_fails_where_the_sandbox_looked_and_could_not_run_where_it_did_not_say(
    check, snapshot, observed, outcome
):
    assert said(snapshot, **observed)[check] is outcome


@given(
    st.sampled_from([s for s in Status if not s.is_terminal]),
    st.lists(st.integers(0, 2), max_size=2),
    st.sampled_from([{"unasked": SILENCE}, {"uncancelled": SILENCE}, {"was_reset": True}]),
)
def test_nothing_is_said_to_be_tidy_and_nothing_to_be_bad_where_the_end_was_not_seen(status, filled, observed):
    outcomes = said(seen(status, *filled), **observed)
    assert outcomes[CheckName.TIDY] is COULD_NOT_RUN
    assert FAILED not in outcomes.values()


@given(
    st.lists(st.sampled_from(CheckOutcome), min_size=len(CheckName), max_size=len(CheckName)),
    st.frozensets(st.sampled_from([name.value for name in CheckName])),
    st.sampled_from(Trouble),
)
def test_a_rehearsal_in_trouble_never_passes_and_a_failed_check_stays_a_failure(outcomes, required, trouble):
    checks = [Check(name, outcome, "x") for name, outcome in zip(CheckName, outcomes, strict=True)]
    planned = tuple(name.value for name in CheckName)
    verdict, reasons = verdict_on(checks, planned=planned, required=required, trouble=trouble)
    assert verdict is (Verdict.FAILED if FAILED in outcomes else Verdict.INCONCLUSIVE)
    assert reasons
    calm, _ = verdict_on(checks, planned=planned, required=required)
    assert calm is verdict or calm is Verdict.PASSED


@pytest.mark.parametrize(
    ("failure", "trouble"),
    [
        (NotSent("x"), Trouble.UNREACHABLE),
        (NotSent("x", code="no_connection"), Trouble.UNREACHABLE),
        (NotSent("x", code="no_login"), Trouble.NO_LOGIN),
        (NotSent("x", code="too_busy"), Trouble.BUSY),
        (OutcomeUnknown("x"), Trouble.SILENT),
        (OutcomeUnknown("x", code="no_answer"), Trouble.SILENT),
        (OutcomeUnknown("x", code="http_502"), Trouble.FAILING),
        (OutcomeUnknown("x", code="unreadable"), Trouble.FAILING),
        (OutcomeUnknown("x", code="unauthorized"), Trouble.NO_LOGIN),
        (OutcomeUnknown("x", code="rate_limited"), Trouble.BUSY),
        (VenueRefused("x", code="auth"), Trouble.LOGIN_REFUSED),
        (VenueRefused("x", code="instrument_validation_failed"), Trouble.STALE_SYMBOLS),
        (VenueRefused("x", code="margin_check_failed"), None),
    ],
)
def test_each_failure_is_one_trouble_or_the_sandboxes_word_about_the_order(failure, trouble):
    assert trouble_of(failure) is trouble
    assert not_acknowledged(failure).outcome is (COULD_NOT_RUN if trouble else FAILED)


def test_every_trouble_has_a_row_that_reads_as_a_clause_and_a_hint_that_is_a_sentence():
    assert set(TROUBLES) == set(Trouble)
    for trouble, about in TROUBLES.items():
        assert "sandbox" in about.words, trouble
        assert about.words[0].islower()
        assert not about.words.endswith(".")
        assert about.hint.endswith(".")
