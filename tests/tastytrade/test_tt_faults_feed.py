# ruff: noqa: F811  the fixture of the simulator is that of another module
"""
Every fault of what quotes say, and what the feed of a chain makes of it: nothing is invented, nothing is held up.

What a watch makes of it then stands in ``tests/signals/watching``. The name of each test begins with the fault's word.
"""

import pytest
from tt_simulated_feed import ChainHeard, feed_of, options_of, simulator, wrong  # noqa: F401  a fixture

from tastyflow.domain.instruments import Right
from tastyflow.ports import SpotSource
from tastyflow_simulator import FaultKind

pytestmark = pytest.mark.anyio


async def heard_of(simulator, options, fact=lambda heard, options: len(heard.interest) == len(options)):
    async with feed_of(simulator) as subject, subject.feed.follow("SPX", options) as batches:
        return await ChainHeard().until(batches, lambda so_far: fact(so_far, options))


def contracts_of(heard):
    return {option: tick.contracts for option, tick in heard.interest.items()}


def _is_mid(spot):
    return spot.source is SpotSource.MID


async def test_feed_withheld_half_a_chain_holds_up_nothing(simulator):
    options = options_of(simulator, expirations=1)
    calls = {each for each in options if each.right is Right.CALL}
    wrong(simulator, FaultKind.FEED_WITHHELD, order="*[0-9]P*")
    heard = await heard_of(simulator, options, lambda so_far, _: len(so_far.greeks) == len(calls))
    assert set(heard.greeks) == calls


async def test_feed_nan_greeks_without_numbers_are_none(simulator):
    options = options_of(simulator, expirations=1)
    wrong(simulator, FaultKind.FEED_NAN, order="*[0-9]C4[0-4]*")
    heard = await heard_of(simulator, options, lambda so_far, every: len(so_far.greeks) == len(every))
    nothing = {option for option, tick in heard.greeks.items() if tick.gamma is None}
    assert nothing == {each for each in options if each.right is Right.CALL and 4000 <= each.strike < 4500}
    assert all(tick.volatility is None for option, tick in heard.greeks.items() if option in nothing)


async def test_feed_crossed_shares_say_that_their_market_is_crossed(simulator):
    wrong(simulator, FaultKind.FEED_CROSSED)
    async with feed_of(simulator) as subject, subject.feed.follow("SPY", options_of(simulator, "SPY", most=2)) as said:
        heard = await ChainHeard().until(
            said, lambda so_far: {each.source for each in so_far.spots} >= {SpotSource.MID}
        )
    assert all(each.is_crossed for each in heard.spots if _is_mid(each))


async def test_old_interest_says_of_which_day_it_is(simulator):
    options = options_of(simulator, most=20)
    wrong(simulator, FaultKind.OLD_INTEREST)
    heard = await heard_of(simulator, options)
    yesterday = simulator.market.today(simulator.clock.now()).yesterday
    assert {tick.day for tick in heard.interest.values()} == {yesterday}


async def test_switched_interest_is_that_of_the_other_right(simulator):
    options = options_of(simulator, expirations=1)
    right = contracts_of(await heard_of(simulator, options))
    wrong(simulator, FaultKind.SWITCHED_INTEREST)
    switched = contracts_of(await heard_of(simulator, options))
    twins = {(each.strike, each.right): each for each in options}
    assert switched == {
        each: right[twins[each.strike, Right.PUT if each.right is Right.CALL else Right.CALL]] for each in options
    }
    assert switched != right
