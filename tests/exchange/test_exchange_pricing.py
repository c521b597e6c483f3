"""The stage set's prices: what was quoted when the fake was written is quoted for ever."""

from datetime import date
from decimal import Decimal
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.domain.instruments import Equity, EquityOption, Right, from_occ
from tastyflow_adapters.exchange.chains import LEAPS_AFTER, build_chain, strikes
from tastyflow_adapters.exchange.listings import LISTINGS, NICKELS
from tastyflow_adapters.exchange.pricing import (
    DAILY_SWING,
    bid_and_ask,
    market_around,
    spot_on,
    theoretical,
    volatility_at,
    years_to,
)

FRIDAY = date(2026, 11, 20)
LISTED_LATER = ("FORD", "ES")


def every_ninth(symbol):
    """Of the whole ladders, as they were listed then: what has a price today has the same one."""
    for expiration in build_chain(LISTINGS[symbol], FRIDAY).expirations[::3]:
        for strike in strikes(LISTINGS[symbol], sparse=expiration.day - FRIDAY > LEAPS_AFTER)[::9]:
            for right in Right:
                yield EquityOption(expiration.root, expiration.day, right, strike)


def test_no_price_has_changed_by_a_cent():
    """
    Recorded in release 0.1. Whoever changes it changes every demo, every recorded history and every screenshot.

    The root of options on BRK/B was spelt with a slash then; its prices are the same.
    """
    told = sha256()
    for symbol in (each for each in LISTINGS if each not in LISTED_LATER):
        for instrument in (Equity(symbol), *every_ninth(symbol)):
            bid, ask = bid_and_ask(instrument, FRIDAY)
            spelt = instrument.occ.replace("BRKB  ", "BRK/B ")
            told.update(f"{spelt} {bid} {ask}\n".encode())
    assert told.hexdigest() == "8e8002eb5779221cd8a8e52f1bb51adaba1e4df7c7be8beb0bd5841bd0722072"


@pytest.mark.parametrize(
    ("symbol", "bid", "ask"),
    [
        ("SPY", "449.96", "449.98"),
        ("SPX", "4521.31", "4521.31"),
        ("BRK/B", "354.88", "354.90"),
        ("SPY   261218C00450000", "7.96", "8.07"),
        ("SPXW  261218P04500000", "64.90", "65.80"),
        ("AAPL  261120C00190000", "0.25", "0.28"),
        ("VIX   261216C00014000", "1.39", "1.43"),
    ],
)
def test_a_few_prices_by_name(symbol, bid, ask):
    assert bid_and_ask(from_occ(symbol), FRIDAY) == (Decimal(bid), Decimal(ask))


@given(day=st.dates(date(2020, 1, 1), date(2035, 1, 1)), symbol=st.sampled_from(sorted(LISTINGS)))
@settings(max_examples=60, deadline=None)
def test_a_day_stays_near_the_listing(day, symbol):
    listing = LISTINGS[symbol]
    assert abs(spot_on(listing, day) - listing.price) <= listing.price * Decimal(DAILY_SWING) + Decimal("0.01")
    assert spot_on(listing, day) == spot_on(listing, day)


@given(strike=st.floats(50, 200), vol=st.floats(0.1, 1.0), years=st.floats(0.001, 3))
@settings(max_examples=60, deadline=None)
def test_puts_and_calls_agree(strike, vol, years):
    call, put = (theoretical(right, strike, 100.0, vol, years=years) for right in Right)
    assert call - put == pytest.approx(100.0 - strike, abs=1e-9)
    assert call >= max(100.0 - strike, 0.0)


@given(value=st.decimals(0, 500, places=4))
@settings(max_examples=60, deadline=None)
def test_a_market_stands_on_ticks_around_its_value(value):
    bid, ask = market_around(float(value), NICKELS)
    assert 0 <= bid <= value <= ask
    assert NICKELS.allows(bid)
    assert NICKELS.allows(ask)
    assert ask - bid >= 2 * NICKELS.size_at(bid) or bid == 0


def test_the_smile_is_dearest_below_the_money():
    assert volatility_at(0.2, 0.0) == 0.2
    assert volatility_at(0.2, -0.2) > volatility_at(0.2, 0.2)
    assert volatility_at(0.2, 1.0) > 0.2


def test_the_last_day_counts_half():
    option = EquityOption("SPY", FRIDAY, Right.CALL, Decimal(450))
    assert years_to(option, FRIDAY) == 0.5 / 365
