"""``add`` and ``trim`` without a size: the desk offers numbers that the position gives, and does nothing."""

import pytest

from tastyflow.domain.order.stages import Stage
from tests.application.strategy_kit import CALLS, hold

pytestmark = pytest.mark.anyio
CALL = "SPY 450 call Fri Dec 18 2026 (28 DTE)"


async def offered(house, text):
    async with house.desk() as desk:
        reply = await house.until(desk.ask(house.message(text)))
    (order,) = reply.orders
    assert (order.stage, order.code) == (Stage.REFUSED, "bad_quantity")
    return list(order.suggestions)


@pytest.mark.parametrize(
    ("text", "held", "lines"),
    [
        ("trim SPY 450C Dec 18", 4, [f"close 2 {CALL} day", f"close 4 {CALL} day"]),
        ("trim SPY 450C Dec 18", -5, [f"close 2 {CALL} day", f"close 5 {CALL} day"]),
        ("trim my SPY 450C Dec 18", 1, [f"close 1 {CALL} day"]),
        ("trim SPY 450C Dec 18", 0, []),
        ("add SPY 450C Dec 18", 4, [f"buy to open 4 {CALL} day"]),
        ("add to my SPY 450C Dec 18", 4, [f"buy to open 4 {CALL} day"]),
        ("add SPY 450C Dec 18", -3, [f"sell to open 3 {CALL} day"]),
        ("add SPY 450C Dec 18", 0, []),
        ("trim QQQ", 4, []),
    ],
)
async def test_the_numbers_of_the_position_are_offered(house, text, held, lines):
    if held:
        hold(house, (450, CALLS, held))
    assert await offered(house, text) == lines
