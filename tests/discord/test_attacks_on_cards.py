"""What happens between a card and its yes: the yes of a moment ago is held against how things stand now."""

from asyncio import gather
from contextlib import suppress
from decimal import Decimal

import pytest

from tastyflow.application.traders import Traders
from tastyflow.domain.halt import Trading
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.trader import Permission
from tastyflow.domain.venue import Position
from tastyflow.errors import Refused
from tastyflow_adapters.discord.answers.ordering import deciding
from tastyflow_adapters.discord.page import Act, Button
from tests.application.kit import CALL, EVERYTHING, ONE_CALL, alter, stopping, turn
from tests.application.soundness import assert_sound
from tests.discord.answers_kit import request, text_of
from tests.discord.ordering_kit import Room, button

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


async def test_a_yes_in_the_moment_of_a_change_stands_and_the_change_makes_no_second_order(room, monkeypatch):
    card = await room.slash(room.ann, "order", text=RESTING)
    decline = room.desk.decline

    async def and_before_it_the_yes(*asked, **how):
        await deciding.confirm(room.chat, request(room.house, room.ann, about=button(card, "Confirm").about))
        return await decline(*asked, **how)

    monkeypatch.setattr(room.desk, "decline", and_before_it_the_yes)
    with pytest.raises(Refused) as no:
        await room.press(room.ann, button(card, "Change"), fields={"text": f"{ONE_CALL} @ 0.10"})
    assert no.value.code == "not_waiting"
    assert [each.stage for each in room.orders()] == [Stage.WORKING]


async def test_a_list_that_was_put_away_in_the_moment_of_its_yes_is_not_closed(room, monkeypatch):
    room.house.live.endow(Position(CALL, 4, Decimal(5)))
    page, planned = await room.slash(room.ann, "flatten"), room.desk.planned

    async def and_then_it_is_put_away(*asked):
        found = await planned(*asked)
        await deciding.dismiss(room.chat, request(room.house, room.ann, about=button(page, "Dismiss").about))
        return found

    monkeypatch.setattr(room.desk, "planned", and_then_it_is_put_away)
    await room.press(room.ann, button(page, "Close it"))
    assert room.nothing_was_sent


async def test_another_trader_fills_in_no_form_of_a_card(room):
    card = await room.slash(room.ann, "order", text=RESTING)
    for text in (RESTING, "no order at all", f"{ONE_CALL} @ 0.10"):
        with pytest.raises(Refused) as no:
            await room.press(room.eve, button(card, "Change"), fields={"text": text})
        assert no.value.code == "not_permitted"
    (order,) = room.orders()
    assert order.waits_for_confirmation


async def test_an_offer_is_used_for_what_it_was_made_for_alone(room):
    """The ids of buttons are text: one act can be sent with the offer of another."""
    room.house.live.endow(Position(CALL, 4, Decimal(5)))
    plans = [
        button(await room.slash(room.ann, "flatten"), "Close it"),
        button(await room.slash(room.ann, "halt", reason="buy 1 SPY 450C 12/18"), "Halt"),
    ]
    line = button(await room.slash(room.ann, "preview", text=RESTING), "Order it")
    for act, about in (*((Act.SUGGESTION, each.about) for each in plans), (Act.DO, line.about)):
        with pytest.raises(Refused) as no:
            await room.press(room.ann, Button("forged", act, about))
        assert no.value.code == "offer_over"
    for about in (*(each.about for each in plans), line.about):
        with pytest.raises(Refused):
            await room.press(room.ann, Button("forged", Act.CONFIRM, about))
    assert not room.orders()
    assert room.nothing_was_sent
    assert room.desk.context.halt().trading is Trading.RUNNING


def at_work(room: Room) -> list[str]:
    """What works at production."""
    return [each.broker_order for each in room.house.books()[1] if not each.status.is_terminal]
