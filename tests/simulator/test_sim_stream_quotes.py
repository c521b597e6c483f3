"""What DXLink says: its set-up word by word, its data, its limits, and what the SDK makes of it on both event loops."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from anyio import fail_after
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from sim_kit import eventually, sdk
from sim_streams import HEAR_S, Elsewhere, quotes, raw
from tastytrade.dxfeed import Candle, Greeks, Profile, Quote, Summary, TheoPrice, TimeAndSale, Trade, Underlying
from tastytrade.utils import TastytradeError

from tastyflow_simulator import ClockMode, FaultKind
from tastyflow_simulator.market.board import both
from tastyflow_simulator.streams.candles import parts_of
from tastyflow_simulator.streams.channels import DOCUMENTED, Limits
from tastyflow_simulator.streams.events import news
from tastyflow_simulator.streams.line import Unreadable
from tastyflow_simulator.streams.protocol import Session

pytestmark = pytest.mark.anyio

SETUP = {"type": "SETUP", "channel": 0, "keepaliveTimeout": 60, "acceptKeepaliveTimeout": 60, "version": "0.1-test"}
REQUEST = {"type": "CHANNEL_REQUEST", "channel": 7, "service": "FEED", "parameters": {"contract": "AUTO"}}
PRICES = {"Quote": ["eventSymbol", "bidPrice", "askPrice"]}


@pytest.fixture(scope="module")
def running():
    with Elsewhere(quote_step_s=3600.0) as running:  # quotes move when a test says so
        yield running


@pytest.fixture
def sim(running):
    yield running
    running.tidy()
    running.call(running.simulator.market.unpin)


def quote_token(sim, side=None):
    return sim.call((side or sim.production).tokens.issue_for_quotes)


@asynccontextmanager
async def authorized(sim, side=None):
    side = side or sim.production
    async with raw(side.dxlink_url) as client:
        assert (await client.ask(SETUP))["type"] == "SETUP"
        assert (await client.hear())["state"] == "UNAUTHORIZED"
        await client.say({"type": "AUTH", "channel": 0, "token": quote_token(sim, side)})
        assert (await client.hear())["state"] == "AUTHORIZED"
        yield client


@asynccontextmanager
async def fed(sim, side=None, **setup):
    """A client with an open feed on channel 7, of prices in COMPACT form unless *setup* says otherwise."""
    accept = {"acceptAggregationPeriod": 0.01, "acceptDataFormat": "COMPACT", "acceptEventFields": PRICES}
    async with authorized(sim, side) as client:
        assert (await client.ask(REQUEST))["type"] == "CHANNEL_OPENED"
        await client.say({"type": "FEED_SETUP", "channel": 7} | accept | setup)
        assert (await client.hear())["type"] == "FEED_CONFIG"
        yield client


def subscription(*symbols, kind="Quote", verb="add", channel=7, **more):
    entries = [{"symbol": symbol, "type": kind} | more for symbol in symbols]
    return {"type": "FEED_SUBSCRIPTION", "channel": channel, verb: entries}


def pin(sim, symbol, bid, ask):
    sim.call(lambda: sim.simulator.market.pin(symbol, bid, ask))


def struck(sim, kind):
    """Whether the fault of this kind has struck."""
    return any(row["kind"] == kind and row["struck"] for row in sim.call(sim.simulator.faults.listed))


# --- the words of the protocol ---


async def test_a_session_is_set_up_and_authorized_word_by_word(sim):
    async with raw(sim.production.dxlink_url) as client:
        assert await client.ask(SETUP | {"acceptKeepaliveTimeout": 30}) == {
            "type": "SETUP",
            "channel": 0,
            "keepaliveTimeout": 30,
            "acceptKeepaliveTimeout": 60,
            "version": "1.0-tastyflow-simulator",
        }
        assert await client.hear() == {"type": "AUTH_STATE", "channel": 0, "state": "UNAUTHORIZED"}
        state = await client.ask({"type": "AUTH", "channel": 0, "token": quote_token(sim)})
        assert (state["type"], state["state"]) == ("AUTH_STATE", "AUTHORIZED")
        assert await client.ask(REQUEST) == {
            "type": "CHANNEL_OPENED",
            "channel": 7,
            "service": "FEED",
            "parameters": {"contract": "AUTO", "subFormat": "LIST"},
        }
        accept = {"acceptAggregationPeriod": 0.1, "acceptDataFormat": "COMPACT", "acceptEventFields": PRICES}
        assert await client.ask({"type": "FEED_SETUP", "channel": 7} | accept) == {
            "type": "FEED_CONFIG",
            "channel": 7,
            "dataFormat": "COMPACT",
            "aggregationPeriod": 0.1,
            "eventFields": PRICES,
        }
        pin(sim, "SPY", "450.10", "450.12")
        assert await client.ask(subscription("SPY")) == {
            "type": "FEED_DATA",
            "channel": 7,
            "data": ["Quote", ["SPY", 450.10, 450.12]],
        }
        assert await client.ask({"type": "CHANNEL_CANCEL", "channel": 7}) == {"type": "CHANNEL_CLOSED", "channel": 7}


async def test_authorization_may_be_sent_before_it_is_asked_for(sim):
    async with raw(sim.production.dxlink_url) as client:  # tastytrade's JavaScript SDK does
        await client.say(SETUP)
        await client.say({"type": "AUTH", "channel": 0, "token": quote_token(sim)})
        heard = [await client.hear() for _ in range(3)]
    assert [each.get("state") for each in heard] == [None, "UNAUTHORIZED", "AUTHORIZED"]


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"type": "AUTH", "channel": 0, "token": "x"}, "UNSUPPORTED_PROTOCOL"),
        ({"type": "KEEPALIVE"}, "INVALID_MESSAGE"),
        ({"type": "SETUP", "channel": True}, "INVALID_MESSAGE"),
        ({"type": "SETUP", "channel": -1}, "INVALID_MESSAGE"),
        (REQUEST, "UNAUTHORIZED"),
        ("no json", "INVALID_MESSAGE"),
        ("[" * 50_000, "INVALID_MESSAGE"),
    ],
)
async def test_before_the_set_up_nothing_else_is_heard(sim, said, error):
    async with raw(sim.production.dxlink_url) as client:
        answer = await client.ask(said)
        assert (answer["type"], answer["error"]) == ("ERROR", error)
        assert (await client.ask(SETUP))["type"] == "SETUP"


@pytest.mark.parametrize("token", ["nonsense", None, 5])
async def test_a_bad_token_is_refused_and_ends_the_session(sim, token):
    async with raw(sim.production.dxlink_url) as client:
        await client.ask(SETUP)
        await client.hear()
        assert (await client.ask({"type": "AUTH", "channel": 0, "token": token}))["error"] == "UNAUTHORIZED"
        assert await client.ending() == 1008


async def test_a_token_of_the_sandbox_opens_no_quotes_of_production(sim):
    async with raw(sim.production.dxlink_url) as client:
        await client.ask(SETUP)
        await client.hear()
        answer = await client.ask({"type": "AUTH", "channel": 0, "token": quote_token(sim, sim.sandbox)})
        assert answer["error"] == "UNAUTHORIZED"


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (REQUEST, "BAD_ACTION"),
        (REQUEST | {"channel": 9, "service": "DOM"}, "BAD_ACTION"),
        (REQUEST | {"channel": 9, "parameters": {"contract": "WISHES"}}, "INVALID_MESSAGE"),
        ({"type": "CHANNEL_CANCEL", "channel": 11}, "BAD_ACTION"),
        ({"type": "FEED_DANCE", "channel": 7}, "INVALID_MESSAGE"),
        ({"type": "FEED_SETUP", "channel": 7, "acceptEventFields": {"Quote": "bidPrice"}}, "INVALID_MESSAGE"),
        ({"type": "FEED_SUBSCRIPTION", "channel": 7, "add": "SPY"}, "INVALID_MESSAGE"),
        ({"type": "FEED_SUBSCRIPTION", "channel": 7, "add": [{"symbol": 5, "type": "Quote"}]}, "INVALID_MESSAGE"),
    ],
)
async def test_a_mistake_on_a_channel_is_said_there_and_the_session_goes_on(sim, said, error):
    async with fed(sim) as client:
        answer = await client.ask(said)
        assert (answer["type"], answer["channel"], answer["error"]) == ("ERROR", said["channel"], error)
        assert (await client.ask(subscription("SPY")))["type"] == "FEED_DATA"


async def test_keepalives_come_and_are_expected(sim):
    async with raw(sim.production.dxlink_url) as client:
        await client.ask(SETUP | {"keepaliveTimeout": 1, "acceptKeepaliveTimeout": 0.5})
        heard = await client.hear_until(lambda each: each["type"] == "ERROR")
        assert heard[-1]["error"] == "TIMEOUT"
        assert sum(each["type"] == "KEEPALIVE" for each in heard) >= 2
        assert await client.ending() == 1000


async def test_who_says_something_in_time_stays(sim):
    async with raw(sim.production.dxlink_url) as client:
        await client.ask(SETUP | {"keepaliveTimeout": 0.5})
        await client.hear()
        for _ in range(5):  # together longer than the client may be silent, by half
            await asyncio.sleep(0.15)
            await client.say({"type": "KEEPALIVE", "channel": 0})
        assert (await client.ask({"type": "AUTH", "channel": 0, "token": quote_token(sim)}))["state"] == "AUTHORIZED"


# --- data ---


async def test_what_is_full_names_its_values(sim):
    pin(sim, "SPY", "450.10", "450.12")
    async with fed(sim, acceptDataFormat="FULL", acceptEventFields={}) as client:
        (event,) = (await client.ask(subscription("SPY")))["data"]
    assert (event["eventType"], event["eventSymbol"], event["bidPrice"]) == ("Quote", "SPY", 450.10)
    assert set(event) >= {"askPrice", "bidSize", "askSize", "bidTime", "askTime", "sequence"}


async def test_who_names_no_fields_is_told_which_they_are_before_the_data(sim):
    async with authorized(sim) as client:
        await client.ask(REQUEST)
        config = await client.ask({"type": "FEED_SETUP", "channel": 7, "acceptDataFormat": "COMPACT"})
        assert "eventFields" not in config
        fields = (await client.ask(subscription("SPY")))["eventFields"]["Quote"]
        kind, values = (await client.hear())["data"]
        assert (kind, len(values)) == ("Quote", len(fields))
        named = dict(zip(fields, values, strict=True))
        assert (named["eventType"], named["eventSymbol"]) == ("Quote", "SPY")


async def test_a_field_that_no_event_has_is_not_a_number(sim):
    async with fed(sim, acceptEventFields={"Quote": ["eventSymbol", "moonPhase"]}) as client:
        assert (await client.ask(subscription("SPY")))["data"][1] == ["SPY", "NaN"]


async def test_a_quote_comes_again_when_it_has_moved_and_not_when_another_has(sim):
    pin(sim, "SPY", "450.10", "450.12")
    async with fed(sim) as client:
        await client.ask(subscription("SPY"))
        pin(sim, "QQQ", "380.00", "380.01")
        pin(sim, "SPY", "451.10", "451.12")
        assert (await client.hear())["data"][1] == ["SPY", 451.10, 451.12]
        pin(sim, "QQQ", "381.00", "381.01")
        assert await client.stays_silent()


async def test_data_waits_for_the_aggregation_period_but_a_first_value_does_not(sim):
    pin(sim, "SPY", "450.10", "450.12")
    async with fed(sim, acceptAggregationPeriod=0.5) as client:
        await client.ask(subscription("SPY"))
        for cents in range(10, 30):
            pin(sim, "SPY", f"451.{cents}", f"452.{cents}")
            await asyncio.sleep(0.01)
        first = (await client.hear())["data"][1]
        heard = [] if first[1] == 451.29 else [(await client.hear())["data"][1]]
        assert [first, *heard][-1] == ["SPY", 451.29, 452.29]  # twenty moves, two messages at most


async def test_unknown_symbols_and_types_are_simply_silent(sim):
    async with fed(sim) as client:
        await client.say(subscription("QQQQ", "spy", "", "{=d}", "X" * 500, ".SPY991301C1", "SPY{=d}"))
        await client.say(subscription("SPY", kind="Horoscope"))
        await client.say(subscription("SPY{=5t}", "SPY{=0d}", "SPY{", "QQQQ{=d}", kind="Candle"))
        assert (await client.ask(subscription("SPY")))["data"][1][0] == "SPY"
        assert await client.stays_silent()


async def test_what_is_removed_or_reset_is_heard_no_more(sim):
    async with fed(sim) as client:
        await client.say(subscription("SPY", "QQQ", "AAPL"))
        await client.hear_until(lambda heard: "AAPL" in heard["data"][1])
        await client.say(subscription("QQQ", verb="remove"))
        pin(sim, "QQQ", "380.00", "380.01")
        pin(sim, "SPY", "451.10", "451.12")
        assert (await client.hear())["data"][1] == ["SPY", 451.10, 451.12]
        await client.say(subscription("IWM") | {"reset": True})
        assert (await client.hear())["data"][1][0] == "IWM"
        pin(sim, "SPY", "452.10", "452.12")
        assert await client.stays_silent()


async def test_what_is_removed_on_the_way_is_not_sent_to_the_end(sim):
    now = sim.simulator.clock.now()
    chain = sim.call(lambda: sim.simulator.market.chain("SPX", now))
    symbols = [
        option.streamer
        for expiration in chain.expirations[:20]
        for strike in expiration.strikes
        for option in both(expiration.root, expiration.day, strike)
    ]
    async with fed(sim, acceptEventFields=PRICES | {"Greeks": ["eventSymbol"]}) as client:
        first = await client.ask(subscription(*symbols, kind="Greeks"))
        await client.say(subscription(*symbols, kind="Greeks", verb="remove"))
        await client.say(subscription("SPY"))
        frames = [first, *await client.hear_until(lambda heard: "data" in heard and heard["data"][0] == "Quote")]
    assert sum(len(frame["data"][1]) for frame in frames[:-1] if "data" in frame) < len(symbols)


async def test_a_cancelled_channel_is_silent_and_may_be_opened_again(sim):
    async with fed(sim) as client:
        await client.ask(subscription("SPY"))
        await client.ask({"type": "CHANNEL_CANCEL", "channel": 7})
        pin(sim, "SPY", "451.10", "451.12")
        assert (await client.ask(subscription("SPY")))["error"] == "BAD_ACTION"
        assert (await client.ask(REQUEST))["type"] == "CHANNEL_OPENED"
        assert await client.stays_silent()


async def test_candles_come_as_a_snapshot_newest_first_with_its_ends_marked(sim):
    since = int((datetime.now(UTC) - timedelta(days=40)).timestamp() * 1000)
    fields = {"Candle": ["eventSymbol", "eventFlags", "time", "open", "high", "low", "close"]}
    async with fed(sim, acceptEventFields=fields) as client:
        await client.say(subscription("SPY{=1d,tho=true}", kind="Candle", fromTime=since))
        frames = await client.hear_until(lambda heard: heard["data"][1][-6] & 0x8)
    values = [value for frame in frames for value in frame["data"][1]]
    rows = [values[at : at + 7] for at in range(0, len(values), 7)]
    flags, times = [row[1] for row in rows], [row[2] for row in rows]
    assert len(rows) >= 25
    assert (flags[0], flags[-1], set(flags[1:-1])) == (0x4, 0x8, {0})
    assert times == sorted(times, reverse=True)
    assert times[-1] >= since
    assert {row[0] for row in rows} == {"SPY{=1d,tho=true}"}
    assert all(low <= min(first, last) <= max(first, last) <= high for _, _, _, first, high, low, last in rows)


async def test_a_candle_goes_on_after_its_snapshot_and_says_nothing_twice():
    fields = {"Candle": ["eventSymbol", "eventFlags", "time", "close"]}
    clock = {"clock": ClockMode.VIRTUAL, "quote_step_s": 3600.0}  # by a running one the volume of a candle grows
    with Elsewhere(**clock) as sim:
        pin(sim, "SPY", "450.10", "450.12")
        await _follow_a_candle(sim, fields)


async def _follow_a_candle(sim, fields):
    async with fed(sim, acceptEventFields=fields) as client:
        await client.say(subscription("SPY{=1d}", kind="Candle", fromTime=0))
        ends = 0x8 | 0x10  # all of it, or what was not cut off
        history = await client.hear_until(lambda heard: heard["data"][1][-3] & ends)
        first = history[0]["data"][1]
        assert sum(len(each["data"][1]) for each in history) // 4 > 200
        pin(sim, "SPY", "451.10", "451.12")
        assert (await client.hear())["data"][1] == ["SPY{=1d}", 0, first[2], 451.11]
        pin(sim, "QQQ", "380.00", "380.01")
        assert await client.stays_silent()


@pytest.mark.parametrize(
    ("symbol", "parts"),
    [
        ("SPY{=d}", ("SPY", "1d")),
        ("SPY{=5m,tho=true}", ("SPY", "5m")),
        ("SPY{tho=true,=2h}", ("SPY", "2h")),
        (".SPY261218C450{=1mo}", (".SPY261218C450", "1mo")),
        ("SPY{price=mark}", ("SPY", "1d")),
        ("SPY{=5t}", None),
        ("SPY{=00000000005m}", None),
        ("SPY{=0m}", None),
        ("SPY", None),
        ("{=d}", None),
        ("SPY{=d}{=d}", None),
    ],
)
def test_a_candle_symbol_carries_its_interval(symbol, parts):
    assert parts_of(symbol) == parts


async def test_the_sandbox_sees_what_was_a_quarter_of_an_hour_ago():
    with Elsewhere(clock=ClockMode.VIRTUAL, quote_step_s=5.0) as sim:
        before, moment = (sim.call(lambda: sim.simulator.market.quote("SPY", sim.simulator.clock.now())) for _ in "ab")
        sim.call(lambda: sim.simulator.clock.advance(900))
        after = sim.call(lambda: sim.simulator.market.quote("SPY", sim.simulator.clock.now()))
        assert before == moment != after
        for side, shown in ((sim.sandbox, before), (sim.production, after)):
            async with fed(sim, side) as client:
                values = (await client.ask(subscription("SPY")))["data"][1]
            assert values == ["SPY", float(shown.bid), float(shown.ask)]


async def test_a_full_index_chain_flows_while_orders_go_on(sim):
    market, now = sim.simulator.market, sim.simulator.clock.now()
    chain = sim.call(lambda: market.chain("SPX", now))
    symbols = [
        option.streamer
        for expiration in chain.expirations
        for strike in expiration.strikes
        for option in both(expiration.root, expiration.day, strike)
    ]
    wanted = {"Greeks": ["eventSymbol", "gamma"], "Summary": ["eventSymbol", "openInterest"]}
    known: dict[str, set[str]] = {kind: set() for kind in wanted}
    async with fed(sim, acceptEventFields=wanted) as client, asyncio.timeout(60):
        for kind in wanted:
            for at in range(0, len(symbols), 1_000):
                await client.say(subscription(*symbols[at : at + 1_000], kind=kind))
        sim.place()
        while any(len(each) < len(symbols) for each in known.values()):
            kind, values = (await client.hear())["data"]
            known[kind].update(values[::2])
    assert len(symbols) > 15_000
    assert known["Greeks"] == known["Summary"] == set(symbols)


def test_news_is_what_changed_besides_its_stamps():
    quote = {"eventSymbol": "SPY", "bidTime": 1, "bidPrice": 2.0}
    assert news(quote, "Quote") == news(quote | {"bidTime": 9}, "Quote") != news(quote | {"bidPrice": 2.1}, "Quote")
    candle = {"eventSymbol": "SPY{=d}", "time": 1, "close": 2.0}
    assert news(candle, "Candle") != news(candle | {"time": 9}, "Candle")


# --- limits and bad days ---


def limited(**changes):
    """A session, authorized, with channel 7 open."""
    session = Session(lambda _token: True, limits=evolve(Limits(), **changes), admit=lambda: True)
    for message in (SETUP, {"type": "AUTH", "channel": 0, "token": "t"}, REQUEST):
        session.answer(message)
    return session


def test_what_nobody_could_know_is_not_kept():
    session = limited()
    assert session.answer(subscription("SPY", kind="Horoscope")) == []
    assert session.answer(subscription("X" * 101)) == []
    assert not session.channels[7].wanted


def test_subscriptions_and_series_are_limited_where_the_documentation_is_followed():
    session = limited(subscriptions=3, series=1)
    assert session.answer(subscription("A", "B")) == []
    assert session.answer(subscription("A{=d}", kind="Candle")) == []
    (refused,) = session.answer(subscription("C"))
    assert (refused["error"], refused["message"]) == ("BAD_ACTION", "No more than 3 subscriptions in one session")
    assert session.answer(subscription("B", verb="remove")) == []
    assert session.answer(subscription("C")) == []
    assert session.answer(subscription("C", verb="remove")) == []
    (refused,) = session.answer(subscription("B{=d}", kind="Candle"))
    assert refused["message"] == "No more than 1 series in one session"
    assert (DOCUMENTED.sessions, DOCUMENTED.subscriptions, DOCUMENTED.series) == (5, 25_000, 100)


async def test_sessions_and_messages_are_limited_where_rates_are():
    with Elsewhere(limits_rates=True) as sim:
        async with authorized(sim), authorized(sim), authorized(sim), authorized(sim):
            async with authorized(sim) as fifth:
                async with raw(sim.production.dxlink_url) as sixth:
                    await sixth.ask(SETUP)
                    await sixth.hear()
                    refused = await sixth.ask({"type": "AUTH", "channel": 0, "token": quote_token(sim)})
                    assert refused["error"] == "BAD_ACTION"
                await fifth.say(json.dumps({"type": "KEEPALIVE", "channel": 0, "x": "x" * DOCUMENTED.message_bytes}))
                assert await fifth.ending() == 1009
            async with authorized(sim):  # one left, one may come
                pass


async def test_a_quiet_feed_can_be_closed_and_a_busy_one_silenced(sim):
    async with fed(sim) as client:
        sim.expect(FaultKind.STREAM_CLOSE, path="/realtime")
        assert await client.ending() == 1012
    async with fed(sim) as client:
        await client.ask(subscription("SPY"))
        sim.expect(FaultKind.STREAM_SILENT, method="Quote", path="/realtime")
        pin(sim, "SPY", "451.10", "451.12")
        await eventually(lambda: struck(sim, FaultKind.STREAM_SILENT))
        assert await client.stays_silent()
        assert not client.socket.closed


async def test_data_may_be_dropped_doubled_or_come_late(sim):
    async with fed(sim) as client:
        await client.ask(subscription("SPY"))
        heard = []
        sim.expect(FaultKind.STREAM_DROP, method="Quote")
        sim.expect(FaultKind.STREAM_DUPLICATE, method="Quote", after=0)
        sim.expect(FaultKind.STREAM_REORDER, method="Quote", after=0)
        for bid, fault in (("451.00", FaultKind.STREAM_DROP), ("452.00", None), ("453.00", FaultKind.STREAM_REORDER)):
            pin(sim, "SPY", bid, "460.00")
            if fault is None:
                heard += [(await client.hear())["data"][1][1] for _ in range(2)]
            else:  # nothing is sent: the next quote may move when the fault has struck
                await eventually(lambda fault=fault: struck(sim, fault))
        pin(sim, "SPY", "454.00", "460.00")
        heard += [(await client.hear())["data"][1][1] for _ in range(2)]
        assert await client.stays_silent(0.2)
    assert heard == [452.0, 452.0, 454.0, 453.0]


@pytest.mark.parametrize(
    ("reason", "shows"),
    [
        ("", lambda heard: "sim-new-member" in heard),
        ("type", lambda heard: heard["type"] == "FEED_DATA_V2"),
        ("missing", lambda heard: len(heard["data"][1]) == 2),
    ],
)
async def test_drifted_data_is_not_what_it_was(sim, reason, shows):
    async with fed(sim) as client:
        sim.expect(FaultKind.SCHEMA_DRIFT, path="/realtime", method="Quote", reason=reason)
        assert shows(await client.ask(subscription("SPY")))


# --- with the SDK, on both of its event loops ---


@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_the_sdk_reads_every_event(sim, anyio_backend):
    now = sim.simulator.clock.now()
    chain = sim.call(lambda: sim.simulator.market.chain("SPY", now))
    monthly = chain.expirations[5]
    strike = monthly.strikes[len(monthly.strikes) // 2]
    option = both(monthly.root, monthly.day, strike)[0].streamer
    pin(sim, "SPY", "450.10", "450.12")
    async with sdk(sim.production, timeout=20.0) as session, quotes(session) as streamer:
        with fail_after(4 * HEAR_S):
            for kind in (Quote, Trade, Summary, Profile, TimeAndSale):
                await streamer.subscribe(kind, ["SPY", "QQQQ", option])
                seen = {(await streamer.get_event(kind)).event_symbol for _ in range(2)}
                assert seen == {"SPY", option}
            for kind in (Greeks, TheoPrice):
                await streamer.subscribe(kind, [option])
                assert (await streamer.get_event(kind)).event_symbol == option
            await streamer.subscribe(Underlying, ["SPY"])
            assert (await streamer.get_event(Underlying)).event_symbol == "SPY"
            await streamer.subscribe_candle(["SPY"], "1d", datetime.now(UTC) - timedelta(days=30))
            assert (await streamer.get_event(Candle)).snapshot_begin
            await streamer.unsubscribe(Quote, [option])
            pin(sim, "SPY", "451.10", "451.12")
            moved = await streamer.get_event(Quote)
            assert (moved.event_symbol, moved.bid_price) == ("SPY", Decimal("451.1"))
            await streamer.unsubscribe_candle("SPY", "1d")
            await streamer.unsubscribe_all(Quote)


@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_the_sdk_says_what_a_message_too_long_was(anyio_backend):
    too_long = pytest.RaisesExc(TastytradeError, match="too long")
    # The SDK's error comes in a group where the line ends while the test is still asking.
    with (
        Elsewhere(limits_rates=True) as sim,
        pytest.RaisesGroup(too_long, allow_unwrapped=True, flatten_subgroups=True),
    ):
        await _ask_for_five_thousand_at_once(sim)


async def _ask_for_five_thousand_at_once(sim):
    async with sdk(sim.production, timeout=20.0) as session, quotes(session) as streamer:
        with fail_after(HEAR_S):
            await streamer.subscribe(Quote, [f".SPXW261218C{strike}" for strike in range(1000, 6000)])
            await streamer.get_event(Quote)


# --- anything at all ---

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
TYPES = st.sampled_from(
    ["SETUP", "AUTH", "KEEPALIVE", "CHANNEL_REQUEST", "CHANNEL_CANCEL", "FEED_SETUP", "FEED_SUBSCRIPTION", "ERROR"]
)
ENTRY = st.fixed_dictionaries({"symbol": st.just("SPY") | JSON, "type": st.just("Quote") | JSON}) | JSON
MESSAGE = st.fixed_dictionaries(
    {"type": TYPES | JSON, "channel": st.sampled_from([0, 1, 7]) | JSON},
    optional={
        "token": st.just("t") | JSON,
        "service": st.just("FEED") | JSON,
        "parameters": st.just({"contract": "AUTO"}) | JSON,
        "acceptEventFields": st.just(PRICES) | JSON,
        "acceptDataFormat": JSON,
        "acceptAggregationPeriod": JSON,
        "keepaliveTimeout": JSON,
        "add": st.lists(ENTRY, max_size=3) | JSON,
        "remove": st.lists(ENTRY, max_size=3) | JSON,
        "reset": JSON,
        "fromTime": JSON,
    },
)


@settings(max_examples=80, deadline=None)
@given(said=st.lists(MESSAGE | st.builds(Unreadable, st.text(max_size=9)), max_size=6), begun=st.booleans())
def test_any_messages_leave_a_session_whole(said, begun):
    session = limited() if begun else Session(lambda token: token == "t", limits=Limits(), admit=lambda: True)  # noqa: S105
    for message in said:
        for answer in session.answer(message):
            assert json.loads(json.dumps(answer))["type"]
    assert begun or session.is_authorized or not session.channels
    for channel in session.channels.values():
        assert channel.fresh.keys() <= channel.wanted.keys()
        assert channel.period_s >= 0
