"""A desk where orders wait for another person; and what can happen to its market."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from tastyflow.domain.order import Order
from tastyflow.domain.trader import Permission
from tastyflow.errors import Refused
from tests.application.kit import (
    CALL,
    LENIENT,
    DeskUnderTest,
)

STRICT = evolve(LENIENT, approval_symbols=("SPY",))
APPROVE = frozenset({Permission.APPROVE})
MICROSECOND = timedelta(microseconds=1)


async def with_approvers(build) -> DeskUnderTest:
    """Eve and bob may approve; every order on SPY waits for one of them."""
    house = await build(policy=STRICT)
    for name in ("eve", "bob"):
        await house.hire(name, permissions=APPROVE)
    return house


async def approve(house: DeskUnderTest, desk, order: Order, user: str = "eve") -> Order:
    return await house.until(desk.approve(house.message(f"approve {order.reference}", user=user), order.reference))


async def refused(house: DeskUnderTest, desk, order: Order, user: str = "eve") -> str:
    """The code with which *user* cannot approve."""
    with pytest.raises(Refused) as no:
        await approve(house, desk, order, user)
    assert house.books()[1] == [], "nothing was sent"
    return no.value.code


def quoted(house: DeskUnderTest, moved: str = "0") -> None:
    """The market of the call, at 2.50 in the middle, moved by so much."""
    house.market.pin(CALL, Decimal("2.40") + Decimal(moved), Decimal("2.60") + Decimal(moved))


class WhenReady:
    """A production where something happens between the approval and the claim."""

    def __init__(self, broker, happening) -> None:
        self._broker, self._happening = broker, happening

    def __getattr__(self, name):
        return getattr(self._broker, name)

    async def ready(self) -> None:
        await self._happening()


class QuietMarket:
    """A market without the quotes of the call."""

    def __init__(self, market) -> None:
        self._market = market

    def __getattr__(self, name):
        return getattr(self._market, name)

    async def quotes(self, instruments):
        return {each: quote for each, quote in (await self._market.quotes(instruments)).items() if each != CALL}
