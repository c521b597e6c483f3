"""Numbers in words: three figures, a sign, and a unit."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow_adapters.signals.drawing.words import age, away, dollars, level, per_dollar, per_percent, share

SIZES = {"": 1.0, "k": 1e3, "m": 1e6, "bn": 1e9}


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (-107_019_000.0, "-$107m"),
        (1_219_275_000.0, "+$1.22bn"),
        (-1_783_644.0, "-$1.78m"),
        (999_960_000.0, "+$1.00bn"),
        (999_400_000.0, "+$999m"),
        (12_345.0, "+$12.3k"),
        (0.0, "$0"),
        (-0.001, "$0"),
        (2.5e12, "+$2,500bn"),
    ],
)
def test_an_amount_has_three_figures_and_its_sign(amount, words):
    assert dollars(amount) == words


@given(st.floats(min_value=1, max_value=1e14), st.sampled_from([1, -1]))
def test_what_is_read_is_what_was_meant_to_three_figures(size, sign):
    sense, figures, letter = re.fullmatch(r"([+-])\$([\d,.]+)(|k|m|bn)", dollars(sign * size)).groups()
    read = float(figures.replace(",", "")) * SIZES[letter]
    assert abs(read - size) <= 0.005 * size
    assert sense == ("+" if sign > 0 else "-")


def test_an_amount_is_never_without_what_it_is_counted_per():
    assert per_percent(-107_019_000.0) == "-$107m per 1 %"
    assert per_dollar(-1_783_644.0) == "-$1.78m per $1"


@given(st.floats(min_value=0, max_value=1, exclude_max=True))
def test_a_part_is_never_rounded_up_to_all(part):
    assert share(part) != "100 %"
    assert float(share(part).removesuffix(" %")) <= 100 * part + 1e-9


def test_what_is_not_known_is_a_dash():
    assert (age(None), share(None), share(1.0)) == ("–", "–", "100 %")


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0 s"), (119.0, "119 s"), (180.0, "3 min"), (9000.0, "2.5 h")])
def test_an_age_is_in_the_unit_that_reads_best(seconds, words):
    assert age(seconds) == words


def test_a_level_is_told_with_its_distance():
    assert (level(6045.0993), level(6100.0)) == ("6,045.10", "6,100")
    assert (away(6100, 6000), away(5900, 6000), away(6001, 6000)) == ("1.7 % above", "1.7 % below", "at the spot")
