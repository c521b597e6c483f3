"""An order that was given up and then arrives: it has an owner, and its capacity is not given away twice."""

from decimal import Decimal

import pytest
from attrs import define, evolve, field

from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.errors import OutcomeUnknown
from tastyflow_adapters.fake.order_plan import live
from tests.application.kit import GENEROUS, MISSION, PRODUCTION
from tests.application.soundness import assert_sound
from tests.application.test_desk_cancel import scripted

pytestmark = pytest.mark.anyio

ROOM_FOR_ONE = evolve(GENEROUS, max_open_notional_usd=Decimal(9_000))


@define(slots=False)
class Late:
    """A broker to which the first order comes only when the test lets it arrive."""

    broker: object
    on_its_way: list = field(factory=list)

    def __getattr__(self, name):
        return getattr(self.broker, name)

    async def place(self, ticket, *, external_id, turn=None, leave=None):
        if self.on_its_way:
            return await self.broker.place(ticket, external_id=external_id, turn=turn, leave=leave)
        leave()
        self.on_its_way.append((ticket, external_id))
        raise OutcomeUnknown("No answer.")

    async def arrive(self):
        ((ticket, external_id),) = self.on_its_way
        await self.broker.place(ticket, external_id=external_id)


@pytest.fixture
async def given_up(build):
    """A desk whose one order was lost, searched for, and given up by its trader."""
    house = await build(limits=ROOM_FOR_ONE, models=(None, scripted(live())))
    house.production = Late(house.live)
    async with house.desk() as desk:
        lost = await house.place(desk, MISSION, message="lost")
        assert (lost.stage, lost.code) == (Stage.ESCALATED, "outcome_unknown")
        (lost,) = await house.until(desk.cancel(house.message("cancel"), lost.reference))
        assert (lost.stage, house.trader().reserved) == (Stage.ABANDONED, {})
        yield house, desk, lost


async def test_its_capacity_is_held_again_and_a_second_order_does_not_pass_the_limit(given_up):
    house, desk, lost = given_up
    await house.until(house.production.arrive())
    seen = await house.until(desk.refresh(lost.id))
    assert seen.attempt(PRODUCTION).outcome is AttemptOutcome.ADOPTED
    assert set(house.trader().reserved) == {lost.id}
    second = await house.place(desk, MISSION, message="second")
    assert second.stage is Stage.REFUSED
    assert second.id not in house.trader().reserved
    assert len(house.books()[1]) == 1
    assert_sound(house)


async def test_its_trader_is_told(given_up):
    house, desk, lost = given_up
    before = len(house.told.notices)
    await house.until(house.production.arrive())
    await house.until(desk.refresh(lost.id))
    await house.until(desk.told())
    told = [notice.sentence for notice in house.told.notices[before:] if notice.order.id == lost.id]
    assert any("Production has it as" in sentence for sentence in told), told


async def test_a_second_order_in_the_meantime_has_the_capacity_and_both_count_once_the_first_is_there(given_up):
    """What was given away cannot be taken back: both are counted, and a third does not pass."""
    house, desk, lost = given_up
    second = await house.place(desk, MISSION, message="second")
    assert second.stage is Stage.WORKING
    await house.until(house.production.arrive())
    await house.until(desk.refresh(lost.id))
    assert set(house.trader().reserved) == {lost.id, second.id}
    third = await house.place(desk, "buy to open 1 SPY 450 call exp Dec 18 2026", message="third")
    assert third.stage is Stage.REFUSED
    assert_sound(house)
