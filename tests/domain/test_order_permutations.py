"""The messages of one order, in any order, twice, or lost: the same state in the end."""

from itertools import permutations

import pytest
from attrs import evolve

from tastyflow.domain.events import Event
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.venue import BrokerOrder, Status
from tests.domain.makers import (
    PRODUCTION,
    VERTICAL,
    Log,
    execution,
    snapshot,
)

# Every order of hearing


def heard(trace: tuple[BrokerOrder, ...]) -> tuple[Order, list[Event]]:
    log = Log().submitting()
    for seen in trace:
        log.shown(PRODUCTION, seen)
    return evolve(log.order, version=0), log.events


FOUR, SIX = execution("f-1", 4), execution("f-2", 6)
FILLING = (
    snapshot("P-1", Status.ROUTED),
    snapshot("P-1", Status.LIVE),
    snapshot("P-1", Status.LIVE, FOUR),
    snapshot("P-1", Status.LIVE, FOUR, SIX),
    snapshot("P-1", Status.FILLED, FOUR, SIX),
    snapshot("P-1", Status.LIVE, FOUR),
)
CROSSING = (
    snapshot("P-1", Status.ROUTED),
    snapshot("P-1", Status.LIVE, FOUR),
    snapshot("P-1", Status.LIVE, FOUR),
    snapshot("P-1", Status.CANCEL_REQUESTED, FOUR),
    snapshot("P-1", Status.CANCELLED, FOUR),
    snapshot("P-1", Status.CANCELLED, FOUR, SIX),
)
PARTIAL = (*CROSSING[:5], snapshot("P-1", Status.LIVE))


@pytest.mark.parametrize(
    ("trace", "stage", "filled"),
    [(FILLING, Stage.FILLED, 10), (CROSSING, Stage.FILLED, 10), (PARTIAL, Stage.CANCELLED, 4)],
    ids=["filling", "a fill crosses the cancel", "partly filled, then cancelled"],
)
def test_six_messages_in_any_of_720_orders_end_in_the_same_state(trace, stage, filled):
    ends = [heard(order) for order in permutations(trace)]
    assert len(ends) == 720
    first = ends[0][0]
    assert [end for end, _ in ends if end != first] == []
    assert (first.stage, first.filled(PRODUCTION)) == (stage, filled)


def test_any_message_can_be_dropped_but_the_last():
    whole, _ = heard(FILLING)
    for dropped in range(len(FILLING)):
        rest = FILLING[:dropped] + FILLING[dropped + 1 :]
        assert heard(rest)[0] == whole


def test_fills_of_two_legs_may_come_leg_by_leg_and_the_order_is_filled_with_the_last():
    first, second = (leg.instrument.occ for leg in VERTICAL.legs)
    log = Log(VERTICAL).submitting()
    long, short = execution("a", 5, first), execution("b", 5, second)
    log.shown(PRODUCTION, snapshot("P-1", Status.FILLED, long))
    assert log.order.stage is Stage.WORKING  # Filled was told before the second leg's fill
    log.shown(PRODUCTION, snapshot("P-1", Status.FILLED, long, short))
    assert log.order.stage is Stage.FILLED
