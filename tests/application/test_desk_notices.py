"""The trader is told at each step, from recorded events only."""

from contextlib import suppress

import pytest
from eventsourcing.persistence import OperationalError

from tastyflow.application.telling.sentences import SENTENCES, notice_of
from tastyflow.domain.events import TOPICS
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import OrderReplaced
from tastyflow.errors import StoreFailure
from tastyflow_adapters.fake import Faults, FaultyBroker
from tastyflow_adapters.fake.faults import REQUEST_LOST
from tests.application.kit import MISSION, log, log_of

pytestmark = pytest.mark.anyio


def folded_notices(events, order_id):
    """What has to be told of an order's events, each with the order as it stood then."""
    order, expected = None, []
    for event in events:
        if event.originator_id == order_id:
            order = Order.born_of(event) if order is None else order.evolved(event)
        if notice := notice_of(event, order):
            expected.append(notice)
    return expected


async def test_every_recorded_step_is_told_once_in_order_and_as_it_stood_then(house):
    order = await house.once(MISSION)
    assert house.told.notices == folded_notices(log_of(house.ledger, order), order.id)
    assert {who for who, _ in house.told.heard} == {"demo"}
    stages = [notice.stage for notice in house.told.notices]
    assert list(dict.fromkeys(stages)) == [
        "drafted", "validated", "rehearsing", "rehearsed", "approved", "submitting", "working", "filled",
    ]  # fmt: skip


async def test_a_notice_names_the_event_it_tells_of(house):
    await house.once(MISSION)
    recorded = {f"{event.originator_id}:{event.originator_version}" for event in log(house.ledger)}
    keys = [notice.key for notice in house.told.notices]
    assert set(keys) <= recorded
    assert len(keys) == len(set(keys))


async def test_refusals_and_escalations_are_told_too(house):
    house.production = FaultyBroker(house.live, Faults({"place": [REQUEST_LOST]}), house.clock)
    order = await house.once(MISSION)
    assert house.told.notices[-1].text.startswith("A person must look")
    stranger = await house.once(MISSION, user="nobody")
    assert house.told.heard[-1][0] == "nobody"
    assert house.told.notices[-1].order == stranger.reference
    assert order.reference != stranger.reference


@pytest.mark.parametrize("failing", range(1, 12))
async def test_what_could_not_be_recorded_is_never_told(house, monkeypatch, failing):
    submit, submissions = house.ledger.recorder.submit, 0

    def full_disk(stored, **conditions):
        nonlocal submissions
        submissions += 1
        if submissions == failing:
            raise OperationalError("disk full")
        return submit(stored, **conditions)

    monkeypatch.setattr(house.ledger.recorder, "submit", full_disk)
    with suppress(StoreFailure):
        await house.once(MISSION)
    recorded = {f"{event.originator_id}:{event.originator_version}" for event in log(house.ledger)}
    assert {notice.key for notice in house.told.notices} <= recorded
    orders = {event.originator_id for event in log(house.ledger) if ".order." in event.TOPIC}
    told = [notice for order in orders for notice in folded_notices(log_of(house.ledger, house.order(order)), order)]
    assert house.told.notices == told


def test_there_are_words_for_every_event_of_an_order_and_its_test_but_the_silent_ones():
    silent = {"went_live", "replace_requested", "planned"}
    spoken = set(SENTENCES)
    for topic, cls in TOPICS.items():
        _, kind, name = topic.split(".")
        if kind in ("order", "test_result"):
            assert (cls in spoken) is (name.partition("@")[0] not in silent), topic
    assert OrderReplaced in spoken
