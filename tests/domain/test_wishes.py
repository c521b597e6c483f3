"""What is offered of an order as it stands is never refused, in every state that a recorded log has been in."""

import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from attrs import evolve

from tastyflow.application.ledger.codec import decode
from tastyflow.application.ledger.folding import fold
from tastyflow.domain.order import Order
from tastyflow.domain.order.replacing import left_of, require_replaceable
from tastyflow.domain.order.stages import MENU, OVER, Stage
from tastyflow.domain.order.wishes import Wish, wishes_for
from tests.domain.makers import why

HISTORY = sorted((Path(__file__).parents[1] / "history").glob("*.jsonl"))


def orders():
    """Every state of every order in the recorded logs."""
    for path in HISTORY:
        states = {}
        for line in map(json.loads, path.read_text("utf-8").splitlines()):
            aggregate_id = UUID(line["id"])
            event = decode(line["topic"], aggregate_id, line["version"], line["state"].encode())
            states[aggregate_id] = fold(states.get(aggregate_id), (event,))
            if isinstance(states[aggregate_id], Order):
                yield states[aggregate_id]


STATES = list(orders())


def cancelled(order):
    verb = order.withdraw if "withdraw" in MENU[order.stage] else order.request_cancel
    return verb(why=why())


@pytest.mark.parametrize("stage", Stage)
def test_what_is_offered_at_a_stage_is_possible_there(stage):
    for order in (each for each in STATES if each.stage is stage):
        wishes = wishes_for(order)
        if Wish.CANCEL in wishes:
            assert cancelled(order) is not None
        if Wish.REPLACE in wishes:
            require_replaceable(order)
            assert left_of(order)
            assert order.request_replace(uuid4(), digest=order.digest, why=why())


def test_every_stage_but_the_resting_ones_offers_something_and_what_is_over_nothing():
    offered = {stage: set() for stage in Stage}
    for order in STATES:
        offered[order.stage] |= wishes_for(order)
    assert all(not offered[stage] for stage in OVER)
    assert Wish.REPLACE in offered[Stage.WORKING]
    assert all(
        Wish.CANCEL in offered[stage]
        for stage in (Stage.VALIDATED, Stage.REHEARSING, Stage.REHEARSED, Stage.APPROVED, Stage.WORKING)
    )
    assert Wish.LOOK in offered[Stage.ESCALATED]


def test_a_cancel_that_was_asked_for_is_not_offered_again():
    for order in STATES:
        assert Wish.CANCEL not in wishes_for(evolve(order, cancel_requested=True))


def test_an_escalated_order_without_anything_at_work_is_not_given_up_by_a_button():
    lost = [order for order in STATES if order.stage is Stage.ESCALATED and not any(a.is_open for a in order.attempts)]
    assert lost
    assert all(Wish.CANCEL not in wishes_for(order) for order in lost)
