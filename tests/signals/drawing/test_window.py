"""Which strikes are shown: around the spot, and nothing is lost of what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow_adapters.signals.drawing.window import FARTHEST, NEAREST, StrikeBar, span, window

amounts = st.floats(min_value=-1e9, max_value=1e9)
chains = st.builds(
    lambda first, gap, sizes: [StrikeBar(first + gap * n, abs(c), -abs(p)) for n, (c, p) in enumerate(sizes)],
    st.sampled_from([50.0, 380.0, 5000.0]),
    st.sampled_from([0.5, 1.0, 2.5, 5.0, 25.0]),
    st.lists(st.tuples(amounts, amounts), min_size=1, max_size=300),
)


@given(chains, st.floats(0.8, 1.2), st.floats(0.01, 0.3), st.integers(8, 60))
def test_what_is_shown_and_what_lies_beyond_is_everything(bars, where, reach, most):
    spot = bars[len(bars) // 2].strike * where
    shown = window(bars, spot * (1 - reach), spot * (1 + reach), most=most)
    assert 1 <= len(shown.rows) <= most
    everything = sum(bar.net for bar in bars)
    parts = sum(row.net for row in shown.rows) + shown.below + shown.above
    assert parts == pytest.approx(everything, abs=1e-3)


@given(chains, st.floats(0.01, 0.3), st.integers(8, 60))
def test_each_row_holds_the_strikes_from_its_edge_on(bars, reach, most):
    spot = bars[len(bars) // 2].strike
    shown = window(bars, spot * (1 - reach), spot * (1 + reach), most=most)
    for bar in bars:
        number = shown.row_of(bar.strike)
        if number is not None:
            assert shown.rows[number].strike <= bar.strike + 1e-6
            assert bar.strike < shown.rows[number].strike + shown.step


def test_it_reaches_to_the_levels_that_are_near_and_not_to_those_that_are_far():
    low, high = span(6000, [6100, 5900, 6045])
    assert low < 5900 < 6100 < high
    assert 6000 - low == high - 6000
    assert span(6000, [6000 * (1 + 2 * FARTHEST)]) == span(6000, []) == pytest.approx((5850, 6150))
    assert NEAREST == 0.025


def test_a_chain_without_contracts_has_empty_rows_and_nothing_beyond():
    shown = window([], 95.0, 105.0, most=20)
    assert (shown.below, shown.above) == (0.0, 0.0)
    assert {row.net for row in shown.rows} == {0.0}
