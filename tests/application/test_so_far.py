"""What was told of an order so far is read from the log: the sentences its trader was told, once each, in order."""

from uuid import uuid4

import pytest

from tastyflow.application.telling.so_far import told_so_far
from tastyflow.domain.testresult import CheckName, CheckRecorded
from tastyflow_adapters.fake import FakeFaults, FaultyBroker, Plan, ScriptedModel
from tastyflow_adapters.fake.faults import NOT_SENT, REQUEST_LOST
from tastyflow_adapters.fake.order_plan import fill, live
from tests.application.kit import MISSION, open_log

pytestmark = pytest.mark.anyio


async def told_and_read(house, desk, order):
    await house.until(desk.told())
    told = [(n.event, left_by(n), n.sentence) for n in house.told.notices if n.order.id == order.id]
    return told, [(each.event, left_by(each), each.sentence) for each in told_so_far(house.ledger, order.id)]


def left_by(told):
    """The order as the event left it; a check leaves it as it was."""
    return None if isinstance(told.event, CheckRecorded) else told.order


@pytest.mark.parametrize(
    "fault", [None, NOT_SENT, REQUEST_LOST], ids=["all goes well", "sent twice", "its outcome is not known"]
)
async def test_it_is_what_the_trader_was_told(build, fault):
    house = await build(models=(None, ScriptedModel(lambda _t: Plan((live(), fill(4), fill(6, after_s=60.0))))))
    if fault is not None:
        house.production = FaultyBroker(house.live, FakeFaults({"place": [fault]}), house.clock)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        told, read = await told_and_read(house, desk, order)
        assert told == read
        await house.until(house.clock.sleep(70.0))
        told, read = await told_and_read(house, desk, order)
    assert told == read
    assert len(read) > 10


async def test_at_each_event_it_is_the_beginning_of_what_is_told_in_the_end(house):
    order = await house.once(MISSION)
    whole, rows = told_so_far(house.ledger, order.id), list(house.ledger.rows())
    seen = []
    for end in range(1, len(rows) + 1):
        until_then = open_log()
        until_then.recorder.insert_events(rows[:end])
        seen.append(told_so_far(until_then, order.id))
        until_then.close()
    assert all(told == whole[: len(told)] for told in seen)
    assert seen[-1] == whole
    checks = [told[-1].sentence for told in seen if told and isinstance(told[-1].event, CheckRecorded)]
    assert len(dict.fromkeys(checks)) == len(CheckName)


async def test_of_what_is_no_order_nothing_was_told(house):
    assert told_so_far(house.ledger, uuid4()) == ()
