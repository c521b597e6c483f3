"""Quotes as they move, over a socket that a test holds the other end of."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from tastytrade.dxfeed import Greeks, Trade
from tt_kit import CANARIES, HTML
from tt_streams import UPDATED_MS, left_running, quick_reconnects, quote_row, soon, streaming, subscribed, until

from tastyflow_adapters.tastytrade.streams.quote_stream import QuoteStream

pytestmark = pytest.mark.anyio

CALL, PUT = ".SPY261218C450", ".SPY261218P450"


@pytest.fixture
async def subject(anyio_backend):
    async with streaming() as subject:
        subject.venue.prices = {"SPY": (450.01, 450.03), CALL: (9.87, 9.91), PUT: ("NaN", 8.5)}
        yield subject


@pytest.fixture
async def stream(subject):
    async with QuoteStream(subject.session, subject.clock, silence_s=5.0, backoff=quick_reconnects()) as stream:
        yield stream


def sides(quotes):
    return {symbol: (str(quote.bid), str(quote.ask)) for symbol, quote in quotes.items()}


async def test_the_first_question_opens_the_socket_and_waits_for_the_first_values(subject, stream):
    assert subject.venue.quote_lines == []
    quotes = await stream.quotes(["SPY", CALL], within_s=5)
    assert sides(quotes) == {"SPY": ("450.01", "450.03"), CALL: ("9.87", "9.91")}
    assert quotes["SPY"].at == datetime.fromtimestamp(UPDATED_MS / 1000, UTC)


async def test_a_side_that_is_not_there_is_zero_and_the_quote_is_told_all_the_same(stream):
    assert sides(await stream.quotes([PUT], within_s=5)) == {PUT: ("0", "8.5")}


async def test_the_latest_value_is_what_is_known(subject, stream):
    await stream.quotes(["SPY"], within_s=5)
    rows = [*quote_row("SPY", 450.1, 450.2), *quote_row(CALL, 1, 2), *quote_row("SPY", 450.3, 450.4)]
    await subject.venue.quote_line.tell({"type": "FEED_DATA", "channel": 7, "data": ["Quote", rows]})
    await until(lambda: sides(stream.latest(["SPY"])) == {"SPY": ("450.3", "450.4")})
    assert CALL not in stream.latest([CALL])  # told, but nobody had asked for it


async def test_values_by_name_and_several_lists_in_one_message_are_read_as_well(subject, stream):
    await stream.quotes(["SPY"], within_s=5)
    named = {"eventSymbol": "SPY", "bidPrice": 1.5, "askPrice": "Infinity", "bidTime": 0, "askTime": 0}
    await subject.venue.quote_line.tell({"type": "FEED_DATA", "channel": 7, "data": [named]})
    await until(lambda: sides(stream.latest(["SPY"])) == {"SPY": ("1.5", "0")})
    pairs = ["Quote", quote_row("X", 1, 2), "Quote", quote_row("SPY", 3, 4)]
    await subject.venue.quote_line.tell({"type": "FEED_DATA", "channel": 7, "data": pairs})
    await until(lambda: sides(stream.latest(["SPY"])) == {"SPY": ("3", "4")})


async def test_a_symbol_without_a_quote_is_waited_for_once(subject, stream, monkeypatch):
    monkeypatch.setattr("tastyflow_adapters.tastytrade.streams.quote_stream.PATIENCE_S", 0.2)
    assert list(await stream.quotes(["SPY", "NOPE"], within_s=0.4)) == ["SPY"]
    began = subject.clock.monotonic()
    assert list(await stream.quotes(["SPY", "NOPE"], within_s=60)) == ["SPY"]
    assert subject.clock.monotonic() - began < 5


async def test_a_large_question_is_subscribed_in_pieces(subject, stream):
    symbols = [f".SPY261218C{strike}" for strike in range(1, 1001)]
    subject.venue.prices = dict.fromkeys(symbols, (1.0, 1.1))
    assert len(await stream.quotes(symbols, within_s=8)) == 1000
    pieces = [len(message["add"]) for message in subject.venue.quote_line.said("FEED_SUBSCRIPTION")]
    assert sum(pieces) == 1000
    assert max(pieces) <= 400


async def test_what_is_subscribed_already_is_not_subscribed_again(subject, stream):
    for _ in range(5):
        await stream.quotes(["SPY"], within_s=5)
    assert len(subject.venue.quote_line.said("FEED_SUBSCRIPTION")) == 1


async def test_a_socket_that_is_closed_is_opened_again_subscribed_again_and_old_prices_are_forgotten(subject, stream):
    await stream.quotes(["SPY", CALL], within_s=5)
    subject.venue.upgrades = False
    await subject.venue.quote_line.socket.close(code=1012)
    await until(lambda: not stream.health.connected)
    assert stream.latest(["SPY", CALL]) == {}
    subject.venue.prices = {"SPY": (440.0, 440.1)}
    subject.venue.upgrades = True
    assert sides(await stream.quotes(["SPY"], within_s=5)) == {"SPY": ("440.0", "440.1")}
    assert subscribed(subject.venue.quote_line) == {"SPY", CALL}
    assert stream.health.times_up == 2


async def test_a_socket_that_hangs_is_replaced_after_the_silence(subject):
    async with QuoteStream(subject.session, subject.clock, silence_s=0.4, backoff=quick_reconnects()) as stream:
        await stream.quotes(["SPY"], within_s=5)
        first = subject.venue.quote_line
        await until(lambda: not first.is_open)
        assert sides(await stream.quotes(["SPY"], within_s=5)) == {"SPY": ("450.01", "450.03")}


async def test_prices_of_a_socket_that_may_hang_are_not_told(subject, stream):
    await stream.quotes(["SPY"], within_s=5)
    await asyncio.sleep(0.2)
    assert stream.latest(["SPY"], heard_within_s=0.1) == {}
    assert stream.latest(["SPY"]) != {}


async def test_symbols_that_nobody_asks_for_are_unsubscribed_and_then_the_socket_is_closed(subject):
    async with QuoteStream(subject.session, subject.clock, unused_s=0.6, backoff=quick_reconnects()) as stream:
        await stream.quotes(["SPY", CALL], within_s=5)
        line = subject.venue.quote_line

        def only_spy():
            stream.latest(["SPY"])
            return subscribed(line) == {"SPY"}

        await until(only_spy)
        assert CALL not in stream.latest(["SPY"])
        await until(lambda: not line.is_open and not stream.health.connected)
        assert sides(await stream.quotes(["SPY"], within_s=5)) == {"SPY": ("450.01", "450.03")}
    assert len(subject.venue.quote_lines) == 2


async def test_a_question_meanwhile_gets_nothing_when_the_venue_has_no_stream(subject, stream):
    subject.venue.on("GET", "/api-quote-tokens", HTML)
    assert await stream.quotes(["SPY"], within_s=0.2) == {}
    assert not stream.health.connected


@pytest.mark.parametrize(
    "message",
    ["{", "[]", {"type": "FEED_DATA", "channel": 7, "data": ["Quote", ["SPY", 1]]},
     {"type": "FEED_DATA", "channel": 99, "data": ["Quote", ["SPY", 1]]},
     {"type": "FEED_DATA", "channel": 7, "data": [{"bidPrice": 1}]},
     {"type": "FEED_DATA", "channel": 7, "data": ["Quote", 7]}],
)  # fmt: skip
async def test_a_message_that_makes_no_sense_is_counted_and_ends_nothing(subject, stream, message):
    await stream.quotes(["SPY"], within_s=5)
    await subject.venue.quote_line.tell(message)
    rows = quote_row("SPY", 1, 2)
    await subject.venue.quote_line.tell({"type": "FEED_DATA", "channel": 7, "data": ["Quote", rows]})
    await until(lambda: sides(stream.latest(["SPY"])) == {"SPY": ("1", "2")})
    assert stream.health.unreadable == 1
    assert len(subject.venue.quote_lines) == 1


@pytest.mark.parametrize(
    "message",
    [{"type": "ERROR", "channel": 0, "error": "X", "message": "y"}, {"type": "CHANNEL_CLOSED", "channel": 3},
     {"no": "type"}, {"type": "FEED_DATA"}],
)  # fmt: skip
async def test_a_message_that_the_sdk_cannot_take_costs_the_connection_and_no_more(subject, stream, message):
    await stream.quotes(["SPY"], within_s=5)
    await subject.venue.quote_line.tell(message)
    await until(lambda: len(subject.venue.quote_lines) == 2)
    assert sides(await stream.quotes(["SPY"], within_s=5)) == {"SPY": ("450.01", "450.03")}


async def test_greeks_and_trades_can_be_followed_too_beside_the_quotes(subject, stream):
    await stream.quotes(["SPY"], within_s=5)
    async with stream.events(Greeks, [CALL]) as greeks, stream.events(Trade, ["SPY"]) as trades:
        line = subject.venue.quote_line
        await until(lambda: subscribed(line, "Greeks") == {CALL} and subscribed(line, "Trade") == {"SPY"})
        greek = [CALL, 0, 0, 1, 2, 3, 9.9, 0.16, 0.5, 0.01, -0.1, 0.2, 0.3]
        unknown = [CALL, 0, 0, 1, 2, 3, "NaN", "NaN", "NaN", "NaN", "NaN", "NaN", "NaN"]
        trade = ["SPY", 0, 0, 0, 0, "Q", 0, "ZERO", False, 450.02, 0, 1, 2, 3]
        await line.tell({"type": "FEED_DATA", "channel": 3, "data": ["Greeks", [*unknown, *greek]]})
        await line.tell({"type": "FEED_DATA", "channel": 15, "data": ["Trade", trade]})
        assert (await soon(anext(greeks))).gamma == Decimal("0.01")
        assert (await soon(anext(trades))).price == Decimal("450.02")
    await until(lambda: not subscribed(line, "Greeks") and not subscribed(line, "Trade"))
    assert subscribed(line) == {"SPY"}


async def test_closing_leaves_nothing_running_and_the_next_question_opens_it_again(subject, stream):
    before = left_running()
    await stream.quotes(["SPY"], within_s=5)
    assert left_running() != before
    await stream.aclose()
    assert left_running() == before
    assert stream.latest(["SPY"]) == {}
    assert list(await stream.quotes(["SPY"], within_s=5)) == ["SPY"]


async def test_no_token_is_in_any_log_or_in_what_is_shown(subject, stream, caplog):
    caplog.set_level("DEBUG")
    await stream.quotes(["SPY"], within_s=5)
    subject.venue.on("GET", "/api-quote-tokens", HTML)
    await subject.venue.quote_line.socket.close(code=1012)
    await until(lambda: stream.health.trouble)
    assert len(caplog.records) > 5
    shown = caplog.text + repr(stream.health)
    assert not any(canary in shown for canary in (*CANARIES, "canary-quote-5b1e"))
