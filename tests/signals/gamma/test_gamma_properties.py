"""What holds for every chain: scaling, signs, additivity, and sums that ticks keep."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import nan
from random import Random

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.instruments import Right
from tastyflow_adapters.signals.gamma import GammaBook, Scope, SignModel
from tastyflow_adapters.signals.gamma.sums import KeptSums
from tests.signals.gamma.chains import SUMMARY, Line, told

DAYS = (date(2026, 11, 18), date(2026, 11, 20), date(2026, 12, 18), date(2027, 3, 19))
MORNING = datetime(2026, 11, 18, 14, 35, tzinfo=UTC)  # five minutes into the session


@st.composite
def chains(draw, least=1, most=12):
    keys = draw(
        st.lists(
            st.tuples(
                st.integers(10_600, 13_400).map(lambda half: f"{half / 2:g}"),
                st.sampled_from(Right),
                st.sampled_from(("SPX", "SPXW")),
                st.sampled_from(DAYS[1:]),
            ),
            min_size=least,
            max_size=most,
            unique=True,
        )
    )
    return [
        Line(
            strike,
            right,
            draw(st.integers(0, 50_000)),
            draw(st.floats(0.05, 0.8)),
            draw(st.floats(0, 0.005)),
            root,
            day,
        )
        for strike, right, root, day in keys
    ]


def exposure(lines, *, spot=6000.0, now=MORNING, **choices):
    return told(lines, spot=spot, now=now, **choices).exposure(now)


def close(figure, scale):
    return pytest.approx(figure, rel=1e-9, abs=1e-9 * (abs(scale) + 1))


def gross(lines):
    return exposure(lines, sign_model=SignModel.GROSS).net.dollars_per_percent


@given(chains(), st.integers(2, 50))
def test_twice_the_open_interest_is_twice_the_exposure_and_the_same_flip(lines, times):
    once, more = exposure(lines), exposure([evolve(line, interest=line.interest * times) for line in lines])
    scale = gross(lines) * times
    assert more.net.dollars_per_percent == close(once.net.dollars_per_percent * times, scale)
    assert more.net.shares_per_dollar == close(once.net.shares_per_dollar * times, scale)
    assert [root.spot for root in more.roots] == pytest.approx([root.spot for root in once.roots], rel=1e-9)
    assert (more.call_wall and more.call_wall.strike) == (once.call_wall and once.call_wall.strike)


@given(chains(), st.integers(2, 8))
def test_in_a_market_of_another_price_level_the_levels_move_with_it(lines, times):
    """Ten times the price, a tenth of the gamma: dollars per dollar stay; per percent, and roots, are ten times."""
    moved = [
        evolve(line, strike=f"{float(line.strike) * times:g}", gamma=line.gamma / times)
        for line in lines
        if float(line.strike) * times < 99_999
    ]
    kept = [line for line in lines if float(line.strike) * times < 99_999]
    if not kept:
        return
    here, there = exposure(kept), exposure(moved, spot=6000.0 * times)
    scale = gross(kept) * times
    assert there.net.dollars_per_dollar == close(here.net.dollars_per_dollar, scale)
    assert there.net.dollars_per_percent == close(here.net.dollars_per_percent * times, scale)
    assert [root.spot for root in there.roots] == pytest.approx([root.spot * times for root in here.roots], rel=1e-9)


@given(chains())
def test_the_other_assumption_turns_every_sign_and_moves_no_level(lines):
    naive, other = exposure(lines), exposure(lines, sign_model=SignModel.REVERSED)
    assert other.net.dollars_per_percent == -naive.net.dollars_per_percent
    assert other.by_strike.net_dollars_per_percent.tolist() == (-naive.by_strike.net_dollars_per_percent).tolist()
    assert [root.spot for root in other.roots] == [root.spot for root in naive.roots]
    turned = [-root.slope_dollars_per_percent_per_percent for root in other.roots]
    assert turned == [root.slope_dollars_per_percent_per_percent for root in naive.roots]
    assert (other.call_wall and other.call_wall.strike) == (naive.call_wall and naive.call_wall.strike)


@given(chains())
def test_where_all_options_have_one_sign_there_is_no_flip(lines):
    short, all_of_it = exposure(lines, sign_model=SignModel.DEALERS_SHORT), exposure(lines, sign_model=SignModel.GROSS)
    assert short.net.dollars_per_percent == -all_of_it.net.dollars_per_percent <= 0
    assert short.roots == all_of_it.roots == ()
    assert (short.flip, all_of_it.flip) == (None, None)


@given(chains(least=2), st.data())
def test_the_parts_of_a_chain_make_the_whole(lines, data):
    cut = data.draw(st.integers(1, len(lines) - 1))
    whole, first, second = exposure(lines), exposure(lines[:cut]), exposure(lines[cut:])
    scale = gross(lines)
    for part in ("net", "calls", "puts"):
        summed = getattr(first, part).dollars_per_percent + getattr(second, part).dollars_per_percent
        assert getattr(whole, part).dollars_per_percent == close(summed, scale)


@given(chains())
def test_strikes_expirations_and_scopes_each_make_the_whole(lines):
    whole = exposure(lines)
    scale = gross(lines)
    net = whole.net.dollars_per_percent
    assert whole.by_strike.net_dollars_per_percent.sum() == close(net, scale)
    assert sum(each.net.dollars_per_percent for each in whole.by_expiration) == close(net, scale)
    days = {line.expiration for line in lines}
    of_days = [exposure(lines, scope=Scope(expirations={day})) for day in days]
    assert sum(each.net.dollars_per_percent for each in of_days) == close(net, scale)
    assert sum(each.coverage.contracts for each in of_days) == whole.coverage.contracts
    of_roots = [exposure(lines, scope=Scope(roots={root})) for root in ("SPX", "SPXW")]
    assert sum(each.net.dollars_per_percent for each in of_roots) == close(net, scale)


@given(chains())
def test_repriced_net_changes_its_sign_at_each_root_and_keeps_it_between_levels_without_one(lines):
    found = exposure(lines)
    profile = found.repriced.profile
    some = profile.net_dollars_per_percent != 0
    signs = (profile.net_dollars_per_percent[some] > 0).tolist()
    assert len(found.roots) == sum(one is not other for one, other in pairwise(signs))
    distances = [abs(root.spot - found.spot) for root in found.roots]
    assert (found.flip is None) is not bool(found.roots)
    assert found.flip is None or abs(found.flip.spot - found.spot) == min(distances)


# --- sums that ticks keep ---


def anew(book: GammaBook, now: datetime) -> GammaBook:
    """A book that is told at once what *book* was told bit by bit."""
    other = GammaBook(book.options, sign_model=book.sign_model, scope=book.scope, greatest_age_s=book.greatest_age_s)
    other.take_columns(book.columns())
    return other


def assert_agree(book, now):
    kept, full = book.exposure(now), anew(book, now).exposure(now)
    scale = max(1.0, abs(full.calls.shares_per_dollar), abs(full.puts.shares_per_dollar))
    for name in ("calls_shares_per_dollar", "puts_shares_per_dollar"):
        ours, theirs = getattr(kept.by_strike, name), getattr(full.by_strike, name)
        assert ours.tolist() == pytest.approx(theirs.tolist(), rel=1e-12, abs=1e-15 * scale)
    for ours, theirs in zip(kept.by_expiration, full.by_expiration, strict=True):
        assert ours.calls.shares_per_dollar == pytest.approx(
            theirs.calls.shares_per_dollar, rel=1e-12, abs=1e-15 * scale
        )
    assert kept.coverage == full.coverage
    assert kept.capped == full.capped
    assert kept.oldest_age_s == full.oldest_age_s
    assert [root.spot for root in kept.roots] == [root.spot for root in full.roots]


def some_chain(random, count=60):
    keys = {
        (f"{random.randrange(10_600, 13_400) / 2:g}", random.choice(list(Right)), random.choice(DAYS))
        for _ in range(count)
    }
    return [Line(strike, right, 100, 0.2, 0.001, expiration=day) for strike, right, day in sorted(keys)]


@pytest.mark.parametrize("seed", range(3))
def test_after_ten_thousand_ticks_the_kept_sums_are_those_of_a_book_made_anew(seed):
    random = Random(seed)  # noqa: S311
    lines = some_chain(random)
    now = MORNING
    book = told(lines, now=now, greatest_age_s=600)
    for step in range(10_000):
        index = random.randrange(len(lines))
        what = random.random()
        if what < 0.7:
            gamma = random.choice((random.uniform(0, 0.01), 10 ** random.uniform(-12, 3), 0.0, None, nan))
            volatility = random.choice((random.uniform(0.05, 1), 0.3, 0.3, None, nan, 0.0))
            book.take_greeks(index, gamma, volatility, now - timedelta(seconds=random.uniform(0, 700)))
        elif what < 0.9:
            book.take_interest(index, random.choice((random.randrange(100_000), 0, None)), SUMMARY)
        else:
            book.take_spot(random.uniform(5_500, 6_500), "trade", now)
            now += timedelta(seconds=random.choice((0, 1, 30)))  # until after the first expiration has settled
        if step % 1_000 == 999:
            assert_agree(book, now)
    assert now > MORNING + timedelta(hours=2)


def test_a_gamma_that_explodes_and_is_gone_leaves_nothing_behind():
    """Each replacement is one of floats that lie 10^20 apart: a plain sum would keep rounding of the larger."""
    sums = KeptSums(1)
    sums.replace(0, 0.0, 1e-8)
    for _ in range(1_000):
        sums.replace(0, 0.0, 1e12)
        sums.replace(0, 0.0, 0.3)
        sums.replace(0, 1e12, 0.1)
        sums.replace(0, 0.3, 0.0)
        sums.replace(0, 0.1, 0.0)
    assert sums[0] == pytest.approx(1e-8, rel=1e-9)
    assert sums.as_array().tolist() == [sums[0]]


def test_what_a_book_was_told_comes_out_as_arrays_and_goes_into_another():
    book = told(some_chain(Random(7)), now=MORNING)  # noqa: S311
    again = anew(book, MORNING)
    first, second = book.exposure(MORNING).as_json(), again.exposure(MORNING).as_json()
    assert first["roots"] == second["roots"]
    assert first["net"] == pytest.approx(second["net"], rel=1e-12)
    assert first["coverage"] == second["coverage"]


def test_a_job_of_repricing_is_not_touched_by_later_ticks():
    book = told(some_chain(Random(7)), now=MORNING)  # noqa: S311
    expected = book.exposure(MORNING).roots
    job = book.repricing_job(MORNING)
    for index in range(len(book.options)):
        book.take_greeks(index, 0.5, 0.9, MORNING)
        book.take_interest(index, 7, SUMMARY)
    assert job().roots == expected
    assert book.exposure(MORNING).roots != expected
