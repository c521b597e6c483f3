"""An account held against the log: once, before its first production order, and in bounded time."""

import pytest

from tastyflow.domain.order.stages import Stage
from tests.application.reconciling import Silent, reconciled
from tests.application.replacing import BID, resting

pytestmark = pytest.mark.anyio


# A second time


async def test_a_second_reconciliation_records_nothing(build):
    house = await resting(build)
    await house.once(BID)
    first = await reconciled(house)
    end = house.ledger.end()
    second = await reconciled(house)
    assert first.is_complete
    assert second.is_complete
    assert house.ledger.end() == end
    assert second.news == ()


# Before the first production order


async def test_no_order_leaves_before_production_was_held_against_the_log(build):
    house = await resting(build)
    house.production = Silent(house.live)
    order = await house.once(BID)
    assert (order.stage, order.code) == (Stage.REFUSED, "not_reconciled")
    assert house.live.orders() == []
    assert house.trader().reserved == {}


async def test_it_is_held_against_the_log_once_and_not_before_each_order(build):
    house = await resting(build)
    asked = []

    class Counting(Silent):
        async def _no_answer(self, *args):
            asked.append(args)
            return await self._broker.listed(*args)

        def __getattr__(self, name):
            return self._no_answer if name == "listed" else getattr(self._broker, name)

    house.production = Counting(house.live)
    async with house.desk() as desk:
        for _ in range(3):
            await house.place(desk, BID)
    assert len(asked) == 1


# Bounded in time


class Slow:
    """A venue that takes so many seconds for each answer to *calls*."""

    def __init__(self, house, seconds, *calls):
        self._house, self._seconds, self._calls = house, seconds, calls

    def __getattr__(self, name):
        asked = getattr(self._house.live, name)
        if name not in self._calls:
            return asked

        async def late(*args):
            await self._house.clock.sleep(self._seconds)
            return await asked(*args)

        return late


@pytest.mark.parametrize(
    ("calls", "missing"),
    [
        (("positions",), ["positions"]),
        (("listed",), ["listed"]),
        (("positions", "listed"), ["positions", "listed"]),
        (("positions", "listed", "get", "find"), ["positions", "listed", "could not be asked about"]),
    ],
)
async def test_a_venue_that_answers_slowly_holds_a_command_no_longer_than_the_policy_allows(build, calls, missing):
    house = await resting(build)
    order = await house.once(BID)
    house.clock.jump(120)
    house.production = Slow(house, 100, *calls)
    async with house.desk() as desk:
        began_s = house.clock.monotonic()
        (report,) = await house.until(desk.reconcile())
        assert house.clock.monotonic() - began_s <= house.policy.reconcile_s + 0.1
        assert len(report.missing) == len(missing)
        assert all(each in " ".join(report.missing) for each in missing), report.missing
        house.production._seconds = 0
        await house.until(house.clock.sleep(100))  # who asks meanwhile is told what the first one is
        (report,) = await house.until(desk.reconcile())
        assert report.is_complete
    assert house.order(order.id) == order


async def test_an_order_waits_for_a_slow_venue_as_long_as_the_policy_allows_and_is_refused(build):
    house = await resting(build)
    house.production = Slow(house, 1000, "listed")
    began_s = house.clock.monotonic()
    order = await house.once(BID)
    assert (order.stage, order.code) == (Stage.REFUSED, "not_reconciled")
    assert "no answer came in time, of 30 seconds" in order.message
    assert house.clock.monotonic() - began_s < house.policy.reconcile_s + 10
    house.production._seconds = 0
    assert (await house.once(BID)).stage is Stage.WORKING
