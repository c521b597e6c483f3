"""No order in hand is silent for two minutes: its trader hears that it waits on, and for what."""

import asyncio
import itertools
from datetime import timedelta

import pytest
from attrs import evolve

from tastyflow.application.speaking import LOOK_S, SPOKEN_AFTER_S, WAITS_FOR
from tastyflow.application.telling.sentences import is_told
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import OrderRetrying, OrderStillWaiting
from tastyflow.domain.order.stages import MENU, Stage
from tastyflow.errors import OutcomeUnknown
from tastyflow_adapters.fake import FakeFaults, FaultyBroker
from tastyflow_adapters.fake.faults import NOT_SENT
from tests.application.kit import ONE_CALL, log_of

pytestmark = pytest.mark.anyio

PROMISED = timedelta(seconds=120)


class Slow:
    """A venue that takes very long before one of its answers."""

    def __init__(self, broker, clock, call: str, takes_s: float, raises: Exception | None = None) -> None:
        self._broker, self._clock, self._call = broker, clock, call
        self._takes_s, self._raises = takes_s, raises

    def __getattr__(self, name):
        real = getattr(self._broker, name)
        if name != self._call:
            return real

        async def slow(*args, **more):
            await self._clock.sleep(self._takes_s)
            if self._raises is not None:
                raise self._raises
            return await real(*args, **more)

        return slow


def silences(events) -> list[timedelta]:
    told = [event.at for event in events if is_told(event)]
    return [later - earlier for earlier, later in itertools.pairwise(told)]


@pytest.mark.parametrize("call", ["place", "turn", "ready"])
async def test_however_long_production_takes_its_trader_hears_of_it_every_two_minutes(house, call):
    house.policy = evolve(house.policy, interrupted_after_s=3600)
    house.production = Slow(house.live, house.clock, call, 500)
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)
    events = log_of(house.ledger, order)
    assert max(silences(events)) < PROMISED
    spoken = [event for event in events if isinstance(event, OrderStillWaiting)]
    assert len(spoken) >= 4
    assert {event.message for event in spoken} <= set(WAITS_FOR.values())


async def test_a_search_that_is_in_vain_is_spoken_of_until_a_person_looks(house):
    house.policy = evolve(house.policy, search_waits_s=(100.0, 100.0, 100.0))
    house.production = Slow(house.live, house.clock, "place", 1, OutcomeUnknown("No answer came."))
    order = await house.once(ONE_CALL)
    assert order.stage is Stage.ESCALATED
    assert max(silences(log_of(house.ledger, order))) < PROMISED


async def test_what_waits_for_a_person_or_works_is_not_spoken_of(house):
    house.policy = evolve(house.policy, approval_symbols=("SPY",))
    await house.hire("eve")
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)
        await house.until(house.clock.sleep(1000))
    assert not any(isinstance(event, OrderStillWaiting) for event in log_of(house.ledger, order))


async def test_an_order_that_is_quick_is_not_spoken_of(house):
    order = await house.once(ONE_CALL)
    assert not any(isinstance(event, OrderStillWaiting) for event in log_of(house.ledger, order))


async def test_who_speaks_for_an_order_keeps_others_from_ending_it(house):
    house.production = Slow(house.live, house.clock, "turn", 500)
    async with house.desk() as desk, house.desk() as other:
        placing = asyncio.ensure_future(desk.place(house.message(ONE_CALL)))
        for _ in range(20):
            await house.until(house.clock.sleep(25))
            await house.until(other.recover())
        order = await house.until(placing)
    assert order.stage is Stage.FILLED


def test_every_stage_that_is_spoken_of_may_wait_and_the_times_keep_the_promise():
    assert set(WAITS_FOR) == {stage for stage in Stage if "wait" in MENU[stage]}
    assert timedelta(seconds=SPOKEN_AFTER_S + 2 * LOOK_S) < PROMISED


async def test_each_try_again_is_told_in_one_sentence_with_the_pause_and_the_count(house):
    house.production = FaultyBroker(house.live, FakeFaults({"place": [NOT_SENT, NOT_SENT]}), house.clock)
    order: Order = await house.once(ONE_CALL)
    assert order.stage is Stage.FILLED
    retries = [event for event in log_of(house.ledger, order) if isinstance(event, OrderRetrying)]
    assert [(event.tried, event.tries) for event in retries] == [(1, 3), (2, 3)]
    told = [notice.sentence for notice in house.told.notices if isinstance(notice.event, OrderRetrying)]
    assert [sentence.rpartition(" s, ")[2] for sentence in told] == ["2 of 3.", "3 of 3."]
    assert all(sentence.startswith("Production could not take it: ") for sentence in told)
