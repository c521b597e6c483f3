"""Many orders at once: on one desk, and by two processes on one log and one pair of venues."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve

from tastyflow.application import desk as desk_module
from tastyflow.domain.book import Book
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.setup import SetupConcluded
from tastyflow.domain.trader import CapacityReleased, CapacityReserved, Trader
from tastyflow_adapters.clock import AnchoredClock
from tastyflow_adapters.fake import FakeFaults, FakeMarket, FaultyBroker, Plan, ScriptedModel, orders_in
from tastyflow_adapters.fake.faults import NOT_SENT, REQUEST_LOST, RESPONSE_LOST
from tastyflow_adapters.fake.order_plan import fill, live
from tests.application.kit import (
    CALL,
    DEMO,
    EVERYTHING,
    FRIDAY,
    GENEROUS,
    MISSION,
    ONE_CALL,
    PRODUCTION,
    SANDBOX,
    log,
    open_log,
    register,
    replayed,
    setup_claims,
)
from tests.application.soundness import assert_books_match, assert_promotions_were_earned, assert_sound

ROOT = Path(__file__).parents[2]


def most_open_at_once(events):
    """The most orders, and the most dollars, that were reserved at any moment of the log."""
    held, most, most_usd = {}, 0, Decimal(0)
    for event in events:
        if isinstance(event, CapacityReserved):
            held[event.order] = event.notional_usd
        elif isinstance(event, CapacityReleased):
            del held[event.order]
        most, most_usd = max(most, len(held)), max(most_usd, sum(held.values(), Decimal(0)))
    return most, most_usd


@pytest.mark.anyio
@pytest.mark.parametrize("on_disk", [False, True])
async def test_twenty_orders_at_once_are_twenty_orders(build, tmp_path, on_disk):
    house = await build(path=tmp_path / "log.db" if on_disk else None)
    async with house.desk() as desk:
        orders = await house.until(asyncio.gather(*(desk.place(house.message(MISSION)) for _ in range(20))))
    assert Counter(order.stage for order in orders) == {Stage.FILLED: 20}
    assert [len(book) for book in house.books()] == [20, 20]
    assert house.trader().reserved == {}
    assert_sound(house)


@pytest.mark.anyio
@pytest.mark.parametrize("on_disk", [False, True])
async def test_of_twenty_orders_at_once_only_as_many_are_open_as_the_limit_holds(build, tmp_path, on_disk):
    slowly = ScriptedModel(lambda _ticket: Plan((live(), fill(1, after_s=0.3))))
    house = await build(path=tmp_path / "log.db" if on_disk else None, models=(None, slowly))
    each_usd = (await house.once(ONE_CALL)).notional_usd
    house.ledger.close()
    limits = evolve(GENEROUS, max_open_notional_usd=each_usd * 5)
    house = await build(path=tmp_path / "log2.db" if on_disk else None, models=(None, slowly), limits=limits)
    async with house.desk() as desk:
        orders = await house.until(asyncio.gather(*(desk.place(house.message(ONE_CALL)) for _ in range(20))))
        more = await house.until(asyncio.gather(*(desk.place(house.message(ONE_CALL)) for _ in range(20))))
    assert Counter(order.stage for order in orders) == {Stage.FILLED: 5, Stage.REFUSED: 15}
    assert Counter(order.stage for order in more) == {Stage.REFUSED: 20}  # what filled is held, and counts as well
    assert {order.code for order in (*orders, *more) if order.stage is Stage.REFUSED} == {"over_limit"}
    assert most_open_at_once(log(house.ledger)) == (5, each_usd * 5)
    assert house.trader().reserved == {}
    assert_sound(house)


@pytest.mark.anyio
@pytest.mark.parametrize("seed", range(6))
async def test_a_crowd_on_a_bad_day_is_still_one_order_each(build, seed):
    house = await build(latency_s=0.05)
    chances = {
        "place": {NOT_SENT: 0.15, REQUEST_LOST: 0.15, RESPONSE_LOST: 0.2},
        "get": {REQUEST_LOST: 0.2},
        "find": {REQUEST_LOST: 0.2},
        "cancel": {RESPONSE_LOST: 0.2},
    }
    house.sandbox = FaultyBroker(house.rehearsals, FakeFaults(chances=chances, seed=seed), house.clock)
    house.production = FaultyBroker(house.live, FakeFaults(chances=chances, seed=seed + 100), house.clock)
    async with house.desk() as desk:
        orders = await house.until(asyncio.gather(*(desk.place(house.message(ONE_CALL)) for _ in range(20))))
        await house.until(house.clock.sleep(120))
        await house.until(desk.recover())
    now = [house.order(order.id) for order in orders]
    assert {order.stage for order in now} <= {Stage.FILLED, Stage.REFUSED, Stage.ESCALATED}
    assert set(house.trader().reserved) == {order.id for order in now if order.stage is Stage.ESCALATED}
    filled = {a.external_id for o in now if o.stage is Stage.FILLED for a in o.attempts if a.broker_order}
    in_production = {snapshot.external_id for snapshot in house.books()[1]}
    assert in_production == {tag for tag in filled if tag.startswith("tf1-p")}
    assert_sound(house)


def start(folder, name, orders, *more):
    command = [sys.executable, "-m", "tests.application.desk_worker", str(folder), name, str(orders), *map(str, more)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_two_processes_on_one_log_and_one_pair_of_venues(tmp_path):
    """Ten orders each, at once; a limit that holds five: never more, none lost, none twice."""
    each_usd = asyncio.run(prepared(tmp_path))
    workers = [start(tmp_path, name, 10) for name in ("left", "right")]
    told = {}
    for worker in workers:
        out, err = worker.communicate(timeout=60)
        assert worker.returncode == 0, err
        assert err == ""
        told |= {line.split()[0]: line.split()[1:] for line in out.splitlines()}
    ledger = open_log(tmp_path / "log.db")
    events = log(ledger)
    states = replayed(events)
    for aggregate_id, state in states.items():
        assert ledger.read(type(state), aggregate_id) == state
    orders = [state for state in states.values() if isinstance(state, Order)]
    assert {str(order.id): order.stage for order in orders} == {name: stage for name, (stage, *_) in told.items()}
    assert len(orders) == 20
    assert {order.stage for order in orders} == {Stage.FILLED, Stage.REFUSED}
    assert {order.code for order in orders if order.stage is Stage.REFUSED} == {"over_limit"}
    books = [list(orders_in(tmp_path / f"{venue}.db")) for venue in (SANDBOX, PRODUCTION)]
    assert_books_match(events, *books)
    assert_promotions_were_earned(events)
    filled = sum(order.stage is Stage.FILLED for order in orders)
    own = {claim.external_id for claim in setup_claims(events)}
    undone = [fill for event in events if isinstance(event, SetupConcluded) for fill in event.fills]
    assert sum(fill.quantity for fill in undone) == filled  # each rehearsal is undone once, at whichever try
    assert [sum(each.external_id not in own for each in book) for book in books] == [filled, filled]
    assert filled == 5
    assert ledger.read(Trader, DEMO).reserved == {}
    most, most_usd = most_open_at_once(events)
    assert most <= 5
    assert most_usd <= each_usd * 5
    ledger.close()


RESTS = "buy to open 1 SPY 450 call exp Dec 18 2026 @ 2"
EACH_USD = Decimal("201.13")
"""What `RESTS` takes of buying power, fees included."""
CASH_USD = 10_060
"""Of which that is two percent, just not rounded up."""


def test_of_a_hundred_orders_at_two_percent_each_exactly_twenty_five_pass_a_limit_of_fifty(tmp_path):
    """Fifty from each of two processes, at once: what one has entered the other counts, wherever the orders are."""
    asyncio.run(hired(tmp_path, evolve(GENEROUS, max_buying_power_pct=Decimal(50))))
    workers = [start(tmp_path, name, 50, RESTS, CASH_USD) for name in ("left", "right")]
    ends = []
    for worker in workers:
        out, err = worker.communicate(timeout=120)
        assert (worker.returncode, err) == (0, "")
        ends += [tuple(line.split()[1:]) for line in out.splitlines()]
    assert Counter(ends) == {("working",): 25, ("refused", "over_limit"): 75}
    ledger = open_log(tmp_path / "log.db")
    events = log(ledger)
    (book,) = (state for state in replayed(events).values() if isinstance(state, Book))
    assert (len(book.entries), book.taken_usd, book.adopted_usd) == (25, 25 * EACH_USD, 25 * EACH_USD)
    assert most_open_at_once(events)[0] == 25
    books = [list(orders_in(tmp_path / f"{venue}.db")) for venue in (SANDBOX, PRODUCTION)]
    assert_books_match(events, *books)
    assert_promotions_were_earned(events)
    assert [len(book) for book in books] == [25, 25]
    assert len(ledger.read(Trader, DEMO).reserved) == 25
    ledger.close()


async def hired(folder, limits):
    """A log with one trader."""
    ledger = open_log(folder / "log.db")
    await register(ledger, FRIDAY, "demo", limits, EVERYTHING)
    ledger.close()


async def prepared(folder):
    """A log with one trader whose open orders may be five; what one order reserves."""
    quote = FakeMarket(AnchoredClock(FRIDAY)).quotes_now([CALL])[CALL]
    each_usd = ((quote.bid + quote.ask) / 2).quantize(Decimal("0.01"), rounding="ROUND_FLOOR") * 100
    await hired(folder, evolve(GENEROUS, max_open_notional_usd=each_usd * 5))
    return each_usd


@pytest.mark.anyio
async def test_recovery_asks_about_some_orders_at_a_time_and_gives_them_in_their_order(build, monkeypatch):
    house = await build()
    async with house.desk() as desk:
        placed = [await house.place(desk, "buy 1 SPY 450 call expiring next month @ 2") for _ in range(20)]
        assert {order.stage for order in placed} == {Stage.WORKING}
        refresh, at_once, most = desk.refresh, set(), []

        async def watched(order_id):
            at_once.add(order_id)
            most.append(len(at_once))
            await asyncio.sleep(0)
            try:
                return await refresh(order_id)
            finally:
                at_once.discard(order_id)

        monkeypatch.setattr(type(desk), "refresh", lambda _, order_id: watched(order_id))
        recovered = await house.until(desk.recover())
    assert [order.id for order in recovered] == [order.id for order in placed]
    assert max(most) == desk_module.ASKED_AT_ONCE
