"""What a trader can ask of the desk beside placing orders; and finding orders by their short names."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from tastyflow.application.ledger.lookup import Lookup
from tastyflow.domain.commands import CancelOrder, PlaceOrder, ShowHelp
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.trader import Permission
from tastyflow.errors import IllegalStep, Misconfigured, Refused, StoreFailure, VenueFailure
from tastyflow_adapters.fake import FakeFaults, FaultyBroker, Plan, ScriptedModel
from tastyflow_adapters.fake.faults import REQUEST_LOST
from tastyflow_adapters.fake.order_plan import fill, live
from tests.application.kit import CALL, EVERYTHING, MISSION, ONE_CALL, AlteredBroker

pytestmark = pytest.mark.anyio


async def ask(house, desk, text, **who):
    return await house.until(desk.ask(house.message(text, **who)))


async def test_an_order_is_placed_and_cancelled_by_asking(build):
    house = await build(models=(None, ScriptedModel(lambda _t: Plan((live(),)))))
    async with house.desk() as desk:
        placed = await ask(house, desk, MISSION)
        assert isinstance(placed.command, PlaceOrder)
        assert [order.stage for order in placed.orders] == [Stage.WORKING]
        cancelled = await ask(house, desk, "cancel last")
        assert isinstance(cancelled.command, CancelOrder)
        assert [order.stage for order in cancelled.orders] == [Stage.CANCELLED]
        assert isinstance((await ask(house, desk, "cancel last")).error, Refused)
        over = await ask(house, desk, f"cancel {placed.orders[0].reference}")
        assert isinstance(over.error, IllegalStep)


async def test_the_status_of_an_order_is_asked_of_the_venue(build):
    house = await build(models=(None, ScriptedModel(lambda _t: Plan((live(), fill(10, after_s=100))))))
    order = await house.once(MISSION)
    house.clock.jump(200)
    async with house.desk() as desk:
        reply = await ask(house, desk, f"status {order.reference}")
    assert [order.stage for order in reply.orders] == [Stage.FILLED]


async def test_orders_are_listed_newest_first_and_only_ones_own(house):
    await house.hire("other")
    async with house.desk() as desk:
        mine = [await house.place(desk, text) for text in (MISSION, "buy nonsense calls", ONE_CALL)]
        await house.place(desk, ONE_CALL, user="other")
        reply = await ask(house, desk, "orders")
    traded = [order.id for order in mine if order.asked.trader is not None]
    assert [order.id for order in reply.orders] == traded[::-1]


async def test_positions_and_balance_are_those_of_the_live_account(house):
    async with house.desk() as desk:
        await house.place(desk, MISSION)
        positions = (await ask(house, desk, "positions")).positions
        balances = (await ask(house, desk, "balance")).balances
    assert [(each.instrument, each.quantity) for each in positions] == [(CALL, 10)]
    assert balances == await house.live.balances()


async def test_help_is_for_everybody_and_positions_are_not(house):
    async with house.desk() as desk:
        assert isinstance((await ask(house, desk, "help", user="nobody")).command, ShowHelp)
        for text in ("positions", "balance", "orders", "status last", "cancel all"):
            assert (await ask(house, desk, text, user="nobody")).error.code == "unknown_trader"


async def test_a_venue_that_cannot_be_asked_is_part_of_the_answer(house):
    house.production = FaultyBroker(house.live, FakeFaults({"balances": [REQUEST_LOST]}), house.clock)
    async with house.desk() as desk:
        assert (await ask(house, desk, "balance")).error.code == "outcome_unknown"


async def test_a_log_that_cannot_be_written_is_part_of_the_answer(house):
    async with house.desk() as desk:
        house.ledger.recorder.close()
        assert isinstance((await ask(house, desk, MISSION)).error, StoreFailure)
        assert isinstance((await ask(house, desk, "buy nonsense calls")).error, StoreFailure)
    assert house.books() == ([], [])


async def test_there_is_nothing_to_approve_while_the_policy_approves_by_itself(house):
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        assert (await ask(house, desk, f"approve {order.reference}")).error.code == "not_waiting"


async def test_approving_wants_a_permission_of_its_own(build):
    house = await build(permissions=EVERYTHING - {Permission.APPROVE, Permission.HALT})
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        assert (await ask(house, desk, f"approve {order.reference}")).error.code == "not_permitted"


async def test_cancel_last_and_status_last_mean_the_same_order_and_say_which(build):
    house = await build(models=(None, ScriptedModel([Plan((live(),)) for _ in range(2)])))
    async with house.desk() as desk:
        first, second = [await house.place(desk, ONE_CALL) for _ in range(2)]
        (shown,) = (await ask(house, desk, "status last")).orders
        (over,) = (await ask(house, desk, "cancel last")).orders
        assert shown.id == over.id == second.id
        assert over.stage is Stage.CANCELLED
        again = await ask(house, desk, "cancel last")
        assert again.error.code == "last_is_over"
        assert second.reference in again.error.message
        assert first.reference in again.error.hint
        assert house.order(first.id).stage is Stage.WORKING
        (suggested,) = again.error.suggestions
        (over,) = (await ask(house, desk, suggested)).orders
        assert (over.id, over.stage) == (first.id, Stage.CANCELLED)
        assert (await ask(house, desk, "cancel last")).error.hint == "No order of yours is open."


async def test_replace_last_names_the_newest_open_order_where_the_last_is_over_and_records_no_order(build):
    house = await build(models=(None, ScriptedModel([Plan((live(),))])))
    async with house.desk() as desk:
        working = await house.place(desk, ONE_CALL)
        await house.place(desk, "buy 1 SPY 450C @ 1")  # no expiration: refused, and the last one
        before = desk.lookup.newest_orders(10)
        reply = await ask(house, desk, "replace last @ 1.05 gtc")
        assert (reply.error.code, reply.error.suggestions) == (
            "last_is_over",
            (f"replace {working.reference} @ 1.05 gtc",),
        )
        assert desk.lookup.newest_orders(10) == before


@pytest.mark.parametrize(
    "text", ["preview buy 1 SPY 450C", "quote SPY 450C 12/19", "chain SPY Feb 30", "status", "orders please 12"]
)
async def test_a_question_that_is_not_understood_is_answered_and_is_no_order(build, text):
    house = await build(models=(None, ScriptedModel([Plan((live(),))])))
    async with house.desk() as desk:
        working = await house.place(desk, ONE_CALL)
        reply = await ask(house, desk, text)
        assert reply.error is not None
        assert not reply.orders
        assert [order.id for order in desk.lookup.newest_orders(10)] == [working.id]
        wrong = await ask(house, desk, "buy 1 SPY 450C")  # an order that is not understood is one that was refused
        assert [order.stage for order in wrong.orders] == [Stage.REFUSED]


async def test_the_last_order_is_the_traders_own(build):
    house = await build(models=(None, ScriptedModel([Plan((live(),)) for _ in range(2)])))
    await house.hire("ann")
    async with house.desk() as desk:
        mine = await house.place(desk, ONE_CALL)
        await house.place(desk, ONE_CALL, user="ann")
        (over,) = (await ask(house, desk, "cancel last")).orders
    assert over.id == mine.id


async def test_without_a_live_venue_an_approval_says_so(house):
    house.production = None
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        assert isinstance((await ask(house, desk, f"approve {order.reference}")).error, Misconfigured)


async def test_an_order_is_found_by_the_beginning_of_its_id(house):
    order = await house.once(MISSION)
    lookup = Lookup(house.ledger)
    for name in (order.reference, f"#{order.reference}", order.id.hex, str(order.id), order.reference.upper(), "LAST"):
        assert lookup.find(name) == order
    assert lookup.find(order.reference, of=house.trader()) == order


@pytest.mark.parametrize("name", ["zzz", "", "0" * 33, "'; drop table", "ffffffffff"])
async def test_a_name_of_no_order_is_refused(house, name):
    with pytest.raises(Refused) as no:
        Lookup(house.ledger).find(name)
    assert no.value.code == "unknown_order"


async def test_the_last_order_of_somebody_without_any_is_refused(house):
    with pytest.raises(Refused, match="no order yet"):
        Lookup(house.ledger).find("last", of=house.trader())


async def test_a_beginning_that_two_orders_share_is_ambiguous(house):
    async with house.desk() as desk:
        for n in range(40):
            await house.place(desk, "buy nonsense calls", message=f"n-{n}")
        orders = desk.lookup.newest_orders(40)
        first = [order.id.hex[0] for order in orders]
        shared = next(digit for digit in first if first.count(digit) > 1)
        with pytest.raises(Refused) as no:
            desk.lookup.find(shared)
    assert no.value.code == "ambiguous_order"
    assert sum(order.id.hex[:10] in no.value.hint for order in orders) >= 2


async def test_whoever_waits_for_an_order_may_go_away_and_the_order_goes_on(house):
    async with house.desk() as desk:
        waiting = asyncio.ensure_future(desk.place(house.message(MISSION, message="m")))
        while not house.books()[1]:
            await house.until(house.clock.sleep(0.001))
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await house.until(house.clock.sleep(5))
        (order,) = desk.lookup.newest_orders(1)
    assert order.stage is Stage.FILLED
    assert house.trader().reserved == {}


def counted(house) -> list[str]:
    """What production is asked from now on."""
    asked: list[str] = []

    def bend(call, snapshot):
        asked.append(call)
        return snapshot

    house.production = AlteredBroker(house.live, bend)
    return asked


async def test_orders_that_are_followed_here_are_listed_without_asking_the_venue(build):
    house = await build(models=(None, ScriptedModel(lambda _t: Plan((live(),)))))
    asked = counted(house)
    async with house.desk() as desk:
        texts = [f"buy {count} SPY 450 call 12/18 @ 1.25" for count in range(1, 31)]
        placed = [await house.place(desk, text) for text in texts]
        assert {order.stage for order in placed} == {Stage.WORKING}
        asked.clear()
        before_s = house.clock.monotonic()
        for _ in range(5):
            reply = await ask(house, desk, "orders")
            assert {order.stage for order in reply.orders} == {Stage.WORKING}
            (status,) = (await ask(house, desk, f"status {placed[0].reference}")).orders
            assert status.id == placed[0].id
        assert asked == []
        assert house.clock.monotonic() == before_s


@asynccontextmanager
async def no_stream():
    raise VenueFailure("no stream")
    yield


async def test_an_order_that_is_followed_by_no_stream_is_asked_about(build):
    house = await build(models=(None, ScriptedModel(lambda _t: Plan((live(), fill(1, after_s=30))))))
    asked = counted(house)
    house.production.updates = no_stream
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)
        asked.clear()
        for text in ("orders", f"status {order.reference}"):
            await ask(house, desk, text)
        assert asked.count("get") >= 2


async def test_a_cancel_that_is_wanted_is_asked_about_though_the_order_is_followed(build):
    house = await build(models=(None, ScriptedModel(lambda _t: Plan((live(),)))))
    asked = counted(house)
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)
        why = house.context.because("demo", order)
        wish = house.context.change(order.id, lambda tx: tx.record(tx.require(Order, order.id).request_cancel(why=why)))
        await house.until(wish)
        asked.clear()
        await ask(house, desk, f"status {order.reference}")
        assert "cancel" in asked
