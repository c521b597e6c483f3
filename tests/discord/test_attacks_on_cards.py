"""What happens between a card and its yes: the yes of a moment ago is held against how things stand now."""

from asyncio import gather
from contextlib import suppress

import pytest

from tastyflow.application.traders import Traders
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.trader import Permission
from tastyflow.errors import Refused
from tastyflow_adapters.discord.page import Act, Button
from tests.application.kit import EVERYTHING, ONE_CALL, alter, stopping, turn
from tests.application.soundness import assert_sound
from tests.discord.ordering_kit import Room, button
from tests.discord.overseeing_kit import text_of

pytestmark = pytest.mark.anyio

RESTING = f"{ONE_CALL} @ 0.05"


async def working(room: Room):
    card = await room.slash(room.ann, "order", text=RESTING)
    await room.press(room.ann, button(card, "Confirm"))
    order = room.orders()[-1]
    assert order.stage is Stage.WORKING
    return order


async def suspended(room: Room) -> None:
    await alter(room.house, lambda trader, why: trader.suspend(reason="", why=why), "ann")


async def unlinked(room: Room) -> None:
    traders = Traders(room.house.ledger, room.house.clock)
    await room.until(traders.unlink("ann", "discord", room.ann.user, by="operator"))


async def linked_to_another(room: Room) -> None:
    await unlinked(room)
    traders = Traders(room.house.ledger, room.house.clock)
    await room.until(traders.link("eve", "discord", room.ann.user, by="operator"))


async def without_the_permission(room: Room) -> None:
    kept = frozenset(EVERYTHING) - {Permission.LONG_OPTIONS}
    await alter(room.house, lambda trader, why: trader.set_permissions(kept, why=why), "ann")


async def halted(room: Room) -> None:
    await turn(room.house, stopping())


ALWAYS = (suspended, unlinked, halted)
OF_ORDERS = (linked_to_another, without_the_permission)
"""A way out stays open to them: one may close what the account holds, and needs no permission for it."""


@pytest.mark.parametrize(
    ("what", "meanwhile"),
    [
        *((what, each) for what in ("order", "replacement") for each in (*ALWAYS, *OF_ORDERS)),
        *(("list", each) for each in ALWAYS),
    ],
    ids=lambda each: getattr(each, "__name__", each),
)
async def test_a_yes_by_who_may_no_more_sends_nothing(room, what, meanwhile):
    match what:
        case "order":
            card = await room.slash(room.ann, "order", text=RESTING)
        case "replacement":
            order = await working(room)
            card = await room.slash(room.ann, "replace", order=order.reference, change="@ 0.10")
        case _:
            card = await room.slash(room.ann, "order", text=ONE_CALL)
            await room.press(room.ann, button(card, "Confirm"))
            assert room.orders()[-1].stage is Stage.FILLED
            card = await room.slash(room.ann, "flatten")
    before = len(room.house.books()[1])
    await meanwhile(room)
    with suppress(Refused):
        await room.press(room.ann, next(each for each in card.buttons if each.act in (Act.CONFIRM, Act.DO)))
    assert len(room.house.books()[1]) == before
    assert_sound(room.house)


@pytest.mark.parametrize("how", ["cancelled", "replaced"])
async def test_a_replacement_of_what_is_over_by_now_is_no_order(room, how):
    order = await working(room)
    card = await room.slash(room.ann, "replace", order=order.reference, change="@ 0.10")
    if how == "cancelled":
        await room.press(room.ann, Button("Cancel", Act.CANCEL, order.id.hex))
    else:
        other = await room.slash(room.ann, "replace", order=order.reference, change="@ 0.15")
        await room.press(room.ann, button(other, "Confirm"))
    before = at_work(room)
    page = await room.press(room.ann, button(card, "Confirm"))
    assert "Not replaced" in text_of(page)
    assert at_work(room) == before


async def test_two_replacements_of_one_order_that_are_confirmed_at_once_are_one(room):
    order = await working(room)
    cards = [await room.slash(room.ann, "replace", order=order.reference, change=f"@ 0.1{n}") for n in (0, 1)]
    await gather(*(room.press(room.ann, button(card, "Confirm")) for card in cards))
    assert len(at_work(room)) == 1
    assert [each.stage for each in room.orders()].count(Stage.REFUSED) == 1


def at_work(room: Room) -> list[str]:
    """What works at production."""
    return [each.broker_order for each in room.house.books()[1] if not each.status.is_terminal]
