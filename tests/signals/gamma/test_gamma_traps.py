"""What goes wrong with gamma exposure elsewhere, each as a story with its outcome."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import inf, nan
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from tastyflow.domain.instruments import EquityOption, Right
from tastyflow.errors import Invalid
from tastyflow_adapters.config.gex_choices import SIGN_MODELS
from tastyflow_adapters.signals.gamma import GammaBook, Repricing, Scope, SignModel, closed_since, settles_by_root
from tests.signals.gamma.chains import (
    DECEMBER,
    GOLDEN,
    MINUTES_A_YEAR,
    SUMMARY,
    THIRTY_DAYS_BEFORE,
    Line,
    bs_gamma,
    told,
)

CALL, PUT = Right.CALL, Right.PUT
NEW_YORK = ZoneInfo("America/New_York")


def new_york(*when):
    return datetime(*when, tzinfo=NEW_YORK)


def seen(lines, now=THIRTY_DAYS_BEFORE, **choices):
    return told(lines, now=now, **choices).exposure(now)


# --- strikes ---


def test_a_strike_of_450_50_is_not_450():
    lines = [Line("450", CALL, 100, 0.2, 0.01), Line("450.5", CALL, 300, 0.2, 0.01), Line("450.125", PUT, 7, 0.2, 0.01)]
    found = seen(lines, spot=450.0)
    assert found.by_strike.strikes == (Decimal(450), Decimal("450.125"), Decimal("450.5"))
    assert found.by_strike.calls_shares_per_dollar.tolist() == pytest.approx([100.0, 0.0, 300.0])
    assert found.call_wall.strike == Decimal("450.5")
    assert found.as_json()["by_strike"]["strikes"] == ["450", "450.125", "450.5"]


def test_the_strike_with_the_most_open_interest_is_no_wall_for_that():
    lines = [Line("6000", CALL, 1_000, 0.2, 0.002), Line("7000", CALL, 50_000, 0.2, 1e-6)]
    assert seen(lines).call_wall.strike == Decimal(6000)


def test_of_walls_alike_the_one_nearer_to_the_spot_is_taken():
    lines = [Line("5800", CALL, 1_000, 0.2, 0.002), Line("6050", CALL, 1_000, 0.2, 0.002)]
    assert seen(lines).call_wall.strike == Decimal(6050)


def test_without_puts_there_is_no_put_wall_and_no_flip():
    found = seen([Line("6000", CALL, 1_000, 0.2)])
    assert (found.put_wall, found.flip, found.roots) == (None, None, ())


# --- time ---


def test_the_morning_root_settles_six_and_a_half_hours_before_the_other_on_one_date():
    lines = [Line("6000", CALL, 100, 0.2, root="SPX"), Line("6000", CALL, 100, 0.2, root="SPXW")]
    now = new_york(2026, 12, 17, 16, 0)
    first, second = seen(lines, now).by_expiration
    assert (first.root, first.minutes, first.settles_at) == ("SPX", 17.5 * 60, new_york(2026, 12, 18, 9, 30))
    assert (second.root, second.minutes, second.settles_at) == ("SPXW", 24 * 60, new_york(2026, 12, 18, 16, 0))
    assert first.net.dollars_per_percent > second.net.dollars_per_percent


def test_once_the_morning_root_has_settled_it_counts_no_more():
    lines = [Line("6000", CALL, 100, 0.2, 0.001, root="SPX"), Line("6000", CALL, 100, 0.2, 0.001, root="SPXW")]
    book = told(lines, now=new_york(2026, 12, 18, 9, 29))
    before, after = book.exposure(new_york(2026, 12, 18, 9, 29)), book.exposure(new_york(2026, 12, 18, 9, 30))
    assert [each.root for each in before.by_expiration] == ["SPX", "SPXW"]
    assert [each.root for each in after.by_expiration] == ["SPXW"]
    assert after.net.shares_per_dollar == pytest.approx(before.net.shares_per_dollar / 2)
    assert (after.coverage.contracts, after.coverage.settled) == (1, 1)


def test_todays_options_are_counted_by_the_minute():
    lines = [Line("6000", CALL, 100, 0.2), Line("6010", PUT, 100, 0.2)]
    day = (2026, 12, 18)
    found = seen(lines, new_york(*day, 15, 0))
    assert found.by_expiration[0].minutes == 60
    expected = 100 * 100 * bs_gamma(6000, 6000, 0.2, 60 / MINUTES_A_YEAR)
    net_of_calls = found.repriced.profile.calls_dollars_per_percent[found.repriced.profile.spots == 6000.0]
    assert net_of_calls.tolist() == pytest.approx([expected * 6000 * 6000 / 100])
    assert (found.floored, found.capped) == (0, 0)


def test_in_the_last_minutes_the_least_time_and_the_highest_gamma_act_and_it_is_said():
    lines = [Line("6000", CALL, 100, 0.2, 50.0), Line("6000", PUT, 100, 0.2, 0.001)]
    found = seen(lines, new_york(2026, 12, 18, 15, 58))
    highest = bs_gamma(6000, 6000, 0.2, 5 / MINUTES_A_YEAR)
    assert (found.floored, found.capped) == (2, 1)
    assert found.calls.shares_per_dollar == pytest.approx(highest * 100 * 100, rel=1e-6)
    assert found.repriced.net.shares_per_dollar == pytest.approx(0, abs=1e-6)
    of_calls = found.repriced.profile.calls_dollars_per_percent[found.repriced.profile.spots == 6000.0]
    assert of_calls.tolist() == pytest.approx([highest * 100 * 100 * 6000 * 6000 / 100], rel=1e-3)
    assert seen(lines, new_york(2026, 12, 18, 15, 58), repricing=Repricing(floor_min=1)).floored == 0


def test_on_a_half_day_the_close_is_at_one():
    friday = date(2026, 11, 27)
    lines = [Line("6000", CALL, 100, 0.2, 0.001, expiration=friday)]
    book = told(lines, now=new_york(2026, 11, 27, 12, 0))
    assert book.exposure(new_york(2026, 11, 27, 12, 0)).by_expiration[0].minutes == 60
    assert book.exposure(new_york(2026, 11, 27, 13, 0)).coverage.contracts == 0


@pytest.mark.parametrize(
    ("friday", "monday", "hours"),
    [
        ((2026, 3, 6), (2026, 3, 9), 71),  # forward: the night has an hour less
        ((2026, 10, 30), (2026, 11, 2), 73),
        ((2026, 11, 6), (2026, 11, 9), 72),
    ],
)
def test_over_a_change_of_the_clock_the_minutes_are_those_that_pass(friday, monday, hours):
    lines = [Line("6000", CALL, 100, 0.2, 0.001, expiration=date(*monday))]
    for now in (new_york(*friday, 16, 0), new_york(*friday, 16, 0).astimezone(UTC)):
        assert seen(lines, now).by_expiration[0].minutes == hours * 60


def test_the_day_is_new_yorks_and_not_that_of_utc():
    lines = [Line("6000", CALL, 100, 0.2, 0.001, expiration=date(2026, 11, 20))]
    late = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # 21:00 on the 19th in New York
    assert seen(lines, late).by_expiration[0].days == 1
    assert seen(lines, late, scope=Scope(max_days=0)).coverage.contracts == 0
    assert seen(lines, late + timedelta(hours=4), scope=Scope(max_days=0)).coverage.contracts == 1


def test_an_expiration_on_a_closed_day_settles_on_the_trading_day_before():
    assert settles_by_root("SPXW", date(2026, 6, 19)) == new_york(2026, 6, 18, 16, 0)  # Juneteenth
    assert settles_by_root("SPX", date(2026, 6, 19)) == new_york(2026, 6, 18, 9, 30)


def test_a_listing_may_say_when_a_root_settles():
    at = new_york(2026, 12, 18, 12, 0)
    found = seen([Line("6000", CALL, 100, 0.2, 0.001)], new_york(2026, 12, 18, 11, 0), settles_at=lambda *_: at)
    assert found.by_expiration[0].minutes == 60


# --- a book that is carried over midnight and settlements ---


def test_a_window_of_days_moves_with_the_days():
    days = [date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20)]
    lines = [Line("6000", CALL, 100 * (i + 1), 0.2, 0.001, expiration=day) for i, day in enumerate(days)]
    book = told(lines, now=new_york(2026, 11, 18, 10, 0), scope=Scope(max_days=1))
    figures = [
        book.levels(now).net.shares_per_dollar
        for now in (
            new_york(2026, 11, 18, 15, 59),
            new_york(2026, 11, 18, 16, 0),
            new_york(2026, 11, 19, 0, 0),
            new_york(2026, 11, 19, 16, 0),
            new_york(2026, 11, 20, 16, 0),
        )
    ]
    assert figures == pytest.approx([30, 20, 50, 30, 0])


# --- what is not known ---


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"gamma": nan}, "without_gamma"),
        ({"gamma": inf}, "without_gamma"),
        ({"gamma": -0.001}, "without_gamma"),
        ({"volatility": nan, "gamma": 0.001}, "without_volatility"),
        ({"volatility": 0.0, "gamma": 0.001}, "without_volatility"),
        ({"volatility": None, "gamma": 0.001}, "without_volatility"),
        ({"volatility": -0.2, "gamma": 0.001}, "without_volatility"),
        ({"volatility": 500.0, "gamma": 0.001}, "without_volatility"),
        ({"interest": None}, "without_interest"),
        ({"interest": -5}, "without_interest"),
        ({"interest": 10**18}, "without_interest"),
    ],
)
def test_what_is_no_figure_takes_its_contract_out_of_coverage_and_counts_neither_zero_nor_endless(change, reason):
    lines = [evolve(GOLDEN[0], **change), *GOLDEN[1:]]
    found, without = seen(lines), seen(GOLDEN[1:])
    assert found.net == without.net
    assert [root.spot for root in found.roots] == [root.spot for root in without.roots]
    assert (found.coverage.contracts, found.coverage.covered, getattr(found.coverage, reason)) == (4, 3, 1)
    assert found.coverage.share_of_contracts == 0.75
    assert found.coverage.share_of_open_interest < 0.8


def test_the_share_of_open_interest_weighs_what_is_missing():
    lines = [Line("6000", CALL, 900, 0.2, 0.001), Line("6100", CALL, 100, 0.2, nan), Line("6200", CALL, 0, 0.2, nan)]
    assert seen(lines).coverage.share_of_open_interest == pytest.approx(0.9)
    unknown = [*lines[:2], Line("6200", CALL, None, 0.2, 0.001)]
    assert seen(unknown).coverage.share_of_open_interest == pytest.approx(0.9 * 2 / 3)


def test_a_contract_of_which_nothing_was_told_is_not_covered():
    book = GammaBook([line.option for line in GOLDEN])
    book.take_spot(6000.0, "trade", THIRTY_DAYS_BEFORE)
    found = book.exposure(THIRTY_DAYS_BEFORE)
    assert (found.coverage.covered, found.coverage.contracts, found.coverage.share_of_open_interest) == (0, 4, 0.0)
    assert (found.net.dollars_per_percent, found.repriced, found.flip, found.call_wall) == (0.0, None, None, None)
    assert (found.oldest_interest_day, found.at_the_money_volatility) == (None, None)


def test_a_figure_that_becomes_unknown_is_forgotten():
    book = told(GOLDEN)
    book.take_greeks(0, None, 0.17, THIRTY_DAYS_BEFORE)
    assert book.exposure(THIRTY_DAYS_BEFORE).net == seen(GOLDEN[1:]).net


IN_SESSION = new_york(2026, 11, 18, 10, 30)


def test_a_stale_contract_is_out_of_coverage_until_it_is_told_anew():
    now = IN_SESSION
    book = told(GOLDEN, now=now, greatest_age_s=60)
    for index in (1, 2, 3):
        book.take_greeks(index, 0.001, 0.2, now + timedelta(seconds=30))
    at = now + timedelta(seconds=60)
    assert book.exposure(at).coverage.covered == 4
    assert book.exposure(at).oldest_age_s == 60
    late = book.exposure(at + timedelta(seconds=1))
    assert (late.coverage.covered, late.coverage.stale, late.put_wall.strike) == (3, 1, Decimal(5950))
    book.take_greeks(0, 0.001, 0.2, at)
    assert book.exposure(at + timedelta(seconds=1)).coverage.covered == 4
    assert book.exposure(at + timedelta(hours=1)).coverage.covered == 0


def test_one_stale_contract_of_many_goes_alone_and_its_open_interest_does_not_bring_it_back():
    now = IN_SESSION
    lines = [Line(f"{strike}", CALL, 100, 0.2, 0.001) for strike in range(5_000, 5_060)]
    book = told(lines, now=now, greatest_age_s=60)
    for index in range(1, len(lines)):
        book.take_greeks(index, 0.001, 0.2, now + timedelta(seconds=30))
    later = now + timedelta(seconds=61)
    for _ in range(2):
        levels = book.levels(later)
        assert (levels.coverage.covered, levels.coverage.stale) == (59, 1)
        assert levels.net.shares_per_dollar == pytest.approx(59 * 10)
        book.take_interest(0, 700, SUMMARY)


def test_what_a_clock_that_was_ahead_made_stale_counts_again_once_it_is_set_back():
    now = IN_SESSION
    book = told(GOLDEN, now=now, greatest_age_s=60)
    sound = book.levels(now)
    assert book.levels(now + timedelta(hours=1)).coverage.covered == 0
    assert book.levels(now).coverage == sound.coverage
    assert book.levels(now).net == sound.net


def test_a_tick_that_is_old_when_it_comes_is_stale_at_once():
    now = IN_SESSION
    book = told(GOLDEN, now=now, greatest_age_s=60)
    assert book.levels(now).coverage.covered == 4
    book.take_greeks(0, 0.001, 0.2, now - timedelta(seconds=61))
    assert book.levels(now).coverage.covered == 3


SUNDAY = new_york(2026, 11, 22, 20, 0)
LAST_CLOSE = new_york(2026, 11, 20, 16, 0)
NEXT_OPEN = new_york(2026, 11, 23, 9, 30)
INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize("now", [LAST_CLOSE, LAST_CLOSE + timedelta(hours=1), SUNDAY, NEXT_OPEN - INSTANT])
def test_while_the_market_is_closed_a_chain_is_what_its_last_session_left(now):
    book = told(GOLDEN, now=LAST_CLOSE - timedelta(minutes=10), greatest_age_s=600)
    assert book.levels(now).coverage.covered == 4
    assert book.levels(now).oldest_age_s == pytest.approx((now - LAST_CLOSE).total_seconds() + 600)


@pytest.mark.parametrize("now", [LAST_CLOSE, SUNDAY, NEXT_OPEN - INSTANT])
def test_what_was_old_at_the_close_does_not_count_while_the_market_is_closed(now):
    book = told(GOLDEN, now=LAST_CLOSE - timedelta(minutes=10) - INSTANT, greatest_age_s=600)
    assert book.levels(now).coverage.covered == 0


def test_at_the_open_nothing_of_the_session_before_counts_any_more():
    book = told(GOLDEN, now=LAST_CLOSE, greatest_age_s=600)
    assert book.levels(NEXT_OPEN - INSTANT).coverage.covered == 4
    assert book.levels(NEXT_OPEN).coverage.covered == 0


@pytest.mark.parametrize(
    ("close", "next_open"),
    [
        (new_york(2026, 11, 27, 13, 0), new_york(2026, 11, 30, 9, 30)),  # a half day
        (new_york(2026, 11, 25, 16, 0), new_york(2026, 11, 27, 9, 30)),  # Thanksgiving lies between
        (new_york(2026, 10, 30, 16, 0), new_york(2026, 11, 2, 9, 30)),  # the clock is set back on the Sunday
    ],
)
def test_sessions_are_those_of_the_exchange(close, next_open):
    book = told(GOLDEN, now=close - timedelta(minutes=10), greatest_age_s=600)
    assert book.levels(next_open - INSTANT).coverage.covered == 4
    assert book.levels(next_open).coverage.covered == 0
    assert closed_since(close) is None
    assert closed_since(close + INSTANT) == closed_since(next_open - INSTANT) == close
    assert closed_since(next_open) is None


def test_a_tick_of_the_evening_counts_until_the_open():
    book = told(GOLDEN, now=LAST_CLOSE + timedelta(minutes=20), greatest_age_s=600)
    assert book.levels(SUNDAY).coverage.covered == 4
    assert book.levels(NEXT_OPEN).coverage.covered == 0


@pytest.mark.parametrize("price", [None, nan, 0.0, -1.0, inf])
def test_without_a_spot_there_is_no_exposure(price):
    book = told(GOLDEN)
    book.take_spot(price, "mid", THIRTY_DAYS_BEFORE)
    for ask in (book.exposure, book.levels, book.repricing_job):
        with pytest.raises(Invalid) as caught:
            ask(THIRTY_DAYS_BEFORE)
        assert caught.value.code == "no_spot"


def test_the_oldest_age_counts_the_spot_and_names_the_days_of_open_interest():
    now = THIRTY_DAYS_BEFORE
    book = told(GOLDEN, now=now)
    book.take_interest(0, 20_000, date(2026, 11, 17))
    book.take_spot(6000.0, "mid", now - timedelta(seconds=90))
    found = book.exposure(now + timedelta(seconds=10))
    assert (found.oldest_age_s, found.spot_age_s, found.spot_source) == (100, 100, "mid")
    assert (found.oldest_interest_day, found.newest_interest_day) == (date(2026, 11, 17), SUMMARY)


# --- the spot ---


def test_a_spot_that_moves_restates_every_strike():
    book = told(GOLDEN)
    book.take_spot(6300.0, "trade", THIRTY_DAYS_BEFORE)
    found, before = book.exposure(THIRTY_DAYS_BEFORE), seen(GOLDEN)
    assert found.net.shares_per_dollar == before.net.shares_per_dollar
    assert found.net.dollars_per_percent == pytest.approx(before.net.dollars_per_percent * 1.05**2)
    ratio = found.by_strike.net_dollars_per_percent / before.by_strike.net_dollars_per_percent
    assert ratio.tolist() == pytest.approx([1.05**2] * 4)
    assert found.flip.spot == pytest.approx(before.flip.spot)


def test_the_flip_is_the_root_nearest_to_the_spot_even_where_it_was_repriced_before_the_spot_moved():
    book = told(GOLDEN)
    found = book.exposure(THIRTY_DAYS_BEFORE).repriced
    book.take_spot(6900.0, "trade", THIRTY_DAYS_BEFORE)
    assert book.exposure(THIRTY_DAYS_BEFORE, found).flip.spot == pytest.approx(7014.0999, abs=1e-4)


# --- calls and puts ---


def test_switched_open_interest_turns_the_sign_and_shows_in_where_it_lies():
    lines = [
        Line("5800", PUT, 9_000, 0.2),
        Line("5800", CALL, 200, 0.2),
        Line("6200", PUT, 100, 0.2),
        Line("6200", CALL, 4_000, 0.2),
    ]
    interest = [200, 9_000, 4_000, 100]
    switched = [evolve(line, interest=other) for line, other in zip(lines, interest, strict=True)]
    right, wrong = seen(lines), seen(switched)
    assert right.net.dollars_per_percent < 0 < wrong.net.dollars_per_percent
    assert right.put_interest.mean_strike < 6000 < right.call_interest.mean_strike
    assert wrong.call_interest.mean_strike < 6000 < wrong.put_interest.mean_strike
    assert (right.put_interest.contracts, right.call_interest.contracts) == (9_100, 4_200)


def test_calls_and_puts_that_cancel_at_every_spot_have_no_flip():
    strikes = range(5700, 6300, 7)
    calls = [Line(f"{strike}", CALL, strike % 97, 0.2) for strike in strikes]
    puts = [Line(f"{strike}", PUT, strike % 97, 0.2) for strike in reversed(strikes)]  # rounded in another order
    assert seen([*calls, *puts]).roots == ()


def test_each_sign_model_says_what_it_assumes():
    assert tuple(SignModel) == SIGN_MODELS  # settings and options know the same words
    assert {model.value: (model.calls, model.puts) for model in SignModel} == {
        "naive": (1, -1),
        "reversed": (-1, 1),
        "dealers_short": (-1, -1),
        "gross": (1, 1),
    }
    assert all(model.sentence.endswith(".") for model in SignModel)


# --- roots ---


def test_no_root_in_the_range_is_an_answer():
    found = seen(GOLDEN, repricing=Repricing(low_percent=-10, high_percent=0.5))
    assert (found.roots, found.flip) == ((), None)
    assert found.repriced.profile.spots[-1] == pytest.approx(6030)


def test_two_roots_within_one_step_are_seen_with_a_smaller_one():
    """An hour before the close, two large puts make a hollow that is narrower than a coarse step."""
    lines = [
        Line("6000", CALL, 10_000, 0.3, expiration=date(2027, 3, 19)),
        Line("6230", PUT, 4_000, 0.1, expiration=DECEMBER),
    ]
    now = new_york(2026, 12, 18, 15, 0)
    assert len(seen(lines, now, repricing=Repricing(step_percent=5, near_percent=0)).roots) == 0
    fine = seen(lines, now, repricing=Repricing(step_percent=0.1))
    assert len(fine.roots) == 2
    low, high = fine.roots
    assert low.slope_dollars_per_percent_per_percent < 0 < high.slope_dollars_per_percent_per_percent
    assert low.spot < 6230 < high.spot


def test_near_the_spot_the_steps_are_fine_by_themselves():
    lines = [
        Line("6000", CALL, 10_000, 0.3, expiration=date(2027, 3, 19)),
        Line("6025", PUT, 4_000, 0.1, expiration=DECEMBER),
    ]
    now = new_york(2026, 12, 18, 15, 0)
    assert len(seen(lines, now, repricing=Repricing(near_percent=0)).roots) < 2
    assert len(seen(lines, now).roots) == 2


def test_far_from_every_strike_nothing_has_a_sign():
    lines = [Line("5990", PUT, 100, 0.1), Line("6010", CALL, 150, 0.1)]
    found = seen(lines, new_york(2026, 12, 18, 15, 50))
    assert len(found.roots) == 1
    assert found.repriced.profile.net_dollars_per_percent[[0, -1]].tolist() == [0.0, 0.0]


# --- refused ---


@pytest.mark.parametrize(
    "options",
    [
        [],
        [GOLDEN[0].option, GOLDEN[0].option],
        [GOLDEN[0].option, EquityOption("SPY", DECEMBER, CALL, Decimal(600))],
        [EquityOption("AAPL7", DECEMBER, CALL, Decimal(200))],
    ],
)
def test_a_chain_that_is_none_is_refused(options):
    with pytest.raises(Invalid) as caught:
        GammaBook(options)
    assert caught.value.code == "bad_chain"


@pytest.mark.parametrize(
    "choices",
    [
        {"low_percent": 1.0},
        {"high_percent": 95.0},
        {"step_percent": 0.0},
        {"step_percent": nan},
        {"near_step_percent": 2.0},
        {"near_step_percent": 0.0001},
        {"floor_min": 0.0},
        {"rate": 5.0},
        {"tail_percent": 100.0},
    ],
)
def test_a_repricing_that_cannot_be_is_refused(choices):
    with pytest.raises(Invalid) as caught:
        Repricing(**choices)
    assert caught.value.code == "bad_repricing"


def test_a_scope_that_ends_before_it_begins_is_refused():
    with pytest.raises(Invalid):
        Scope(min_days=5, max_days=4)


def test_a_moment_without_a_time_zone_is_refused():
    book = told(GOLDEN)
    naive = datetime(2026, 11, 18, 16)  # noqa: DTZ001
    for ask in (lambda: book.take_greeks(0, 0.1, 0.2, naive), lambda: book.take_spot(1.0, "mid", naive)):
        with pytest.raises(Invalid):
            ask()
    with pytest.raises(Invalid):
        book.levels(naive)


def test_no_place_counts_from_the_end():
    with pytest.raises(IndexError):
        told(GOLDEN).take_interest(-1, 5, SUMMARY)


def test_columns_of_another_chain_are_refused():
    with pytest.raises(Invalid) as caught:
        told(GOLDEN).take_columns(told(GOLDEN[1:]).columns())
    assert caught.value.code == "bad_columns"
