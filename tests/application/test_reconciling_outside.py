"""What other hands did to an order at the venue is followed: its changes, its end, and that it is gone."""

from decimal import Decimal

import pytest
from attrs import evolve

from tastyflow.application.reconciling.report import Finding
from tastyflow.domain.incident import IncidentKind
from tastyflow.domain.order.events import EscalationReason, OrderChangedOutside
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.risk.outcomes import Consequence
from tastyflow.domain.trader import Permission
from tastyflow.errors import Refused
from tastyflow_adapters.cli.order_facts import order_facts
from tastyflow_adapters.cli.pages import order_page, orders_page
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.fake import FakeFaults, FaultyBroker, Plan
from tastyflow_adapters.fake.faults import REQUEST_LOST
from tastyflow_adapters.fake.order_plan import fill, live
from tests.application.kit import (
    GENEROUS,
    LENIENT,
    PRODUCTION,
    AlteredBroker,
    alter,
    log,
    stopping,
    turn,
)
from tests.application.reconciling import Silent, edit, incidents, reconciled
from tests.application.replacing import BID, RESTS, resting, told_of

pytestmark = pytest.mark.anyio


# What other hands changed


CHANGED = "Changed at the venue, not here. It was limit 8 debit, and is limit 8.5 debit."


def printed(page):
    """What a wide page shows."""
    console = SafeConsole(piped_width=400)
    with console.capture() as captured:
        console.print(page)
    return captured.get()


@pytest.mark.parametrize("keeps_tag", [True, False])
async def test_an_order_that_is_edited_elsewhere_works_on_here_under_its_new_id(build, keeps_tag):
    house = await resting(build)
    async with house.desk() as desk:
        order = await house.place(desk, BID)
        new = edit(house, order, "8.50", tag=order.attempts[-1].external_id if keeps_tag else None)
        await house.until(house.clock.sleep(10))
    now = house.order(order.id)
    assert (now.stage, now.attempts[-1].broker_order) == (Stage.WORKING, new)
    assert now.ticket.price == Decimal("8.50")
    assert house.trader().reserved[order.id].notional_usd == order.notional_usd + 500
    assert any("It was limit 8 debit, and is limit 8.5 debit." in said for said in told_of(house, now))
    for page in (order_page(now, None), orders_page([now])):
        assert CHANGED in printed(page)
    assert CHANGED not in printed(order_page(order, None))
    assert (order_facts(now, None)["outside"], order_facts(order, None)["outside"]) == (CHANGED, None)
    (event,) = [each for each in log(house.ledger) if isinstance(each, OrderChangedOutside)]
    assert event.replaced == order.attempts[-1].broker_order


async def test_the_tag_of_the_program_that_edits_it_does_not_hide_that_it_is_ours(build):
    house = await resting(build)
    async with house.desk() as desk:
        order = await house.place(desk, BID)
        new = edit(house, order, "8.50", tag="web-4711")
        await house.until(house.clock.sleep(10))
    now = house.order(order.id)
    assert (now.stage, now.attempts[-1].broker_order) == (Stage.WORKING, new)


async def test_what_other_hands_made_of_one_order_is_not_adopted_as_another(build):
    house = await resting(build)
    await house.hire("ann", permissions={Permission.ADMINISTER})
    async with house.desk() as desk:
        edited = await house.place(desk, BID)
        new = edit(house, edited, "8.50")
        await house.until(house.clock.sleep(10))
    assert house.order(edited.id).attempts[-1].broker_order == new
    house.production = FaultyBroker(house.live, FakeFaults(calls={"place": [REQUEST_LOST]}), house.clock)
    lost = await house.once(BID.replace("8.00", "8.50"))
    assert lost.stage is Stage.ESCALATED
    async with house.desk() as desk:
        who = desk.handler(house.message("incident", user="ann"))
        with pytest.raises(Refused) as no:
            await house.until(desk.decisions.adopt(lost.reference, new, who))
    assert no.value.code == "owned"


async def test_the_fills_of_its_new_id_are_counted_and_it_ends_as_the_venue_says(build):
    house = await resting(build, RESTS, Plan((live(after_s=1), fill(4, after_s=5), fill(6, after_s=10))))
    async with house.desk() as desk:
        order = await house.place(desk, BID)
        edit(house, order, "8.50")
        await house.until(house.clock.sleep(60))
    now = house.order(order.id)
    assert now.stage is Stage.FILLED
    assert now.filled(PRODUCTION) == 10
    assert house.trader().reserved == {}


async def test_an_order_that_was_edited_several_times_while_no_process_ran_is_followed_to_its_last_id(build):
    house = await resting(build)
    order = await house.once(BID)
    for price in ("8.10", "8.20", "8.30"):
        new = house.live._book.replace(
            house.live.orders()[-1].broker_order, evolve(order.ticket, price=Decimal(price)), None, house.clock.now()
        ).broker_order
        house.clock.jump(1)
        house.live._book.settle(house.clock.now())
    report = await reconciled(house)
    now = house.order(order.id)
    assert (now.stage, now.attempts[-1].broker_order) == (Stage.WORKING, new)
    assert len(now.attempts[-1].earlier) == 3
    assert [line.finding for line in report.news] == [Finding.NEWS]
    assert (await reconciled(house)).news == ()


async def test_a_cancel_of_an_order_that_was_edited_elsewhere_reaches_its_new_id(build):
    house = await resting(build)
    order = await house.once(BID)
    edit(house, order, "8.50")
    async with house.desk() as desk:
        await house.until(desk.cancel(house.message("cancel"), order.reference))
        await house.until(house.clock.sleep(5))
    assert house.order(order.id).stage is Stage.CANCELLED
    assert all(each.status.is_terminal for each in house.live.orders())


async def test_an_order_that_other_hands_cancel_ends_as_cancelled(build):
    house = await resting(build)
    async with house.desk() as desk:
        order = await house.place(desk, BID)
        house.live._book.cancel(order.attempts[-1].broker_order, house.clock.now())
        await house.until(house.clock.sleep(10))
    assert house.order(order.id).stage is Stage.CANCELLED
    assert told_of(house, order)[-1] == "Cancelled at the venue, not here."


async def test_an_end_that_was_not_asked_for_waits_while_the_venue_does_not_say_what_came_after(build):
    house = await resting(build)
    untold = AlteredBroker(house.live, lambda call, each: evolve(each, replaced_by=None) if call == "stream" else each)
    house.production = Silent(untold)
    house.production.names = ("get",)
    async with house.desk() as desk:
        order = await house.place(desk, BID)
        edit(house, order, "8.50")
        await house.until(house.clock.sleep(5))
        assert house.order(order.id).stage is Stage.WORKING
        assert order.id in house.trader().reserved
        house.production.names = ()
        await house.until(house.clock.sleep(60))
    assert len(house.order(order.id).attempts[-1].earlier) == 1


@pytest.mark.parametrize("why", ["after hours", "halted", "only exits", "suspended"])
async def test_what_other_hands_changed_is_held_to_its_size_whatever_else_keeps_new_orders_from_leaving(build, why):
    house = await resting(build, policy=evolve(LENIENT, hours=Consequence.REFUSE))
    order = await house.once(BID)
    if why == "after hours":
        house.clock.jump((15 * 60 + 57 - 10 * 60) * 60)
    async with house.desk() as desk:
        if why == "suspended":
            await alter(house, lambda trader, because: trader.suspend(reason="on leave", why=because))
        elif why != "after hours":
            await turn(house, stopping(reducing=why == "only exits"))
        edit(house, order, "8.50")
        await house.until(desk.refresh(order.id))
    now = house.order(order.id)
    assert (now.stage, now.ticket.price) == (Stage.WORKING, Decimal("8.50")), now.message


@pytest.mark.parametrize(("price", "stage"), [("8.50", Stage.WORKING), ("8.51", Stage.ESCALATED)])
async def test_what_other_hands_changed_beyond_a_limit_is_for_a_person_and_works_on(build, price, stage):
    house = await resting(build, limits=evolve(GENEROUS, max_notional_usd=Decimal(8_500)))
    order = await house.once(BID)
    edit(house, order, price)
    await reconciled(house)
    now = house.order(order.id)
    assert now.stage is stage
    assert (now.code == EscalationReason.OUTSIDE_LIMITS) == (stage is Stage.ESCALATED)
    assert order.id in house.trader().reserved
    assert not house.live.orders()[-1].status.is_terminal
    assert len(incidents(house, IncidentKind.ORDER)) == (stage is Stage.ESCALATED)
    assert (await reconciled(house)).news == ()


# What the venue knows no more


async def test_an_order_that_production_knows_no_more_is_escalated_and_never_told_as_working(build):
    house = await resting(build)
    order = await house.once(BID)
    house.clock.jump(60)
    house.live.reset()
    await reconciled(house)
    now = house.order(order.id)
    assert (now.stage, now.code) == (Stage.ESCALATED, EscalationReason.VANISHED)
    assert [each.order for each in incidents(house, IncidentKind.ORDER)] == [order.id]
    assert (await reconciled(house)).news == ()


async def test_a_venue_that_is_silent_says_nothing_of_an_order(build):
    house = await resting(build)
    order = await house.once(BID)
    house.clock.jump(60)
    house.production = Silent(house.live)
    report = await reconciled(house)
    assert not report.is_complete
    assert house.order(order.id) == order
