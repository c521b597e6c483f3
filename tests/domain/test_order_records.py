"""Records obey: every event of an order replays at every stage, and every road replays to the same order."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tastyflow.domain.events import TOPICS, Event, next_of
from tastyflow.domain.order import Order
from tastyflow.domain.order import events as happened
from tests.domain.makers import (
    ALARM,
    CALLS,
    NOW,
    PRODUCTION,
    REFUSAL,
    ROADS,
    SANDBOX,
    Log,
    market,
    why,
)

BECAUSE = {"why": why()}

AFTER_THE_FIRST = [
    kind for name, kind in TOPICS.items() if name.startswith("tastyflow.order.") and kind is not happened.OrderDrafted
]


def forged(order: Order) -> list[Event]:
    """One event of every kind, next on *order*, whether it could happen there or not."""
    common = next_of(order, why())
    of_attempt = {"venue": PRODUCTION, "attempt": 1}
    details: dict[str, dict[str, Any]] = {
        "OrderValidated": {"notional_usd": Decimal(1), "contracts": 1},
        "OrderRefused": REFUSAL,
        "OrderQueued": {"venue": PRODUCTION, "ahead": 3, "expected_s": 1.5},
        "SubmissionClaimed": {**of_attempt, "external_id": "x", "nonce": "n", "digest": "d"},
        "SubmissionAdopted": {**of_attempt, "broker_order": "P-9"},
        "SubmissionDeclined": {**of_attempt, "code": "no", "message": "No."},
        "SubmissionNotSent": {**of_attempt, "message": "m"},
        "SubmissionLost": {**of_attempt, "message": "m"},
        "SubmissionNotFound": {**of_attempt, "searches": 0},
        "RehearsalConcluded": {"test": UUID(int=1), "digest": "d", "passed": True, "valid_until": NOW},
        "OrderConfirmed": {"digest": "d"},
        "OrderApproved": {"digest": "d", "approved_by": "x"},
        "ApprovalRequested": {"reasons": (), "digest": "d", "market": market(), "until": NOW},
        "ApprovalVoided": {"reason": "Moved.", "then": market(), "now": market()},
        "FillRecorded": {**of_attempt, "fill_id": "f-x", "symbol": "?", "quantity": 99, "price": Decimal(1)}
        | {"filled_at": NOW},
        "CancelDenied": {"message": "m"},
        "ReplaceRequested": {"replacement": UUID(int=9), "digest": "d"},
        "OrderReplaced": {"replacement": UUID(int=9), "broker_order": "P-9"},
        "ReplaceDenied": {"message": "m"},
        "OrderEscalated": ALARM,
        "OrderResubmitted": {"by": "ann", "searched_at": NOW, "approval": "It may be there."},
        "OrderRetrying": {"venue": SANDBOX, "reason": "m", "wait_s": 2.0, "tried": 1, "tries": 3},
        "OrderStillWaiting": {"message": "m", "silent_s": 120.0},
        "OrderChangedOutside": {**of_attempt, "replaced": "P-1", "broker_order": "P-9", "ticket": CALLS, "content": "d"}
        | {"what": (), "words": "w", "notional_usd": Decimal(1), "contracts": 1},
        "OrderFoundAtVenue": {**of_attempt, "external_id": "x", "broker_order": "P-9", "message": "Look."},
        **dict.fromkeys(
            ("OrderWentLive", "OrderFilled", "OrderCancelled", "OrderExpired", "OrderRejected", "AttemptForgotten"),
            of_attempt,
        ),
    }
    return [kind(**common, **details.get(kind.__name__, {})) for kind in AFTER_THE_FIRST]


def test_whatever_was_recorded_replays_at_every_stage():
    for road in ROADS.values():
        order = road().order
        for event in forged(order):
            after = order.evolved(event)
            assert (after.version, after.id) == (order.version + 1, order.id)


def test_every_event_of_an_order_can_be_obeyed():
    assert len(AFTER_THE_FIRST) == 34
    for kind in AFTER_THE_FIRST:
        assert issubclass(kind, happened.OrderEvent), kind
        assert kind.change is not happened.OrderEvent.change, kind


def test_only_a_draft_or_a_no_at_the_door_begins_an_order():
    order = Log().order
    with pytest.raises(TypeError, match="begins no order"):
        Order.born_of(order.validate(notional_usd=Decimal(1), contracts=1, checks=(), **BECAUSE))
    with pytest.raises(TypeError, match="begins no order"):
        Order.born_of(order.refuse(**REFUSAL, **BECAUSE))


@pytest.mark.parametrize("road", ROADS)
def test_every_road_replays_to_the_same_order(road):
    log = ROADS[road]()
    assert log.replayed() == log.order
    assert [event.originator_version for event in log.events] == list(range(1, len(log.events) + 1))


def test_a_stale_test_can_be_taken_again_from_approved():
    log = Log().approved().rehearsed_again().do("approve", approved_by="policy")
    later = NOW + timedelta(minutes=5)
    assert log.claimed(PRODUCTION, at=later).order.attempts[-1].proof == log.test.id


def test_a_new_rehearsal_voids_the_old_proof():
    log = Log().approved()
    old = log.order.proof
    log.claimed(SANDBOX)
    assert log.order.proof is None
    assert log.order.doubts(old, NOW) == ("There is no passed test of this order.",)
