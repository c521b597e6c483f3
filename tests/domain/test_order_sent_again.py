"""An order in doubt that a person lets be sent again: it begins anew, and the first one can still turn up."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tastyflow.domain.order.stages import Stage
from tastyflow.domain.venue import Status
from tastyflow.errors import IllegalStep, NotApproved
from tests.domain.makers import (
    NOW,
    PRODUCTION,
    SANDBOX,
    VALID_FOR,
    Log,
    market,
    snapshot,
    why,
)

BECAUSE = {"why": why()}


def resubmitting(log: Log, **more: Any) -> Log:
    return log.do("resubmit", **({"by": "ann", "searched_at": NOW + timedelta(minutes=2)} | more))


def in_doubt() -> Log:
    return Log().submitting().lost().do("not_found", PRODUCTION, 1, searches=3).in_doubt()


def test_what_is_sent_again_begins_anew_with_a_rehearsal_of_its_own():
    log = Log().resubmitted()
    assert (log.order.stage, log.order.proof, log.order.approved_by) == (Stage.VALIDATED, None, "")
    again = log.rehearsed_again().do("approve", approved_by="policy").claimed(PRODUCTION)
    assert [a.number for a in again.order.attempts if a.venue is PRODUCTION] == [1, 2]
    assert again.order.attempt(PRODUCTION).proof != again.order.attempts[1].proof


@pytest.mark.parametrize("stage", ["validated", "rehearsing", "rehearsed", "approved"])
def test_what_was_sent_first_and_turns_up_keeps_the_second_from_being_sent(stage):
    log = Log().resubmitted()
    if stage != "validated":
        log.claimed(SANDBOX)
    if stage in ("rehearsed", "approved"):
        log.shown(SANDBOX, snapshot("S-2", Status.CANCELLED), attempt=2).tested()
    if stage == "approved":
        log.do("approve", approved_by="policy")
    log.shown(PRODUCTION, snapshot("P-1", Status.LIVE))
    assert log.order.stage is Stage.WORKING
    with pytest.raises(IllegalStep):
        log.claimed(PRODUCTION)


def test_the_first_that_turns_up_beside_the_second_is_shown_to_a_person_as_a_duplicate():
    log = Log().resubmitted().rehearsed_again().do("approve", approved_by="policy").claimed(PRODUCTION)
    log.shown(PRODUCTION, snapshot("P-2", Status.LIVE), attempt=2).shown(PRODUCTION, snapshot("P-1", Status.LIVE))
    assert (log.order.stage, log.order.code) == (Stage.ESCALATED, "duplicate_order")
    with pytest.raises(IllegalStep, match="in production, or perhaps there"):
        resubmitting(log)


@pytest.mark.parametrize(
    ("log", "why_not"),
    [
        (lambda: Log().submitting().lost().in_doubt(), "attempt 1 in production, or perhaps there"),
        (lambda: Log().submitting().in_doubt(), "attempt 1 in production, or perhaps there"),
        (lambda: Log().working().in_doubt(), "attempt 1 in production, or perhaps there"),
        (lambda: Log().rehearsing().in_doubt(), "before anything was sent"),
        (lambda: in_doubt().do("request_cancel"), "asked to be cancelled"),
    ],
)
def test_what_may_be_in_production_or_is_not_wanted_is_not_sent_again(log, why_not):
    with pytest.raises(IllegalStep, match=why_not):
        resubmitting(log())


def test_a_search_from_before_the_attempt_says_nothing_of_it():
    with pytest.raises(IllegalStep, match="not searched for since it was sent"):
        resubmitting(in_doubt(), searched_at=NOW)


def test_neither_the_trader_nor_who_lets_it_be_sent_again_approves_it():
    ann = UUID(int=11)
    log = Log().resubmitted(resubmitter=ann, approval="It may be there.").rehearsed_again()
    log.do("request_approval", market=market(), until=NOW + VALID_FOR)
    for person in (None, log.order.asked.trader, ann):
        with pytest.raises(NotApproved):
            log.do("approve", approved_by="?", approver=person, market=market())
    assert log.do("approve", approved_by="eve", approver=UUID(int=5), market=market()).order.stage is Stage.APPROVED


def test_it_is_sent_again_with_one_reason_for_a_person_however_often():
    log = Log().resubmitted(approval="It may be there.").rehearsed_again()
    log.do("request_approval", market=market(), until=NOW + VALID_FOR)
    log.do("approve", approved_by="eve", approver=UUID(int=5), market=market()).claimed(PRODUCTION)
    log.do("lose", PRODUCTION, 2, message="timed out").do("not_found", PRODUCTION, 2, searches=3).in_doubt()
    resubmitting(log, approval="It may be there.")
    assert log.order.approval_reasons == (("resubmitted", "It may be there."),)
