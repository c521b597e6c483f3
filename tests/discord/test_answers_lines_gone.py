"""Lines that are edited or deleted: an unconfirmed card goes with its line, and an edit never trades."""

from decimal import Decimal

import pytest

from tastyflow.domain.order.stages import Stage
from tastyflow.domain.venue import Position
from tastyflow_adapters.discord.page import ChatPage
from tests.application.kit import CALL, MISSION, ONE_CALL
from tests.discord.answers_kit import labels, text_of
from tests.discord.ordering_kit import button, directly, quantities

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("how", ["edited", "deleted"])
async def test_an_unconfirmed_card_is_withdrawn_with_its_line(room, how):
    page, line = await room.say(room.ann, MISSION)
    said = await (room.edit(room.ann, line, ONE_CALL) if how == "edited" else room.delete(line))
    (order,) = room.orders()
    assert (order.stage, order.message) == (Stage.CANCELLED, f"its message was {how}")
    assert f"its message was {how}" in text_of(said)
    assert ("Write it as a new message" in text_of(said)) is (how == "edited")
    assert not said.is_private
    assert room.house.trader("ann").reserved == {}
    late = await room.press(room.ann, button(page, "Show the card"))
    assert "Confirm" not in labels(late)
    answer, _ = await room.say(room.ann, "make it 5")
    assert "There is no order to change." in text_of(answer)
    assert room.nothing_was_sent


@pytest.mark.parametrize("how", ["edited", "deleted"])
async def test_what_was_confirmed_stays_as_it_is_and_that_is_said(room, how):
    card, line = await room.say(directly(room.ann), MISSION)
    await room.press(room.ann, button(card, "Confirm"))
    said = await (room.edit(room.ann, line, ONE_CALL) if how == "edited" else room.delete(line))
    assert "changes nothing of order" in text_of(said)
    assert [each.stage for each in room.orders()] == [Stage.FILLED]


@pytest.mark.parametrize("how", ["edited", "deleted"])
async def test_an_order_of_a_suggestion_that_was_pressed_outlives_the_line_that_was_refused(room, how):
    refused, line = await room.say(directly(room.ann), "buy 10 SPY 451.37C Dec 18")
    card = await room.press(room.ann, refused.buttons[0])
    said = await (room.edit(room.ann, line, ONE_CALL) if how == "edited" else room.delete(line))
    (waits,) = [each for each in room.orders() if each.stage is not Stage.REFUSED]
    assert waits.waits_for_confirmation
    assert "withdrawn" not in text_of(said or ChatPage())
    await room.press(room.ann, button(card, "Confirm"))
    assert room.house.order(waits.id).stage is Stage.FILLED


async def test_an_edit_makes_no_order_and_says_to_write_anew(room):
    _, line = await room.say(room.ann, "buy 10 SPY 450C")
    said = await room.edit(room.ann, line, "buy 10 SPY 450C 12/18")
    assert "not read as an order" in text_of(said)
    assert room.orders() == []
    assert await room.edit(room.ann, "424242", MISSION) is None


async def test_what_discord_changes_of_a_line_is_no_edit(room):
    _, line = await room.say(room.ann, MISSION)
    assert await room.edit(room.ann, line, MISSION) is None
    assert quantities(room) == [(10, True)]


@pytest.mark.parametrize("is_direct", [True, False])
async def test_a_list_to_close_goes_with_its_line(room, is_direct):
    ann = directly(room.ann) if is_direct else room.ann
    room.house.live.endow(Position(CALL, 4, Decimal(5)))
    page, line = await room.say(ann, "flatten all")
    page = page if is_direct else await room.press(ann, button(page, "Show it"))
    assert "withdrawn" in text_of(await room.delete(line))
    with pytest.raises(Exception, match="time to say yes"):
        await room.press(ann, button(page, "Close it"))
    assert room.nothing_was_sent
