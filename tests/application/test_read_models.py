"""Read models: what they answer is what searching the whole log answers, however far they lag behind."""

import asyncio
from contextlib import suppress

import pytest
from eventsourcing.persistence import IntegrityError, OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tastyflow.application.audit import compared_models
from tastyflow.application.ledger import read_models, rebuilding
from tastyflow.application.ledger.lookup import BIRTHS, MANY, Lookup
from tastyflow.application.ledger.read_models import CLAIM, NUMBER, PLACE, TRADER, ReadModels
from tastyflow.application.ledger.rebuilding import rebuilt
from tastyflow.application.service.keeping_models import ModelKeeper
from tastyflow.domain.order import Order
from tastyflow.domain.trader import Trader
from tastyflow.domain.venue import Venue
from tastyflow.errors import Refused, StoreFailure
from tastyflow.ports import ModelRow, ModelStep
from tests.application.kit import MISSION

pytestmark = pytest.mark.anyio

OURS = ("demo", "ann", "demo", "demo", "ann", "demo")


@pytest.fixture
async def traded(build):
    """A house in which two traders placed orders, one of them refused at once."""
    house = await build()
    await house.hire("ann")
    for name in OURS:
        await house.once(MISSION, user=name)
        house.clock.jump(120)
    await house.once("buy nonsense", user="ann")
    return house


def searched(house, trader):
    """Their orders, the newest first, by reading every order there is."""
    orders = [house.order(each) for each in house.ledger.log.begun(BIRTHS, limit=10_000)]
    return [order.id for order in orders if order.asked.trader == trader.id]


def unwatched(items, total):
    return items


def set_back(house, place):
    """The models as they were at *place*, as if nothing had taken them further."""
    house.ledger.log.drop_models().result()
    rows, until = read_models.rows_between(house.ledger.log, after=0, limit=place) if place else ([], 0)
    house.ledger.log.keep_models(ModelStep(PLACE, 0, until, rows)).result()


async def test_the_newest_orders_of_a_trader_are_found_however_far_the_models_lag(traded):
    end = traded.ledger.end()
    for place in (0, 1, end // 2, end - 1, end):
        for name in ("demo", "ann"):
            set_back(traded, place)
            trader, lookup = traded.trader(name), Lookup(traded.ledger)
            mine = searched(traded, trader)
            assert [order.id for order in lookup.newest_orders(99, of=trader)] == mine
            assert [order.id for order in lookup.newest_orders(2, of=trader)] == mine[:2]
            assert lookup.find("last", of=trader).id == mine[0]


async def test_a_quiet_trader_has_orders_that_lie_far_back(traded, monkeypatch):
    monkeypatch.setattr("tastyflow.application.ledger.lookup.SCAN", 1)
    ann = traded.trader("ann")
    assert len(Lookup(traded.ledger).newest_orders(9, of=ann, among=1)) == len(searched(traded, ann)) > 1


async def test_tags_and_numbers_lead_to_their_orders(traded):
    models, log = ReadModels(traded.ledger), traded.ledger.log
    for order_id in log.begun(BIRTHS, limit=99):
        for attempt in traded.order(order_id).attempts:
            assert models.streams(CLAIM, attempt.external_id, limit=9) == [order_id]
            expected = [order_id] if attempt.venue is Venue.PRODUCTION else []
            assert models.streams(NUMBER, attempt.broker_order, limit=9) == expected
    assert models.streams(CLAIM, "tf1-p-nothing-1", limit=9) == []


async def test_models_that_lag_too_far_behind_say_nothing_and_are_taken_further(traded, monkeypatch):
    monkeypatch.setattr(read_models, "MOST", 40)
    monkeypatch.setattr(read_models, "WORTH_KEEPING", 10)
    set_back(traded, 0)
    models, trader = ReadModels(traded.ledger), traded.trader("ann")
    expected = searched(traded, trader)
    assert models.streams(TRADER, trader.id.hex, limit=9) is None
    assert models.place() == 40
    assert [order.id for order in Lookup(traded.ledger).newest_orders(9, of=trader)] == expected
    while (found := models.streams(TRADER, trader.id.hex, limit=9)) is None:
        """Each question takes them one page further."""
    assert found == expected


async def test_models_that_are_ahead_of_the_log_say_nothing(traded):
    traded.ledger.log.keep_bookmark(PLACE, traded.ledger.end() + 1).result()
    assert ReadModels(traded.ledger).streams(TRADER, traded.trader().id.hex, limit=9) is None
    assert "the log does not" in compared_models(traded.ledger).found[0].why


async def test_a_row_that_leads_to_another_traders_order_shows_it_to_none(traded):
    ann, demo = traded.trader("ann"), traded.trader("demo")
    stolen = ModelRow(TRADER, ann.id.hex, 1, searched(traded, demo)[0])
    place = ReadModels(traded.ledger).place()
    traded.ledger.log.keep_models(ModelStep(PLACE, place, place, [stolen])).result()
    assert all(order.asked.trader == ann.id for order in Lookup(traded.ledger).newest_orders(99, of=ann))


async def test_rebuilt_they_are_what_a_replay_gives(traded):
    set_back(traded, 7)
    done = rebuilt(traded.ledger, watch=unwatched)
    compared = compared_models(traded.ledger)
    assert (compared.found, compared.rows, compared.until) == ((), done.rows, done.until)
    assert done.until == traded.ledger.end()


async def test_another_process_may_go_on_while_they_are_rebuilt(traded, monkeypatch):
    monkeypatch.setattr(rebuilding, "MOST", 20)
    rows_in, turn = rebuilding.rows_in, iter(range(99))

    def overtaken(page):
        if next(turn) % 2 == 0:
            with suppress(IntegrityError):
                ReadModels(traded.ledger).next_step().result()
        return rows_in(page)

    monkeypatch.setattr(rebuilding, "rows_in", overtaken)
    rebuilt(traded.ledger, watch=unwatched)
    assert compared_models(traded.ledger).found == ()


async def test_a_snapshot_of_each_long_stream_is_made_anew(traded):
    log = traded.ledger.log
    for _ in range(9):
        await traded.once(MISSION)
        traded.clock.jump(120)
    kept = set(log._snapshots)
    log._snapshots.clear()
    assert rebuilt(traded.ledger, watch=unwatched).snapshots == len(log._snapshots)
    assert set(log._snapshots) >= kept > set()
    for stream, snapshot in log._snapshots.items():
        events = log.read_from_snapshot(stream)[1]
        assert traded.ledger._snapshots.restored(snapshot, *events) == traded.ledger.state_at(stream, 10**9)


@pytest.mark.parametrize("change", ["taken away", "put there", "exchanged"])
async def test_what_is_wrong_in_them_is_a_difference(traded, change):
    rebuilt(traded.ledger, watch=unwatched)
    models = traded.ledger.log._models
    trader = traded.trader("ann")
    kept = models[TRADER, trader.id.hex]
    if change == "taken away":
        kept.popitem()
    elif change == "put there":
        kept[1] = trader.id
    else:
        kept[min(kept)] = trader.id
    (found,) = compared_models(traded.ledger).found
    assert found.subject == "read models"


async def test_the_service_takes_them_to_the_end_of_the_log(traded, monkeypatch):
    monkeypatch.setattr(read_models, "PAGE", 30)
    set_back(traded, 0)
    may_act = [False]
    keeping = asyncio.create_task(ModelKeeper(traded.ledger, traded.clock).run(lambda: may_act[0]))
    await traded.until(traded.clock.sleep(10))
    assert ReadModels(traded.ledger).place() == 0
    may_act[0] = True
    await traded.until(traded.clock.sleep(10))
    keeping.cancel()
    assert traded.ledger.end() - ReadModels(traded.ledger).place() < read_models.WORTH_KEEPING
    assert compared_models(traded.ledger).found == ()


async def test_a_log_that_is_away_ends_the_keeping_in_words_that_are_explained(traded, monkeypatch):
    def away(_step):
        raise OperationalError("the server closed the connection")

    set_back(traded, 0)
    monkeypatch.setattr(traded.ledger.log, "keep_models", away)
    with pytest.raises(StoreFailure):
        await traded.until(ModelKeeper(traded.ledger, traded.clock).run(lambda: True))


async def test_a_process_that_may_not_write_reads_beside_them(traded, monkeypatch):
    def refused(_step):
        raise OperationalError("it was opened for reading only")

    set_back(traded, 0)
    monkeypatch.setattr(traded.ledger.log, "keep_models", refused)
    trader = traded.trader("ann")
    assert ReadModels(traded.ledger).streams(TRADER, trader.id.hex, limit=99) == searched(traded, trader)


async def test_a_reference_that_names_very_many_orders_reads_none_of_them(traded, monkeypatch):
    digits = "0123456789abcdef"
    many = [Order.id_of("cli", str(number)) for number in range(999)]
    many = [each for each in many if each.hex[0] == digits[0]][: MANY + 1]
    monkeypatch.setattr(traded.ledger.log, "select", lambda _, *, prefix, limit: many[:limit])
    monkeypatch.setattr(traded.ledger, "read", lambda *_: pytest.fail("an order was read"))
    with pytest.raises(Refused) as refused:
        Lookup(traded.ledger).find(digits[0])
    assert refused.value.code == "ambiguous_order"


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 60), max_size=6), st.integers(1, 9))
async def test_in_whatever_steps_they_go_on_they_answer_the_same(traded, steps, limit):
    set_back(traded, 0)
    for most in steps:
        place = ReadModels(traded.ledger).place()
        rows, until = read_models.rows_between(traded.ledger.log, after=place, limit=most)
        traded.ledger.log.keep_models(ModelStep(PLACE, place, until, rows)).result()
    for name in ("demo", "ann"):
        trader = traded.ledger.read(Trader, Trader.id_of(name))
        found = ReadModels(traded.ledger).streams(TRADER, trader.id.hex, limit=limit)
        assert found == searched(traded, trader)[:limit]
    assert compared_models(traded.ledger).found == ()
