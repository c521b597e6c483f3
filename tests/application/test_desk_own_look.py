"""What a trader sees of their own limits, and the story of an order: who may see it, and that it is the audit's."""

from decimal import Decimal

import pytest
from attrs import evolve

from tastyflow.application import audit
from tastyflow.application.audit import story_reader
from tastyflow.application.looking.limits import limit_rows
from tastyflow.domain.trader import Limits, Permission, Trader
from tastyflow.errors import Refused, VenueFailure
from tests.application.kit import GENEROUS, ONE_CALL, alter

pytestmark = pytest.mark.anyio

RESTING = f"{ONE_CALL} @ 0.01"
MANY = evolve(Limits(), max_notional_usd=Decimal(2000), daily_loss_halt_pct=None, symbols=("SPY", "QQQ"))


def words(seen) -> str:
    return "\n".join(f"{row.name}: {line}" for row in limit_rows(seen) for line in row.lines)


async def test_limits_say_how_far_they_go_and_what_is_used(build):
    house = await build(permissions={Permission.LONG_OPTIONS}, limits=MANY)
    async with house.desk() as desk:
        await house.place(desk, f"{ONE_CALL} @ 8.10")
        await house.place(desk, RESTING)
        text = words(await house.until(desk.limits(house.message("limits"))))
    assert "you may: long options" in text
    assert "one order: at most 10 contracts, 500 shares" in text
    assert "adds at most $2,000.00 to what can be lost, $2,500.00 where its own legs bound its loss" in text
    assert "today: orders today: 2 of 200" in text
    assert "today: orders within the last minute: 2 of 10" in text
    assert "what may be opened: SPY, QQQ" in text
    assert "can be lost in all: $8" in text
    assert "only orders that close" not in text


async def test_what_open_orders_reserve_is_counted(build):
    house = await build(limits=evolve(GENEROUS, max_working=7))
    async with house.desk() as desk:
        await house.place(desk, RESTING)
        seen = await house.until(desk.limits(house.message("limits")))
        assert "your open orders: 1, which reserve $1.00" in words(seen)
        assert "orders that work: 1 of 7" in words(seen)
        await house.until(desk.cancel(house.message("cancel last"), "last"))
        seen = await house.until(desk.limits(house.message("limits")))
        assert "your open orders: 0, which reserve $0.00" in words(seen)


async def test_limits_are_shown_where_the_account_cannot_be_looked_at(build):
    house = await build()

    class Away:
        def __getattr__(self, name):
            return getattr(house.live, name)

        async def positions(self):
            raise VenueFailure("The venue is away.")

    house.production = Away()
    async with house.desk() as desk:
        seen = await house.until(desk.limits(house.message("limits")))
    assert seen.failure == "The venue is away."
    assert "can be lost in all: not known" in words(seen)
    assert "the account today: not known" in words(seen)


async def test_a_stranger_has_no_limits_to_see(build):
    house = await build()
    async with house.desk() as desk:
        with pytest.raises(Refused) as no:
            await house.until(desk.limits(house.message("limits", user="eve")))
    assert no.value.code == "unknown_trader"


async def test_the_story_is_the_one_that_the_audit_tells(build):
    house = await build()
    async with house.desk() as desk:
        for _ in range(3):
            order = await house.place(desk, ONE_CALL)
            await house.place(desk, RESTING)
            house.clock.jump(600)
        story = await house.until(desk.story(house.message("why"), order.reference))
        assert story == audit.story_of(order.id, audit.log_of(house.ledger))
    assert story.moments[0].chapter == "asked"
    assert story.outcome == "filled, 1 of 1 filled"


async def test_the_story_of_an_order_does_not_read_the_log_from_its_beginning(build, monkeypatch):
    house = await build()
    async with house.desk() as desk:
        for _ in range(4):
            await house.place(desk, ONE_CALL)
            house.clock.jump(600)
        order = await house.place(desk, ONE_CALL)
        read: list[int] = []
        rows = house.ledger.log.rows

        def counted(*, after, **how):
            read.append(after)
            return rows(after=after, **how)

        monkeypatch.setattr(house.ledger.log, "rows", counted)
        await house.until(desk.story(house.message("why"), order.reference))
    assert read[-1] > 100
    assert 0 not in read[-2:]


async def test_a_clock_that_was_set_back_hides_no_part_of_a_story(build, monkeypatch):
    house = await build()
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)
        await house.place(desk, ONE_CALL)
        whole = audit.story_of(order.id, audit.log_of(house.ledger))
        monkeypatch.setattr(story_reader, "_position_before", lambda ledger, at, end: end - 2)
        assert await house.until(desk.story(house.message("why"), order.reference)) == whole


@pytest.mark.parametrize(
    ("permissions", "sees"),
    [
        ({Permission.VIEW}, False),
        ({Permission.HALT}, False),
        ({Permission.APPROVE}, True),
        ({Permission.ADMINISTER}, True),
    ],
)
async def test_another_traders_story_is_for_those_who_approve_or_administer(build, permissions, sees):
    house = await build()
    await house.hire("bob", permissions=permissions)
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)
        asking = house.message("why", user="bob")
        if sees:
            assert (await house.until(desk.story(asking, order.reference))).order == order
            await alter(house, lambda trader, why: trader.suspend(why=why), "bob")
        with pytest.raises(Refused) as no:
            await house.until(desk.story(asking, order.reference))
    assert no.value.code == "unknown_order"
    assert house.ledger.read(Trader, Trader.id_of("bob")) is not None
