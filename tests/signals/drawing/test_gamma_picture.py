"""The picture: its size, that no name stands on another, and that it can be drawn of anything."""

import struct
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow_adapters.signals.drawing.marks import Ink, LevelMark
from tastyflow_adapters.signals.drawing.picture import LETTER, _names, picture
from tastyflow_adapters.signals.drawing.sketch import sketch_of
from tastyflow_adapters.signals.gamma import Repricing, SignModel
from tests.signals.drawing.drawing_kit import C, example, exposure_of


def size_of(drawn):
    assert drawn.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", drawn[16:24])


@pytest.mark.parametrize(
    "exposure",
    [
        pytest.param(lambda: example(), id="the worked example"),
        pytest.param(lambda: example(unheard=4), id="nothing is covered"),
        pytest.param(lambda: example(sign_model=SignModel.DEALERS_SHORT), id="all on one side"),
        pytest.param(
            lambda: example(repricing=Repricing(low_percent=-0.5, high_percent=0.5, step_percent=0.1)), id="no flip"
        ),
        pytest.param(lambda: exposure_of([(9000, C, 10, 0.15)]), id="the wall is far away"),
    ],
)
def test_it_can_be_drawn_of_anything(exposure):
    assert size_of(picture(sketch_of(exposure()))) == (1200, 1000)


def test_the_same_exposure_makes_the_same_picture():
    sketch = sketch_of(example())
    assert picture(sketch) == picture(sketch)


def test_a_picture_says_whose_market_it_shows():
    assert picture(sketch_of(example(), "FAKE")) != picture(sketch_of(example()))


prices = st.lists(st.floats(5000, 7000), min_size=1, max_size=8)


@given(prices)
def test_no_name_of_a_level_stands_on_another(levels):
    low, high = 5500.0, 6500.0
    named = list(_names([LevelMark(price, "call wall", Ink.WALL) for price in levels], low, high))
    assert len(named) == len(levels)
    spans = [(each.tier, each.centre - w, each.centre + w) for each in named for w in [len(each.text) * LETTER * 500]]
    for number, (tier, left, right) in enumerate(spans):
        assert low - 1e-6 <= left <= right <= high + 1e-6
        for other, start, end in spans[number + 1 :]:
            assert tier != other or right < start or end < left


def test_what_lies_outside_is_named_with_an_arrow():
    left, right = _names([LevelMark(100, "put wall", Ink.WALL), LevelMark(900, "call wall", Ink.WALL)], 400, 600)
    assert (left.text, right.text) == ("◀ put wall 100", "call wall 900 ▶")


def test_drawing_opens_no_window_and_keeps_no_figure():
    code = "import sys, tastyflow_adapters.signals.drawing.picture as p; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "False"
