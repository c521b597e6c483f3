"""What is known of a chain at a moment: figures, coverage and ages, and why they are not to be traded on."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.domain.expirations import next_trading_day, session
from tastyflow.domain.instruments import EquityOption, Right
from tastyflow.domain.signal_rule.alert import Alert, HeardAlert
from tastyflow.domain.signal_rule.figures import FIGURES, DataFault
from tastyflow.domain.signal_rule.holding import held_by_data
from tastyflow.errors import Refused
from tastyflow.ports import FeedGap, SpotSource, SpotTick
from tastyflow_adapters.exchange.interest import open_interest
from tastyflow_adapters.exchange.listings import LISTINGS
from tastyflow_adapters.fake import FakeMarket
from tastyflow_adapters.signals.gamma import Scope
from tastyflow_adapters.signals.watching.chain_figures import FoundFlip
from tastyflow_adapters.signals.watching.spot_moves import SpotMoves
from tastyflow_adapters.signals.watching.watched_chain import WatchedChain
from tests.signals.gamma.chains import GOLDEN, THIRTY_DAYS_BEFORE, told
from tests.signals.running.running_kit import rule_of, rule_text
from tests.signals.watching.watching_kit import (
    CHAIN,
    DAYS,
    NOON,
    OPTIONS,
    TODAY,
    HandClock,
    Watched,
    greeks,
    interest,
    interest_of,
    opened,
    spot,
)

ANY_PRICE = st.floats(4300, 4700)
ANY_TICK = st.one_of(
    st.builds(
        lambda option, gamma, volatility: greeks(options=[option], gamma=gamma, volatility=volatility)[0],
        st.sampled_from(OPTIONS),
        st.one_of(st.none(), st.floats(0, 0.01)),
        st.one_of(st.none(), st.floats(0.05, 1.0)),
    ),
    st.builds(
        lambda option, count: interest(options=[option], of=lambda _: count)[0],
        st.sampled_from(OPTIONS),
        st.one_of(st.none(), st.integers(0, 5000)),
    ),
    st.builds(spot, ANY_PRICE),
    st.builds(FeedGap, st.just(NOON)),
)


# ── what is known ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sound_market_has_every_figure_that_a_chain_can_have_and_no_fault():
    watched = Watched().sound()
    watched.figures_of.flip = FoundFlip(4490.0, NOON)
    watched.figures_of.rank_percent = 40.0
    figures = watched.figures()
    moves = {name for name in FIGURES if name.startswith("spot_move") and name != "spot_move_percent_day"}
    assert set(figures.values) == set(FIGURES) - moves
    assert (figures.coverage, figures.oldest_age_s, figures.faults) == (1.0, 0.0, ())
    assert figures.values["minutes_since_open"] == 150
    assert figures.values["minutes_to_close"] == 240
    assert figures.values["spot_move_percent_day"] == pytest.approx(100 * (4500 / 4480 - 1))
    assert figures.values["distance_to_flip_percent"] == pytest.approx(100 * 10 / 4500)
    assert figures.spot_source == "trade"


def test_nothing_is_known_before_anything_is_said():
    figures = Watched().figures()
    assert set(figures.values) == {"minutes_since_open", "minutes_to_close"}
    assert (figures.coverage, figures.oldest_age_s, figures.faults) == (0.0, None, (DataFault.NO_SPOT,))


def test_what_is_not_known_is_absent_and_never_zero():
    figures = Watched().hear(spot(), *greeks()).figures()  # no open interest
    assert not {name for name, about in FIGURES.items() if about.needs_chain} & set(figures.values)
    assert figures.coverage == 0.0


@pytest.mark.parametrize(
    ("at", "since_open", "to_close"),
    [
        (datetime(2026, 11, 27, 15, tzinfo=UTC), 30, 180),  # a half day: it closes at 13:00 in New York
        (datetime(2026, 11, 20, 14, 29, tzinfo=UTC), None, None),
        (datetime(2026, 11, 20, 21, tzinfo=UTC), None, None),
        (datetime(2026, 11, 26, 17, tzinfo=UTC), None, None),  # Thanksgiving
        (datetime(2026, 10, 30, 14, tzinfo=UTC), 30, 360),  # two days before clocks change
        (datetime(2026, 11, 2, 15, tzinfo=UTC), 30, 360),  # and the day after
    ],
)
def test_minutes_are_those_of_the_session_of_new_york(at, since_open, to_close):
    watched = Watched()
    watched.now = at
    values = watched.figures().values
    assert (values.get("minutes_since_open"), values.get("minutes_to_close")) == (since_open, to_close)


def test_age_grows_while_nothing_is_heard_and_the_older_of_spot_and_greeks_counts():
    watched = Watched().sound()
    assert watched.after(7).figures().oldest_age_s == 7
    watched.hear(spot(at=watched.now))
    assert watched.after(5).figures().oldest_age_s == 12
    watched.hear(*greeks(watched.now, OPTIONS[:1]))
    assert watched.figures().oldest_age_s == 5


def test_greeks_without_a_number_are_no_sign_of_life_of_the_chain():
    watched = Watched().sound().after(20)
    watched.hear(spot(at=watched.now), *greeks(watched.now, gamma=None, volatility=None))
    figures = watched.figures()
    assert figures.oldest_age_s == 20
    assert figures.coverage == 0.0
    assert "net_gex_dollars_per_percent" not in figures.values


def test_greeks_that_were_not_said_for_too_long_are_out_of_coverage():
    watched = Watched(fresh_s=60).sound().after(61)
    watched.hear(*greeks(watched.now, OPTIONS[: len(OPTIONS) // 2]), spot(at=watched.now))
    assert 0.2 < watched.figures().coverage < 0.8


def test_a_flip_that_was_found_too_long_ago_is_not_known_any_more():
    watched = Watched().sound()
    watched.figures_of.flip = FoundFlip(4490.0, NOON)
    assert watched.after(10).figures().get("flip") == 4490
    assert watched.after(1).figures().get("flip") is None
    assert watched.figures().get("distance_to_flip_percent") is None


def test_a_root_in_a_tail_is_no_flip_however_near_it_lies():
    found = told(GOLDEN, spot=6800.0).repricing_job(THIRTY_DAYS_BEFORE)()
    assert found.flip.spot == pytest.approx(7014.1, abs=0.1)  # the nearest root, where almost no gamma is left
    assert found.flip.is_tail
    assert FoundFlip.of(found).spot == pytest.approx(6045.1, abs=0.1)
    alone = FoundFlip.of(evolve(found, roots=tuple(root for root in found.roots if root.is_tail)))
    watched = Watched().sound()
    watched.figures_of.flip = evolve(alone, at=NOON)
    assert alone.spot is None
    assert watched.figures().get("flip") is None


def test_a_flip_that_was_found_from_a_price_that_is_not_believed_is_no_flip():
    watched = Watched().sound()
    watched.after(1).hear(spot(5400, watched.now))
    watched.figures_of.flip = FoundFlip(5390.0, watched.after(1).now)  # the root nearest to a price that never was
    watched.after(1).hear(spot(4500, watched.now))
    figures = watched.figures()
    assert (figures.faults, figures.get("spot"), figures.get("flip")) == ((), 4500, None)
    assert figures.get("distance_to_flip_percent") is None
    watched.figures_of.flip = FoundFlip(4490.0, watched.after(1).now)
    assert watched.figures().get("flip") == 4490


def test_a_flip_that_was_found_before_a_gap_is_no_flip_after_it():
    watched = Watched().sound()
    watched.figures_of.flip = FoundFlip(4490.0, NOON)
    watched.after(2).hear(FeedGap(watched.now), *greeks(watched.now), spot(at=watched.now))
    assert watched.figures().faults == ()
    assert watched.figures().get("flip") is None


def test_no_rule_trades_at_the_open_on_what_the_session_before_left():
    watched = Watched().sound()
    closes, opens = session(TODAY).closes_at, session(next_trading_day(TODAY)).opens_at
    watched.after((closes - watched.now).total_seconds() - 60).hear(*greeks(watched.now), spot(at=watched.now))
    watched.after((opens - watched.now).total_seconds() - 0.1)
    one_of_later = next(each for each in OPTIONS if each.expiration == DAYS[-1])
    watched.hear(*greeks(watched.now, [one_of_later]), spot(at=watched.now))
    watched.figures_of.flip = FoundFlip(4490.0, watched.now)
    left = watched.figures()
    assert left.is_closed
    assert left.coverage > 0.9
    assert left.oldest_age_s < 1  # of the one contract that spoke, and the spot
    at = opens + timedelta(seconds=0.1)
    rule = rule_of(rule_text("flip", most_a_day=3), at)
    heard = HeardAlert(rule="flip", source="webhook", source_id="key:a", at=at, alert=Alert())
    held = held_by_data(rule, heard.beside(left, symbol=left.symbol), at)
    assert "stale" in {each.code for each in held}
    now = watched.after(0.2).figures()
    assert not now.is_closed
    assert now.coverage < 0.1
    assert now.get("flip") is None


def test_a_flip_has_an_age_of_its_own_and_no_other_figure_has_it():
    watched = Watched().sound()
    watched.figures_of.flip = FoundFlip(4490.0, NOON)
    watched.after(6).hear(*greeks(watched.now), spot(at=watched.now))
    figures = watched.figures()
    assert figures.age_of(["spot", "call_wall"]) == figures.oldest_age_s == 0
    assert figures.age_of(["spot", "flip"]) == figures.age_of(["distance_to_flip_percent"]) == 6


@pytest.mark.parametrize("ahead_s", [4, 3600])
def test_one_tick_from_the_future_makes_nothing_younger_than_it_is(ahead_s):
    watched = Watched().sound()
    future = watched.now + timedelta(seconds=ahead_s)
    watched.hear(*greeks(future, OPTIONS[:1]), spot(at=future))
    assert watched.after(90).figures().oldest_age_s == 90
    watched.hear(spot(at=watched.now))
    assert watched.figures().oldest_age_s == 90  # the greeks are silent
    other = Watched().sound()
    other.hear(*greeks(future, OPTIONS[:1]), spot(at=future)).after(90).hear(*greeks(other.now, OPTIONS[:1]))
    assert other.figures().oldest_age_s == 90  # the spot is
    assert watched.after(601).figures().coverage == 0


def test_after_a_clock_of_ours_that_went_back_silence_is_as_long_as_it_is():
    watched = Watched().sound()
    watched.after(-3600).figures()
    assert watched.after(90).figures().oldest_age_s == 90
    assert watched.hear(spot(at=watched.now)).figures().oldest_age_s == 90


@settings(max_examples=40, deadline=None)
@given(st.lists(ANY_TICK, max_size=60))
def test_figures_are_figures_whatever_is_said_and_the_same_words_have_the_same_hash(ticks):
    one, other = Watched(), Watched()
    one.hear(*ticks)
    for tick in ticks:
        other.hear(tick)
    left, right = one.figures(), other.figures()
    assert left == right
    assert 0 <= left.coverage <= 1 + 1e-9
    assert (left.spot_source == "") == (DataFault.NO_SPOT in left.faults)
    assert set(left.values) <= set(FIGURES)
    if ticks:
        assert one.hear(spot(4444.25)).figures().snapshot != left.snapshot


def test_other_choices_have_another_hash():
    assert Watched().sound().figures().snapshot != Watched(jump_percent=6.0).sound().figures().snapshot


# ── why they are not to be traded on ───────────────────────────────────────────────────────────────────────────────


def test_a_crossed_market_is_no_price():
    watched = Watched().sound().hear(spot(is_crossed=True))
    assert watched.faults == {"crossed_market"}
    assert "spot" not in watched.figures().values
    assert watched.hear(spot()).faults == set()


@pytest.mark.parametrize("times", [1.2, 0.8, 1.051])
def test_a_spot_that_jumps_is_believed_only_once_it_has_stood(times):
    watched = Watched().sound()
    watched.after(1).hear(spot(4500 * times, watched.now))
    assert "spot_jumped" in watched.faults
    for _ in range(5):
        watched.after(59).hear(spot(4500 * times * 1.001, watched.now))
        assert "spot_jumped" in watched.faults
    watched.after(10).hear(spot(4500 * times, watched.now))
    assert "spot_jumped" not in watched.faults


def test_a_spot_that_jumps_and_comes_back_was_never_believed():
    watched = Watched().sound().hear(spot(5400))
    assert "spot_jumped" in watched.faults
    assert "spot_jumped" not in watched.after(1).hear(spot(4501, watched.now)).faults


def test_a_price_that_goes_on_jumping_is_never_believed():
    watched = Watched().sound()
    for second in range(1, 60):
        watched.after(10).hear(spot(5400 if second % 2 else 6200, watched.now))
        assert "spot_jumped" in watched.faults


def test_a_market_that_moves_is_believed():
    watched = Watched().sound()
    price = 4500.0
    for _ in range(30):
        price *= 0.97
        assert "spot_jumped" not in watched.after(1).hear(spot(price, watched.now)).faults


def test_open_interest_of_an_earlier_day_is_told_and_a_little_of_it_is_borne():
    assert Watched().hear(*greeks(), *interest(date(2026, 11, 19)), spot()).faults == {"old_interest"}
    few = Watched().sound().hear(*interest(date(2026, 11, 19), OPTIONS[:3]))
    assert few.faults == set()


@pytest.mark.parametrize(
    ("at", "day", "is_old"),
    [
        (
            datetime(2026, 11, 23, 14, tzinfo=UTC),
            date(2026, 11, 20),
            False,
        ),  # before the opening that of Friday will do
        (datetime(2026, 11, 23, 15, tzinfo=UTC), date(2026, 11, 20), True),
        (datetime(2026, 11, 22, 15, tzinfo=UTC), date(2026, 11, 20), False),  # a Sunday
        (datetime(2026, 11, 27, 15, tzinfo=UTC), date(2026, 11, 25), True),  # the day after Thanksgiving
        (datetime(2026, 11, 20, 17, tzinfo=UTC), date(2026, 11, 21), False),
    ],
)
def test_the_day_of_open_interest_is_that_of_the_session(at, day, is_old):
    watched = Watched()
    watched.now = at
    watched.hear(*greeks(at), *interest(day), spot(at=at))
    assert ("old_interest" in watched.faults) is is_old


def test_open_interest_of_calls_and_puts_that_is_switched_is_told():
    def switched(option):
        twin = Right.PUT if option.right is Right.CALL else Right.CALL
        return interest_of(EquityOption(option.root, option.expiration, twin, option.strike))

    assert Watched().hear(*greeks(), *interest(of=switched), spot()).faults == {"switched_interest"}
    assert Watched().hear(*greeks(), *interest(of=lambda _: 100), spot()).faults == set()


def test_after_a_gap_nothing_counts_until_nearly_everything_was_said_again():
    watched = Watched().sound()
    watched.after(3).hear(FeedGap(NOON))
    figures = watched.figures()
    assert {fault.value for fault in figures.faults} == {"feed_gap", "no_spot"}
    assert (figures.coverage, "net_gex_dollars_per_percent" in figures.values) == (0.0, False)
    half = len(OPTIONS) // 2
    watched.hear(spot(at=watched.now), *greeks(watched.now, OPTIONS[:half]))
    assert watched.faults == {"feed_gap"}
    assert 0 < watched.figures().coverage < 0.7
    watched.hear(*greeks(watched.now, OPTIONS[half:]))
    assert watched.faults == set()
    assert watched.figures().coverage == 1.0


def test_options_that_settled_while_the_feed_was_away_are_not_waited_for():
    watched = Watched()
    watched.now = datetime(2026, 11, 20, 20, 59, tzinfo=UTC)
    watched.hear(*greeks(watched.now), *interest(), spot(at=watched.now))
    watched.hear(FeedGap(watched.now))
    watched.after(120)
    later = [option for option in OPTIONS if option.expiration != DAYS[0]]
    watched.hear(spot(at=watched.now), *greeks(watched.now, later))
    assert watched.faults == set()


def test_ticks_from_the_future_are_told_for_a_minute():
    watched = Watched().sound().hear(spot(at=NOON + timedelta(seconds=9)))
    assert watched.faults == {"clock"}
    assert "clock" in watched.after(59).faults
    assert watched.after(1).hear(spot(at=watched.now)).faults == set()


def test_a_clock_of_ours_that_goes_back_is_told_and_forgets_the_moves():
    watched = Watched().sound()
    watched.after(400).hear(spot(4520.0, watched.now))
    assert watched.figures().get("spot_move_percent_5m") is None
    watched.after(-300)
    assert "clock" in watched.faults
    assert "spot_move_percent_5m" not in watched.figures().values


# ── how far it moved ───────────────────────────────────────────────────────────────────────────────────────────────


def test_moves_are_from_the_price_of_then_and_absent_where_that_is_not_known():
    watched = Watched().sound()
    for minute in range(1, 62):
        watched.after(60).hear(spot(4500 + minute, watched.now), *greeks(watched.now, OPTIONS[:1]))
    values = watched.figures().values
    assert values["spot_move_percent_5m"] == pytest.approx(100 * (4561 / 4556 - 1))
    assert values["spot_move_percent_15m"] == pytest.approx(100 * (4561 / 4546 - 1))
    assert values["spot_move_percent_60m"] == pytest.approx(100 * (4561 / 4501 - 1))
    watched.after(600).hear(spot(4570, watched.now))
    assert "spot_move_percent_5m" not in watched.figures().values


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(1, 9e3)), min_size=1, max_size=200), st.sampled_from([5, 15, 60]))
def test_a_move_is_that_of_every_price_that_was_heard_second_by_second(steps, minutes):
    moves, heard, now_s = SpotMoves(), [], 1e9
    for step_s, price in steps:
        now_s += step_s
        moves.take(price, now_s)
        heard = [each for each in heard if each[0] // 1 != now_s // 1] + [(now_s, price)]
    then_s = now_s - 60 * minutes
    of_then = [price for at_s, price in heard if then_s - 60 <= at_s <= then_s]
    expected = 100 * (heard[-1][1] / of_then[-1] - 1) if of_then else None
    assert moves.moved_percent(minutes, now_s) == expected


def test_the_first_price_of_another_day_says_nothing_of_this_one():
    watched = Watched().hear(spot(), opened(4480.0, date(2026, 11, 19)))
    assert "spot_move_percent_day" not in watched.figures().values


# ── which contracts are watched ────────────────────────────────────────────────────────────────────────────────────


def test_contracts_near_the_money_come_first_and_every_expiration_has_its_turn():
    first = OPTIONS[: 2 * 19 * len(DAYS)]
    assert {option.expiration for option in first} == set(DAYS)
    assert all(abs(option.strike - 4500) <= 200 for option in first)
    assert len(set(OPTIONS)) == len(OPTIONS) == 2 * 3 * 21


@pytest.mark.parametrize("symbol", ["SPY", "SPX"])
def test_coverage_by_open_interest_rises_faster_than_by_days_or_by_strikes(symbol):
    market, listing = FakeMarket(HandClock()), LISTINGS[symbol]
    spot = float(market.spot(symbol))
    chain = WatchedChain.of(asyncio.run(market.chain(symbol)), Scope(), TODAY, spot=spot)
    open_of = {option: open_interest(option, listing, TODAY) for option in chain.options}

    def mean_coverage(options):
        return sum(accumulate(open_of[option] for option in options)) / len(open_of) / sum(open_of.values())

    def away(option):
        return abs(float(option.strike) - spot)

    ours = mean_coverage(chain.options)
    assert ours > mean_coverage(sorted(open_of, key=lambda option: (option.expiration, away(option)))) + 0.1
    assert ours > mean_coverage(sorted(open_of, key=lambda option: (away(option), option.expiration)))


def test_a_scope_that_holds_nothing_is_refused():
    with pytest.raises(Refused, match="Nothing that is listed") as refused:
        WatchedChain.of(CHAIN, Scope(min_days=300), TODAY)
    assert refused.value.code == "empty_scope"


def test_an_expiration_that_settles_in_the_morning_is_over_then():
    morning = evolve(CHAIN, expirations=(evolve(CHAIN.expirations[2], root="SPX", settles_am=True),))
    assert WatchedChain.of(morning, Scope(), TODAY).settles("SPX", DAYS[2]) == datetime(
        2026, 12, 18, 14, 30, tzinfo=UTC
    )
    assert Decimal(4500) in {option.strike for option in WatchedChain.of(morning, Scope(), TODAY).options}


def test_what_is_said_of_another_contract_is_left_out():
    other = EquityOption("SPXW", date(2027, 3, 19), Right.CALL, Decimal(4500))
    watched = Watched().sound()
    before = watched.figures()
    assert watched.hear(*greeks(options=[other]), *interest(options=[other])).figures() == before


def test_a_source_of_the_spot_stays_with_the_figures():
    watched = Watched().sound().hear(SpotTick(4500.0, SpotSource.MID, NOON))
    assert watched.figures().spot_source == "mid"
