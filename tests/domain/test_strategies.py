"""What a strategy's name stands for, and which name fits legs typed one by one."""

from datetime import date
from decimal import Decimal
from itertools import permutations
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.commands import AskedAction, AskedLeg, AskedOption, AskedShares, DaysOut
from tastyflow.domain.instruments import Right
from tastyflow.domain.strategies import SHAPES, Named, is_bought, legs_of, named_by, strategy_of
from tastyflow.domain.ticket import Strategy

DECEMBER, JANUARY = date(2026, 12, 18), date(2027, 1, 15)
BUY, SELL = AskedAction.BUY, AskedAction.SELL
CALL, PUT = Right.CALL, Right.PUT


def option(action, quantity, right, strike, expiration=DECEMBER, root="SPY"):
    return AskedLeg(action, quantity, AskedOption(root, right, Decimal(strike), expiration))


def shares(action, quantity):
    return AskedLeg(action, quantity, AskedShares("SPY"))


@st.composite
def named_strategies(draw):
    strategy = draw(st.sampled_from(list(SHAPES)))
    shape = SHAPES[strategy]
    whole = st.integers(1, 900).map(Decimal)
    strikes = draw(st.lists(whole, min_size=shape.strikes, max_size=shape.strikes, unique=True))
    ends = draw(st.permutations([DECEMBER, JANUARY]))[: shape.expirations]
    right = draw(st.sampled_from(Right)) if shape.one_right else None
    return strategy, Named("SPY", tuple(strikes), tuple(ends), right)


@given(named_strategies(), st.sampled_from(AskedAction), st.integers(1, 9))
def test_the_legs_of_a_name_are_recognised_in_any_order(named, side, units):
    strategy, applied = named
    legs = legs_of(strategy, side, units, applied)
    for shuffled in permutations(legs):
        if side is AskedAction.CLOSE:
            assert (strategy_of(shuffled), is_bought(shuffled)) == (Strategy.CUSTOM, None)
        else:
            assert strategy_of(shuffled) is strategy
            assert is_bought(shuffled) in (side.buys, None)


def worth(asked: AskedOption, spot: float) -> float:
    """A price without arbitrage: the mean payoff over what may come, of which there is more the later it ends."""
    reach = 60 if asked.expiration == DECEMBER else 120
    ends = [spot + step * reach / 20 for step in range(-20, 21)]
    strike = float(asked.strike)
    return fmean(max(end - strike if asked.right is CALL else strike - end, 0) for end in ends)


@given(named_strategies(), st.sampled_from([BUY, SELL]), st.floats(1, 900))
def test_what_is_bought_costs_money_and_what_is_sold_brings_it_whatever_the_market(named, side, spot):
    strategy, applied = named
    legs = legs_of(strategy, side, 1, applied)
    if is_bought(legs) is None:
        return
    cost = sum((1 if leg.action.buys else -1) * leg.quantity * worth(leg.instrument, spot) for leg in legs)
    assert cost >= -1e-6 if is_bought(legs) else cost <= 1e-6


@given(named_strategies(), st.sampled_from(AskedAction))
def test_a_leg_on_the_other_side_opens_or_closes_as_the_strategy_does(named, side):
    actions = {leg.action for leg in legs_of(named[0], side, 1, named[1])}
    assert actions <= {side, side.opposite}
    assert side.opposite.opposite is side
    assert side.opposite.value.partition("_")[2] == side.value.partition("_")[2]


@pytest.mark.parametrize(
    ("strategy", "named", "side", "legs"),
    [
        (
            Strategy.VERTICAL,
            Named("SPY", (Decimal(400), Decimal(410)), (DECEMBER,), CALL),
            BUY,
            [(BUY, 5, CALL, 400), (SELL, 5, CALL, 410)],
        ),
        (
            Strategy.VERTICAL,
            Named("SPY", (Decimal(435), Decimal(440)), (DECEMBER,), PUT),
            SELL,
            [(BUY, 5, PUT, 435), (SELL, 5, PUT, 440)],
        ),
        (
            Strategy.BUTTERFLY,
            Named("SPY", (Decimal(460), Decimal(450), Decimal(440)), (DECEMBER,), CALL),
            BUY,
            [(BUY, 5, CALL, 460), (SELL, 10, CALL, 450), (BUY, 5, CALL, 440)],
        ),
        (
            Strategy.STRADDLE,
            Named("SPY", (Decimal(250),), (DECEMBER,)),
            SELL,
            [(SELL, 5, PUT, 250), (SELL, 5, CALL, 250)],
        ),
        (
            Strategy.STRANGLE,
            Named("SPY", (Decimal(470), Decimal(430)), (DECEMBER,)),
            SELL,
            [(SELL, 5, CALL, 470), (SELL, 5, PUT, 430)],
        ),
        (
            Strategy.IRON_CONDOR,
            Named("SPY", (Decimal(430), Decimal(435), Decimal(465), Decimal(470)), (DECEMBER,)),
            SELL,
            [(BUY, 5, PUT, 430), (SELL, 5, PUT, 435), (SELL, 5, CALL, 465), (BUY, 5, CALL, 470)],
        ),
        (
            Strategy.IRON_BUTTERFLY,
            Named("SPY", (Decimal(440), Decimal(450), Decimal(460)), (DECEMBER,)),
            SELL,
            [(BUY, 5, PUT, 440), (SELL, 5, PUT, 450), (SELL, 5, CALL, 450), (BUY, 5, CALL, 460)],
        ),
    ],
)
def test_legs_stand_in_the_order_of_the_strikes_a_put_before_its_call(strategy, named, side, legs):
    assert list(legs_of(strategy, side, 5, named)) == [option(*leg) for leg in legs]


@pytest.mark.parametrize("ends", [(DECEMBER, JANUARY), (JANUARY, DECEMBER), (DaysOut(30), DaysOut(60))])
def test_a_calendar_that_is_bought_buys_the_later_expiration(ends):
    legs = legs_of(Strategy.CALENDAR, BUY, 1, Named("SPY", (Decimal(450),), ends, CALL))
    assert [leg.instrument.expiration for leg in legs] == list(ends)
    assert {leg.instrument.expiration: leg.action for leg in legs}[JANUARY if JANUARY in ends else DaysOut(60)] is BUY


CUSTOM = [
    [option(BUY, 1, CALL, 450), option(BUY, 1, CALL, 460)],
    [option(BUY, 1, CALL, 450), option(SELL, 2, CALL, 460)],
    [option(BUY, 1, PUT, 470), option(BUY, 1, CALL, 430)],
    [option(BUY, 1, CALL, 450), option(SELL, 1, PUT, 440)],
    [option(BUY, 1, CALL, 440), option(SELL, 1, CALL, 450), option(BUY, 1, CALL, 460)],
    [option(BUY, 1, CALL, 450, DaysOut(30)), option(SELL, 1, CALL, 450, JANUARY)],
    [option(BUY, 1, CALL, 450, JANUARY), option(SELL, 2, CALL, 460)],
    [shares(BUY, 100), option(SELL, 2, CALL, 450)],
    [shares(BUY, 100), option(SELL, 1, PUT, 450)],
    [shares(BUY, 100), option(BUY, 1, CALL, 450)],
    [shares(BUY, 100), option(SELL, 1, CALL, 450), option(BUY, 1, PUT, 440)],
    [option(AskedAction.CLOSE, 1, CALL, 450), option(AskedAction.CLOSE, 1, CALL, 460)],
]


@pytest.mark.parametrize("legs", CUSTOM)
def test_what_fits_no_name_is_custom_and_only_the_market_knows_its_sign(legs):
    assert (strategy_of(legs), is_bought(legs)) == (Strategy.CUSTOM, None)


@pytest.mark.parametrize(
    ("legs", "strategy", "bought"),
    [
        ([option(SELL, 3, CALL, 450)], Strategy.SINGLE, False),
        ([option(AskedAction.CLOSE, 3, CALL, 450)], Strategy.SINGLE, None),
        ([shares(BUY, 200), option(SELL, 2, CALL, 450)], Strategy.COVERED_CALL, True),
        ([option(AskedAction.BUY_TO_CLOSE, 2, CALL, 450), shares(SELL, 200)], Strategy.COVERED_CALL, False),
        ([option(BUY, 1, CALL, 450, JANUARY), option(SELL, 1, CALL, 460)], Strategy.DIAGONAL, None),
        (
            [option(BUY, 1, PUT, 440, DaysOut(60)), option(SELL, 1, PUT, 430, DECEMBER)],
            Strategy.DIAGONAL,
            None,
        ),
        (
            [option(BUY, 1, CALL, 440), option(SELL, 2, CALL, 450), option(BUY, 1, CALL, 465)],
            Strategy.BUTTERFLY,
            None,
        ),
        (
            [option(AskedAction.SELL_TO_CLOSE, 1, CALL, 450), option(AskedAction.BUY_TO_OPEN, 1, CALL, 460)],
            Strategy.VERTICAL,
            False,
        ),
        (
            [option(SELL, 1, CALL, 6000, root="SPX"), option(BUY, 1, CALL, 6000, JANUARY, root="SPXW")],
            Strategy.CALENDAR,
            True,
        ),
    ],
)
def test_legs_are_named_by_their_shape(legs, strategy, bought):
    assert (strategy_of(legs), is_bought(legs)) == (strategy, bought)


def test_a_name_is_applied_only_to_as_many_strikes_and_expirations_as_it_takes():
    call = AskedOption("SPY", CALL, Decimal(450), DECEMBER)
    assert named_by(Strategy.VERTICAL, [call]) is None
    assert named_by(Strategy.CUSTOM, [call]) is None
    assert named_by(Strategy.STRADDLE, [call]) == Named("SPY", (Decimal(450),), (DECEMBER,), None)
