"""The profile in characters: readable in 80 columns, without colour, and on a telephone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow_adapters.signals.drawing.marks import Ink, LevelMark
from tastyflow_adapters.signals.drawing.sketch import sketch_of
from tastyflow_adapters.signals.drawing.terminal import ASCII, NARROWEST, UNICODE, plain, profile
from tastyflow_adapters.signals.drawing.window import StrikeBar, span, window
from tastyflow_adapters.signals.gamma import SignModel
from tests.signals.drawing.drawing_kit import C, P, example, exposure_of

EXAMPLE = """\
  strike                     puts│calls              net, $m
   6,150                         │                         0
   6,100                         │█████████████████     +663 ◀ call wall
   6,050                         │                         0
6,045.10 ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌┼╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ flip
   6,000 ────────────────────────┼───────────────── spot
   6,000                         │██████████████▌       +556
   5,950              ▐██████████│                      -409
   5,900 ▐███████████████████████│                      -918 ◀ put wall
   5,850                         │                         0
net in $m per 1 %, one column is $39.0m"""


def drawn(exposure, *, width=79, most=26, glyphs=UNICODE):
    sketch = sketch_of(exposure)
    shown = window(sketch.bars, *span(sketch.spot, [mark.price for mark in sketch.marks]), most=most)
    return plain(profile(shown, sketch.marks, width=width, glyphs=glyphs, sides=sketch.sides))


def test_the_worked_example_is_drawn_with_both_walls_the_flip_and_the_spot():
    assert drawn(example()) == EXAMPLE


def test_on_a_telephone_it_is_narrow_and_says_the_same():
    told = drawn(example(), width=38, most=12)
    assert max(map(len, told.splitlines())) <= 38
    assert [word in told for word in ("flip", "spot", "◀C", "◀P", "puts│calls")] == [True] * 5


def test_a_terminal_without_blocks_has_letters():
    told = drawn(example(), glyphs=ASCII)
    assert told.isascii()
    assert "###|" in told.replace(" ", "")
    assert "< call wall" in told


sizes = st.floats(min_value=0, max_value=1e10, allow_subnormal=False)
chains = st.lists(st.tuples(sizes, sizes), min_size=1, max_size=120).map(
    lambda each: [StrikeBar(400.0 + n, calls, -puts) for n, (calls, puts) in enumerate(each)]
)


@given(chains, st.floats(380, 540), st.floats(380, 540), st.integers(NARROWEST, 140), st.integers(4, 40), st.booleans())
def test_no_line_is_wider_than_it_may_be_and_no_level_is_lost(bars, spot, flip, width, most, is_ascii):
    marks = (
        LevelMark(max(bars, key=lambda bar: bar.calls).strike, "call wall", Ink.WALL),
        LevelMark(spot, "spot", Ink.SPOT, is_line=True),
        LevelMark(flip, "flip", Ink.FLIP, is_line=True),
    )
    shown = window(bars, 420.0, 480.0, most=most)
    lines = profile(shown, marks, width=width, glyphs=ASCII if is_ascii else UNICODE, sides=("puts", "calls"))
    told = plain(lines)
    assert max(map(len, told.splitlines())) <= max(width, NARROWEST)
    inks = [{piece.ink for piece in line} for line in lines]
    assert [sum(ink in line for line in inks) for ink in (Ink.SPOT, Ink.FLIP, Ink.WALL)] == [1, 1, 1]


@given(chains)
def test_the_longest_bar_is_that_of_the_largest_exposure_and_one_column_counts_the_same_on_both_sides(bars):
    shown = window(bars, 400.0, 400.0 + len(bars) - 1, most=200)
    rows = [line for line in profile(shown, (), width=100) if len(line) == 5]
    lengths = [(len(line[1].text.strip()), len(line[3].text.strip())) for line in rows]
    largest = max(max(row.calls, -row.puts) for row in shown.rows)
    longest = max(map(max, lengths))
    for row, (left, right) in zip(reversed(shown.rows), lengths, strict=True):
        for size, length in ((-row.puts, left), (row.calls, right)):
            assert abs(length - (size / largest * longest if largest else 0)) <= 1.5


def test_where_customers_bought_everything_all_stands_on_one_side():
    told = drawn(example(sign_model=SignModel.DEALERS_SHORT))
    assert "calls and puts│" in told
    assert "│█" not in told
    assert "flip" not in told


def test_a_wall_in_a_row_of_several_strikes_is_named_with_its_own():
    lines = [(5000 + 5 * n, right, 100 if right is C else 300, 0.15) for n in range(400) for right in (C, P)]
    lines[2 * 209] = (6045, C, 9_000, 0.15)
    lines[2 * 180 + 1] = (5900, P, 9_000, 0.15)
    told = drawn(exposure_of(lines), most=12)
    assert "◀ call wall 6,045" in told
    assert "one row spans 50" in told
    assert "◀ put wall\n" in told
    assert "below 5,850: net -" in told


@pytest.mark.parametrize("width", [38, 79])
def test_both_walls_at_one_strike_are_one_mark(width):
    told = drawn(exposure_of([(6000, C, 10_000, 0.15), (6000, P, 10_000, 0.15)]), width=width)
    assert told.count("◀") == 1
