"""The simulator's quotes: they move, they agree with each other, and they are the same for whoever asks."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sim_kit import FRIDAY

from tastyflow.domain.instruments import EquityOption, Right
from tastyflow_adapters.exchange.listings import LISTINGS
from tastyflow_adapters.exchange.pricing import DAILY_SWING, spot_on
from tastyflow_simulator.market import Market
from tastyflow_simulator.market.random_walk import wander
from tastyflow_simulator.options import Hours

CALL = "SPY   261218C00450000"
TODAYS = "SPY   261120C00450000"
SUNDAY = FRIDAY + timedelta(days=2)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
SEEDS = st.integers(0, 5)


def option(chain, pick, right):
    expiration = chain.expirations[pick.randrange(len(chain.expirations))]
    return EquityOption(expiration.root, expiration.day, right, pick.choice(expiration.strikes))


@given(moment=MOMENTS, symbol=st.sampled_from(sorted(LISTINGS)), pick=st.randoms(use_true_random=False), seed=SEEDS)
@settings(max_examples=80, deadline=None)
def test_every_quote_stands_on_a_tick_with_the_bid_below_the_ask(moment, symbol, pick, seed):
    market = Market(seed=seed)
    each = option(market.chain(symbol, moment), pick, pick.choice(list(Right))).occ
    quote, rule = market.quote(each, moment), market.ticks(each)
    assert rule.allows(quote.bid)
    assert rule.allows(quote.ask)
    assert rule.allows(quote.last)
    assert 0 <= quote.bid < quote.ask
    assert quote.last in (quote.bid, quote.ask)
    assert (quote.bid_size > 0) == (quote.bid > 0)
    assert quote.ask_size > 0


@given(
    moment=MOMENTS, symbol=st.sampled_from(["SPY", "AAPL", "SPX", "VIX", "A"]), pick=st.randoms(use_true_random=False)
)
@settings(max_examples=60, deadline=None)
def test_puts_and_calls_agree_with_the_spot_of_the_same_moment(moment, symbol, pick):
    market = Market(seed=3)
    call = option(market.chain(symbol, moment), pick, Right.CALL)
    put = EquityOption(call.root, call.expiration, Right.PUT, call.strike)
    calls, puts = market.quote(call.occ, moment), market.quote(put.occ, moment)
    parity = market.spot(symbol, moment) - call.strike
    assert calls.bid - puts.ask <= parity <= calls.ask - puts.bid


@given(moment=MOMENTS, symbol=st.sampled_from(["SPY", "F", "NDX"]), seed=SEEDS)
@settings(max_examples=60, deadline=None)
def test_a_price_stays_within_its_days_reach_of_the_days_own(moment, symbol, seed):
    move = 0.5
    spot = Market(seed=seed, quote_move=move).spot(symbol, moment)
    home = Market(seed=seed, quote_step_s=None).spot(symbol, moment)
    assert abs(spot - home) <= home * Decimal(DAILY_SWING * move) + Decimal("0.01")


def test_without_movement_the_price_is_the_stage_sets_own():
    market = Market(seed=9, quote_step_s=None)
    assert market.spot("SPY", FRIDAY) == spot_on(LISTINGS["SPY"], FRIDAY.date())
    assert market.quote(CALL, FRIDAY) == market.quote(CALL, FRIDAY + timedelta(hours=8))
    assert market.next_change(FRIDAY) == datetime(2026, 11, 20, 21, tzinfo=UTC)


def test_prices_come_home_again_and_again():
    heights = [wander(1, "SPY", 1.79e9 + 300 * step) for step in range(2000)]
    assert all(-1 <= height <= 1 for height in heights)
    assert abs(sum(heights) / len(heights)) < 0.1
    crossings = sum(one * other < 0 for one, other in pairwise(heights))
    assert crossings > 100
    assert max(heights) > 0.5
    assert min(heights) < -0.5


def test_another_seed_wanders_elsewhere_and_another_process_the_same_way():
    program = (
        f"import sys; sys.path[:0] = {sys.path!r};"
        "from sim_kit import FRIDAY; from tastyflow_simulator.market import Market;"
        f"print(Market(seed=7).quote({CALL!r}, FRIDAY), Market(seed=7).revision(FRIDAY))"
    )
    heard = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert heard.stdout.strip() == f"{Market(seed=7).quote(CALL, FRIDAY)} {Market(seed=7).revision(FRIDAY)}"
    spots = {Market(seed=seed).spot("SPX", FRIDAY) for seed in range(8)}
    assert len(spots) == 8


def test_what_was_asked_before_changes_no_answer():
    later = FRIDAY + timedelta(hours=3)
    asked, fresh = Market(seed=2), Market(seed=2)
    for minute in range(200):
        asked.quote(CALL, FRIDAY + timedelta(minutes=minute))
    assert asked.quote(CALL, later) == fresh.quote(CALL, later)
    assert asked.quote(CALL, FRIDAY) == fresh.quote(CALL, FRIDAY)


@pytest.mark.parametrize("symbol", ["SPY", CALL, "SPXW  261218C04500000"])
def test_an_order_at_the_ask_of_a_second_ago_nearly_always_fills_within_half_a_minute(symbol):
    market, luck, missed = Market(seed=4), Random(1), 0  # noqa: S311  luck that can be had again
    for _ in range(200):
        seen_at = FRIDAY + timedelta(seconds=luck.uniform(0, 4 * 86400))
        limit = market.quote(symbol, seen_at).ask
        asks = (market.quote(symbol, seen_at + timedelta(seconds=after)).ask for after in range(1, 32, 5))
        missed += not any(ask <= limit for ask in asks)
    assert missed <= 20


def test_quotes_do_move():
    market = Market(seed=1)
    seen = {market.quote("SPX", FRIDAY + timedelta(seconds=5 * step)).last for step in range(60)}
    assert len(seen) > 20


@pytest.mark.parametrize("hours", Hours)
@pytest.mark.parametrize("step_s", [None, 0.5, 5.0, 7.0])
def test_nothing_changes_before_the_next_change_and_the_revision_tells_when_it_does(hours, step_s):
    market, now = (
        Market(seed=1, hours=hours, quote_step_s=step_s),
        FRIDAY + timedelta(hours=5, minutes=59, seconds=51.3),
    )
    for _ in range(40):
        changes_at = market.next_change(now)
        assert changes_at > now
        just_before = changes_at - timedelta(microseconds=1)
        assert market.revision(just_before) == market.revision(now)
        assert market.quote("SPX", just_before) == market.quote("SPX", now)
        assert market.quote(TODAYS, just_before) == market.quote(TODAYS, now)
        assert market.revision(changes_at) != market.revision(now)
        now = changes_at


def test_quotes_stand_where_the_exchange_closed():
    market = Market(seed=1, hours=Hours.EXCHANGE)
    closes_at = datetime(2026, 11, 20, 21, tzinfo=UTC)
    last = market.quote("SPX", closes_at - timedelta(milliseconds=1))
    assert market.quote("SPX", closes_at + timedelta(hours=2)) == last == market.quote("SPX", SUNDAY)
    assert market.next_change(datetime(2026, 11, 23, 14, tzinfo=UTC)) == datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
    assert market.quote("SPX", datetime(2026, 11, 23, 14, 30, tzinfo=UTC)) != last
    assert market.quote(CALL, SUNDAY).ask > 0


def test_what_is_not_listed_has_no_quote():
    market = Market(seed=1)
    for symbol in (
        "NOPE",
        "SPY   261218C00450500",
        "SPXW",
        "spy",
        "",
        "x" * 5000,
        ".SPY261218C450.25",
        "SPY261218C450",
    ):
        assert market.quote(symbol, FRIDAY) is None
        assert not market.lists(symbol, FRIDAY)
        assert market.event("Quote", symbol, FRIDAY) is None


def test_an_index_has_a_level_and_nobody_to_trade_it_with():
    quote = Market(seed=1).quote("SPX", FRIDAY)
    assert quote.bid == quote.ask == quote.last
    assert (quote.bid_size, quote.ask_size) == (0, 0)


# --- by hand ---


def test_a_held_quote_holds_until_it_is_let_go():
    market = Market(seed=1)
    before, revision = market.quote(CALL, FRIDAY), market.revision(FRIDAY)
    market.pin(CALL, "0", "0.05")
    held = market.quote(CALL, FRIDAY + timedelta(hours=1))
    assert (held.bid, held.ask, held.bid_size, held.last) == (0, Decimal("0.05"), 0, Decimal("0.05"))
    assert market.revision(FRIDAY) != revision
    market.unpin()
    assert market.quote(CALL, FRIDAY) == before
    assert market.revision(FRIDAY) != revision


def test_one_of_two_held_quotes_can_be_let_go():
    market = Market(seed=1)
    market.pin("AAPL", "10", "11")
    market.pin(".SPY261218C450", "1", "2")
    market.unpin("AAPL")
    assert market.quote("AAPL", FRIDAY).bid > 100
    assert market.quote(CALL, FRIDAY).ask == 2


def test_a_held_underlying_takes_its_options_along():
    market = Market(seed=1)
    market.pin("SPY", "499", "501")
    assert market.spot("SPY", FRIDAY) == 500
    assert market.quote(CALL, FRIDAY).bid > 49
    assert market.event("Greeks", CALL, FRIDAY)["delta"] > 0.95


@pytest.mark.parametrize(
    ("symbol", "bid", "ask"),
    [("SPY", "2", "1"), ("SPY", "-1", "1"), ("SPY", "NaN", "1"), ("no symbol", "1", "2"), ("SPY", "1", "Infinity")],
)
def test_a_quote_that_no_market_shows_cannot_be_held(symbol, bid, ask):
    market = Market(seed=1)
    revision = market.revision(FRIDAY)
    with pytest.raises(ValueError, match=r"symbol|quote"):
        market.pin(symbol, bid, ask)
    assert market.revision(FRIDAY) == revision


def test_a_delayed_view_shows_the_past_and_shares_the_pins():
    market = Market(seed=1)
    late = market.delayed(900)
    before = FRIDAY - timedelta(seconds=900)
    assert late.quote("SPX", FRIDAY) == market.quote("SPX", before) != market.quote("SPX", FRIDAY)
    assert late.is_open(FRIDAY)
    assert late.next_change(FRIDAY) == market.next_change(before) + timedelta(seconds=900)
    late.today(FRIDAY)
    market.pin("SPX", "4000", "4000")
    assert late.quote("SPX", FRIDAY).last == 4000
    assert late.event("Trade", "SPX", FRIDAY)["price"] == 4000.0


def test_a_delayed_view_keeps_yesterdays_price_after_midnight():
    market = Market(seed=1)
    past_midnight = datetime(2026, 11, 21, 5, 5, tzinfo=UTC)
    assert market.delayed(900).spot("SPY", past_midnight) == market.spot("SPY", past_midnight - timedelta(seconds=900))
    assert market.spot("SPY", past_midnight) != market.delayed(900).spot("SPY", past_midnight)
    assert spot_on(LISTINGS["SPY"], date(2026, 11, 20)) != spot_on(LISTINGS["SPY"], date(2026, 11, 21))
