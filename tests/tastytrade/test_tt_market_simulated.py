"""Market data of the simulator, by REST and by stream, as the desk would ask for it."""

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from tastytrade.dxfeed import Greeks, Summary
from tt_kit import BriskClock
from tt_streams import left_running, quick_reconnects, session_with, soon, until

from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.instruments import Equity, EquityOption, Right
from tastyflow.errors import OutcomeUnknown
from tastyflow_adapters.clock import SystemClock
from tastyflow_adapters.redaction import REDACTOR
from tastyflow_adapters.tastytrade.market_data import TastytradeMarket
from tastyflow_adapters.tastytrade.streams.quote_stream import QuoteStream
from tastyflow_simulator import FaultKind, Options, Side, Simulator, SimulatorFault

pytestmark = pytest.mark.anyio

SPY, SPX = Equity("SPY"), Equity("SPX")


@pytest.fixture
async def simulator(anyio_backend):
    async with Simulator(Options(port=0, quote_step_s=0.5)) as simulator:
        yield simulator
    assert left_running() == []


@asynccontextmanager
async def market_of(simulator, side, *, streams=True, silence_s=2.0):
    session, clock = session_with(getattr(simulator, side), clock=BriskClock()), SystemClock()
    stream = QuoteStream(session, clock, silence_s=silence_s, backoff=quick_reconnects()) if streams else None
    async with TastytradeMarket(session, clock, quotes=stream) as market:
        yield SimpleNamespace(market=market, stream=stream, session=session)


def calls(chain, count=5):
    """The calls in the middle of the second expiration."""
    listed = chain.expirations[1]
    middle = len(listed.strikes) // 2
    strikes = listed.strikes[middle : middle + count]
    return [EquityOption(listed.root, listed.day, Right.CALL, strike) for strike in strikes]


def strike(simulator, kind, side=Side.PRODUCTION, **how):
    simulator.faults.add(SimulatorFault(kind=kind, side=side, **how))


async def test_rest_and_stream_tell_of_the_same_market(simulator):
    async with market_of(simulator, "production", streams=False) as rest, market_of(simulator, "production") as both:
        asked = [SPY, *calls(await rest.market.chain("SPY"))]
        assert all(quote.is_two_sided for quote in (await rest.market.quotes(asked)).values())
        await both.stream.quotes([each.streamer for each in asked], within_s=5)
        for _ in range(20):  # between two moves of the market they agree
            one, other = await rest.market.quotes(asked), both.market._known(asked)
            same = {each: (quote.bid, quote.ask) for each, quote in one.items()} == {
                each: (quote.bid, quote.ask) for each, quote in other.items()
            }
            if same:
                break
            await asyncio.sleep(0.1)
        assert same


async def test_every_root_of_an_index_is_listed_and_none_that_was_adjusted(simulator):
    async with market_of(simulator, "production", streams=False) as subject:
        index, shares = await asyncio.gather(subject.market.chain("SPX"), subject.market.chain("AAPL"))
        today = new_york_date(SystemClock().now())
        assert {e.root for e in index.expirations} == {"SPX", "SPXW"}
        assert {e.settles_am for e in index.expirations if e.root == "SPX"} == {True}
        assert not index.has_shares
        assert {e.root for e in shares.expirations} == {"AAPL"}
        assert all(e.day >= today and list(e.strikes) == sorted(e.strikes) for e in index.expirations)
        level = (await subject.market.quotes([SPX]))[SPX]
        assert level.bid == level.ask > 0


async def test_a_class_share_is_found_under_its_slash_with_its_options_and_quotes(simulator):
    async with market_of(simulator, "production", streams=False) as subject:
        chain = await subject.market.chain("BRK/B")
        asked = [Equity("BRK/B"), *calls(chain, 2)]
        assert {each.occ[:6] for each in asked[1:]} == {"BRKB  "}
        assert {each.underlying for each in asked} == {"BRK/B"}
        assert set(await subject.market.quotes(asked)) == set(asked)


async def test_names_that_are_nearly_right_find_what_was_meant(simulator):
    async with market_of(simulator, "production", streams=False) as subject:
        assert await subject.market.chain("APPL") is None
        assert "AAPL" in [each.symbol for each in await subject.market.similar("APPL")]
        assert "SPY" in [each.symbol for each in await subject.market.similar("SPYY")]


async def test_each_symbol_comes_with_its_name_and_is_found_by_it(simulator):
    async with market_of(simulator, "production", streams=False) as subject:
        assert (await subject.market.chain("FORD")).name == "FORWARD INDUSTRIES INC"
        assert (await subject.market.chain("ES")).name == "EVERSOURCE ENERGY"
        assert (await subject.market.chain("SPX")).name == "S&P 500 INDEX"
        assert (await subject.market.similar("APPLE"))[0].in_words == "AAPL (APPLE INC)"


async def test_the_sandbox_quotes_by_stream_alone(simulator):
    async with market_of(simulator, "sandbox") as subject:
        asked = [SPY, *calls(await subject.market.chain("SPY"))]
        assert set(await subject.market.quotes(asked)) == set(asked)
        assert subject.session.connection.rest_quotes is False


async def test_when_the_venue_has_no_quotes_by_rest_they_come_by_stream(simulator):
    strike(simulator, FaultKind.MARKET_DATA_502, times=None)
    async with (
        market_of(simulator, "production") as with_stream,
        market_of(simulator, "production", streams=False) as without,
    ):
        assert set(await with_stream.market.quotes([SPY])) == {SPY}
        with pytest.raises(OutcomeUnknown):
            await without.market.quotes([SPY])


@pytest.mark.parametrize("kind", [FaultKind.STREAM_CLOSE, FaultKind.STREAM_SILENT])
async def test_a_quote_stream_that_breaks_comes_back_with_all_its_symbols(simulator, kind):
    async with market_of(simulator, "production", silence_s=1.0) as subject:
        symbols = [each.streamer for each in (SPY, *calls(await subject.market.chain("SPY")))]
        assert set(await subject.stream.quotes(symbols, within_s=5)) == set(symbols)
        strike(simulator, kind, path="/realtime")
        await until(lambda: subject.stream.health.times_up == 2)
        assert set(await subject.stream.quotes(symbols, within_s=5)) == set(symbols)


async def test_greeks_and_open_interest_can_be_followed(simulator):
    async with market_of(simulator, "production") as subject:
        call = calls(await subject.market.chain("SPY"))[0].streamer
        async with subject.stream.events(Greeks, [call]) as greeks, subject.stream.events(Summary, [call]) as summaries:
            assert 0 < (await soon(anext(greeks))).delta < 1
            assert (await soon(anext(summaries))).open_interest >= 0


async def test_a_thousand_symbols_are_quoted_over_one_socket(simulator):
    async with market_of(simulator, "production") as subject:
        chain = await subject.market.chain("SPX")
        listed = [
            EquityOption(each.root, each.day, right, strike).streamer
            for each in chain.expirations[:5]
            for strike in each.strikes
            for right in Right
        ][:1000]
        quotes = await subject.stream.quotes(listed, within_s=8)
        assert len(quotes) == len(listed) == 1000
        assert subject.stream.health.times_up == 1


async def test_the_hours_are_those_of_the_exchange(simulator):
    async with market_of(simulator, "production", streams=False) as subject:
        hours = await subject.market.session()
        assert hours.is_open  # the simulator trades round the clock unless told otherwise
        assert hours.changes_at is None or hours.changes_at > SystemClock().now()


async def test_the_token_of_the_quote_stream_is_told_to_nobody(simulator):
    async with market_of(simulator, "production") as both:
        await both.stream.quotes(["SPY"], within_s=5)
        (token,) = simulator.production.tokens._quotes_until
        assert token not in REDACTOR.clean(f"it went wrong with {token} in hand")
