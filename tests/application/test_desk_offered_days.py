"""Where an order names no expiration, the days that are offered are listed, and may be opened by the trader."""

from datetime import UTC, datetime

import pytest
from attrs import evolve

from tastyflow.domain.order.stages import Stage
from tastyflow.domain.trader.limits import SIZES_ONLY
from tastyflow.errors import NotSent
from tests.application.kit import SkippingClock
from tests.application.strategy_kit import CALLS, hold

pytestmark = pytest.mark.anyio
MONDAY = datetime(2026, 11, 23, 16, tzinfo=UTC)
TODAY, FRIDAY, MONTHLY = "Nov 23 2026", "Nov 27 2026", "Dec 18 2026"


async def offered(house, text):
    async with house.desk() as desk:
        reply = await house.until(desk.ask(house.message(text)))
    (order,) = reply.orders
    assert (order.stage, order.code) == (Stage.REFUSED, "missing_expiration")
    return [line.removeprefix(text).strip() for line in order.suggestions]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("buy 1 SPY 450C", [TODAY, FRIDAY, MONTHLY]),
        ("buy 1 KO 70C", [FRIDAY, MONTHLY]),  # nothing on KO expires on a Monday
        ("buy 1 SPY 450.37C", [TODAY, FRIDAY, MONTHLY]),  # the strike is at fault, not the day
        ("buy 1 QWXYZ 45C", [TODAY, FRIDAY, MONTHLY]),  # so is the symbol
    ],
)
async def test_only_days_that_are_listed_are_offered(build, text, days):
    house = await build(clock=SkippingClock(MONDAY), limits=SIZES_ONLY)
    assert await offered(house, text) == days


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("buy 1 SPY 450C", [FRIDAY, MONTHLY]),
        ("buy 1 SPY 450/460 call vertical", [FRIDAY, MONTHLY]),
        ("close SPY 450C", [TODAY, FRIDAY, MONTHLY]),  # the way out is open
    ],
)
async def test_what_expires_today_is_offered_only_where_it_may_be_opened(build, text, days):
    house = await build(clock=SkippingClock(MONDAY), limits=evolve(SIZES_ONLY, zero_dte=False))
    hold(house, (450, CALLS, 2))
    assert await offered(house, text) == days


async def test_where_the_chain_is_not_to_be_had_the_days_of_the_language_are_offered(build):
    house = await build(clock=SkippingClock(MONDAY), limits=SIZES_ONLY)

    async def away(_underlying):
        raise NotSent("The venue does not answer.")

    house.market.chain = away
    assert await offered(house, "buy 1 KO 70C") == [TODAY, FRIDAY, MONTHLY]
