"""Quotes and hours as the venue writes them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.domain.venue import Quote
from tastyflow.ports import MarketSession
from tastyflow_adapters.tastytrade.market.quote_reading import (
    read_market_data,
    read_quote_event,
    read_session,
    read_time,
)

NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
THEN = datetime(2026, 8, 24, 17, 58, 51, 35_000, tzinfo=UTC)
ITEM = {
    "symbol": "AAPL",
    "bid": "312.01",
    "ask": "312.02",
    "mark": "312.0151",
    "updated-at": "2026-08-24T17:58:51.035Z",
}


def test_a_quote_is_read_with_the_venues_own_time():
    assert read_market_data(ITEM, NOW, is_level=False) == Quote(Decimal("312.01"), Decimal("312.02"), THEN)


@pytest.mark.parametrize("missing", ["NaN", None, "", "0.0", "-1", 0, "x"])
def test_a_side_that_is_not_there_is_zero(missing):
    quote = read_market_data(ITEM | {"bid": missing}, NOW, is_level=False)
    assert (quote.bid, quote.ask) == (0, Decimal("312.02"))
    assert not quote.is_two_sided


def test_a_crossed_quote_is_told_as_it_is():
    quote = read_market_data(ITEM | {"bid": "312.10"}, NOW, is_level=False)
    assert quote.bid > quote.ask
    assert not quote.is_two_sided


def test_an_index_has_a_level_and_no_sides():
    level = {"symbol": "VIX", "mark": "17.25", "last": "17.2", "updated-at": "x"}
    assert read_market_data(level, NOW, is_level=True) == Quote(Decimal("17.25"), Decimal("17.25"), NOW)
    assert read_market_data({"last": "17.2"}, NOW, is_level=True).ask == Decimal("17.2")


def test_an_item_without_sides_that_is_no_index_is_no_quote():
    assert read_market_data({"symbol": "AAPL", "mark": "312"}, NOW, is_level=False) is None
    assert read_market_data({"symbol": "VIX"}, NOW, is_level=True) is None


def test_a_quote_event_is_as_old_as_its_later_side():
    fields = {"bidTime": 1782000000000, "askTime": 1782000001000, "bidPrice": 1.23, "askPrice": 1.25}
    quote = read_quote_event(fields, NOW)
    assert quote == Quote(Decimal("1.23"), Decimal("1.25"), datetime.fromtimestamp(1782000001, UTC))


@pytest.mark.parametrize("time", [0, "NaN", None, -5, 1e300, "x"])
def test_an_event_without_a_time_is_of_now(time):
    quote = read_quote_event({"bidTime": time, "askTime": time, "bidPrice": "NaN", "askPrice": 1.25}, NOW)
    assert quote == Quote(Decimal(0), Decimal("1.25"), NOW)


def item(state, **times):
    return {"instrument-collection": "Equity", "state": state} | {
        name.replace("_", "-"): at for name, at in times.items()
    }


def test_an_open_market_changes_when_it_closes():
    hours = item("Open", open_at="2026-11-20T14:30:00Z", close_at="2026-11-20T21:00:00.000+00:00")
    assert read_session(hours, NOW) == MarketSession(True, datetime(2026, 11, 20, 21, tzinfo=UTC))


@pytest.mark.parametrize("state", ["Closed", "Pre-market", "Extended", "Halted", None])
def test_a_market_in_any_other_state_is_not_open_for_options(state):
    assert not read_session(item(state), NOW).is_open


def test_before_the_opening_it_changes_at_the_opening_and_after_the_close_at_the_next_one():
    monday = {"open-at": "2026-11-23T14:30:00Z"}
    hours = item("Pre-market", open_at="2026-11-20T14:30:00Z", close_at="2026-11-20T21:00:00Z", next_session=monday)
    early, late = NOW - timedelta(hours=2), NOW + timedelta(hours=6)
    assert read_session(hours, early).changes_at == datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
    assert read_session(hours, late).changes_at == datetime(2026, 11, 23, 14, 30, tzinfo=UTC)


def test_hours_that_say_nothing_readable_change_at_no_known_moment():
    assert read_session({"state": "Closed", "open-at": 7, "next-session": "x"}, NOW) == MarketSession(False, None)


def test_a_time_without_a_zone_is_utc():
    assert read_time("2026-11-20T16:00:00") == NOW
    assert read_time("2026-11-20T11:00:00-05:00").tzinfo is UTC


anything = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20) | st.just([]) | st.just({})


fields_of = [
    "bid",
    "ask",
    "mark",
    "last",
    "updated-at",
    "bidTime",
    "askTime",
    "bidPrice",
    "askPrice",
    "state",
    "open-at",
    "close-at",
    "next-session",
]


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(fields_of), anything))
def test_odd_figures_are_never_an_error_and_never_a_negative_price(fields):
    quotes = [read_quote_event(fields, NOW), read_market_data(fields, NOW, is_level=True)]
    assert all(quote.bid >= 0 and quote.ask >= 0 and quote.at.tzinfo for quote in quotes if quote)
    assert read_session(fields, NOW).is_open is (fields.get("state") == "Open")
