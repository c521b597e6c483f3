"""Which root a line means on a day on which two of one class expire, and to whose strikes it is rounded."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from attrs import evolve
from running_kit import rule_of

from tastyflow.application.intake.listed_legs import find
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.domain.venue import Expiration
from tastyflow.errors import Refused
from tastyflow_adapters.language import Grammar
from tastyflow_adapters.signals.running.lines import FillsLines
from tests.signals.watching.watching_kit import CHAIN, HandClock, HandMarket

pytestmark = pytest.mark.anyio
FIVES, TWENTY_FIVES = (tuple(map(Decimal, range(4300, 4701, step))) for step in (5, 25))
THURSDAY, THIRD_FRIDAY = date(2026, 12, 17), date(2026, 12, 18)
TWO_ROOTS = evolve(
    CHAIN,
    expirations=(
        Expiration("SPXW", THURSDAY, FIVES),
        Expiration("SPX", THIRD_FRIDAY, TWENTY_FIVES, settles_am=True),
        Expiration("SPXW", THIRD_FRIDAY, FIVES),
    ),
)
NOON = datetime(2026, 12, 16, 17, tzinfo=UTC)


async def instrument(line, *, now=NOON):
    """What the desk finds for the line, filled in at 4,507."""
    text = f'''
name = "roots"
version = 1
symbol = "SPX"
trader = "robot"
[trigger]
figure = "spot"
above = 4500
[action]
line = "{line}"
'''
    filled = await FillsLines(HandMarket(TWO_ROOTS), Grammar(), HandClock(now)).line(
        rule_of(text, now), Figures("SPX", now, {"spot": 4507.0})
    )
    (found,) = find(Grammar().parse(filled, as_of=now), TWO_ROOTS, now).instruments
    return found.root, found.expiration, found.strike


async def test_on_most_days_the_class_means_the_root_that_settles_at_the_close():
    assert await instrument("buy 1 {symbol} {spot} call {expiration 1..1 dte}") == ("SPXW", THURSDAY, 4505)


@pytest.mark.parametrize("now", [NOON, NOON.replace(day=17), NOON.replace(day=18)])
async def test_where_both_expire_a_line_that_names_no_root_becomes_no_order(now):
    days = (THIRD_FRIDAY - now.date()).days
    with pytest.raises(Refused, match="SPX settles in the morning, and SPXW at the close"):
        await instrument(f"buy 1 {{symbol}} {{spot}} call {{expiration {days}..{days} dte}}", now=now)


async def test_a_line_that_names_the_root_of_the_close_has_that_one_and_its_strikes():
    assert await instrument("buy 1 SPXW {spot} call {expiration 2..2 dte}") == ("SPXW", THIRD_FRIDAY, 4505)


async def test_a_monthly_of_the_class_settles_in_the_morning_and_has_its_own_strikes():
    assert await instrument("buy 1 {symbol} {spot} call {expiration 2..2 dte monthly}") == ("SPX", THIRD_FRIDAY, 4500)
