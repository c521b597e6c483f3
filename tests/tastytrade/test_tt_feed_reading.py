"""Events as ticks: what is no number is None, what has no time or no day says nothing, spots are prices."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import inf, isfinite, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.instruments import EquityOption, Right
from tastyflow.ports import SpotSource
from tastyflow_adapters.tastytrade.market.feed_reading import (
    SpotReader,
    columns_of,
    read_greeks,
    read_interest,
    read_open,
)

NOON_MS = 1_795_194_000_000
NOON = datetime.fromtimestamp(NOON_MS / 1000, UTC)
FRIDAY = date(2026, 11, 20)
FRIDAY_ID = (FRIDAY - date(1970, 1, 1)).days
CALL = EquityOption("SPXW", FRIDAY, Right.CALL, Decimal(4500))
PUT = EquityOption("SPXW", FRIDAY, Right.PUT, Decimal("4500.5"))
OPTIONS = {each.streamer: each for each in (CALL, PUT)}

ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.sampled_from(["NaN", "Infinity", "-Infinity", "1e9999", "", "12", "abc"]),
    st.text(max_size=60),
)


class StandingClock:
    """A clock that stands until it is turned."""

    def __init__(self):
        self.at = NOON

    def now(self):
        return self.at

    def monotonic(self):
        return self.at.timestamp()


def spot(*, is_index):
    clock = StandingClock()
    return SpotReader(is_index=is_index, clock=clock), clock


@given(st.lists(st.tuples(st.sampled_from([*OPTIONS, "SPX", ""]), ANYTHING, ANYTHING, ANYTHING)))
def test_no_figure_that_a_feed_sends_gets_through_unless_it_is_a_number_within_bounds(rows):
    columns = tuple(list(column) for column in zip(*rows, strict=True)) or ([], [], [], [])
    for tick in read_greeks(columns, OPTIONS):
        assert all(value is None or (isfinite(value) and abs(value) <= 1e9) for value in (tick.gamma, tick.volatility))
        assert tick.at.year < 2101
    for tick in read_interest(columns, OPTIONS):
        assert tick.contracts is None or 0 <= tick.contracts <= 10**9
        assert isinstance(tick.contracts, int | None)
        assert 2000 <= tick.day.year < 2100
    assert all(tick.price > 0 for tick in read_open(columns, "SPX"))


@given(ANYTHING, ANYTHING, ANYTHING, ANYTHING, st.booleans())
def test_a_spot_is_a_price_or_none_whatever_is_quoted(bid, ask, bid_ms, ask_ms, is_index):
    reader, clock = spot(is_index=is_index)
    clock.at += timedelta(minutes=1)
    for tick in (reader.quote(bid, ask, bid_ms, ask_ms), reader.trade(bid, ask_ms), reader.quote(bid, ask, 0, 0)):
        assert tick is None or tick.price is None or (isfinite(tick.price) and tick.price > 0)


@pytest.mark.parametrize("nothing", [nan, inf, -inf, "NaN", None, True, 1e12])
def test_greeks_without_a_number_are_none_and_never_zero(nothing):
    (tick,) = read_greeks(([CALL.streamer], [NOON_MS], [nothing], [nothing]), OPTIONS)
    assert (tick.option, tick.gamma, tick.volatility, tick.at) == (CALL, None, None, NOON)


def test_open_interest_that_is_no_whole_number_of_contracts_is_not_known():
    columns = ([CALL.streamer] * 4, [FRIDAY_ID] * 4, [12.0, 12.5, -1, "NaN"], [1.0] * 4)
    assert [tick.contracts for tick in read_interest(columns, OPTIONS)] == [12, None, None, None]


def test_the_first_price_of_the_day_is_of_the_underlying_alone():
    columns = (["SPX", CALL.streamer], [FRIDAY_ID] * 2, [0, 5], [4521.5, 20.0])
    assert [(tick.price, tick.day) for tick in read_open(columns, "SPX")] == [(4521.5, FRIDAY)]


def test_rows_are_read_by_the_names_of_their_fields_compact_or_full():
    order = ("eventSymbol", "eventTime", "time", "volatility", "gamma")
    wanted = ("eventSymbol", "gamma")
    compact = ["Greeks", ["A", 0, 1, 0.2, 0.01, "B", 0, 2, 0.3, 0.02]]
    full = [{"eventSymbol": "A", "gamma": 0.01}, {"eventSymbol": "B", "gamma": 0.02, "more": 1}]
    for message in (compact, full):
        assert [list(map(list, columns)) for columns in columns_of(message, order, wanted)] == [
            [["A", "B"], [0.01, 0.02]]
        ]
    with pytest.raises(ValueError, match="come out even"):
        list(columns_of(["Greeks", ["A", 0, 1, 0.2]], order, wanted))


def test_an_index_has_its_trades_and_a_quote_only_where_none_is_heard():
    reader, clock = spot(is_index=True)
    assert reader.quote(4500, 4510, NOON_MS, NOON_MS) is None
    clock.at += timedelta(seconds=11)
    assert reader.quote(4500, 4510, NOON_MS, NOON_MS).source is SpotSource.MID
    assert reader.trade(4507.5, NOON_MS).price == 4507.5
    assert reader.quote(4500, 4510, NOON_MS, NOON_MS) is None


def test_shares_have_the_middle_of_their_market_and_none_where_it_is_crossed():
    reader, _ = spot(is_index=False)
    assert reader.trade(449.0, NOON_MS).source is SpotSource.TRADE  # there is nothing else yet
    middle = reader.quote(449.98, 450.02, NOON_MS, NOON_MS + 5)
    assert (middle.price, middle.source) == (450.0, SpotSource.MID)
    assert reader.trade(447.0, NOON_MS) is None
    crossed = reader.quote(450.10, 450.02, NOON_MS, NOON_MS)
    assert (crossed.price, crossed.is_crossed) == (None, True)


@pytest.mark.parametrize(("bid", "ask"), [("NaN", 450.0), (450.0, "NaN"), (0, 450.0), (300.0, 450.0)])
def test_the_last_trade_counts_where_the_market_says_no_price(bid, ask):
    reader, _ = spot(is_index=False)
    assert reader.quote(bid, ask, NOON_MS, NOON_MS) is None
    reader.trade(449.5, NOON_MS)
    tick = reader.quote(bid, ask, NOON_MS + 9_000, NOON_MS + 9_000)
    assert (tick.price, tick.source, tick.at) == (449.5, SpotSource.TRADE, NOON)


def test_a_quote_without_times_is_of_the_moment_at_which_it_is_heard():
    reader, clock = spot(is_index=False)
    assert reader.quote(449.0, 450.0, 0, 0).at == clock.now()
