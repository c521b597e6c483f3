"""Every stage against every verb: an order takes exactly the steps on the menu, and says which others there are."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from attrs import evolve

from tastyflow.domain.events import Event
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import EscalationReason, FoundBy
from tastyflow.domain.order.stages import CLAIMS, MENU, NEWS, OVER, Stage
from tastyflow.domain.order.submission import NOTHING_PLACED, OUTCOMES, Attempt, AttemptOutcome
from tastyflow.domain.testresult import TestProof, TestResult
from tastyflow.domain.venue import Status, Venue
from tastyflow.errors import ExcessFill, IllegalStep, NotApproved, NotProven
from tests.domain.makers import (
    ALARM,
    CALLS,
    NOW,
    POSSIBLE_AT,
    PRODUCTION,
    REFUSAL,
    ROADS,
    SANDBOX,
    VALID_FOR,
    Log,
    execution,
    market,
    snapshot,
    why,
)

BECAUSE = {"why": why()}
NO_VERBS = {
    "id_of",
    "is_promoted",
    "draft",
    "turn_away",
    "found",
    "found_id",
    "ticket_at",
    "doubts",
    "lacks_approval",
    "attempt",
    "filled",
    "is_complete",
    "evolved",
    "born_of",
}
OF_THE_SANDBOX = {"forget"}
"""News that only the sandbox has: it is heard at every stage, and is on no menu."""
ON_AN_ATTEMPT = {"adopt", "decline", "not_sent", "lose", "not_found"}


def matching_proof(order: Order) -> TestProof:
    """What a passed test of the latest rehearsal would hand over."""
    latest = order.attempt(SANDBOX)
    test = TestResult.id_of(order.id, latest.external_id) if latest else UUID(int=1)
    return TestProof(test, order.id, order.digest, passed=True, concluded_at=NOW, valid_until=NOW + VALID_FOR)


EDITED = evolve(snapshot("P-edited", Status.LIVE), ticket=evolve(CALLS, price=Decimal("9.00")))


def last_in_production(order: Order) -> int:
    attempt = order.attempt(PRODUCTION)
    return attempt.number if attempt else 1


OWN: Mapping[str, Callable[[Order], Event | None]] = {
    "validate": lambda o: o.validate(notional_usd=Decimal(1), contracts=1, checks=(), **BECAUSE),
    "confirm": lambda o: o.confirm(o.digest, **BECAUSE),
    "refuse": lambda o: o.refuse(**REFUSAL, **BECAUSE),
    "withdraw": lambda o: o.withdraw(**BECAUSE),
    "queue": lambda o: o.queue(SANDBOX, ahead=3, expected_s=1.5, **BECAUSE),
    "claim_sandbox": lambda o: o.claim(SANDBOX, nonce="n", **BECAUSE),
    "conclude_rehearsal": lambda o: o.conclude_rehearsal(matching_proof(o), **BECAUSE),
    "request_approval": lambda o: o.request_approval(market=market(), until=NOW + VALID_FOR, **BECAUSE),
    "approve": lambda o: o.approve(approved_by="policy", **BECAUSE),
    "void_approval": lambda o: o.void_approval(reason="Moved.", now=market(), **BECAUSE),
    "claim_production": lambda o: o.claim(PRODUCTION, nonce="n", proof=o.proof, **BECAUSE),
    "request_cancel": lambda o: o.request_cancel(**BECAUSE),
    "deny_cancel": lambda o: o.deny_cancel(message="too late", **BECAUSE),
    "request_replace": lambda o: o.request_replace(UUID(int=7), digest="d", **BECAUSE),
    "replace": lambda o: o.replace(UUID(int=7), broker_order="P-7", **BECAUSE),
    "deny_replace": lambda o: o.deny_replace(message="too late", **BECAUSE),
    "find_unclaimed": lambda o: o.find_unclaimed(
        len(o.attempts) + 1, broker_order="P-9", account="main", message="Look.", **BECAUSE
    ),
    "change_outside": lambda o: o.change_outside(PRODUCTION, last_in_production(o), EDITED, **BECAUSE),
    "escalate": lambda o: o.escalate(reason=EscalationReason.EXCESS_FILL, message="Look.", **BECAUSE),
    "abandon": lambda o: o.abandon(**BECAUSE),
    "resubmit": lambda o: o.resubmit(by="ann", searched_at=NOW + timedelta(minutes=2), **BECAUSE),
    "retry": lambda o: o.retry(SANDBOX, reason="It was away.", wait_s=2.0, tried=1, tries=3, **BECAUSE),
    "wait": lambda o: o.wait(message="It waits for the sandbox.", silent_s=120.0, **BECAUSE),
}
TOLD: Mapping[str, Callable[[Order, Venue, int], Event | None]] = {
    "adopt": lambda o, v, n: o.adopt(v, n, broker_order="new", found_by=FoundBy.SEARCH, **BECAUSE),
    "decline": lambda o, v, n: o.decline(v, n, code="no", message="No.", **BECAUSE),
    "not_sent": lambda o, v, n: o.not_sent(v, n, message="refused", **BECAUSE),
    "lose": lambda o, v, n: o.lose(v, n, message="timed out", **BECAUSE),
    "not_found": lambda o, v, n: o.not_found(v, n, searches=3, **BECAUSE),
    "go_live": lambda o, v, n: o.go_live(v, n, **BECAUSE),
    "fill": lambda o, v, n: o.fill(v, n, execution("f-new", 1), **BECAUSE),
    "finish": lambda o, v, n: o.finish(v, n, Status.CANCELLED, **BECAUSE),
}
BECOMES: Mapping[AttemptOutcome, set[str]] = {
    AttemptOutcome.PENDING: {"adopt", "decline", "not_sent", "lose"},
    AttemptOutcome.UNKNOWN: {"adopt", "decline", "not_sent", "not_found"},
    AttemptOutcome.NOT_FOUND: {"adopt", "decline", "not_sent"},
    AttemptOutcome.NOT_SENT: {"adopt"},
    AttemptOutcome.DECLINED: {"adopt"},
    AttemptOutcome.ADOPTED: set(),
}
"""What can become of an attempt, a second time."""


def tried(step: Callable[[], Event | None]) -> str | IllegalStep:
    """What came of a verb: an event's name, "nothing", the name of another refusal, or the illegal step itself."""
    try:
        event = step()
    except IllegalStep as no:
        return no
    except (ExcessFill, NotApproved, NotProven) as no:
        return no.code
    return type(event).__name__ if event else "nothing"


def legal(answer: str | IllegalStep) -> bool:
    return not isinstance(answer, IllegalStep)


# The table


def test_the_menu_says_what_was_written_down_a_second_time():
    turned = {verb: {stage for stage in Stage if verb in MENU[stage]} for verb in set().union(*MENU.values())}
    assert turned == {verb: set(stages) for verb, stages in POSSIBLE_AT.items()}


def test_every_stage_has_a_menu_and_every_road_is_named_for_where_it_ends():
    assert set(MENU) == set(Stage)
    assert {name: ROADS[name]().order.stage for name in ROADS} == {
        name: Stage(name.replace(",", " ").split()[0]) for name in ROADS
    }
    assert {road().order.stage for road in ROADS.values()} == set(Stage)


def test_the_menu_names_verbs_that_exist_and_every_verb_is_on_it():
    methods = {name for name in dir(Order) if not name.startswith("_") and callable(getattr(Order, name))} - NO_VERBS
    named = set().union(*MENU.values())
    assert named - set(CLAIMS.values()) == methods - {"claim"} - OF_THE_SANDBOX
    assert set(CLAIMS.values()) <= named
    assert set(OWN) | set(TOLD) == named
    assert set(TOLD) == NEWS


def test_the_outcomes_say_what_was_written_down_a_second_time():
    assert {outcome: set(verbs) for outcome, verbs in OUTCOMES.items()} == BECOMES
    assert {AttemptOutcome.DECLINED, AttemptOutcome.NOT_SENT, AttemptOutcome.NOT_FOUND} == NOTHING_PLACED


# Every stage, every verb


@pytest.mark.parametrize("road", ROADS)
def test_an_order_takes_exactly_the_steps_on_the_menu_of_its_stage(road):
    for verb, step in OWN.items():
        order = ROADS[road]().order
        answer = tried(lambda step=step, order=order: step(order))
        if verb == "request_cancel" and order.cancel_requested and not order.stage.is_over:
            assert answer == "nothing"
        elif order.stage not in POSSIBLE_AT[verb]:
            assert isinstance(answer, IllegalStep), verb
            assert (answer.stage, answer.step, answer.allowed) == (order.stage, verb, tuple(sorted(MENU[order.stage])))
            assert answer.hint == f"From here: {', '.join(sorted(MENU[order.stage]))}.", verb
        else:
            assert legal(answer) == (not hindered(order, verb)), verb


def hindered(order: Order, verb: str) -> bool:
    """What the menu cannot know: an attempt that may still be there, a cancel asked for, a replacement in progress."""
    if verb in CLAIMS.values():
        there = SANDBOX if verb == "claim_sandbox" else PRODUCTION
        return order.needs_confirmation or any(a.is_open for a in order.attempts if a.venue is there)
    return {
        "confirm": order.confirm_until is None,
        "request_replace": order.replacement is not None,
        "replace": order.replacement is None,
        "resubmit": may_be_in_production(order) or order.replacement is not None,
        "change_outside": not (order.attempt(PRODUCTION) and order.attempt(PRODUCTION).broker_order),
    }.get(verb, False)


def may_be_in_production(order: Order) -> bool:
    """Whether production has, or may have, something of it; or was never asked to take it."""
    live = [a for a in order.attempts if a.venue is PRODUCTION]
    return not live or any(a.outcome not in NOTHING_PLACED or a.status is not None for a in live)


@pytest.mark.parametrize("road", ROADS)
def test_news_of_every_attempt_is_heard_exactly_where_it_can_be_true(road):
    for verb, news in TOLD.items():
        order = ROADS[road]().order
        for attempt in order.attempts:
            answer = tried(lambda a=attempt, news=news, order=order: news(order, a.venue, a.number))
            assert answer_expected(order, attempt, verb) == (answer if legal(answer) else "illegal"), (verb, attempt)


def answer_expected(order: Order, attempt: Attempt, verb: str) -> str:
    sandbox = attempt.venue is SANDBOX
    over = attempt.status is not None and attempt.status.is_terminal
    no_news = {
        "lose": attempt.outcome in (AttemptOutcome.UNKNOWN, AttemptOutcome.NOT_FOUND, AttemptOutcome.ADOPTED),
        "go_live": attempt.status is not None,
        "finish": over,
    }
    if no_news.get(verb):
        return "nothing"
    if verb == "adopt" and attempt.broker_order is not None:
        return "duplicate_order"
    if not sandbox and order.stage not in POSSIBLE_AT[verb]:
        return "illegal"
    if verb in ON_AN_ATTEMPT and verb not in BECOMES[attempt.outcome]:
        return "illegal"
    if verb == "fill" and order.filled(attempt.venue) == CALLS.legs[0].quantity:
        return "excess_fill"
    return {
        "adopt": "SubmissionAdopted",
        "decline": "SubmissionDeclined",
        "not_sent": "SubmissionNotSent",
        "lose": "SubmissionLost",
        "not_found": "SubmissionNotFound",
        "go_live": "OrderWentLive",
        "fill": "FillRecorded",
        "finish": "OrderCancelled",
    }[verb]


@pytest.mark.parametrize("venue", Venue)
@pytest.mark.parametrize("verb", TOLD)
def test_there_is_no_news_of_an_attempt_that_was_never_made(verb, venue):
    for road in ROADS.values():
        order = road().order
        with pytest.raises(IllegalStep, match=f"without attempt 9 in {venue}"):
            TOLD[verb](order, venue, 9)


def test_only_what_the_sandbox_had_and_has_not_ended_is_forgotten_by_it_at_whatever_stage():
    for road in ROADS.values():
        order = road().order
        for attempt in (each for each in order.attempts if each.venue is SANDBOX):
            answer = tried(lambda o=order, n=attempt.number: o.forget(n, **BECAUSE))
            if attempt.status is not None and attempt.status.is_terminal:
                assert answer == "nothing"
            elif attempt.outcome is AttemptOutcome.ADOPTED:
                assert answer == "AttemptForgotten"
                after = order.evolved(order.forget(attempt.number, **BECAUSE))
                assert after.stage is order.stage
                assert not next(a for a in after.attempts if a.external_id == attempt.external_id).is_open
            else:
                assert not legal(answer)
        with pytest.raises(IllegalStep):
            order.forget(9, **BECAUSE)


def test_every_outcome_of_an_attempt_at_either_venue_is_reached_by_some_road():
    seen = {(a.venue, a.outcome) for road in ROADS.values() for a in road().order.attempts}
    assert seen >= {(PRODUCTION, outcome) for outcome in AttemptOutcome}
    assert seen >= {(SANDBOX, outcome) for outcome in AttemptOutcome} - {
        (SANDBOX, AttemptOutcome.NOT_SENT),
        (SANDBOX, AttemptOutcome.NOT_FOUND),
    }


def test_news_of_a_rehearsal_is_heard_at_every_stage_and_moves_none():
    for road in ROADS.values():
        log = road()
        for attempt in log.order.attempts:
            if attempt.venue is SANDBOX and attempt.status is None:
                seen = snapshot(attempt.broker_order or "S-late", Status.LIVE, execution("s-1", 3))
                stage = log.order.stage
                log.shown(SANDBOX, seen, attempt=attempt.number)
                assert log.order.stage is stage
                assert log.order.filled(SANDBOX) == 3


# What single rows mean


def test_production_is_claimed_from_approved_and_from_nowhere_else():
    assert [stage for stage in Stage if "claim_production" in MENU[stage]] == [Stage.APPROVED]


def test_once_it_may_be_in_production_nobody_refuses_or_withdraws_it():
    for stage in (Stage.SUBMITTING, Stage.WORKING, Stage.ESCALATED, *OVER):
        assert not MENU[stage] & {"refuse", "withdraw", "approve", "claim_sandbox", "claim_production"}


def test_what_may_be_in_production_can_be_cancelled():
    for stage in (Stage.SUBMITTING, Stage.WORKING, Stage.ESCALATED):
        assert "request_cancel" in MENU[stage]


def test_a_person_can_be_called_from_everywhere_once_it_is_validated():
    assert [stage for stage in Stage if "escalate" not in MENU[stage]] == [Stage.DRAFTED]


def test_an_order_that_turns_up_after_all_becomes_ours_wherever_we_stand():
    roads = [name for name in ROADS if "not sent" in name]
    assert len(roads) == 5
    for name in roads:
        log = ROADS[name]().shown(PRODUCTION, snapshot("P-1", Status.LIVE))
        assert log.order.stage is Stage.ESCALATED, name
        assert log.order.code == EscalationReason.TURNED_UP
        with pytest.raises(IllegalStep):
            log.claimed(PRODUCTION)


def test_a_late_no_to_one_attempt_does_not_close_the_other():
    two = Log().submitting().not_sent().claimed(PRODUCTION).shown(PRODUCTION, snapshot("P-1", Status.LIVE), attempt=1)
    two.do("decline", PRODUCTION, 2, code="no", message="No.")
    assert two.order.stage is Stage.ESCALATED
    two.finished(Status.CANCELLED)
    assert two.order.stage is Stage.CANCELLED


def test_the_end_of_one_attempt_waits_for_the_other():
    two = (
        Log().submitting().not_sent().claimed(PRODUCTION).shown(PRODUCTION, snapshot("P-1", Status.REJECTED), attempt=1)
    )
    assert two.order.stage is Stage.ESCALATED  # the second is still on its way
    two.not_sent(attempt=2)
    assert two.order.stage is Stage.REJECTED


def test_a_search_that_finds_nothing_leaves_the_order_to_what_the_other_attempt_became():
    two = Log().submitting().not_sent().claimed(PRODUCTION).do("lose", PRODUCTION, 2, message="timed out")
    two.shown(PRODUCTION, snapshot("P-1", Status.CANCELLED), attempt=1)
    assert two.order.stage is Stage.ESCALATED
    two.do("not_found", PRODUCTION, 2, searches=3)
    assert two.order.stage is Stage.CANCELLED


def test_an_order_that_was_live_before_its_acceptance_works_with_it():
    log = Log().submitting().do("go_live", PRODUCTION, 1)
    assert log.order.stage is Stage.SUBMITTING
    log.shown(PRODUCTION, snapshot("P-1", Status.LIVE))
    assert log.order.stage is Stage.WORKING


def test_two_attempts_in_production_are_followed_both_and_shown_to_a_person():
    two = Log().submitting().not_sent().claimed(PRODUCTION)
    two.shown(PRODUCTION, snapshot("P-2", Status.LIVE), attempt=2).shown(PRODUCTION, snapshot("P-1"), attempt=1)
    assert (two.order.stage, two.order.code) == (Stage.ESCALATED, "duplicate_order")
    two.shown(PRODUCTION, snapshot("P-1", Status.CANCELLED), attempt=1)
    assert two.order.stage is Stage.ESCALATED
    two.shown(PRODUCTION, snapshot("P-2", Status.FILLED, execution("f", 10)), attempt=2)
    assert two.order.stage is Stage.FILLED


def test_what_is_over_stays_over_under_an_alarm_and_the_alarm_rings_once():
    for name, road in ROADS.items():
        log = road()
        if log.order.stage.is_over:
            stage = log.order.stage
            log.do("escalate", **ALARM)
            assert (log.order.stage, log.order.code) == (stage, "strange"), name
            assert log.order.escalate(**ALARM, **BECAUSE) is None


def test_a_cancel_that_was_asked_for_is_not_outlived_by_another_attempt():
    log = Log().submitting().do("request_cancel").not_sent()
    assert log.order.stage is Stage.APPROVED
    with pytest.raises(IllegalStep, match="asked to be cancelled"):
        log.claimed(PRODUCTION)


def test_an_attempt_that_may_be_there_bars_the_next_even_when_a_later_one_is_over():
    log = Log().validated().claimed(SANDBOX).do("lose", SANDBOX, 1, message="timed out")
    log.do("not_found", SANDBOX, 1, searches=3).claimed(SANDBOX)
    log.do("decline", SANDBOX, 2, code="no", message="No.").shown(SANDBOX, snapshot("S-1", Status.LIVE), attempt=1)
    with pytest.raises(IllegalStep, match="attempt 1 still open") as no:
        log.claimed(SANDBOX)
    assert "withdraw" in no.value.hint
    assert "claim_sandbox" not in no.value.allowed


def test_attempts_are_numbered_and_tagged_one_by_one():
    order = Log().submitting().not_sent().claimed(PRODUCTION).order
    assert [(a.venue, a.number) for a in order.attempts] == [(SANDBOX, 1), (PRODUCTION, 1), (PRODUCTION, 2)]
    tags = [a.external_id for a in order.attempts]
    assert len(set(tags)) == 3
    assert tags[1][:-1] == tags[2][:-1]
    assert [len(tag) for tag in tags] == [28] * 3
    assert tags[0].startswith("tf1-s-")
    assert tags[1].startswith("tf1-p-")


def test_a_replacement_is_one_at_a_time_and_the_one_that_was_asked_for():
    log = Log().working().do("request_replace", UUID(int=7), digest="d")
    with pytest.raises(IllegalStep, match="being replaced"):
        log.do("request_replace", UUID(int=8), digest="d")
    with pytest.raises(IllegalStep, match="not to be replaced by that order") as no:
        log.do("replace", UUID(int=8), broker_order="P-8")
    assert "replace" not in no.value.allowed
    log.do("deny_replace", message="too late").do("request_replace", UUID(int=8), digest="d")
    assert log.order.replacement == UUID(int=8)


def test_the_stream_may_tell_the_cancel_of_a_replaced_order_before_the_answer_does():
    log = ROADS["cancelled while being replaced"]()
    log.do("replace", UUID(int=7), broker_order="P-7")
    assert (log.order.stage, log.order.message) == (Stage.CANCELLED, f"replaced by order {UUID(int=7).hex[:6]}")


def test_a_test_concludes_the_rehearsal_that_it_watched_and_no_other():
    first = Log().rehearsing().tested()
    again = first.claimed(SANDBOX).shown(SANDBOX, snapshot("S-2", Status.CANCELLED), attempt=2)
    with pytest.raises(NotProven, match="earlier rehearsal"):
        again.do("conclude_rehearsal", first.test.proof())


@pytest.mark.parametrize("changed", [{"order": UUID(int=9)}, {"digest": "other"}])
def test_a_test_of_another_order_or_of_other_content_concludes_nothing(changed):
    order = Log().rehearsing().order
    with pytest.raises(NotProven, match="not of this order's content"):
        order.conclude_rehearsal(evolve(matching_proof(order), **changed), **BECAUSE)


def test_a_passed_test_of_what_the_sandbox_never_had_concludes_nothing():
    log = Log().do("validate", notional_usd=Decimal(1), contracts=1, checks=()).do("claim", SANDBOX, nonce="n")
    proof = matching_proof(log.order)
    with pytest.raises(NotProven, match="never had the order"):
        log.order.conclude_rehearsal(proof, **BECAUSE)
    assert log.order.conclude_rehearsal(evolve(proof, passed=False), **BECAUSE) is not None


def test_an_escalated_order_that_never_left_waits_for_the_person():
    log = Log().submitting().do("escalate", **ALARM).not_sent()
    assert log.order.stage is Stage.ESCALATED


@pytest.mark.parametrize("searched", [False, True])
def test_a_sender_that_knows_that_it_never_left_ends_the_only_doubt_that_a_person_was_called_for(searched):
    log = Log().submitting().lost()
    if searched:
        log.do("not_found", PRODUCTION, 1, searches=3)
    log.in_doubt().not_sent()
    assert (log.order.stage, log.order.attempt(PRODUCTION).outcome) == (Stage.APPROVED, AttemptOutcome.NOT_SENT)
    assert not log.order.is_of_unknown_outcome


@pytest.mark.parametrize("verb", ["not_sent", "decline"])
def test_what_its_sender_knows_for_certain_ends_the_search_and_not_the_end_that_a_person_gave_it(verb):
    log = Log().submitting().lost().do("not_found", PRODUCTION, 1, searches=3).in_doubt().do("abandon")
    said = {"not_sent": {"message": "held up"}, "decline": {"code": "no", "message": "No."}}[verb]
    log.do(verb, PRODUCTION, 1, **said)
    assert log.order.stage is {"not_sent": Stage.ABANDONED, "decline": Stage.REJECTED}[verb]
    assert not log.order.is_of_unknown_outcome


def test_that_it_waits_in_a_queue_is_told_once_for_each_venue():
    log = Log().validated().do("queue", SANDBOX, ahead=3, expected_s=1.5)
    assert log.order.queue(SANDBOX, ahead=9, expected_s=9.0, **BECAUSE) is None
    assert (log.order.stage, log.order.queued_at) == (Stage.VALIDATED, (SANDBOX,))
    assert log.order.queue(PRODUCTION, ahead=1, expected_s=2.0, **BECAUSE) is not None


# Legality in words


def test_an_illegal_step_says_where_it_stands_and_what_is_possible():
    with pytest.raises(IllegalStep) as no:
        Log().do("approve", approved_by="me")
    assert str(no.value) == "Cannot approve an order that is drafted."
    assert (no.value.stage, no.value.step, no.value.code) == ("drafted", "approve", "illegal_step")
    assert no.value.hint == "From here: refuse, validate, withdraw."


def test_an_illegal_outcome_speaks_of_the_attempt():
    with pytest.raises(IllegalStep, match="Cannot not found attempt 1 in production that is pending") as no:
        Log().submitting().do("not_found", PRODUCTION, 1, searches=3)
    assert no.value.allowed == ("adopt", "decline", "lose", "not_sent")
