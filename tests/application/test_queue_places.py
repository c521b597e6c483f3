"""Each trader is told at once where the order stands, whatever it still waits for; nothing waits for the telling."""

import asyncio

import pytest
from attrs import define, field
from kit import DEMO, LENIENT, DeskUnderTest, Told

from tastyflow.application.queue_places import QueuePlaces
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.venue import Venue
from tastyflow.ports import Address, QueuePlace

pytestmark = pytest.mark.anyio
MISSION = "buy 10 calls for SPY at strike 450 expiring next month"
HERE = Address("cli", "demo", "", "m")


class Placed(Told):
    """A recipient that is told places, too."""

    def __init__(self, takes=None):
        super().__init__()
        self.places, self.takes = [], takes

    async def tell_place(self, notice):
        if self.takes is not None:
            await self.takes.wait()
        self.places.append(notice)


@define(slots=False)
class Busy:
    """A sandbox before which each order that is not there yet takes a second."""

    broker: object
    asked: list = field(factory=list)

    def __getattr__(self, name):
        return getattr(self.broker, name)

    def queue_place(self, behind):
        self.asked.append(behind)
        return QueuePlace(3 * behind, float(behind))


@define(slots=False)
class Slow:
    """An account that is not shown before *shown* is set."""

    broker: object
    shown: asyncio.Event = field(factory=asyncio.Event)

    def __getattr__(self, name):
        return getattr(self.broker, name)

    async def positions(self):
        await self.shown.wait()
        return await self.broker.positions()


@pytest.fixture
async def house():
    house = DeskUnderTest.make(policy=LENIENT)
    await house.hire()
    house.told, house.sandbox, house.production = Placed(), Busy(house.rehearsals), Slow(house.live)
    yield house
    house.ledger.close()


async def settled():
    for _ in range(50):
        await asyncio.sleep(0)


async def test_a_place_is_told_before_the_account_was_looked_at_and_before_there_is_an_order(house):
    async with house.desk() as desk:
        asked = [asyncio.ensure_future(desk.place(house.message(MISSION, message=f"{n}"))) for n in range(5)]
        await settled()
        told = [(each.order, each.place.ahead, each.sentence) for each in house.told.places]
        assert [house.ledger.read(Order, order) for order, *_ in told] == [None] * 3
        assert told == [
            (
                Order.id_of("cli", f"{n}"),
                3 * n,
                f"It waits for its turn at the sandbox venue: {3 * n} requests before it, about {n} s.",
            )
            for n in (2, 3, 4)
        ]
        house.production.shown.set()
        orders = await house.until(asyncio.gather(*asked))
    assert {each.stage for each in orders} == {Stage.FILLED}


async def test_those_that_left_the_line_are_before_no_one(house):
    house.production.shown.set()
    async with house.desk() as desk:
        for _ in range(3):
            await house.place(desk, MISSION)
    assert house.sandbox.asked == [0, 0, 0]
    assert house.told.places == []


async def test_an_order_that_was_refused_is_before_no_one(house):
    house.production.shown.set()
    async with house.desk() as desk:
        for _ in range(3):
            order = await house.place(desk, "buy 10 calls for SPY at strike 451.37 expiring next month")
            assert order.stage is Stage.REFUSED
    assert house.sandbox.asked == [0, 0, 0]


async def test_an_unknown_author_is_told_no_place(house):
    async with house.desk() as desk:
        asked = [asyncio.ensure_future(desk.place(house.message(MISSION, message=f"{n}"))) for n in range(3)]
        await settled()
        stranger = await house.until(desk.place(house.message(MISSION, user="mallory")))
        house.production.shown.set()
        await house.until(asyncio.gather(*asked))
    assert stranger.stage is Stage.REFUSED
    assert {each.to.user for each in house.told.places} == {"demo"}


async def test_a_recipient_that_hangs_or_fails_holds_up_no_order(house, caplog):
    house.production.shown.set()
    for house.told in (Placed(asyncio.Event()), Placed(NoEvent())):
        async with house.desk() as desk:
            asked = [desk.place(house.message(MISSION, message=f"{id(house.told)}-{n}")) for n in range(4)]
            orders = await house.until(asyncio.gather(*asked))
            assert {each.stage for each in orders} == {Stage.FILLED}
        assert house.told.places == []
    assert "A place was not told" in caplog.text


class NoEvent:
    async def wait(self):
        raise OSError("the chat is away")


async def test_a_recipient_that_was_late_is_told_the_newest_place_alone():
    places, told = QueuePlaces(), Placed(asyncio.Event())
    places.tell_to([told, Told()])  # the other one is told what is recorded, and no places
    with places.in_line(DEMO) as behind:
        assert behind == 0
        places.listen(DEMO, HERE)
        for left in (9, 6, 3):
            places.stands_at(DEMO, Venue.SANDBOX, QueuePlace(left, left))
            await settled()
        told.takes.set()
        await settled()
        assert [each.place.ahead for each in told.places] == [9, 3]
    places.stands_at(DEMO, Venue.SANDBOX, QueuePlace(1, 1.0))
    await settled()
    assert len(told.places) == 2, "its steps are over"
    await places.close()
