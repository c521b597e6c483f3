"""The market as dxFeed tells it: the SDK's own models read every event, and the numbers agree with the quotes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import erf, exp, log, pi, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sim_kit import DECEMBER, FRIDAY
from tastytrade import dxfeed

from tastyflow.domain.instruments import EquityOption, Right
from tastyflow_adapters.exchange.greeks import SHORTEST, greeks_of, years_between
from tastyflow_adapters.exchange.pricing import theoretical, volatility_at
from tastyflow_simulator.market import Market
from tastyflow_simulator.market.candles import BEGIN, END, MOST, REMOVE, SNIP
from tastyflow_simulator.market.events import MAKERS
from tastyflow_simulator.options import Hours

MARKET = Market(seed=1)
CALL, PUT = ".SPXW261218C4500", ".SPXW261218P4500"
SUNDAY = FRIDAY + timedelta(days=2)
TELLS = {
    "SPY": {"Quote", "Trade", "Summary", "Profile", "TimeAndSale", "Underlying"},
    "SPX": {"Quote", "Trade", "Summary", "Profile", "Underlying"},
    CALL: {"Quote", "Trade", "Summary", "Profile", "Greeks", "TheoPrice", "TimeAndSale"},
    ".AAPL7261218C190": {"Quote", "Trade", "Summary", "Profile", "Greeks", "TheoPrice", "TimeAndSale"},
}


def fields_of(kind):
    return {field.alias for field in getattr(dxfeed, kind).model_fields.values()}


# --- shape ---


@pytest.mark.parametrize("symbol", TELLS)
@pytest.mark.parametrize("moment", [FRIDAY, SUNDAY], ids=["friday", "sunday"])
@pytest.mark.parametrize("hours", Hours)
def test_every_event_has_the_fields_that_the_sdk_asks_for(symbol, moment, hours):
    market = Market(seed=1, hours=hours)
    told = {kind: event for kind in MAKERS if (event := market.event(kind, symbol, moment))}
    assert set(told) == TELLS[symbol]
    for kind, event in told.items():
        assert set(event) == fields_of(kind)
        assert event["eventSymbol"] == symbol
        if (kind, symbol) != ("Quote", "SPX"):
            getattr(dxfeed, kind).model_validate(event)


def test_the_quote_of_an_index_has_no_number_so_the_sdk_skips_it():
    event = MARKET.event("Quote", "SPX", FRIDAY)
    assert {event[field] for field in ("bidPrice", "askPrice", "bidSize", "askSize")} == {"NaN"}
    assert dxfeed.Quote.from_stream([event[field] for field in event]) == []
    assert MARKET.event("Trade", "SPX", FRIDAY)["price"] == float(MARKET.spot("SPX", FRIDAY))


@pytest.mark.parametrize("kind", ["Candle", "Order", "", "quote"])
def test_other_kinds_of_event_are_not_told(kind):
    assert MARKET.event(kind, "SPY", FRIDAY) is None


def test_the_short_names_are_the_same_events():
    assert MARKET.greeks(CALL, FRIDAY) == MARKET.event("Greeks", CALL, FRIDAY)
    assert MARKET.summary(CALL, FRIDAY)["openInterest"] > 0
    assert MARKET.trade("SPY", FRIDAY)["dayVolume"] > 0
    assert MARKET.profile("SPY", FRIDAY)["tradingStatus"] == "ACTIVE"


# --- numbers ---


def test_quote_and_trade_are_the_market_that_orders_fill_against():
    quote, event = MARKET.quote(CALL, FRIDAY), MARKET.event("Quote", CALL, FRIDAY)
    assert (event["bidPrice"], event["askPrice"]) == (float(quote.bid), float(quote.ask))
    assert MARKET.event("Trade", CALL, FRIDAY)["price"] == float(quote.last)
    assert quote.bid <= Decimal(MARKET.greeks(CALL, FRIDAY)["price"]) <= quote.ask


def test_a_day_contains_its_last_price():
    for symbol in ("SPY", "SPX", CALL, "VIX"):
        day, last = MARKET.summary(symbol, FRIDAY), MARKET.trade(symbol, FRIDAY)["price"]
        assert day["dayLowPrice"] <= min(last, day["dayOpenPrice"])
        assert day["dayHighPrice"] >= max(last, day["dayOpenPrice"])
        assert day["dayId"] - day["prevDayId"] == 1
    assert MARKET.summary("SPX", FRIDAY)["prevDayClosePrice"] != MARKET.summary("SPX", FRIDAY)["dayOpenPrice"]


def test_the_day_before_a_monday_is_the_friday_where_the_exchange_has_hours():
    monday = datetime(2026, 11, 23, 16, tzinfo=UTC)
    day = Market(hours=Hours.EXCHANGE).summary("SPY", monday)
    assert day["dayId"] - day["prevDayId"] == 3


def density(x):
    return exp(-x * x / 2) / sqrt(2 * pi)


def black_scholes(spot, strike, sigma, years):
    d1 = (log(spot / strike) + sigma * sigma * years / 2) / (sigma * sqrt(years))
    normal = [(1 + erf(x / sqrt(2))) / 2 for x in (d1, d1 - sigma * sqrt(years))]
    return spot * normal[0] - strike * normal[1]


@pytest.mark.parametrize(
    ("strike", "right", "sigma", "gamma"),
    [
        (5900.0, Right.PUT, 0.17, 0.00127436),
        (5950.0, Right.PUT, 0.16, 0.00141927),
        (6000.0, Right.CALL, 0.15, 0.00154580),
        (6100.0, Right.CALL, 0.14, 0.00153423),
    ],
)
def test_gamma_is_the_textbooks(strike, right, sigma, gamma):
    at_the_money = sigma / volatility_at(1.0, log(strike / 6000))
    greeks = greeks_of(right, strike, 6000.0, at_the_money, years=30 / 365)
    assert greeks.volatility == pytest.approx(sigma)
    assert greeks.gamma == pytest.approx(gamma, abs=5e-9)


@given(strike=st.floats(60, 160), vol=st.floats(0.1, 0.9), days=st.floats(1, 700), right=st.sampled_from(list(Right)))
@settings(max_examples=80, deadline=None)
def test_greeks_are_the_slopes_of_the_price(strike, vol, days, right):
    years, spot, small = days / 365, 100.0, 1e-3
    greeks = greeks_of(right, strike, spot, vol, years=years)
    sigma, parity = greeks.volatility, 0.0 if right is Right.CALL else strike

    def price(spot=spot, sigma=sigma, years=years):
        call = black_scholes(spot, strike, sigma, years)
        return call if right is Right.CALL else call - spot + parity

    assert greeks.price == pytest.approx(price(), abs=1e-9)
    assert greeks.delta == pytest.approx((price(spot + small) - price(spot - small)) / (2 * small), rel=1e-3, abs=1e-4)
    assert greeks.gamma == pytest.approx(
        (price(spot + 0.005) - 2 * price() + price(spot - 0.005)) / 2.5e-5, rel=1e-3, abs=1e-4
    )
    assert greeks.vega == pytest.approx(
        (price(sigma=sigma + 1e-5) - price(sigma=sigma - 1e-5)) / 2e-3, rel=1e-3, abs=1e-4
    )
    fall = (price(years=years - 1e-6) - price(years=years + 1e-6)) / 2e-6 / 365
    assert greeks.theta == pytest.approx(fall, rel=1e-3, abs=1e-4)
    assert theoretical(right, strike, spot, vol, years=years) == pytest.approx(greeks.price, abs=1e-9)


def test_time_runs_to_the_minute_and_never_out():
    expires_at = datetime(2026, 12, 18, 21, tzinfo=UTC)
    assert years_between(expires_at - timedelta(days=1), expires_at) == pytest.approx(1 / 365)
    assert years_between(expires_at, expires_at) == SHORTEST > 0
    morning, evening = (MARKET.greeks(symbol, FRIDAY) for symbol in (".SPX261218C4500", CALL))
    assert morning["price"] < evening["price"]  # six and a half hours less to go


def test_the_last_minutes_have_finite_greeks():
    last = datetime(2026, 11, 20, 20, 59, 59, tzinfo=UTC)
    spot = MARKET.spot("SPY", last)
    for strike in {spot.quantize(Decimal(1)) + away for away in range(-20, 21)}:
        greeks = MARKET.greeks(f".SPY261120C{strike}", last)
        assert all(abs(greeks[name]) < 1e4 for name in ("price", "delta", "gamma", "theta", "vega", "rho"))


# --- open interest ---


def interest(symbol, right, strike, market=MARKET, now=FRIDAY):
    return market.summary(EquityOption(symbol, DECEMBER, right, Decimal(strike)).streamer, now)["openInterest"]


def test_open_interest_gathers_around_the_money_and_at_round_strikes():
    def total(strikes, right):
        return sum(interest("SPXW", right, strike) for strike in strikes)

    assert total(range(4500, 4700, 5), Right.CALL) > 5 * total(range(3500, 4100, 25), Right.CALL)
    assert total(range(4300, 4500, 5), Right.PUT) > 5 * total(range(5000, 5500, 25), Right.PUT)
    days = [each.day for each in MARKET.chain("SPX", FRIDAY).expirations if each.root == "SPXW"][:20]
    rounds, others = (
        sum(
            MARKET.summary(EquityOption("SPXW", day, Right.CALL, Decimal(strike)).streamer, FRIDAY)["openInterest"]
            for day in days
            for strike in range(4400 + aside, 4700, 100)
        )
        for aside in (0, 5)
    )
    assert rounds > 2 * others


def test_puts_hedge_an_index_and_calls_differ():
    calls, puts = ([interest("SPXW", right, strike) for strike in range(4300, 4720, 20)] for right in Right)
    assert all(one != other for one, other in zip(calls, puts, strict=True))
    below, above = (
        [sum(interest("SPXW", right, strike) for strike in strikes) for right in Right]
        for strikes in (range(4300, 4450, 5), range(4550, 4700, 5))
    )
    assert below[1] > 1.5 * below[0]  # puts below the money, calls above it
    assert above[0] > 1.5 * above[1]
    whole = {right: sum(interest("SPXW", right, strike) for strike in range(4255, 4745, 5)) for right in Right}
    assert whole[Right.PUT] > 0.7 * whole[Right.CALL]


def test_open_interest_stands_all_day_and_is_counted_anew_overnight():
    at_night = [interest("SPXW", Right.CALL, 4500, now=FRIDAY + timedelta(hours=hours)) for hours in (0, 5, 30)]
    assert at_night[0] == at_night[1] != at_night[2]
    other = [interest("SPXW", Right.CALL, 4600, now=FRIDAY + timedelta(hours=hours)) for hours in (0, 30)]
    assert other[1] / other[0] != pytest.approx(at_night[2] / at_night[0], rel=0.01)  # each in its own way
    assert interest("SPXW", Right.CALL, 4500, market=Market(seed=2)) != at_night[0]


def test_volume_only_grows_through_a_day():
    market = Market(seed=1, hours=Hours.EXCHANGE)
    volumes = [market.trade("SPY", FRIDAY + timedelta(minutes=30 * step))["dayVolume"] for step in range(12)]
    assert volumes == sorted(volumes)
    assert volumes[0] < volumes[-1]


# --- candles ---


@pytest.mark.parametrize("interval", ["1d", "d", "5m", "1h", "15s", "1w", "1mo", "3d", "1y"])
@pytest.mark.parametrize("symbol", ["SPY", "SPX", CALL])
@pytest.mark.parametrize("hours", Hours)
def test_candles_come_newest_first_and_are_what_the_sdk_reads(interval, symbol, hours):
    market = Market(seed=1, hours=hours)
    since = FRIDAY - timedelta(days=3 if interval in ("5m", "15s") else 700)
    told = market.candles(symbol, interval, since, FRIDAY)
    assert 1 < len(told) <= MOST
    candles = [dxfeed.Candle.model_validate(each) for each in told]
    assert all(set(each) == fields_of("Candle") for each in told)
    times = [candle.time for candle in candles]
    assert times == sorted(set(times), reverse=True)
    assert times[-1] >= since.timestamp() * 1000
    assert times[0] <= FRIDAY.timestamp() * 1000
    assert candles[0].snapshot_begin
    assert candles[-1].snapshot_end or candles[-1].snapshot_snip
    assert all(candle.event_flags == 0 for candle in candles[1:-1])
    for candle in candles:
        assert candle.low <= min(candle.open, candle.close) <= max(candle.open, candle.close) <= candle.high
        assert candle.event_symbol == f"{symbol}{{={interval}}}"


def test_a_snapshot_that_would_be_too_long_is_cut_and_says_so():
    told = MARKET.candles("SPY", "1m", FRIDAY - timedelta(days=30), FRIDAY)
    assert len(told) == MOST
    assert told[-1]["eventFlags"] == SNIP
    whole = MARKET.candles("SPY", "1h", FRIDAY - timedelta(days=2), FRIDAY)
    assert whole[-1]["eventFlags"] == END


def test_a_single_candle_begins_and_ends_its_snapshot():
    (only,) = MARKET.candles("SPY", "1h", FRIDAY - timedelta(minutes=30), FRIDAY)
    assert only["eventFlags"] == BEGIN | END


@pytest.mark.parametrize(
    ("symbol", "interval", "since"),
    [("QQQQ", "1d", 30), ("SPY", "1t", 30), ("SPY", "0m", 30), ("SPY", "99999m", 1), ("SPY", "", 1), ("SPY", "1d", -9)],
)
def test_where_there_is_nothing_one_event_removes_itself(symbol, interval, since):
    (only,) = MARKET.candles(symbol, interval, FRIDAY - timedelta(days=since), FRIDAY)
    assert only["eventFlags"] == REMOVE | BEGIN | END
    assert only["close"] == "NaN"
    assert dxfeed.Candle.model_validate(only).remove


def test_candles_know_the_hours_of_trading():
    market = Market(seed=1, hours=Hours.EXCHANGE)
    days = [
        datetime.fromtimestamp(each["time"] / 1000, UTC)
        for each in market.candles("SPY", "1d", FRIDAY - timedelta(days=20), SUNDAY)
    ]
    assert days[0].date() == FRIDAY.date()
    assert all(day.weekday() < 5 for day in days)
    hours = [
        datetime.fromtimestamp(each["time"] / 1000, UTC).hour
        for each in market.candles("SPY", "30m", FRIDAY - timedelta(days=1), SUNDAY)
    ]
    assert (min(hours), max(hours)) == (14, 20)
    weeks = market.candles("SPY", "1w", datetime(2026, 10, 1, tzinfo=UTC), FRIDAY)
    assert datetime.fromtimestamp(weeks[0]["time"] / 1000, UTC).date() == date(2026, 11, 16)


def test_the_newest_candle_ends_at_the_last_price():
    for symbol in ("SPY", CALL):
        newest = MARKET.candle(symbol, "5m", FRIDAY + timedelta(seconds=93))
        assert newest["close"] == float(MARKET.quote(symbol, FRIDAY + timedelta(seconds=93)).last)
        assert newest["eventFlags"] == 0
        assert newest == MARKET.candles(symbol, "5m", FRIDAY, FRIDAY + timedelta(seconds=93))[0] | {"eventFlags": 0}
    assert MARKET.candle("NOPE", "5m", FRIDAY) is None
    assert MARKET.candle("SPY", "5 minutes", FRIDAY) is None
