"""Whatever people, the market and the clock do to an order that waits: it is sent with a valid approval, or never."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from attrs import define, evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.domain.order import Order
from tastyflow.domain.trader import Permission
from tastyflow.errors import IllegalStep, Refused
from tests.application.kit import CALL, LENIENT, ONE_CALL, DeskUnderTest, alter
from tests.application.soundness import assert_sound

STRICT = evolve(LENIENT, approval_symbols=("SPY",))
MID, COLLAR = Decimal("2.50"), Decimal("0.25")
STEPS = st.one_of(
    st.tuples(st.sampled_from(["approve", "reject"]), st.sampled_from(["eve", "bob", "demo", "ann"])),
    st.tuples(st.just("moved"), st.sampled_from(["-0.26", "-0.25", "0", "0.25", "0.26"])),
    st.tuples(st.just("later"), st.sampled_from([60, 700, 1000])),
    st.tuples(st.sampled_from(["revoke", "grant", "cancel", "restart", "look"]), st.just("")),
)


@define
class Shadow:
    """What must become of one order, told without the desk."""

    until: datetime
    moved: Decimal = Decimal(0)
    eve_may: bool = True
    is_over: bool = False
    is_sent: bool = False

    def step(self, name: str, how: Any, now: datetime) -> None:
        if name == "moved":
            self.moved = Decimal(how)
        elif name in ("revoke", "grant"):
            self.eve_may = name == "grant"
        elif self.is_over or name in ("later", "restart"):
            pass
        elif name == "cancel":
            self.is_over = True
        elif name == "look":
            self.is_over = now >= self.until
        elif how == "bob" or (how == "eve" and self.eve_may):
            self.is_over = now >= self.until or name == "reject" or abs(self.moved) > COLLAR
            self.is_sent = not self.is_over
            self.is_over = True
        if name == "restart" and now >= self.until:
            self.is_over = True  # what is overdue ends when a desk opens


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=9))
def test_it_is_sent_exactly_where_another_person_approves_it_in_time_at_its_market(steps):
    asyncio.run(played(steps))


async def played(steps: list[tuple[str, Any]]) -> None:
    house = DeskUnderTest.make(policy=STRICT)
    for name in ("eve", "bob"):
        await house.hire(name, permissions={Permission.APPROVE})
    await house.hire("ann", permissions={Permission.LONG_OPTIONS})
    await house.hire()
    pin(house, Decimal(0))
    order = await house.once(f"{ONE_CALL} @ 2.10")
    assert order.waiting_until is not None
    shadow = Shadow(order.waiting_until)
    for name, how in steps:
        shadow.step(name, how, house.clock.now())
        if name == "restart":
            house.ledger.close()
            house = house.restarted()
        await taken(house, order, name, how)
        assert len(house.books()[1]) == shadow.is_sent, (name, how)
        assert (house.order(order.id).waiting_until is None) == shadow.is_over, (name, how)
    assert_sound(house)
    house.ledger.close()


async def taken(house: DeskUnderTest, order: Order, name: str, how: Any) -> None:
    """One step, as a person takes it; what is refused is refused."""
    if name == "moved":
        pin(house, Decimal(how))
    elif name == "later":
        house.clock.jump(float(how))
    elif name in ("revoke", "grant"):
        permissions = frozenset({Permission.APPROVE}) if name == "grant" else frozenset()
        await alter(house, lambda trader, why: trader.set_permissions(permissions, why=why), "eve")
    else:
        async with house.desk() as desk:
            message = house.message(name, user=how or "demo")
            asked = {
                "approve": lambda: desk.approve(message, order.reference),
                "reject": lambda: desk.reject(message, order.reference),
                "cancel": lambda: desk.cancel(message, order.reference),
            }.get(name, lambda: desk.refresh(order.id))
            try:
                await house.until(asked())
            except (Refused, IllegalStep):
                return


def pin(house: DeskUnderTest, moved: Decimal) -> None:
    house.market.pin(CALL, MID - Decimal("0.10") + moved, MID + Decimal("0.10") + moved)


def test_the_shadow_tells_a_story_of_each_kind():
    start = datetime(2026, 11, 20, 15, 0)  # noqa: DTZ001  only compared
    hour = start + timedelta(hours=1)
    for steps, over, sent in (
        ([("approve", "demo", start)], False, False),
        ([("approve", "eve", start)], True, True),
        ([("revoke", "", start), ("approve", "eve", start)], False, False),
        ([("moved", "0.26", start), ("approve", "bob", start)], True, False),
        ([("approve", "bob", hour)], True, False),
    ):
        shadow = Shadow(hour)
        for step in steps:
            shadow.step(*step)
        assert (shadow.is_over, shadow.is_sent) == (over, sent)
