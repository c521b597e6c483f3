# ruff: noqa: F811  the fixture of the simulator is that of another module
"""Whole chains over a real socket, from the simulator, with the real SDK: as a desk in production would have them."""

import asyncio

import pytest
from tt_simulated_feed import ChainHeard, feed_of, options_of, simulator, wrong  # noqa: F401  a fixture
from tt_streams import left_running, quick_reconnects, soon, streaming, until

from tastyflow.domain.expirations import new_york_date
from tastyflow.errors import OutcomeUnknown
from tastyflow.ports import GreeksTick, SpotSource
from tastyflow_adapters.clock import SystemClock
from tastyflow_adapters.tastytrade.streams.chain_stream import ChainStream
from tastyflow_adapters.tastytrade.streams.day_interest import DayInterest
from tastyflow_adapters.tastytrade.streams.interest_file import InterestFile
from tastyflow_simulator import FaultKind, Options, Simulator

pytestmark = pytest.mark.anyio


async def test_each_contract_has_greeks_and_the_interest_of_the_day_and_the_index_its_level(simulator):
    options = options_of(simulator)
    async with feed_of(simulator, chunk=100) as subject, subject.feed.follow("SPX", options) as batches:
        heard = await ChainHeard().until(
            batches, lambda so_far: len(so_far.greeks) == len(so_far.interest) == len(options) and so_far.opened
        )
        assert {tick.day for tick in heard.interest.values()} == {new_york_date(simulator.clock.now())}
        assert all(tick.gamma >= 0 < tick.volatility for tick in heard.greeks.values())
        assert sum(tick.contracts for tick in heard.interest.values()) > 0
        assert {tick.source for tick in heard.spots} == {SpotSource.TRADE}
        assert abs(heard.spots[-1].price / heard.opened[0].price - 1) < 0.02
        await until(lambda: subject.stream.subscriptions == len(options) + 3)  # no summary of a contract any more


async def test_shares_have_the_middle_of_their_market(simulator):
    options = options_of(simulator, "SPY", most=20)
    async with feed_of(simulator) as subject, subject.feed.follow("SPY", options) as batches:
        heard = await ChainHeard().until(
            batches, lambda so_far: so_far.spots and so_far.spots[-1].source is SpotSource.MID
        )
        assert heard.spots[-1].price == pytest.approx(450, rel=0.02)


@pytest.mark.parametrize("kind", [FaultKind.STREAM_CLOSE, FaultKind.STREAM_SILENT])
async def test_a_feed_that_breaks_says_so_and_then_says_everything_again_but_open_interest(simulator, kind):
    options = options_of(simulator, expirations=1)
    async with feed_of(simulator, silence_s=2.0) as subject, subject.feed.follow("SPX", options) as batches:
        heard = await ChainHeard().until(
            batches, lambda so_far: len(so_far.interest) == len(so_far.greeks) == len(options)
        )
        await until(lambda: subject.stream.subscriptions == len(options) + 3)
        wrong(simulator, kind, path="/realtime")
        await heard.until(batches, lambda so_far: so_far.gaps)
        assert not heard.greeks
        await heard.until(batches, lambda so_far: len(so_far.greeks) == len(options))
        assert subject.stream.health.times_up == 2
        await until(lambda: subject.stream.subscriptions == len(options) + 3)


async def test_two_chains_share_one_socket_and_one_that_leaves_takes_its_own_along(simulator):
    index, shares = options_of(simulator, expirations=1), options_of(simulator, "SPY", most=40)
    async with feed_of(simulator) as subject, subject.feed.follow("SPX", index) as of_index:
        assert await ChainHeard().until(of_index, lambda so_far: len(so_far.greeks) == len(index))
        async with subject.feed.follow("SPY", shares) as of_shares:
            heard = await ChainHeard().until(of_shares, lambda so_far: len(so_far.greeks) == len(shares))
            assert set(heard.greeks) == set(shares)
            async with subject.feed.follow("SPX", index) as again:  # what is known comes at once
                assert set(
                    (await ChainHeard().until(again, lambda so_far: len(so_far.greeks) == len(index))).greeks
                ) == set(index)
            await until(lambda: subject.stream.subscriptions == len(index) + len(shares) + 6)
            assert subject.stream.health.times_up == 1
        await until(lambda: subject.stream.subscriptions == len(index) + 6)


async def test_a_slow_reader_has_the_latest_of_each_contract_and_no_more(simulator):
    options = options_of(simulator, most=60)
    async with feed_of(simulator) as subject, subject.feed.follow("SPX", options) as batches:
        await asyncio.sleep(3)  # several moves of the market
        batch = await soon(anext(batches))
        greeks = [tick for tick in batch if isinstance(tick, GreeksTick)]
        assert len(greeks) == len({tick.option for tick in greeks}) == len(options)


async def test_a_venue_without_market_data_is_told_from_entering(anyio_backend):
    async with streaming() as subject:
        subject.venue.upgrades = False
        stream = ChainStream(subject.session, SystemClock(), opening_s=0.3, backoff=quick_reconnects())
        with pytest.raises(OutcomeUnknown, match="does not open") as refused:
            async with stream.follow("SPX", []):
                pass
        assert refused.value.code == "no_feed"


async def test_the_rank_of_volatility_is_known_where_the_venue_has_metrics(simulator):
    async with feed_of(simulator) as subject:
        assert 0 < await subject.feed.volatility_rank("SPX") <= 100
        assert await subject.feed.volatility_rank("NOSUCH") is None


async def test_a_whole_index_chain_comes_within_the_limits_of_a_session(anyio_backend):
    async with Simulator(Options(port=0, quote_step_s=None, limits_rates=True)) as simulator:
        chain = simulator.market.chain("SPX", simulator.clock.now())
        options = options_of(simulator, expirations=len(chain.expirations))
        assert len(options) > 19_000
        async with (
            feed_of(simulator, changes_per_min=200_000) as subject,
            subject.feed.follow("SPX", options) as batches,
        ):
            heard = await ChainHeard().until(
                batches, lambda so_far: len(so_far.greeks) == len(so_far.interest) == len(options), within_s=60
            )
            assert len(heard.greeks) == len(options)
            assert subject.stream.health.times_up == 1
            assert subject.stream.health.unreadable == 0
    await until(lambda: not left_running())


async def test_a_process_that_begins_again_knows_the_open_interest_of_the_day_and_asks_for_greeks_only(
    simulator, tmp_path, monkeypatch
):
    monkeypatch.setattr(DayInterest, "_is_early", lambda _: False)  # whatever time it is where this runs
    options, asked = options_of(simulator, most=200), []

    def is_whole(so_far):
        return len(so_far.greeks) == len(so_far.interest) == len(options)

    async def heard():
        async with (
            feed_of(simulator, kept=InterestFile(tmp_path)) as subject,
            subject.feed.follow("SPX", options) as batches,
        ):
            return await ChainHeard().until(batches, is_whole)

    before = await heard()
    monkeypatch.setattr(DayInterest, "asked", lambda _, symbols: asked.extend(symbols))
    after = await heard()
    assert asked == []
    assert after.interest == before.interest
