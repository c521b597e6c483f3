"""What a venue says of an order: each word heard once, in any order, and what cannot be true shown to a person."""

from decimal import Decimal

import pytest
from attrs import evolve

from tastyflow.domain.order.events import EscalationReason, FoundBy
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.venue import Phase, Status
from tastyflow.domain.venue.hearing import attempt_of, hear
from tests.domain.makers import CALLS, PRODUCTION, SANDBOX, Log, execution, snapshot, why

FOUR, SIX = execution("f-1", 4), execution("f-2", 6)


def told(log: Log, status: Status, *fills, venue=PRODUCTION, broker_order="P-1", attempt=1, reason="") -> list[str]:
    """What a snapshot adds, by the names of the events; they are taken."""
    known = len(log.events)
    log.shown(venue, snapshot(broker_order, status, *fills, reason=reason), attempt=attempt)
    return [type(event).__name__ for event in log.events[known:]]


# The usual way


def test_a_snapshot_adds_only_what_is_new_in_it():
    log = Log().submitting()
    assert told(log, Status.ROUTED) == ["SubmissionAdopted"]
    assert told(log, Status.ROUTED) == []
    assert told(log, Status.IN_FLIGHT) == []
    assert told(log, Status.LIVE) == ["OrderWentLive"]
    assert told(log, Status.LIVE, FOUR) == ["FillRecorded"]
    assert told(log, Status.LIVE, FOUR) == []
    assert told(log, Status.FILLED, FOUR, SIX) == ["FillRecorded", "OrderFilled"]
    assert told(log, Status.FILLED, FOUR, SIX) == []
    assert log.order.stage is Stage.FILLED


def test_one_snapshot_can_tell_the_whole_story():
    log = Log().submitting()
    assert told(log, Status.FILLED, FOUR, SIX) == ["SubmissionAdopted", "FillRecorded", "FillRecorded", "OrderFilled"]


def test_the_last_fill_fills_the_order_even_while_it_is_called_live():
    log = Log().working()
    assert told(log, Status.LIVE, FOUR, SIX) == ["FillRecorded", "FillRecorded", "OrderFilled"]


def test_filled_is_not_believed_before_the_fills_are_there():
    log = Log().working()
    assert told(log, Status.FILLED, FOUR) == ["FillRecorded"]
    assert log.order.stage is Stage.WORKING
    assert told(log, Status.FILLED, FOUR, SIX) == ["FillRecorded", "OrderFilled"]


@pytest.mark.parametrize(
    ("status", "event", "stage"),
    [
        (Status.CANCELLED, "OrderCancelled", Stage.CANCELLED),
        (Status.REMOVED, "OrderCancelled", Stage.CANCELLED),
        (Status.PARTIALLY_REMOVED, "OrderCancelled", Stage.CANCELLED),
        (Status.EXPIRED, "OrderExpired", Stage.EXPIRED),
        (Status.REJECTED, "OrderRejected", Stage.REJECTED),
    ],
)
def test_every_end_is_told_once_with_the_venues_words(status, event, stage):
    log = Log().working()
    assert told(log, status, FOUR, reason="Session offline") == ["FillRecorded", event]
    assert (log.order.stage, log.order.message) == (stage, "Session offline")
    assert told(log, status, FOUR) == []
    assert told(log, Status.LIVE, FOUR) == []
    assert log.order.filled(PRODUCTION) == 4


# Late and crossing


def test_a_fill_can_cross_our_cancel_and_is_kept_as_late():
    log = Log().working()
    told(log, Status.CANCELLED)
    assert told(log, Status.CANCELLED, FOUR) == ["FillRecorded"]
    assert log.events[-1].late
    assert log.order.stage is Stage.CANCELLED
    assert told(log, Status.CANCELLED, FOUR, SIX) == ["FillRecorded", "OrderFilled"]
    assert log.order.stage is Stage.FILLED


def test_an_end_told_before_the_acceptance_does_not_come_back_to_work():
    log = Log().submitting().finished(Status.CANCELLED)
    assert told(log, Status.LIVE) == ["SubmissionAdopted"]
    assert log.order.stage is Stage.CANCELLED


def test_only_a_last_fill_overrules_an_end():
    log = Log().working()
    told(log, Status.CANCELLED)
    for status in (Status.EXPIRED, Status.REJECTED, Status.REMOVED, Status.FILLED, Status.LIVE):
        assert told(log, status) == []
    assert log.order.stage is Stage.CANCELLED


def test_a_no_can_be_wrong():
    log = Log().submitting().do("decline", PRODUCTION, 1, code="no", message="No.")
    assert told(log, Status.LIVE, FOUR) == ["SubmissionAdopted", "OrderEscalated", "OrderWentLive", "FillRecorded"]
    assert (log.order.stage, log.order.code) == (Stage.ESCALATED, EscalationReason.TURNED_UP)


# Whose it is


def test_an_order_is_known_by_its_broker_id_else_by_its_tag():
    order = Log().working().order
    attempt = order.attempts[-1]
    assert attempt_of(order, PRODUCTION, snapshot("P-1")) == attempt
    assert attempt_of(order, PRODUCTION, snapshot("P-9", external_id=attempt.external_id)) == attempt
    assert attempt_of(order, PRODUCTION, snapshot("P-9", external_id="theirs")) is None
    assert attempt_of(order, PRODUCTION, snapshot("P-9")) is None
    assert attempt_of(order, SANDBOX, snapshot("P-1")) is None  # an id means something at its own venue only


def test_what_is_not_ours_is_not_heard():
    order = Log().working().order
    seen = snapshot("P-9", Status.FILLED, FOUR, external_id="theirs")
    assert hear(order, PRODUCTION, seen, found_by=FoundBy.STREAM, why=why()).events == []


def test_how_it_was_found_is_recorded():
    order = Log().submitting().order
    seen = snapshot("P-1", external_id=order.attempts[-1].external_id)
    (adopted,) = hear(order, PRODUCTION, seen, found_by=FoundBy.SEARCH, why=why()).events
    assert (adopted.found_by, adopted.broker_order) == ("search", "P-1")


# What cannot be true


@pytest.mark.parametrize(
    ("fills", "message"),
    [
        ([execution("f-3", 11)], "11 of SPY"),
        ([FOUR, execution("f-3", 7)], "11 of SPY   261218C00450000 filled where 10 were ordered"),
        ([execution("f-3", 1, "QQQ")], "1 of QQQ filled where 0 were ordered"),
        ([execution("f-3", 0)], "0 of SPY"),
        ([execution("f-3", -4)], "-4 of SPY"),
        ([FOUR, evolve(FOUR, price=Decimal("2.51"))], "Fill f-1 came twice, with different figures"),
        ([FOUR, evolve(FOUR, quantity=5)], "Fill f-1 came twice"),
        ([FOUR, evolve(FOUR, symbol="SPY")], "Fill f-1 came twice"),
    ],
)
def test_a_fill_that_cannot_be_is_not_counted_but_shown_to_a_person(fills, message):
    log = Log().working()
    before = log.order.filled(PRODUCTION)
    events = told(log, Status.LIVE, *fills)
    assert events[-1] == "OrderEscalated"
    assert (log.order.stage, log.order.code) == (Stage.ESCALATED, "excess_fill")
    assert message in log.order.message
    assert log.order.filled(PRODUCTION) == before + sum(f.quantity for f in fills[:-1])


@pytest.mark.parametrize("end", [Status.LIVE, Status.FILLED, Status.CANCELLED])
def test_an_alarm_rings_once_however_often_the_same_is_heard(end):
    log = Log().working()
    if end is not Status.LIVE:
        told(log, end, FOUR, SIX)
    for _ in range(5):
        told(log, end, FOUR, SIX, execution("f-3", 1))
    assert [type(event).__name__ for event in log.events].count("OrderEscalated") == 1


def test_a_second_order_under_one_tag_is_shown_to_a_person_and_the_first_stays_ours():
    log = Log().working()
    assert told(log, Status.LIVE, FOUR, broker_order="P-2") == ["OrderEscalated"]
    assert (log.order.stage, log.order.code) == (Stage.ESCALATED, "duplicate_order")
    assert log.order.attempts[-1].broker_order == "P-1"
    assert log.order.filled(PRODUCTION) == 0


def test_fills_of_two_attempts_in_production_never_count_beyond_the_order():
    log = Log().submitting().not_sent().claimed(PRODUCTION)
    told(log, Status.FILLED, FOUR, SIX, broker_order="P-2", attempt=2)
    assert told(log, Status.LIVE, broker_order="P-1") == ["SubmissionAdopted", "OrderEscalated", "OrderWentLive"]
    assert told(log, Status.LIVE, execution("x", 1), broker_order="P-1") == ["OrderEscalated"]
    assert log.order.filled(PRODUCTION) == 10


def test_every_rehearsal_may_fill_in_full():
    log = Log().validated().claimed(SANDBOX)
    told(log, Status.FILLED, FOUR, SIX, venue=SANDBOX, broker_order="S-1")
    log.claimed(SANDBOX)
    told(log, Status.FILLED, execution("g", 10), venue=SANDBOX, broker_order="S-2", attempt=2)
    assert log.order.filled(SANDBOX) == 20
    assert log.order.filled(SANDBOX, attempt=2) == 10
    assert log.order.filled(PRODUCTION) == 0
    assert log.order.stage is Stage.REHEARSING


def test_a_fill_of_the_rehearsal_is_no_fill_of_the_order():
    log = Log().approved()
    told(log, Status.CANCELLED, FOUR, SIX, venue=SANDBOX, broker_order="S-1")
    assert (log.order.stage, log.order.filled(SANDBOX)) == (Stage.APPROVED, 10)
    log.claimed(PRODUCTION)
    assert told(log, Status.LIVE, FOUR) == ["SubmissionAdopted", "OrderWentLive", "FillRecorded"]  # its ids are its own


# Statuses


def test_every_status_belongs_to_one_of_three_phases():
    phases = {
        Phase.SUBMISSION: {Status.RECEIVED, Status.ROUTED, Status.IN_FLIGHT, Status.CONTINGENT},
        Phase.WORKING: {Status.LIVE, Status.CANCEL_REQUESTED, Status.REPLACE_REQUESTED},
        Phase.TERMINAL: {Status.FILLED, Status.CANCELLED, Status.EXPIRED, Status.REJECTED}
        | {Status.REMOVED, Status.PARTIALLY_REMOVED},
    }
    assert {status: status.phase for status in Status} == {s: phase for phase, those in phases.items() for s in those}
    assert [phase.rank for phase in Phase] == [0, 1, 2]
    assert {status for status in Status if status.is_terminal} == phases[Phase.TERMINAL]


def test_a_snapshot_counts_its_fills_leg_by_leg():
    symbol = CALLS.legs[0].instrument.occ
    seen = snapshot("P-1", Status.LIVE, FOUR, SIX, execution("q", 1, "QQQ"))
    assert (seen.filled(symbol), seen.filled("QQQ"), seen.filled("IWM")) == (10, 1, 0)


# Other content


@pytest.mark.parametrize("changed", [{"price": Decimal("2.55")}, {"price": Decimal("2.45")}])
def test_production_with_other_content_than_was_tested_is_a_persons_business(changed):
    log = Log().submitting()
    log.shown(PRODUCTION, evolve(snapshot("P-1", Status.LIVE), ticket=evolve(CALLS, **changed)))
    assert log.order.stage is Stage.ESCALATED
    assert log.order.code == "echo_differs"
    assert log.order.attempt(PRODUCTION).broker_order == "P-1"


def test_production_with_the_same_content_is_nobodys_business():
    log = Log().submitting()
    log.shown(PRODUCTION, evolve(snapshot("P-1", Status.LIVE), ticket=CALLS))
    assert log.order.stage is Stage.WORKING
