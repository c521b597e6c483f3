"""Which orders close what is held: over random books, nothing is ever opened, and nothing is closed twice."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.application.intake.flattening import may_cover, plan
from tastyflow.domain.book import Holding, Standing
from tastyflow.domain.commands import AskedAction, AskedShares, HeldPart
from tastyflow.domain.instruments import Equity, EquityOption, Right
from tastyflow.domain.strategies import is_bought, strategy_of
from tastyflow.domain.ticket import Strategy
from tests.application.kit import FRIDAY, Language

DEC, JAN = date(2026, 12, 18), date(2027, 1, 15)
PUT, CALL = Right.PUT, Right.CALL


def option(strike, right, day=DEC, root="SPY"):
    return EquityOption(root, day, right, Decimal(strike))


def book(holdings):
    """A standing of ``{instrument: quantity}`` or ``{instrument: (quantity, closing)}``."""
    pairs = {each: held if isinstance(held, tuple) else (held, 0) for each, held in holdings.items()}
    return Standing({each: Holding(held, closing, held, held) for each, (held, closing) in pairs.items()})


def closes(holdings, underlying=None, part=HeldPart.ALL):
    """What each planned order does, in the order in which they go: ``[(strategy, {instrument words: signed})]``."""
    planned = plan(book(holdings), underlying, part)
    return [
        (order.strategy.value, {named(leg): leg.count if leg.action.buys else -leg.count for leg in order.legs})
        for each in planned
        for order in each.orders
    ]


def named(leg):
    asked = leg.instrument
    return "shares" if isinstance(asked, AskedShares) else f"{asked.strike}{asked.right.value[0]}"


INSTRUMENTS = st.one_of(
    st.builds(option, st.sampled_from(range(440, 465, 5)), st.sampled_from(Right), st.sampled_from([DEC, JAN])),
    st.builds(
        option, st.sampled_from([4400, 4500]), st.sampled_from(Right), st.just(DEC), st.sampled_from(["SPX", "SPXW"])
    ),
    st.sampled_from([Equity("SPY"), Equity("AAPL"), Equity("BRK/B")]),
)
HELD = st.integers(-6, 6).flatmap(lambda held: st.tuples(st.just(held), st.integers(0, abs(held))))
BOOKS = st.dictionaries(INSTRUMENTS, HELD, max_size=9)
UNDERLYINGS = st.sampled_from([None, "SPY", "SPX", "SPXW", "AAPL", "BRK/B", "QQQ"])


@given(BOOKS, UNDERLYINGS, st.sampled_from(HeldPart))
def test_every_leg_closes_that_part_of_what_nothing_closes_yet_and_none_opens(holdings, underlying, part):
    held = book(holdings)
    closed = Counter()
    for each in plan(held, underlying, part):
        for leg in (leg for order in each.orders for leg in order.legs):
            instrument = next(i for i in holdings if asked_for(leg.instrument, i))
            assert leg.action is (AskedAction.SELL_TO_CLOSE if held[instrument] > 0 else AskedAction.BUY_TO_CLOSE)
            closed[instrument] += leg.count
    wanted = "SPX" if underlying == "SPXW" else underlying
    assert closed == {
        instrument: part.of(held.holding(instrument).closable)
        for instrument in holdings
        if held.holding(instrument).closable and wanted in (None, instrument.underlying)
    }


def asked_for(asked, instrument):
    if isinstance(asked, AskedShares):
        return isinstance(instrument, Equity) and instrument.symbol == asked.underlying
    return isinstance(instrument, EquityOption) and (
        (instrument.ticker, instrument.right, instrument.strike, instrument.expiration)
        == (asked.underlying, asked.right, asked.strike, asked.expiration)
    )


@given(BOOKS)
def test_each_order_is_one_leg_or_one_strategy_of_options(holdings):
    for each in plan(book(holdings), None, HeldPart.ALL):
        assert {leg.action for order in each.shorts for leg in order.legs} <= {AskedAction.BUY_TO_CLOSE}
        assert {leg.action for order in each.longs for leg in order.legs} <= {AskedAction.SELL_TO_CLOSE}
        for spread in (order for order in each.orders if len(order.legs) > 1):
            assert len(spread.legs) <= 4
            assert spread.strategy is strategy_of(spread.legs) is not Strategy.CUSTOM
            assert len({leg.instrument for leg in spread.legs}) == len(spread.legs)


@given(BOOKS)
def test_each_order_can_be_typed(holdings):
    for each in plan(book(holdings), None, HeldPart.ALL):
        for order in each.orders:
            if is_bought(order.legs) is None:
                continue  # whether it is paid or received, the quotes will say
            assert Language.parse(Language.render(order, as_of=FRIDAY), as_of=FRIDAY) == order


@given(BOOKS)
def test_a_short_option_is_left_alone_only_where_no_long_of_its_kind_is_left_to_pair_it_with(holdings):
    """Nothing is uncovered in between: what is bought back by itself has nothing of its kind and day beside it."""
    for each in plan(book(holdings), None, HeldPart.ALL):
        alone = [leg.instrument for order in each.shorts for leg in order.legs]
        sold = [leg.instrument for order in each.longs for leg in order.legs]
        for short in (one for one in alone if not isinstance(one, AskedShares)):
            assert not [
                long
                for long in sold
                if not isinstance(long, AskedShares)
                and (long.underlying, long.right, long.expiration) == (short.underlying, short.right, short.expiration)
            ]


@given(BOOKS)
def test_no_order_has_legs_of_two_roots(holdings):
    for each in plan(book(holdings), None, HeldPart.ALL):
        for order in each.orders:
            assert len({leg.instrument.underlying for leg in order.legs}) == 1


# ── examples ───────────────────────────────────────────────────────────────────────────────────────────────────

CONDOR = {option(430, PUT): 2, option(435, PUT): -2, option(465, CALL): -2, option(470, CALL): 2}


@pytest.mark.parametrize(
    ("holdings", "expected"),
    [
        ({}, []),
        ({option(450, CALL): 3}, [("single", {"450c": -3})]),
        ({option(450, CALL): (3, 1)}, [("single", {"450c": -2})]),
        ({option(450, CALL): (3, 3)}, []),
        ({Equity("SPY"): -100}, [("single", {"shares": 100})]),
        (CONDOR, [("iron_condor", {"430p": -2, "435p": 2, "465c": 2, "470c": -2})]),
        (
            {option(440, CALL): 1, option(450, CALL): -2, option(460, CALL): 1},
            [("butterfly", {"440c": -1, "450c": 2, "460c": -1})],
        ),
        (
            {option(440, CALL): -1, option(445, CALL): 3},
            [("vertical", {"440c": 1, "445c": -1}), ("single", {"445c": -2})],
        ),
        (
            {Equity("SPY"): 300, option(460, CALL): -2},
            [("single", {"460c": 2}), ("single", {"shares": -300})],
        ),
        (
            {option(450, CALL): -2, option(450, CALL, JAN): 2, option(430, PUT): -1},
            [("single", {"430p": 1}), ("calendar", {"450c": -2})],
        ),
        ({option(450, CALL): -2, option(450, PUT): -2}, [("straddle", {"450p": 2, "450c": 2})]),
        ({option(450, CALL): 2, option(450, PUT): 1}, [("single", {"450c": -2}), ("single", {"450p": -1})]),
        (
            {
                option(430, CALL): 5,
                option(440, CALL): -1,
                option(445, CALL): 1,
                option(450, CALL): 1,
                option(455, CALL): -1,
            },
            [
                ("vertical", {"440c": 1, "445c": -1}),
                ("vertical", {"450c": -1, "455c": 1}),
                ("single", {"430c": -5}),
            ],
        ),
    ],
)
def test_what_is_held_is_closed_by_these_orders(holdings, expected):
    assert [(name, sorted(legs)) for name, legs in closes(holdings)] == [(n, sorted(legs)) for n, legs in expected]
    if expected and expected[-1][0] != "calendar":  # whose legs have the same strike
        assert closes(holdings) == expected


def test_a_part_is_of_every_leg_and_at_least_one():
    assert closes(CONDOR | {option(450, CALL): 5}, part=HeldPart.HALF) == [
        ("iron_condor", {"430p": -1, "435p": 1, "465c": 1, "470c": -1}),
        ("single", {"450c": -2}),
    ]
    assert closes({option(450, CALL): 1}, part=HeldPart.QUARTER) == [("single", {"450c": -1})]


def test_only_the_underlying_that_was_named_is_closed_under_any_of_its_roots():
    held = {option(4400, CALL, root="SPXW"): 1, option(4400, PUT, root="SPX"): 2, option(450, CALL): 1}
    assert [each.underlying for each in plan(book(held), "SPXW", HeldPart.ALL)] == ["SPX"]
    assert [each.underlying for each in plan(book(held), None, HeldPart.ALL)] == ["SPX", "SPY"]


def test_a_big_book_is_planned_at_once():
    held = {option(400 + strike, right): (strike % 7) - 3 for strike in range(60) for right in Right}
    (planned,) = plan(book(held), "SPY", HeldPart.ALL)
    assert planned.orders


def test_shares_and_options_may_cover_what_they_can_be_delivered_for():
    held = {
        option(430, PUT): -1,
        option(470, CALL): -2,
        Equity("SPY"): 200,
        option(400, PUT, JAN): 3,
    }
    (planned,) = plan(book(held), "SPY", HeldPart.ALL)
    (call,) = planned.shorts
    (put,) = [order for order in planned.longs if not isinstance(order.legs[0].instrument, AskedShares)]
    (shares,) = [order for order in planned.longs if isinstance(order.legs[0].instrument, AskedShares)]
    assert (may_cover(shares, call), may_cover(put, call)) == (True, False)


def test_spx_and_spxw_of_one_day_are_closed_by_orders_of_their_own():
    """SPX trades no more on the morning of its settlement: an order with a leg of each could not close SPXW."""
    holdings = {
        option(4500, CALL, root=root): quantity for root, quantity in (("SPX", 3), ("SPXW", 1))
    } | {option(4510, CALL, root=root): -1 for root in ("SPX", "SPXW")}  # fmt: skip
    (planned,) = plan(book(holdings), "SPX", HeldPart.ALL)
    roots = [(order.strategy.value, {leg.instrument.underlying for leg in order.legs}) for order in planned.orders]
    assert sorted(roots, key=str) == [("single", {"SPX"}), ("vertical", {"SPX"}), ("vertical", {"SPXW"})]
