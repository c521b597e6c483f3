"""Neighbours that misbehave beyond their contract, and orders that a limit must not be fooled by."""

import sqlite3

import pytest
from attrs import evolve
from eventsourcing.persistence import DatabaseError

from tastyflow.domain.instruments import Equity
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.ticket import Duration
from tastyflow.domain.trader import Trader
from tastyflow.errors import Refused, StoreFailure
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.fake import Plan, ScriptedModel
from tastyflow_adapters.fake.faults import NOT_SENT, REQUEST_LOST
from tastyflow_adapters.fake.order_plan import live
from tastyflow_adapters.store.log import open_log
from tests.application.kit import MISSION, PRODUCTION, Told
from tests.application.soundness import assert_sound
from tests.application.test_desk_faults import faulty

pytestmark = pytest.mark.anyio

RESTS = (None, ScriptedModel(lambda _ticket: Plan((live(),))))


class Behind:
    """A broker behind which another one stands."""

    def __init__(self, broker):
        self.broker = broker

    def __getattr__(self, name):
        return getattr(self.broker, name)


@pytest.mark.parametrize("text", ["buy 500 SPY stop 450.25", "buy 500 SPY stop 461.00"])
async def test_a_stop_is_worth_what_the_market_is_and_not_what_triggers_it(house, text):
    order = await house.once(text)
    quote = house.market.quotes_now([Equity("SPY")])[Equity("SPY")]
    assert order.notional_usd == 500 * max(quote.ask, order.ticket.stop)


async def test_an_unpriced_immediate_order_takes_the_market(house):
    order = await house.once("buy 1 SPY 450 call next month ioc")
    assert order.ticket.time_in_force.duration is Duration.IOC
    assert (order.stage, order.filled(PRODUCTION)) == (Stage.FILLED, 1)


async def test_an_immediate_order_that_is_not_filled_may_be_cancelled_at_once(house):
    order = await house.once("buy 1 SPY 450 call next month @ 0.50 ioc")
    assert (order.stage, order.filled(PRODUCTION)) == (Stage.CANCELLED, 0)
    assert_sound(house)


async def test_a_cancel_that_never_left_is_not_believed_to_be_on_its_way(build):
    house = await build(models=RESTS)
    faulty(house, PRODUCTION, calls={"cancel": [NOT_SENT]})
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        (after,) = await house.until(desk.cancel(house.message("cancel last"), "last"))
        assert (after.stage, after.cancel_requested) == (Stage.WORKING, False)
        (after,) = await house.until(desk.cancel(house.message("cancel last"), "last"))
    assert (after.id, after.stage) == (order.id, Stage.CANCELLED)
    assert_sound(house)


async def test_an_order_that_nothing_is_left_of_can_be_given_up(house):
    faulty(house, PRODUCTION, calls={"place": [REQUEST_LOST]})
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        await house.until(house.clock.sleep(600))
        assert house.order(order.id).stage is Stage.ESCALATED
        await house.until(desk.cancel(house.message("cancel last"), "last"))
    assert house.order(order.id).stage is Stage.ABANDONED
    assert house.trader().reserved == {}
    assert_sound(house)


async def test_a_recipient_that_fails_does_not_stop_an_order(house):
    class Away(Told):
        async def tell(self, notice):
            raise ConnectionError("chat is down")

    house.told = Away()
    order = await house.once(MISSION)
    assert order.stage is Stage.FILLED


async def test_a_stream_that_ends_in_an_unforeseen_way_does_not_stop_an_order(house):
    class Broken(Behind):
        def updates(self):
            raise ZeroDivisionError

    house.production = Broken(house.live)
    order = await house.once(MISSION)
    async with house.desk():
        await house.until(house.clock.sleep(60))
    assert order.stage in (Stage.WORKING, Stage.FILLED)
    assert len(house.books()[1]) == 1


async def test_other_content_that_production_shows_later_is_a_persons_business(build):
    house = await build(models=RESTS)

    class Rewriting(Behind):
        """Says nothing of the content at first, and then another quantity."""

        async def place(self, ticket, *, external_id, **how):
            return evolve(await self.broker.place(ticket, external_id=external_id, **how), ticket=None)

        async def get(self, broker_order):
            seen = await self.broker.get(broker_order)
            leg = evolve(seen.ticket.legs[0], quantity=7)
            return evolve(seen, ticket=evolve(seen.ticket, legs=(leg,)))

        def updates(self):
            raise ZeroDivisionError

    house.production = Rewriting(house.live)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        await house.until(house.clock.sleep(30))
    assert (house.order(order.id).stage, house.order(order.id).code) == (Stage.ESCALATED, "echo_differs")


async def test_a_message_id_is_its_authors_own(house):
    async with house.desk() as desk:
        first = await house.until(desk.place(house.message(MISSION, message="one")))
        with pytest.raises(Refused) as no:
            await house.until(desk.place(house.message(MISSION, user="somebody", message="one")))
        asked = await house.until(desk.ask(house.message(MISSION, user="somebody", message="one")))
    assert no.value.code == asked.error.code == "message_reused"
    assert house.order(first.id).asked.user == "demo"


async def test_a_damaged_log_says_so_in_the_words_of_whoever_opened_it(tmp_path, monkeypatch):
    ledger = open_log(LogAddress.file(tmp_path / "log.db"))
    try:

        def broken(*_, **__):
            raise DatabaseError(sqlite3.DatabaseError("database disk image is malformed"))

        monkeypatch.setattr(ledger.recorder.datastore, "transaction", broken)
        with pytest.raises(StoreFailure) as failure:
            ledger.read(Trader, Trader.id_of("demo"))
    finally:
        ledger.close()
    assert str(tmp_path / "log.db") in failure.value.message
