"""Market data: what is asked, how often, and what is made of the answers."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from test_tt_chains import EQUITY, NESTED, expiration, root
from tt_kit import HTML, BriskClock, Reply, data, error, items
from tt_streams import NOON, quick_reconnects, streaming, until

from tastyflow.domain.instruments import Equity, EquityOption, Right
from tastyflow.domain.venue import NamedSymbol, Quote, Venue
from tastyflow.errors import OutcomeUnknown, VenueFailure
from tastyflow.ports import MarketSession
from tastyflow_adapters.tastytrade.http.session import VenueSession
from tastyflow_adapters.tastytrade.market_data import TastytradeMarket
from tastyflow_adapters.tastytrade.streams.quote_stream import QuoteStream

pytestmark = pytest.mark.anyio

DAY = date(2026, 12, 18)
SPY, VIX = Equity("SPY"), Equity("VIX")
CALLS = [EquityOption("SPY", DAY, Right.CALL, Decimal(strike)) for strike in range(400, 650)]
AT = "2026-11-20T17:00:00.000Z"


class TurningClock(BriskClock):
    """A brisk clock that can be put forward."""

    def __init__(self):
        self.ahead = timedelta()
        self.began = datetime.now(UTC)

    def now(self):
        return NOON + (datetime.now(UTC) - self.began) + self.ahead


def quoted(heard):
    """Every symbol that the request names, at one price; `heard.query` keeps only the last of each key."""
    return items(*({"symbol": each.occ, "bid": "1.00", "ask": "1.10", "updated-at": AT} for each in [SPY, *CALLS]))


@pytest.fixture
async def subject(anyio_backend):
    """A venue and a production session with it: REST answers market data."""
    clock = TurningClock()
    async with streaming(clock) as subject:
        venue = subject.venue
        venue.on("GET", "/instruments/equities/AAPL", data(EQUITY))
        venue.on("GET", "/option-chains/AAPL/nested", items(NESTED))
        venue.on("GET", "/market-data/by-type", quoted)
        subject.session = VenueSession(venue.connection(Venue.PRODUCTION), clock)
        yield subject


@pytest.fixture
async def market(subject):
    async with TastytradeMarket(subject.session, subject.clock) as market:
        yield market


def asked(subject, path):
    return len(subject.venue.asked("GET", path))


# ── chains ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_chain_is_asked_for_once_a_day_and_once_for_all_who_wait(subject, market):
    chains = await asyncio.gather(*(market.chain("AAPL") for _ in range(20)))
    assert all(chain is chains[0] for chain in chains)
    assert chains[0].expirations[0].strikes == (Decimal(110),)
    subject.clock.ahead = timedelta(hours=11, minutes=30)  # 23:30 in New York
    await market.chain("AAPL")
    assert asked(subject, "/option-chains/AAPL/nested") == 1
    subject.clock.ahead = timedelta(hours=12, minutes=30)  # past midnight there
    await market.chain("AAPL")
    assert asked(subject, "/option-chains/AAPL/nested") == 2


async def test_a_name_that_is_no_symbol_has_no_chain_and_is_looked_up_again_some_minutes_later(subject, market):
    assert await market.chain("NOPE") is None
    assert await market.chain("NOPE") is None
    assert asked(subject, "/option-chains/NOPE/nested") == 1
    subject.clock.ahead = timedelta(minutes=6)
    assert await market.chain("NOPE") is None
    assert asked(subject, "/option-chains/NOPE/nested") == 2


@pytest.mark.parametrize("text", ["", "../../accounts", "spy", "A B", "TOOLONGNAME", "X?y=1", "SPY\n"])
async def test_what_cannot_be_a_symbol_is_not_even_asked_about(subject, market, text):
    assert await market.chain(text) is None
    assert not [heard for heard in subject.venue.heard if heard.path != "/oauth/token"]


async def test_a_class_share_is_asked_for_with_its_slash_escaped(subject, market):
    await market.chain("BRK/B")
    assert {"/instruments/equities/BRK%2FB", "/option-chains/BRK%2FB/nested"} <= set(subject.venue.paths)


@pytest.mark.parametrize("path", ["/instruments/equities/AAPL", "/option-chains/AAPL/nested"])
async def test_a_chain_that_cannot_be_read_is_a_failure_and_not_remembered(subject, market, path):
    good = subject.venue._script["GET", path]
    subject.venue.on("GET", path, HTML)
    with pytest.raises(OutcomeUnknown):
        await market.chain("AAPL")
    subject.venue.on("GET", path, *good)
    assert (await market.chain("AAPL")).expirations


async def test_an_index_is_known_by_what_the_venue_says_of_it(subject, market):
    subject.venue.on("GET", "/instruments/equities/NANOX", data(EQUITY | {"is-index": True}))
    assert not (await market.chain("NANOX")).has_shares
    subject.venue.on("GET", "/market-data/by-type", items({"symbol": "NANOX", "last": "410.5", "updated-at": AT}))
    level = (await market.quotes([Equity("NANOX")]))[Equity("NANOX")]
    assert (level.bid, level.ask) == (Decimal("410.5"), Decimal("410.5"))
    assert subject.venue.asked("GET", "/market-data/by-type")[-1].query == {"index": "NANOX"}


async def test_roots_of_other_deliverables_are_not_offered(subject, market):
    adjusted = root("AAPL1", expiration("AAPL1", DAY, "27"), **{"option-chain-type": "Non-standard"})
    subject.venue.on("GET", "/option-chains/AAPL/nested", items(adjusted, NESTED, "x"))
    assert {e.root for e in (await market.chain("AAPL")).expirations} == {"AAPL"}


# ── similar ────────────────────────────────────────────────────────────────────────────────────────────────────────


def found(symbol, description=""):
    return {"symbol": symbol, "description": description}


async def test_similar_symbols_are_those_that_trade_the_nearest_first(subject, market):
    rows = [found("ZZZ"), found("/ESZ6"), found("APLD", "Applied Digital"), found("AAPL", "Apple Inc"), found("APL")]
    subject.venue.on("GET", "/symbols/search/APPL", items(*rows, "x", {}))
    listed = [
        {"symbol": "AAPL", "active": True, "description": "APPLE\x1b[2J\u202e INC"},
        {"symbol": "APLD", "active": True, "description": 7},
        {"symbol": "APL", "active": False},
    ]
    subject.venue.on("GET", "/instruments/equities", items(*listed))
    assert await market.similar("APPL") == [NamedSymbol("AAPL", "APPLE [2J INC"), NamedSymbol("APLD")]


async def test_a_company_that_is_typed_as_a_symbol_is_found_by_any_word_of_its_name(subject, market):
    subject.venue.on("GET", "/symbols/search/DISNEY", items(found("ZZZZZZ", "x"), found("DIS", "WALT DISNEY CO")))
    subject.venue.on("GET", "/instruments/equities", items(found("DIS", "WALT DISNEY CO")))
    assert [each.in_words for each in await market.similar("disney")] == ["DIS (WALT DISNEY CO)"]


async def test_a_name_that_finds_nothing_is_tried_without_its_last_letter(subject, market):
    subject.venue.on("GET", "/symbols/search/SPYY", items())
    subject.venue.on("GET", "/symbols/search/SPY", items(found("SPY")))
    subject.venue.on("GET", "/instruments/equities", items({"symbol": "SPY"}))
    assert await market.similar("spyy") == [NamedSymbol("SPY")]


@pytest.mark.parametrize("text", ["../../x?a=b", "%2F", "", "🚀", "A" * 5000])
async def test_odd_text_stays_inside_the_search(subject, market, text):
    assert await market.similar(text) == []
    paths = [heard.path for heard in subject.venue.heard if heard.path != "/oauth/token"]
    assert all(path.startswith("/symbols/search/") and len(path) < 100 for path in paths)


async def test_a_search_that_fails_offers_nothing(subject, market):
    subject.venue.on("GET", "/symbols/search/APPL", HTML)
    assert await market.similar("APPL") == []


# ── quotes ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_quotes_of_many_orders_are_one_question(subject, market):
    answers = await asyncio.gather(*(market.quotes([SPY, call]) for call in CALLS[:60]))
    expected = Quote(Decimal("1.00"), Decimal("1.10"), NOON)
    assert answers == [{SPY: expected, call: expected} for call in CALLS[:60]]
    assert asked(subject, "/market-data/by-type") == 1


async def test_no_question_is_about_more_than_a_hundred(subject, market):
    assert len(await market.quotes(CALLS)) == 250
    assert asked(subject, "/market-data/by-type") == 3


async def test_options_shares_and_indexes_are_named_as_what_they_are(subject, market):
    await market.quotes([SPY, VIX, CALLS[0]])
    query = subject.venue.asked("GET", "/market-data/by-type")[0].query
    assert query == {"equity": "SPY", "index": "VIX", "equity-option": CALLS[0].occ}


async def test_an_instrument_without_a_quote_is_absent_and_one_asked_twice_is_asked_once(subject, market):
    quotes = await market.quotes([SPY, VIX, SPY])
    assert list(quotes) == [SPY]
    assert await market.quotes([]) == {}


@pytest.mark.parametrize("reply", [HTML, Reply(200, b"<html>"), Reply(429, b""), error(400, "x", "y")])
async def test_quotes_that_cannot_be_had_are_a_failure(subject, market, reply):
    subject.venue.on("GET", "/market-data/by-type", reply)
    with pytest.raises(VenueFailure):
        await market.quotes([SPY])


async def test_the_stream_is_believed_first_where_it_is_up(subject):
    subject.venue.prices = {"SPY": (450.01, 450.03), CALLS[0].streamer: ("NaN", "NaN")}
    async with TastytradeMarket(subject.session, subject.clock, quotes=quotes_of(subject)) as market:
        await market.quotes([SPY, CALLS[0]])
        await until(lambda: len(market._stream.latest(["SPY", CALLS[0].streamer])) == 2)
        before = asked(subject, "/market-data/by-type")
        assert str((await market.quotes([SPY]))[SPY].bid) == "450.01"
        assert asked(subject, "/market-data/by-type") == before
        assert (await market.quotes([CALLS[0]]))[CALLS[0]].ask == Decimal("1.10")  # the stream has no side of it
    await until(lambda: not subject.venue.quote_line.is_open)


async def test_where_rest_fails_the_stream_is_asked_once_more(subject):
    subject.venue.prices = {"SPY": (450.01, 450.03)}
    subject.venue.on("GET", "/market-data/by-type", HTML)
    async with TastytradeMarket(subject.session, subject.clock, quotes=quotes_of(subject)) as market:
        assert str((await market.quotes([SPY]))[SPY].ask) == "450.03"


async def test_the_sandbox_has_its_quotes_from_the_stream_alone(subject, monkeypatch):
    monkeypatch.setattr("tastyflow_adapters.tastytrade.market_data.STREAM_WAIT_S", 0.5 * BriskClock.SPEED)
    session = VenueSession(subject.venue.connection(Venue.SANDBOX), subject.clock)
    subject.venue.prices = {"SPY": (450.01, 450.03)}
    async with TastytradeMarket(session, subject.clock) as market:
        assert list(await market.quotes([SPY, VIX])) == [SPY]
        assert asked(subject, "/market-data/by-type") == 0
        subject.venue.upgrades = False
        await subject.venue.quote_line.socket.close(code=1012)
        await until(lambda: not market._stream.health.connected)
        with pytest.raises(OutcomeUnknown, match="the stream is away"):
            await market.quotes([SPY])


def quotes_of(subject):
    return QuoteStream(subject.session, subject.clock, backoff=quick_reconnects())


# ── hours ──────────────────────────────────────────────────────────────────────────────────────────────────────────

HOURS = "/market-time/sessions/current"
OPEN = {"instrument-collection": "Equity", "state": "Open", "close-at": "2026-11-20T21:00:00.000+00:00"}


async def test_the_hours_are_the_share_markets_and_remembered_for_some_seconds(subject, market):
    subject.venue.on("GET", HOURS, items(OPEN | {"instrument-collection": "CFE", "state": "Closed"}, OPEN))
    hours = await asyncio.gather(*(market.session() for _ in range(5)))
    assert hours == [MarketSession(True, datetime(2026, 11, 20, 21, tzinfo=UTC))] * 5
    assert Counter(heard.query.get("instrument-collections[]") for heard in subject.venue.asked("GET", HOURS)) == {
        "Equity": 1
    }
    subject.clock.ahead = timedelta(seconds=20)
    await market.session()
    assert asked(subject, HOURS) == 2


async def test_hours_are_not_remembered_past_their_own_end(subject, market):
    subject.venue.on("GET", HOURS, items(OPEN))
    subject.clock.ahead = timedelta(hours=3, minutes=59, seconds=58)
    assert (await market.session()).is_open
    subject.venue.on("GET", HOURS, items(OPEN | {"state": "Closed"}))
    subject.clock.ahead += timedelta(seconds=3)
    assert not (await market.session()).is_open


@pytest.mark.parametrize("reply", [items(), items("x"), data({"state": "Open"}), HTML])
async def test_hours_that_cannot_be_read_are_a_failure(subject, market, reply):
    subject.venue.on("GET", HOURS, reply)
    with pytest.raises(OutcomeUnknown):
        await market.session()
