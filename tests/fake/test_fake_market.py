"""The fake exchange's market data: what is listed, and that its prices make sense."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from fake_orders import CALL, DECEMBER, FRIDAY, SUNDAY
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.domain.expirations import is_trading_day, new_york_date
from tastyflow.domain.instruments import Equity, EquityOption, Right
from tastyflow_adapters.clock import TurnableClock
from tastyflow_adapters.exchange.listings import LISTINGS
from tastyflow_adapters.fake import FakeMarket
from tastyflow_adapters.fake.money import intrinsic

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
PRICED_EVERY = 7  # every so many strikes


def market_at(moment, **settings):
    return FakeMarket(TurnableClock(moment), **settings)


def options(chain):
    for expiration in chain.expirations:
        for strike in expiration.strikes[::PRICED_EVERY]:
            for right in Right:
                yield EquityOption(expiration.root, expiration.day, right, strike)


def test_forty_underlyings_and_more_are_listed():
    assert len(LISTINGS) >= 40
    market = market_at(FRIDAY)
    assert all(market.chain_now(symbol).expirations for symbol in LISTINGS)


@pytest.mark.parametrize("moment", [FRIDAY, SUNDAY], ids=["friday", "sunday"])
def test_the_missions_own_example_is_listed_and_at_the_money(moment):
    market = market_at(moment)
    assert market.lists(CALL)
    assert abs(market.spot("SPY") - 450) < 5
    assert 5 < market.quotes_now([CALL])[CALL].mid < 12
    assert market.session_now().is_open


@pytest.mark.parametrize("symbol", sorted(LISTINGS))
def test_every_quote_stands_on_a_tick_and_respects_what_the_option_is_worth_today(symbol):
    market = market_at(FRIDAY)
    chain, spot = market.chain_now(symbol), market.spot(symbol)
    for option in options(chain):
        quote, tick = market.quotes_now([option])[option], chain.ticks_of(option)
        assert tick.allows(quote.bid), option
        assert tick.allows(quote.ask), option
        assert 0 <= quote.bid < quote.ask, option
        assert quote.ask >= intrinsic(option, spot), option
        assert quote.ask - quote.bid <= 22 * tick.size_at(quote.ask), option
        assert quote.at == FRIDAY


@pytest.mark.parametrize("symbol", sorted(LISTINGS))
def test_strikes_ascend_and_reach_two_fifths_around_the_price(symbol):
    market = market_at(FRIDAY)
    for expiration in market.chain_now(symbol).expirations:
        strikes = expiration.strikes
        assert list(strikes) == sorted(set(strikes))
        assert strikes[0] <= market.spot(symbol) * Decimal("0.6") + 5
        assert strikes[-1] >= market.spot(symbol) * Decimal("1.4")
        assert is_trading_day(expiration.day)


@given(moment=MOMENTS, symbol=st.sampled_from(["SPY", "AAPL", "SPX", "VIX", "F", "A"]))
@settings(max_examples=60, deadline=None)
def test_puts_and_calls_agree_whatever_the_day(moment, symbol):
    market = market_at(moment)
    chain, spot = market.chain_now(symbol), market.spot(symbol)
    for expiration in chain.expirations[::5]:
        for strike in expiration.strikes[::25]:
            call, put = (EquityOption(expiration.root, expiration.day, right, strike) for right in Right)
            quotes = market.quotes_now([call, put])
            parity = spot - strike
            assert quotes[call].bid - quotes[put].ask <= parity <= quotes[call].ask - quotes[put].bid


@given(moment=MOMENTS, symbol=st.sampled_from(sorted(LISTINGS)))
@settings(max_examples=60, deadline=None)
def test_the_chain_follows_from_the_date_alone(moment, symbol):
    again = datetime.combine(new_york_date(moment), datetime.min.time(), UTC) + timedelta(hours=17)
    one, other = market_at(moment).chain_now(symbol), market_at(again).chain_now(symbol)
    assert one == other
    days = [expiration.day for expiration in one.expirations]
    assert days == sorted(days)
    assert len({(expiration.root, expiration.day) for expiration in one.expirations}) == len(days)
    assert days[0] >= new_york_date(moment)


def test_another_process_sees_the_same_prices():
    program = (
        "from fake_orders import CALL, FRIDAY; from tastyflow_adapters.fake import FakeMarket;"
        "from tastyflow_adapters.clock import TurnableClock;"
        "print(FakeMarket(TurnableClock(FRIDAY)).quotes_now([CALL])[CALL].mid)"
    )
    path = f"import sys; sys.path[:0] = {sys.path!r};"
    heard = subprocess.run([sys.executable, "-c", path + program], capture_output=True, text=True, check=True)
    assert Decimal(heard.stdout.strip()) == market_at(FRIDAY).quotes_now([CALL])[CALL].mid


def test_an_index_is_listed_under_two_roots_and_has_no_shares():
    chain = market_at(FRIDAY).chain_now("SPX")
    assert not chain.has_shares
    assert [(each.root, each.settles_am) for each in chain.expirations if each.day == DECEMBER] == [
        ("SPX", True),
        ("SPXW", False),
    ]

    monthly = date(2027, 6, 17)  # the third Friday keeps Juneteenth: the day before
    assert {each.root for each in chain.expirations if each.day == monthly} == {"SPX", "SPXW"}


def test_volatility_expires_on_wednesdays_thirty_days_before_the_standard_monthly():
    chain = market_at(FRIDAY).chain_now("VIX")
    assert date(2026, 12, 16) in {each.day for each in chain.expirations if each.root == "VIX"}
    assert all(each.day.weekday() in (1, 2) for each in chain.expirations)


def test_the_popular_funds_expire_every_trading_day_and_a_quiet_share_once_a_month():
    market = market_at(FRIDAY)
    soon = date(2026, 12, 4)
    assert len([each for each in market.chain_now("SPY").expirations if each.day <= soon]) == 10
    assert [each.day for each in market.chain_now("A").expirations][:3] == [
        date(2026, 11, 20),
        DECEMBER,
        date(2027, 1, 15),
    ]
    assert {each.day for each in market.chain_now("AAPL").expirations} >= {date(2028, 1, 21), date(2029, 1, 19)}


@pytest.mark.anyio
async def test_what_is_not_listed_has_no_chain_and_no_quote():
    market = market_at(FRIDAY)
    unlisted = EquityOption("SPY", DECEMBER, Right.CALL, Decimal("450.5"))
    assert await market.chain("NOPE") is None
    assert await market.quotes([Equity("NOPE"), unlisted]) == {}
    assert "SPY" in [each.symbol for each in await market.similar("SPYY")]


@pytest.mark.anyio
async def test_what_is_listed_has_its_name_and_is_found_by_it():
    market = market_at(FRIDAY)
    assert (await market.chain("FORD")).name == "Forward Industries Inc"
    assert [each.in_words for each in await market.similar("APPLE")] == ["AAPL (Apple Inc)"]
    assert [each.in_words for each in await market.similar("TESLA")] == ["TSLA (Tesla Inc)"]
    assert await market.similar("ZZZZ") == []


def test_regular_hours_close_at_night_and_on_sundays():
    assert market_at(FRIDAY, always_open=False).session_now().changes_at == datetime(2026, 11, 20, 21, tzinfo=UTC)
    closed = market_at(SUNDAY, always_open=False).session_now()
    assert (closed.is_open, closed.changes_at) == (False, datetime(2026, 11, 23, 14, 30, tzinfo=UTC))


def test_a_pinned_quote_holds_until_it_is_let_go():
    market = market_at(FRIDAY)
    before, revision = market.quotes_now([CALL])[CALL], market.revision
    market.pin(CALL, "0", "0.05")
    assert market.quotes_now([CALL])[CALL].ask == Decimal("0.05")
    assert market.revision != revision
    market.unpin()
    assert market.quotes_now([CALL])[CALL] == before
