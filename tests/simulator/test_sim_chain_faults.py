"""A whole chain over the quote stream: what the admin API does to it, and what is wrong with it until it is cleared."""

import asyncio
from datetime import date, timedelta

import pytest
from sim_kit import FRIDAY, eventually, sdk, serving
from sim_streams import quotes
from tastytrade.dxfeed import Greeks, Quote, Summary, Trade

from tastyflow.domain.instruments import EquityOption, Right
from tastyflow_simulator import FaultKind, SimulatorFault

pytestmark = pytest.mark.anyio

FIRST_DAY = date(1970, 1, 1)


@pytest.fixture
async def simulator(anyio_backend):
    async with serving() as simulator:
        yield simulator


def near_the_money(simulator, symbol="SPX", count=10):
    """Calls and puts of the second expiration, in the middle of its strikes."""
    listed = simulator.market.chain(symbol, FRIDAY).expirations[1]
    middle = len(listed.strikes) // 2
    return [
        EquityOption(listed.root, listed.day, right, strike)
        for strike in listed.strikes[middle : middle + count]
        for right in Right
    ]


async def heard(streamer, kind, count, within_s=8.0):
    """The next *count* events of *kind*, by symbol; the last of each counts."""
    found = {}
    async with asyncio.timeout(within_s):
        while len(found) < count:
            event = await streamer.get_event(kind)
            found[event.event_symbol] = event
    return found


def wrong(simulator, kind, **how):
    simulator.faults.add(SimulatorFault(kind=kind, **how))


def twin_of(option):
    return EquityOption(
        option.root, option.expiration, Right.PUT if option.right is Right.CALL else Right.CALL, option.strike
    )


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
class TestWithTheSdk:
    async def test_the_spot_moves_by_a_price_or_by_percent_and_the_greeks_follow(self, simulator, admin):
        async with sdk(simulator.production) as session, quotes(session) as streamer:
            option = near_the_money(simulator)[0].streamer
            await streamer.subscribe(Trade, ["SPX"])
            await streamer.subscribe(Greeks, [option])
            before = float((await streamer.get_event(Trade)).price)
            gamma = (await streamer.get_event(Greeks)).gamma
            moved = await admin.ask("POST", "/spot", {"symbol": "SPX", "percent": 20})
            assert moved.document["symbol"] == "SPX"
            assert float((await heard(streamer, Trade, 1))["SPX"].price) == pytest.approx(before * 1.2, rel=1e-4)
            assert (await heard(streamer, Greeks, 1))[option].gamma < gamma
            await admin.ask("POST", "/spot", {"symbol": "SPX", "price": "4321"})
            assert float((await heard(streamer, Trade, 1))["SPX"].price) == 4321
            await admin.ask("POST", "/spot", {"symbol": "SPX"})
            assert float((await heard(streamer, Trade, 1))["SPX"].price) == pytest.approx(before)

    async def test_what_is_withheld_is_not_said_and_comes_by_itself_once_that_is_cleared(self, simulator):
        wrong(simulator, FaultKind.FEED_WITHHELD, order="*[0-9]P*")
        options = near_the_money(simulator)
        async with sdk(simulator.production) as session, quotes(session) as streamer:
            await streamer.subscribe(Greeks, [each.streamer for each in options])
            await streamer.subscribe(Summary, [each.streamer for each in options])
            for kind in (Greeks, Summary):
                said = await heard(streamer, kind, len(options) // 2)
                assert set(said) == {each.streamer for each in options if each.right is Right.CALL}
                assert streamer.get_event_nowait(kind) is None
            simulator.faults.clear()
            for kind in (Greeks, Summary):
                said = await heard(streamer, kind, len(options) // 2)
                assert set(said) == {each.streamer for each in options if each.right is Right.PUT}

    async def test_half_of_a_chain_is_withheld_by_a_share_and_it_is_always_the_same_half(self, simulator):
        wrong(simulator, FaultKind.FEED_WITHHELD, probability=0.5, order=".SPX*")
        options = near_the_money(simulator, count=40)
        halves = []
        for _ in range(2):
            async with sdk(simulator.production) as session, quotes(session) as streamer:
                await streamer.subscribe(Greeks, [each.streamer for each in options])
                await streamer.subscribe(Trade, ["SPX"])
                assert await heard(streamer, Trade, 1)
                said = await heard(streamer, Greeks, 20)
                await asyncio.sleep(0.3)
                while (event := streamer.get_event_nowait(Greeks)) is not None:
                    said[event.event_symbol] = event
                halves.append(set(said))
        assert halves[0] == halves[1]
        assert 20 <= len(halves[0]) <= 60

    async def test_open_interest_is_switched_or_old_until_it_is_cleared(self, simulator):
        options = near_the_money(simulator)
        symbols = [each.streamer for each in options]
        async with sdk(simulator.production) as session, quotes(session) as streamer:
            await streamer.subscribe(Summary, symbols)
            right = {
                name: event.open_interest for name, event in (await heard(streamer, Summary, len(symbols))).items()
            }
            wrong(simulator, FaultKind.SWITCHED_INTEREST)
            switched = await heard(streamer, Summary, len(symbols))
            assert {twin_of(each).streamer: switched[each.streamer].open_interest for each in options} == right
            simulator.faults.clear()
            assert await heard(streamer, Summary, len(symbols))
            wrong(simulator, FaultKind.OLD_INTEREST)
            old = await heard(streamer, Summary, len(symbols))
            assert {FIRST_DAY + timedelta(days=event.day_id) for event in old.values()} == {date(2026, 11, 19)}
            assert {name: event.open_interest for name, event in old.items()} != right

    async def test_shares_are_crossed_on_the_stream(self, simulator):
        wrong(simulator, FaultKind.FEED_CROSSED, order="SPY")
        async with sdk(simulator.production) as session, quotes(session) as streamer:
            await streamer.subscribe(Quote, ["SPY", "QQQ"])
            said = await heard(streamer, Quote, 2)
            assert said["SPY"].bid_price > said["SPY"].ask_price
            assert said["QQQ"].bid_price < said["QQQ"].ask_price

    async def test_greeks_that_are_no_numbers_are_none_to_the_sdk(self, simulator):
        options = [each.streamer for each in near_the_money(simulator)]
        wrong(simulator, FaultKind.FEED_NAN, order=options[0])
        async with sdk(simulator.production) as session, quotes(session) as streamer:
            await streamer.subscribe(Greeks, options)
            assert set(await heard(streamer, Greeks, len(options) - 1)) == set(options[1:])


@pytest.mark.parametrize("percent", ["20", True, None, 1e9, -100, []])
async def test_a_move_that_is_none_is_refused(simulator, admin, percent):
    answer = await admin.ask("POST", "/spot", {"symbol": "SPX", "percent": percent})
    assert (answer.status, "percent" in answer.document["error"]) == (400, True)


async def test_what_is_not_listed_does_not_move(simulator, admin):
    answer = await admin.ask("POST", "/spot", {"symbol": "NOSUCH", "percent": 1})
    assert (answer.status, "not listed" in answer.document["error"]) == (400, True)


async def test_what_stands_ignores_times_and_says_that_it_was_met(simulator):
    wrong(simulator, FaultKind.FEED_NAN, times=1)
    assert simulator.faults.listed()[0]["times"] is None
    assert len(simulator.faults.standing(simulator.production.side)) == 1
    await eventually(lambda: simulator.faults.listed()[0]["met"] >= 1)
