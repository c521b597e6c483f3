"""What clients look up, asked for by the real SDK and parsed by its models."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from sim_kit import DECEMBER, FRIDAY, sdk, serving
from tastytrade.instruments import (
    Cryptocurrency,
    Equity,
    Forex,
    Future,
    FutureOption,
    FutureOptionProduct,
    FutureProduct,
    NestedFutureOptionChain,
    NestedOptionChain,
    Option,
    Warrant,
    get_future_option_chain,
    get_option_chain,
    get_quantity_decimal_precisions,
)
from tastytrade.market_data import get_market_data, get_market_data_by_type
from tastytrade.market_sessions import (
    ExchangeType,
    MarketStatus,
    get_futures_holidays,
    get_market_holidays,
    get_market_sessions,
)
from tastytrade.metrics import get_dividends, get_earnings, get_market_metrics, get_risk_free_rate
from tastytrade.order import InstrumentType
from tastytrade.search import symbol_search
from tastytrade.utils import TastytradeError
from tastytrade.watchlists import PairsWatchlist, PrivateWatchlist, PublicWatchlist

from tastyflow_adapters.exchange.listings import LISTINGS
from tastyflow_simulator import Hours

if TYPE_CHECKING:
    from sim_kit import HttpClient

    from tastyflow_simulator import Simulator

pytestmark = pytest.mark.anyio

CALL = "SPY   261218C00450000"
SATURDAY = FRIDAY + timedelta(days=1)


@pytest.fixture
async def session(simulator: "Simulator"):
    async with sdk(simulator.production) as session:
        yield session


# --- shares and options ---


async def test_every_listed_share_and_index_is_an_equity_to_the_sdk(session):
    equities = await Equity.get_active_equities(session)
    assert {each.symbol for each in equities} == set(LISTINGS)
    assert [each.symbol for each in await Equity.get(session, [], is_index=True, page_offset=None)] == [
        symbol for symbol in LISTINGS if not LISTINGS[symbol].has_shares
    ]


async def test_a_class_share_is_found_by_its_slash(session):
    share = await Equity.get(session, "BRK/B")
    assert share.symbol == share.streamer_symbol == "BRK/B"
    assert [(tick.threshold, tick.value) for tick in share.option_tick_sizes] == [
        (Decimal(3), Decimal("0.01")),
        (None, Decimal("0.05")),
    ]
    assert (await NestedOptionChain.get(session, "BRK/B"))[0].underlying_symbol == "BRK/B"


async def test_pages_of_equities_are_followed_to_the_end(session):
    pages = await Equity.get_active_equities(session, per_page=7, page_offset=None)
    assert [each.symbol for each in pages] == list(LISTINGS)


@pytest.mark.parametrize("path", ["/instruments/equities/NOPE", "/option-chains/NOPE/nested", "/option-chains/NOPE"])
async def test_an_unknown_symbol_is_not_found(production: "HttpClient", path):
    assert (await production.get(path)).status == 404


async def test_an_option_is_the_one_that_its_symbol_names(session):
    option = await Option.get(session, CALL)
    assert (option.symbol, option.streamer_symbol) == (CALL, ".SPY261218C450")
    assert (option.strike_price, option.expiration_date, option.option_type) == (Decimal(450), DECEMBER, "C")
    assert (option.exercise_style, option.settlement_type, option.expiration_type) == ("American", "PM", "Regular")
    assert (option.days_to_expiration, option.shares_per_contract, option.active) == (28, 100, True)
    with pytest.raises(TastytradeError, match="not found"):
        await Option.get(session, "SPY   261218C00450500")


async def test_options_are_listed_by_symbol_and_unknown_ones_left_out(production: "HttpClient"):
    params = [("symbol[]", CALL), ("symbol[]", "SPY   261218C99999000"), ("symbol[]", ".SPY261218C450x")]
    assert [row["symbol"] for row in (await production.get("/instruments/equity-options", params=params)).items] == [
        CALL
    ]


@pytest.mark.parametrize("symbol", ["SPY", "SPX", "AAPL", "VIX", "A"])
async def test_the_three_forms_of_a_chain_hold_the_same_options(session, production: "HttpClient", symbol):
    full = [option for options in (await get_option_chain(session, symbol)).values() for option in options]
    nested = await NestedOptionChain.get(session, symbol)
    compact = (await production.get(f"/option-chains/{symbol}/compact")).items
    rungs = [strike for root in nested for expiration in root.expirations for strike in expiration.strikes]
    assert {option.symbol for option in full} == {each for rung in rungs for each in (rung.call, rung.put)}
    assert {option.symbol for option in full} == {each for root in compact for each in root["symbols"]}
    assert {option.streamer_symbol for option in full} == {
        each for root in compact for each in root["streamer-symbols"]
    }
    assert len(full) == 2 * len(rungs)


async def test_an_index_has_an_item_for_each_of_its_roots(session):
    am, pm = await NestedOptionChain.get(session, "SPX")
    assert (am.root_symbol, pm.root_symbol, am.underlying_symbol, pm.underlying_symbol) == ("SPX", "SPXW", "SPX", "SPX")
    assert {each.settlement_type for each in am.expirations} == {"AM"}
    assert {each.settlement_type for each in pm.expirations} == {"PM"}
    assert {each.expiration_type for each in am.expirations} == {"Regular"}
    assert {each.expiration_type for each in pm.expirations} == {"Weekly", "End-Of-Month", "Quarterly"}
    strike = next(rung for rung in pm.expirations[0].strikes if rung.strike_price == 4500)
    assert strike.call_streamer_symbol == ".SPXW261120C4500"


async def test_an_adjusted_root_is_an_item_of_its_own_and_never_among_the_standard_options(session):
    standard, adjusted = await NestedOptionChain.get(session, "AAPL")
    assert (standard.option_chain_type, standard.root_symbol, standard.shares_per_contract) == ("Standard", "AAPL", 100)
    assert (adjusted.option_chain_type, adjusted.root_symbol) == ("Non-standard", "AAPL7")
    assert adjusted.shares_per_contract == 150
    assert [(each.amount, each.symbol) for each in adjusted.deliverables] == [(Decimal(150), "AAPL")]
    assert all(rung.call.startswith("AAPL  ") for each in standard.expirations for rung in each.strikes)
    assert all(rung.call.startswith("AAPL7 ") for each in adjusted.expirations for rung in each.strikes)
    option = await Option.get(session, adjusted.expirations[0].strikes[0].call)
    assert (option.option_chain_type, option.shares_per_contract, option.is_closing_only) == ("Non-standard", 150, True)


async def test_cash_in_a_deliverable_is_told(session):
    _, adjusted = await NestedOptionChain.get(session, "GME")
    assert [(each.deliverable_type, each.amount) for each in adjusted.deliverables] == [
        ("Shares", Decimal(100)),
        ("Cash", Decimal(52)),
    ]


async def test_an_expiration_leaves_the_chain_when_it_stops_trading(simulator: "Simulator", session):
    async def first_day(symbol, root=0):
        return (await NestedOptionChain.get(session, symbol))[root].expirations[0].expiration_date

    assert await first_day("SPY") == FRIDAY.date()
    assert await first_day("SPX") == DECEMBER  # the morning settlement of today traded yesterday
    simulator.clock.set(datetime.fromisoformat("2026-11-20T21:00:00+00:00"))
    await session.refresh(force=True)
    assert await first_day("SPY") == date(2026, 11, 23)
    assert not (await Option.get(session, "SPY   261120C00450000")).active


# --- market data ---


async def test_market_data_shows_the_quote_that_orders_fill_against(simulator: "Simulator", session):
    shown = simulator.market.quote(CALL, simulator.clock.now())
    row = await get_market_data(session, CALL, InstrumentType.EQUITY_OPTION)
    assert (row.bid, row.ask, row.mid, row.last) == (shown.bid, shown.ask, shown.mid, shown.last)
    assert row.open_interest > 0
    assert row.day_low_price <= row.last <= row.day_high_price


async def test_an_index_has_a_level_and_no_bid(session):
    for kind in (InstrumentType.INDEX, InstrumentType.EQUITY):
        row = await get_market_data(session, "VIX", kind)
        assert (row.bid, row.ask, row.instrument_type) == (None, None, kind)
        assert 13 < row.mark == row.last < 15


async def test_market_data_by_type_leaves_out_what_it_does_not_know(session):
    rows = await get_market_data_by_type(
        session,
        indices=["SPX", "VIX", "SPY"],
        cryptocurrencies=["ETH/USD", "BTC/USD"],
        equities=["SPLG", "SPY", "BRK/B"],
        options=[CALL, "SPY"],
    )
    assert [row.symbol for row in rows] == ["SPX", "VIX", "SPY", "BRK/B", CALL, "ETH/USD", "BTC/USD"]


async def test_more_than_a_hundred_symbols_at_once_are_refused(production: "HttpClient"):
    symbols = [("equity", "SPY")] * 60 + [("index", "SPX")] * 41
    assert (await production.get("/market-data/by-type", params=symbols)).status == 400
    assert len((await production.get("/market-data/by-type", params=symbols[:100])).items) == 2


async def test_the_sandbox_has_no_market_data(sandbox: "HttpClient"):
    for path in ("/market-data/by-type?equity=SPY", "/market-data/Equity/SPY", "/market-metrics?symbols=SPY"):
        answer = await sandbox.get(path)
        assert (answer.status, answer.document) == (502, None)
    assert (await sandbox.get("/instruments/equities/SPY")).status == 200


async def test_the_key_to_the_quotes_says_where_they_are(sandbox: "HttpClient", production: "HttpClient"):
    for caller, level in ((sandbox, "demo"), (production, "api")):
        told = (await caller.get("/api-quote-tokens")).data
        assert (told["level"], told["dxlink-url"]) == (level, caller.side.dxlink_url)
        assert caller.side.tokens.check_for_quotes(told["token"])


# --- hours ---


async def test_the_hours_of_every_exchange_are_told(session):
    told = await get_market_sessions(session, list(ExchangeType))
    assert [each.instrument_collection for each in told] == ["CME", "CFE", "Equity"]
    assert {each.status for each in told} == {MarketStatus.OPEN}


async def test_an_exchange_with_hours_is_closed_on_saturdays_and_says_when_it_opens():
    async with serving(hours=Hours.EXCHANGE, starts_at=SATURDAY) as simulator, sdk(simulator.production) as session:
        (told,) = await get_market_sessions(session, [ExchangeType.NYSE])
        assert (told.status, told.open_at) == (MarketStatus.CLOSED, None)
        assert told.next_session.open_at == datetime.fromisoformat("2026-11-23T14:30:00+00:00")
        assert told.previous_session.session_date == FRIDAY.date()
        simulator.clock.set(told.next_session.open_at)
        await session.refresh(force=True)  # the token is from Saturday
        (told,) = await get_market_sessions(session, [ExchangeType.NYSE])
        assert told.status is MarketStatus.OPEN
        assert told.close_at == datetime.fromisoformat("2026-11-23T21:00:00+00:00")


async def test_holidays_and_half_days_are_those_of_the_calendar(session):
    calendar = await get_market_holidays(session)
    assert date(2026, 11, 26) in calendar.holidays
    assert date(2026, 11, 27) in calendar.half_days
    assert (await get_futures_holidays(session, ExchangeType.CME)).holidays == calendar.holidays


async def test_a_week_of_sessions_skips_the_holiday():
    async with serving(hours=Hours.EXCHANGE) as simulator, sdk(simulator.production) as session:
        week = {"from-date": "2026-11-23", "to-date": "2026-11-29"}
        told = await session._get("/market-time/sessions", params=week)
        assert [(row["session-date"], row["close-at"][11:16]) for row in told["items"]] == [
            ("2026-11-23", "21:00"),
            ("2026-11-24", "21:00"),
            ("2026-11-25", "21:00"),
            ("2026-11-27", "18:00"),
        ]


# --- the rest of the library ---


async def test_a_search_finds_what_begins_like_it_and_nothing_for_nonsense(session):
    await session.refresh()  # which a search does not do by itself
    assert "AAPL" in [found.symbol for found in await symbol_search(session, "AAP")]
    assert "BRK/B" in [found.symbol for found in await symbol_search(session, "brk/b")]
    assert await symbol_search(session, "ASDFGJKL") == []


async def test_metrics_tell_the_volatility_that_options_are_priced_with(session):
    spy, aapl = await get_market_metrics(session, ["SPY", "AAPL"])
    assert (spy.symbol, spy.implied_volatility_index) == ("SPY", Decimal("0.16"))
    assert {each.option_chain_type for each in aapl.option_expiration_implied_volatilities} == {
        "Standard",
        "Non-standard",
    }
    assert await get_risk_free_rate(session) == 0
    assert len(await get_dividends(session, "SPY")) == 8
    assert await get_earnings(session, "AAPL", FRIDAY.date()) == []


async def test_futures_and_their_options_can_be_looked_up(session):
    futures = await Future.get(session, product_codes=["ES"])
    assert [each.symbol for each in futures] == ["/ESZ6", "/ESH7", "/ESM7", "/ESU7"]
    assert (await Future.get(session, "/ESZ6")).future_product.code == "ES"
    assert (await FutureProduct.get(session, "ZN")).code == "ZN"
    assert len(await FutureProduct.get(session)) == len(await FutureOptionProduct.get(session)) == 5
    assert (await FutureOptionProduct.get(session, "LO")).future_product.code == "CL"
    chain = await get_future_option_chain(session, "ES")
    option = chain[DECEMBER][0]
    assert (await FutureOption.get(session, option.symbol)).strike_price == option.strike_price
    nested = await NestedFutureOptionChain.get(session, "ES")
    assert nested.option_chains[0].expirations[0].strikes[0].call == option.symbol


async def test_coins_pairs_warrants_and_precisions_can_be_looked_up(session):
    assert (await Cryptocurrency.get(session, "ETH/USD")).streamer_symbol == "ETH/USD:CXTALP"
    assert len(await Cryptocurrency.get(session)) == 2
    assert (await Warrant.get(session, "NKLAW")).symbol == "NKLAW"
    assert len(await Warrant.get(session)) == 2
    assert (await Forex.get(session))[0].symbol == "EUR/USD"
    assert len(await get_quantity_decimal_precisions(session)) == 4


async def test_public_lists_are_there(session):
    assert (await PairsWatchlist.get(session, "Stocks")).pairs_equations
    assert len(await PairsWatchlist.get(session)) == 2
    assert (await PublicWatchlist.get(session, "Crypto")).watchlist_entries
    assert all(not each.watchlist_entries for each in await PublicWatchlist.get(session, counts_only=True))


async def test_a_private_list_is_put_up_changed_and_taken_down(session):
    mine = PrivateWatchlist(name="Mine")
    mine.add_symbol("MSFT", InstrumentType.EQUITY)
    await mine.upload(session)
    mine.add_symbol("AAPL", InstrumentType.EQUITY)
    await mine.update(session)
    assert [each["symbol"] for each in (await PrivateWatchlist.get(session, "Mine")).watchlist_entries] == [
        "MSFT",
        "AAPL",
    ]
    with pytest.raises(TastytradeError, match="watchlist_exists"):
        await mine.upload(session)
    await PrivateWatchlist.remove(session, "Mine")
    assert await PrivateWatchlist.get(session) == []


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": "x" * 101}, {"name": "x", "watchlist-entries": ["SPY"]}, {"name": 3}, []]
)
async def test_a_list_without_a_name_or_with_strange_entries_is_refused(production: "HttpClient", body):
    assert (await production.ask("POST", "/watchlists", json=body)).status == 400
