"""
The same arrays through the formulas of two other tools, as they are in their source, and through ours.

    gex-tracker   spot · gamma · open interest · 100 · spot · 0.01, puts negative       dollars per 1 %
    biotep        gamma · open interest · 100 · spot, puts negative                     dollars per $1, labelled "$"
"""

from collections import defaultdict
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.instruments import Right
from tests.signals.gamma.chains import Line, told

NOW = datetime(2026, 11, 18, 15, tzinfo=UTC)
DAYS = (date(2026, 11, 20), date(2026, 12, 18))


@st.composite
def markets(draw):
    spot = draw(st.floats(50, 7_000))
    keys = draw(
        st.lists(
            st.tuples(st.integers(80, 120), st.sampled_from(Right), st.sampled_from(DAYS)),
            min_size=1,
            max_size=30,
            unique=True,
        )
    )
    lines = [
        Line(
            f"{round(spot * percent / 100)}.5",
            right,
            draw(st.integers(0, 90_000)),
            0.2,
            draw(st.floats(1e-6, 1e-3)),
            expiration=day,
        )
        for percent, right, day in keys
    ]
    return spot, list({line.option: line for line in lines}.values())


def gex_tracker(lines, spot):
    """Dollars per 1 %, by strike."""
    by_strike = defaultdict(float)
    for line in lines:
        exposure = spot * line.gamma * line.interest * 100 * spot * 0.01
        by_strike[float(line.strike)] += -exposure if line.right is Right.PUT else exposure
    return by_strike


def biotep(lines, spot):
    """Dollars per $1, by strike: of calls, and of puts."""
    calls, puts = defaultdict(float), defaultdict(float)
    for line in lines:
        (calls if line.right is Right.CALL else puts)[float(line.strike)] += line.gamma * line.interest * 100 * spot
    return calls, puts


@given(markets())
def test_gex_tracker_and_we_agree_at_each_strike_and_in_the_net(market):
    spot, lines = market
    ours, theirs = told(lines, spot=spot, now=NOW).exposure(NOW), gex_tracker(lines, spot)
    scale = sum(abs(each) for each in theirs.values()) + 1
    net = ours.by_strike.net_dollars_per_percent.tolist()
    assert net == pytest.approx([theirs[float(each)] for each in ours.by_strike.strikes], rel=1e-9, abs=1e-12 * scale)
    assert ours.net.dollars_per_percent == pytest.approx(sum(theirs.values()), rel=1e-9, abs=1e-12 * scale)


@given(markets())
def test_biotep_and_we_agree_once_their_dollars_are_read_as_per_dollar(market):
    spot, lines = market
    ours, (calls, puts) = told(lines, spot=spot, now=NOW).exposure(NOW), biotep(lines, spot)
    net = sum(calls.values()) - sum(puts.values())
    scale = sum(calls.values()) + sum(puts.values()) + 1
    assert ours.net.dollars_per_dollar == pytest.approx(net, rel=1e-9, abs=1e-12 * scale)
    assert ours.net.dollars_per_percent == pytest.approx(net * spot / 100, rel=1e-9, abs=1e-12 * scale * spot)
    if ours.call_wall:
        assert calls[float(ours.call_wall.strike)] == pytest.approx(max(calls.values()))
    if ours.put_wall:
        assert puts[float(ours.put_wall.strike)] == pytest.approx(max(puts.values()))


def test_at_6000_the_two_units_lie_sixty_fold_apart():
    lines = [Line("6000", Right.CALL, 1_000, 0.2, 0.001)]
    net = told(lines, now=NOW).exposure(NOW).net
    assert net.dollars_per_percent == pytest.approx(60 * net.dollars_per_dollar)
