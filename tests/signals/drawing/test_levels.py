"""The levels in words: each with its unit, and with what has to be known to believe it."""

from datetime import datetime

from attrs import evolve

from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.signal_rule.figures import DataFault
from tastyflow_adapters.signals.drawing.levels import FAULTS, headline_of, levels_of, title_of, warnings_of
from tastyflow_adapters.signals.drawing.sketch import sketch_of
from tastyflow_adapters.signals.gamma import Repricing, Scope, SignModel
from tests.signals.drawing.drawing_kit import C, example, exposure_of


def rows(exposure):
    return {row.name: (row.value, row.note) for row in levels_of(exposure)}


def test_the_worked_example_in_words():
    said = rows(example())
    assert said["net"] == ("-$107m per 1 %", "-$1.78m per $1; hedging amplifies moves")
    assert said["calls"][0] == "+$1.22bn per 1 %"
    assert said["puts"][0] == "-$1.33bn per 1 %"
    assert said["call wall"] == ("6,100", "1.7 % above, +$663m per 1 %")
    assert said["put wall"] == ("5,900", "1.7 % below, -$918m per 1 %")
    value, note = said["flip"]
    assert value == "6,045.10"
    assert note.startswith("0.8 % above, net positive above it")
    assert said["spot"] == ("6,000", "last trade, 1 s old")
    assert said["coverage"][0] == "100 %"
    assert "naive" in said["signs"]
    assert "assumption" in said["signs"][1]


def test_every_root_is_told_and_one_in_a_tail_is_no_level():
    value, note = rows(example())["other root"]
    assert value == "7,014.10"
    assert "net negative above it" in note
    assert "no level" in note


def test_none_in_range_is_an_answer_with_its_range():
    narrow = example(repricing=Repricing(low_percent=-0.5, high_percent=0.5, step_percent=0.1))
    assert rows(narrow)["flip"] == ("none in range", "net keeps its sign from 5,970 to 6,030")
    assert "no flip in range" in headline_of(narrow)


def test_where_nothing_is_covered_nothing_is_claimed():
    nothing = example(unheard=4)
    said = rows(nothing)
    assert (said["call wall"][0], said["flip"][0], said["coverage"][0]) == ("none", "not known", "0.0 %")
    assert said["net"][0] == "not known"
    assert headline_of(nothing).startswith("net not known")
    assert not {"calls", "puts"} & said.keys()
    assert "$" not in sketch_of(nothing).headline
    assert any("there is no exposure to show" in each for each in warnings_of(nothing))


def test_what_is_missing_lowers_the_coverage_and_it_is_said():
    half = exposure_of([(6000, C, 100, 0.15), (6100, C, 300, 0.15)], unheard=1)
    assert rows(half)["coverage"][0] == "50.0 %"
    assert "coverage 50.0 %" in headline_of(half)
    assert warnings_of(half)[0].startswith("Only 50.0 % of the open interest is covered")


def test_the_scope_and_the_sign_model_are_always_printed():
    other = example(sign_model=SignModel.GROSS, scope=Scope(max_days=45))
    said = rows(other)
    assert said["scope"] == ("0 to 45 days", "1 expiration, 4 contracts")
    assert said["signs"][0] == "gross"
    assert title_of(other) == "SPX gamma exposure, 0 to 45 days"
    assert "amplifies" not in said["net"][1]


def test_each_fault_of_the_data_has_a_sentence():
    assert set(FAULTS) == set(DataFault)
    said = warnings_of(example(), (DataFault.SPOT_JUMPED, DataFault.OLD_INTEREST))
    assert said == (
        "Not to be traded on: the spot jumped further than a market moves.",
        "Not to be traded on: the open interest is of another day than the last close.",
    )


def test_what_a_closed_session_left_is_said_to_be_that():
    left = evolve(example(), at=datetime(2026, 11, 22, 20, tzinfo=NEW_YORK), oldest_age_s=52 * 3600.0)
    assert rows(left)["market"] == (
        "closed",
        "since Fri Nov 20 16:00 New York: figures are as that session left them",
    )


def test_in_the_evening_figures_that_still_move_are_not_said_to_be_of_the_session():
    assert "market" not in rows(evolve(example(), at=datetime(2026, 11, 22, 20, tzinfo=NEW_YORK), oldest_age_s=3.0))


def test_within_a_session_nothing_is_said_of_a_closed_market():
    assert "market" not in rows(evolve(example(), at=datetime(2026, 11, 20, 15, tzinfo=NEW_YORK), oldest_age_s=900.0))
