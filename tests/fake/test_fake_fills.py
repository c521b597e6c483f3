"""How the fake venue fills: the three models, partial fills, races, and the ends of orders."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from attrs import evolve
from fake_orders import (
    BTO,
    CALL,
    CENT,
    DECEMBER,
    FRIDAY,
    GTC,
    HIGHER,
    IOC,
    SHARES,
    STC,
    STO,
    SUNDAY,
    at_market,
    limit,
    spread,
    stop,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.domain.instruments import EquityOption, Right
from tastyflow.domain.ticket import Duration, Leg, OrderType, PriceEffect, Ticket, TimeInForce
from tastyflow.domain.venue import Phase, Status, Venue
from tastyflow.errors import VenueRefused
from tastyflow_adapters.clock import AnchoredClock, TurnableClock
from tastyflow_adapters.fake import FakeBroker, FakeMarket, Plan, QuoteModel, ScriptedModel, TableModel
from tastyflow_adapters.fake.money import OPENING_FEE_USD, cost_at_touch
from tastyflow_adapters.fake.order_plan import cancelled, expire, fill, live, reject, remove, repeat, route

pytestmark = pytest.mark.anyio


async def place(broker, ticket, tag="t"):
    return await broker.place(ticket, external_id=tag)


async def stays(broker, clock, order, status, seconds=60.0):
    await clock.turn(seconds)
    return (await broker.get(order.broker_order)).status is status


# -- quotes ----------------------------------------------------------------------------------------------------------


async def test_a_marketable_order_is_filled_in_the_answer_at_the_touch(venue, quote):
    order = await place(venue(), limit(quote.ask + 1, 7))
    assert order.status is Status.FILLED
    assert [(done.quantity, done.price, done.at) for done in order.fills] == [(7, quote.ask, FRIDAY)]


async def test_a_market_order_pays_the_ask_and_gets_the_bid(venue, quote):
    broker = venue()
    assert (await place(broker, at_market(2))).fills[0].price == quote.ask
    assert (await place(broker, at_market(2, action=STC))).fills[0].price == quote.bid


async def test_an_order_inside_the_spread_fills_at_its_limit_after_a_short_seeded_delay(venue, quote, clock):
    broker = venue(model=QuoteModel(delay_s=(0.005, 0.025)))
    order = await place(broker, limit(quote.bid + CENT))
    assert order.status is Status.LIVE
    await clock.turn(0.004)
    assert (await broker.get(order.broker_order)).status is Status.LIVE
    await clock.turn(0.021)
    done = await broker.get(order.broker_order)
    assert done.status is Status.FILLED
    assert done.fills[0].price == quote.bid + CENT
    assert timedelta(seconds=0.005) <= done.fills[0].at - FRIDAY <= timedelta(seconds=0.025)


async def test_the_delay_is_the_same_for_the_same_seed_and_order(market, clock, quote):
    moments = []
    for seed in (1, 1, 2):
        broker = FakeBroker(Venue.SANDBOX, clock, market, seed=seed)
        start, order = clock.now(), await place(broker, limit(quote.bid + CENT))
        await clock.turn(1)
        moments.append((await broker.get(order.broker_order)).fills[0].at - start)
    assert moments[0] == moments[1] != moments[2]


async def test_an_order_behind_the_market_rests_until_the_market_comes(venue, quote, clock, market):
    broker = venue()
    order = await place(broker, limit(quote.bid))
    assert await stays(broker, clock, order, Status.LIVE)
    market.pin(CALL, quote.bid - 1, quote.bid - CENT)
    done = await broker.get(order.broker_order)
    assert (done.status, done.fills[0].price) == (Status.FILLED, quote.bid - CENT)


async def test_slices_fill_an_order_in_parts(venue, quote, clock):
    broker = venue(model=QuoteModel(slices=3))
    order = await place(broker, limit(quote.bid + CENT, 10))
    await clock.turn(1)
    assert [done.quantity for done in (await broker.get(order.broker_order)).fills] == [4, 3, 3]


async def test_immediate_or_cancel_is_over_in_the_answer(venue, quote):
    broker = venue()
    assert (await place(broker, limit(quote.ask, tif=IOC))).status is Status.FILLED
    inside = await place(broker, limit(quote.bid + CENT, tif=IOC))
    assert (inside.status, inside.fills) == (Status.CANCELLED, ())


async def test_a_stop_waits_for_its_price_and_then_goes_at_the_market(venue, quote, clock, market):
    broker = venue()
    await place(broker, limit(quote.ask))
    order = await place(broker, stop(quote.bid - 1))
    assert await stays(broker, clock, order, Status.LIVE)
    market.pin(CALL, quote.bid - 2, quote.bid - 2 + CENT)
    done = await broker.get(order.broker_order)
    assert (done.status, done.fills[0].price) == (Status.FILLED, quote.bid - 2)


async def test_a_market_order_without_a_market_waits(venue, market):
    market.pin(CALL, 0, 0)
    assert (await place(venue(), at_market())).status is Status.LIVE


async def test_a_spread_fills_at_the_net_of_its_legs(venue, quote, market):
    other = market.quotes_now([HIGHER])[HIGHER]
    natural = quote.ask - other.bid
    order = await place(venue(), spread(natural))
    assert order.status is Status.FILLED
    assert {done.symbol: done.price for done in order.fills} == {CALL.occ: quote.ask, HIGHER.occ: other.bid}


async def test_a_spread_inside_the_net_spread_fills_at_its_limit(venue, quote, market, clock):
    other = market.quotes_now([HIGHER])[HIGHER]
    wanted = quote.ask - other.bid - CENT
    broker = venue()
    order = await place(broker, spread(wanted))
    assert order.status is Status.LIVE
    await clock.turn(1)
    bought, sold = (await broker.get(order.broker_order)).fills
    assert bought.price - sold.price == wanted
    assert bought.quantity == sold.quantity == 5


async def test_a_covered_call_is_priced_per_share(venue, quote, market):
    shares = market.quotes_now([SHARES])[SHARES]
    legs = (Leg(BTO, 100, SHARES), Leg(STO, 1, CALL))
    ticket = Ticket(legs, OrderType.LIMIT, shares.ask - quote.bid, PriceEffect.DEBIT)
    order = await place(venue(), ticket)
    assert order.status is Status.FILLED
    assert [(done.quantity, done.price) for done in order.fills] == [(100, shares.ask), (1, quote.bid)]


def legs_of(units, *wanted):
    """Legs of SPY in December: ``(action, ratio, strike, right)``."""
    return tuple(
        Leg(action, units * ratio, EquityOption("SPY", DECEMBER, right, Decimal(strike)))
        for action, ratio, strike, right in wanted
    )


CONDOR = [(BTO, 1, 430, Right.PUT), (STO, 1, 435, Right.PUT), (STO, 1, 465, Right.CALL), (BTO, 1, 470, Right.CALL)]
BUTTERFLY = [(BTO, 1, 440, Right.CALL), (STO, 2, 450, Right.CALL), (BTO, 1, 460, Right.CALL)]


@pytest.mark.parametrize(("wanted", "effect"), [(CONDOR, PriceEffect.CREDIT), (BUTTERFLY, PriceEffect.DEBIT)])
async def test_legs_fill_in_their_ratio_at_the_net_price_and_the_cash_follows(venue, market, clock, wanted, effect):
    legs, sign = legs_of(6, *wanted), 1 if effect is PriceEffect.DEBIT else -1
    ratios = {leg.instrument.occ: leg.quantity // 6 for leg in legs}
    signs = {leg.instrument.occ: 1 if leg.action.buys else -1 for leg in legs}
    quotes = market.quotes_now([leg.instrument for leg in legs])
    touch = cost_at_touch(Ticket(legs, OrderType.LIMIT, Decimal(1), effect), quotes)
    broker = venue(model=QuoteModel(slices=2))
    before = await broker.balances()
    order = await place(broker, Ticket(legs, OrderType.LIMIT, sign * (touch - CENT), effect))
    await clock.turn(1)
    fills = (await broker.get(order.broker_order)).fills
    assert [fill.quantity for fill in fills] == [3 * ratios[leg.instrument.occ] for leg in legs] * 2
    for part in (fills[: len(legs)], fills[len(legs) :]):
        assert sum(signs[fill.symbol] * ratios[fill.symbol] * fill.price for fill in part) == touch - CENT
    fees = sum(leg.quantity for leg in legs) * OPENING_FEE_USD
    assert (await broker.balances()).cash_usd == before.cash_usd - 600 * (touch - CENT) - fees
    held = {each.instrument: each.quantity for each in await broker.positions()}
    assert held == {leg.instrument: leg.quantity if leg.action.buys else -leg.quantity for leg in legs}


# -- the old table, and scripts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ticket", "status", "price"),
    [
        (at_market(), Status.FILLED, Decimal(1)),
        (limit("2.99"), Status.FILLED, Decimal("2.99")),
        (limit("3"), Status.LIVE, None),
        (limit("3", tif=IOC), Status.CANCELLED, None),
    ],
)
async def test_the_old_table_fills_under_three_and_rests_from_there(venue, ticket, status, price):
    order = await place(venue(model=TableModel()), ticket)
    assert (order.status, order.fills[0].price if order.fills else None) == (status, price)


async def test_a_script_fills_in_parts_then_the_rest(venue, clock):
    script = (route(), live(after_s=1), fill(4, "7.00", after_s=1), fill(100, "7.01", after_s=1))
    broker = venue(model=ScriptedModel([script]))
    order = await place(broker, limit("7.50"))
    seen = [order.status]
    for _ in range(3):
        await clock.turn(1)
        now = await broker.get(order.broker_order)
        seen.append((now.status, now.filled(CALL.occ)))
    assert seen == [Status.ROUTED, (Status.LIVE, 0), (Status.LIVE, 4), (Status.FILLED, 10)]


async def test_rejected_at_once_and_rejected_after_working(venue, clock):
    broker = venue(model=ScriptedModel([[reject("Session offline")], [live(), reject("Halted", after_s=5)]]))
    at_once, later = await place(broker, limit("7.50")), await place(broker, limit("7.50"))
    assert (at_once.status, at_once.reason) == (Status.REJECTED, "Session offline")
    assert later.status is Status.LIVE
    await clock.turn(5)
    assert (await broker.get(later.broker_order)).reason == "Halted"


@pytest.mark.parametrize(
    ("ending", "status", "filled"),
    [
        ((fill(10),), Status.FILLED, 10),
        ((fill(4), cancelled()), Status.CANCELLED, 4),
        ((cancelled(), fill(3)), Status.CANCELLED, 3),
        ((cancelled(after_s=0.5),), Status.CANCELLED, 0),
        ((live(after_s=0.5),), Status.LIVE, 0),
    ],
    ids=["filled first", "part, then cancelled", "a fill after the cancel", "a slow cancel", "the exchange says no"],
)
async def test_a_cancel_races_the_market(venue, clock, ending, status, filled):
    broker = venue(model=ScriptedModel([Plan((live(),), on_cancel=ending)]))
    order = await place(broker, limit("7.50"))
    async with broker.updates() as stream:
        await broker.cancel(order.broker_order)
        assert (await anext(stream)).status is Status.CANCEL_REQUESTED
        await clock.turn(1)
        ended = await broker.get(order.broker_order)
    assert (ended.status, ended.filled(CALL.occ)) == (status, filled)


async def test_a_venue_may_refuse_to_cancel(venue):
    broker = venue(model=ScriptedModel([Plan((live(),), refuses_cancel="the auction is on")]))
    order = await place(broker, limit("7.50"))
    with pytest.raises(VenueRefused, match="auction") as refusal:
        await broker.cancel(order.broker_order)
    assert refusal.value.code == "cannot_cancel"
    assert (await broker.get(order.broker_order)).status is Status.LIVE


async def test_an_order_says_filled_before_its_second_leg_is_reported(venue, clock):
    script = (live(), fill(5, leg=0, as_filled=True), fill(5, leg=1, after_s=1))
    broker = venue(model=ScriptedModel([script]))
    order = await place(broker, spread("2.50"))
    assert order.status is Status.FILLED
    assert [done.symbol for done in order.fills] == [CALL.occ]
    await clock.turn(1)
    assert [done.symbol for done in (await broker.get(order.broker_order)).fills] == [CALL.occ, HIGHER.occ]


async def test_the_same_snapshot_is_sent_again_and_again(venue):
    broker = venue(model=ScriptedModel([(fill(10), *repeat(4))]))
    async with broker.updates() as stream:
        await place(broker, limit("7.50"))
        heard = [await anext(stream) for _ in range(5)]
    assert len(set(heard)) == 1


async def test_an_order_nobody_works_on_stays_received_and_is_cancelled_in_one_step(venue, clock):
    broker = venue(model=ScriptedModel([Plan()]))
    order = await place(broker, limit("7.50"))
    assert order.status is Status.RECEIVED
    assert await stays(broker, clock, order, Status.RECEIVED)
    async with broker.updates() as stream:
        assert (await broker.cancel(order.broker_order)).status is Status.CANCELLED
        assert (await anext(stream)).status is Status.CANCELLED


async def test_a_cancel_is_asked_for_once(venue):
    broker = venue(model=ScriptedModel([Plan((live(),), on_cancel=(cancelled(after_s=1),))]))
    order = await place(broker, limit("7.50"))
    await broker.cancel(order.broker_order)
    with pytest.raises(VenueRefused, match="cancel requested") as refusal:
        await broker.cancel(order.broker_order)
    assert refusal.value.code == "cannot_cancel"


async def test_an_administrator_removes_and_a_script_expires(venue):
    broker = venue(model=ScriptedModel([[live(), fill(2), remove()], [live(), expire()]]))
    removed = await place(broker, limit("7.50"))
    assert (removed.status, removed.filled(CALL.occ)) == (Status.REMOVED, 2)
    assert (await place(broker, limit("7.50"))).status is Status.EXPIRED


async def test_scripts_that_have_run_out_leave_the_quotes(venue, quote):
    broker = venue(model=ScriptedModel([[reject()]]))
    assert [(await place(broker, limit(quote.ask))).status for _ in range(2)] == [Status.REJECTED, Status.FILLED]


STEPS = st.one_of(
    st.builds(fill, st.integers(1, 15), after_s=st.sampled_from([0.0, 0.5])),
    st.builds(fill, st.integers(1, 15), leg=st.integers(0, 1), as_filled=st.booleans()),
    st.sampled_from([route(), live(), reject(), cancelled(), expire(), remove(), *repeat()]),
)


@given(steps=st.lists(STEPS, max_size=8), ending=st.lists(STEPS, max_size=5), asks=st.booleans())
@settings(max_examples=150, deadline=None)
async def test_whatever_the_script_fills_are_bounded_and_statuses_move_forward(steps, ending, asks):
    clock = TurnableClock(FRIDAY)
    model = ScriptedModel([Plan(tuple(steps), on_cancel=tuple(ending))])
    broker = FakeBroker(Venue.SANDBOX, clock, FakeMarket(clock), model=model)
    heard = []
    async with broker.updates() as stream:
        order = await place(broker, spread("2.50", 10))
        if asks and not order.status.is_terminal:
            await broker.cancel(order.broker_order)
        await clock.turn(10)
        await broker.get(order.broker_order)
        while True:
            try:
                heard.append(await asyncio.wait_for(anext(stream), 0.002))
            except TimeoutError:
                break
    assert heard
    for before, after in pairwise(heard):
        assert after.status.phase.rank >= before.status.phase.rank
        assert before.status is after.status or not before.status.is_terminal
        assert after.fills[: len(before.fills)] == before.fills
        assert after == before or after.updated_at > before.updated_at
    assert all(heard[-1].filled(each.occ) <= 10 for each in (CALL, HIGHER))
    held = {each.instrument: each.quantity for each in await broker.positions()}
    assert held.get(CALL, 0) == heard[-1].filled(CALL.occ)
    assert -held.get(HIGHER, 0) == heard[-1].filled(HIGHER.occ)


# -- replacing -------------------------------------------------------------------------------------------------------


async def test_a_replacement_is_contingent_until_the_old_order_is_gone(venue, quote):
    broker = venue()
    old = await place(broker, limit(quote.bid - 1))
    async with broker.updates() as stream:
        new = await broker.replace(old.broker_order, limit(quote.ask), external_id="new")
        heard = [await anext(stream) for _ in range(4)]
    assert new.status is Status.FILLED
    assert [(each.broker_order, each.status) for each in heard] == [
        (new.broker_order, Status.CONTINGENT),
        (old.broker_order, Status.REPLACE_REQUESTED),
        (old.broker_order, Status.CANCELLED),
        (new.broker_order, Status.FILLED),
    ]


async def test_a_fill_on_the_old_order_aborts_its_replacement(venue, clock):
    broker = venue(model=ScriptedModel([Plan((live(),), on_cancel=(fill(2, after_s=0.1), cancelled(after_s=0.1)))]))
    old = await place(broker, limit("6"))
    new = await broker.replace(old.broker_order, limit("6.5"), external_id="new")
    assert new.status is Status.CONTINGENT
    await clock.turn(1)
    old, new = await broker.get(old.broker_order), await broker.get(new.broker_order)
    assert (old.status, old.filled(CALL.occ), old.replaced_by) == (Status.CANCELLED, 2, None)
    assert (new.status, new.fills) == (Status.CANCELLED, ())
    assert "filled" in new.reason


async def test_a_replacement_that_waits_can_be_cancelled_itself(venue, clock):
    broker = venue(model=ScriptedModel([Plan((live(),), on_cancel=(cancelled(after_s=1),))]))
    old = await place(broker, limit("6"))
    new = await broker.replace(old.broker_order, limit("6.5"), external_id="new")
    assert (await broker.cancel(new.broker_order)).status is Status.CANCELLED
    await clock.turn(1)
    old = await broker.get(old.broker_order)
    assert (old.status, old.replaced_by) == (Status.CANCELLED, None)
    assert (await broker.get(new.broker_order)).status is Status.CANCELLED


async def test_a_replacement_takes_what_is_left_and_the_same_legs(venue):
    broker = venue(model=ScriptedModel([[live(), fill(4)]]))
    old = await place(broker, limit("6"))
    for ticket, code in [
        (limit("6.5", 10), "sim.replace_more_than_left"),
        (limit("6.5", 6, instrument=HIGHER), "sim.replace_changes_legs"),
    ]:
        with pytest.raises(VenueRefused) as refusal:
            await broker.replace(old.broker_order, ticket, external_id="new")
        assert refusal.value.code == code
    assert (await broker.get(old.broker_order)).status is Status.LIVE
    assert (await broker.replace(old.broker_order, limit("6.5", 6), external_id="new")).status is Status.LIVE


# -- time ------------------------------------------------------------------------------------------------------------


async def test_a_day_order_ends_with_the_day_in_new_york_and_not_before(venue, clock):
    broker = venue()
    order, lasting = await place(broker, limit("1")), await place(broker, limit("1", tif=GTC))
    assert await stays(broker, clock, order, Status.LIVE, seconds=14 * 3600 - 1)
    assert await stays(broker, clock, order, Status.EXPIRED, seconds=1)
    assert (await broker.get(order.broker_order)).updated_at == datetime(2026, 11, 21, 5, tzinfo=UTC)
    assert (await broker.get(lasting.broker_order)).status is Status.LIVE


async def test_a_dated_order_ends_with_its_date_and_a_lasting_one_with_its_options(venue, clock):
    broker = venue()
    dated = await place(broker, limit("1", tif=TimeInForce(Duration.GTD, date(2026, 11, 24))))
    lasting = await place(broker, limit("1", tif=GTC))
    assert await stays(broker, clock, dated, Status.LIVE, seconds=4 * 86_400)
    assert await stays(broker, clock, dated, Status.EXPIRED, seconds=86_400)
    assert await stays(broker, clock, lasting, Status.EXPIRED, seconds=30 * 86_400)


async def test_partly_filled_then_expired_keeps_its_fills(venue, clock):
    broker = venue(model=ScriptedModel([[live(), fill(4)]]))
    order = await place(broker, limit("7"))
    assert await stays(broker, clock, order, Status.EXPIRED, seconds=86_400)
    assert (await broker.get(order.broker_order)).filled(CALL.occ) == 4


async def test_in_regular_hours_an_order_waits_for_the_opening_and_ends_at_the_close(store):
    clock = TurnableClock(SUNDAY)
    broker = FakeBroker(Venue.SANDBOX, clock, FakeMarket(clock, always_open=False), store=store)
    order = await place(broker, limit("1"))
    assert order.status is Status.RECEIVED
    assert (await broker.dry_run(limit("1"))).warnings
    assert await stays(broker, clock, order, Status.RECEIVED, seconds=23 * 3600)
    assert await stays(broker, clock, order, Status.LIVE, seconds=1800)
    assert await stays(broker, clock, order, Status.EXPIRED, seconds=6.5 * 3600)
    assert (await broker.get(order.broker_order)).updated_at == datetime(2026, 11, 23, 21, tzinfo=UTC)


async def test_expired_options_are_paid_out(venue, clock, quote):
    broker = venue()
    await place(broker, limit(quote.ask))
    before = (await broker.balances()).cash_usd
    await clock.turn(29 * 86_400)
    assert not await broker.positions()
    assert (await broker.balances()).cash_usd >= before


async def test_a_stream_wakes_for_a_fill_that_time_brings(venue, quote, clock):
    broker, before = venue(), asyncio.all_tasks()
    async with broker.updates() as stream:
        await place(broker, limit(quote.bid + CENT))
        assert (await anext(stream)).status is Status.LIVE
        waiting = asyncio.create_task(anext(stream))
        await clock.turn(0.03)
        assert (await asyncio.wait_for(waiting, 1)).status is Status.FILLED
    assert asyncio.all_tasks() == before


async def test_a_stream_runs_on_the_machines_own_clock(quote):
    clock = AnchoredClock(SUNDAY)
    market = FakeMarket(clock)
    broker = FakeBroker(Venue.PRODUCTION, clock, market)
    inside = market.quotes_now([CALL])[CALL].bid + CENT
    async with broker.updates() as stream:
        await place(broker, limit(inside))
        statuses = [(await asyncio.wait_for(anext(stream), 1)).status for _ in range(2)]
    assert statuses == [Status.LIVE, Status.FILLED]


async def test_whoever_waits_on_a_stream_that_is_left_is_let_go(venue):
    async with venue().updates() as stream:
        waiting = asyncio.create_task(anext(stream))
        await asyncio.sleep(0)
    with pytest.raises(StopAsyncIteration):
        await waiting


async def test_a_request_takes_its_time(venue, clock, quote):
    asked = asyncio.create_task(place(venue(latency_s=0.2), limit(quote.ask)))
    await clock.turn(0.19)
    assert not asked.done()
    await clock.turn(0.01)
    assert asked.result().fills[0].at == FRIDAY + timedelta(seconds=0.1)


def test_phases_are_what_the_tests_above_rely_on():
    assert [phase.rank for phase in Phase] == [0, 1, 2]
    assert evolve(CALL, strike=Decimal(455)) == HIGHER
