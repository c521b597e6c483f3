"""Words that refer to an order (again, same but 455, close it): a card of what they come to, and no order yet."""

import pytest
from attrs import evolve

from tastyflow.domain.order.stages import Stage
from tastyflow_adapters.discord.page import Row
from tests.application.kit import MISSION
from tests.discord.answers_kit import labels, text_of
from tests.discord.ordering_kit import at_work, button, directly

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("text", "quantity", "strike"), [("same but 455", 10, 455), ("double it", 20, 450)])
@pytest.mark.parametrize("how", ["directly", "reply", "next"])
async def test_an_order_like_a_card_takes_its_place_with_what_is_new(room, how, text, quantity, strike):
    ann = directly(room.ann) if how == "directly" else room.ann
    _, line = await room.say(ann, "buy 10 SPY 450C 12/18")
    page, _ = await room.say(ann, text, replies_to=f"page-{line}" if how == "reply" else "")
    old, new = room.orders()
    assert old.stage is Stage.CANCELLED
    assert (new.legs[0].quantity, new.legs[0].instrument.strike) == (quantity, strike)
    assert new.waits_for_confirmation
    assert page.rows[0] == Row("new", (str(quantity if quantity == 20 else strike),), is_strong=True)
    assert room.nothing_was_sent


@pytest.mark.parametrize("how", ["reply to the live message", "directly"])
async def test_an_order_at_work_is_replaced_and_another_one_says_that_it_is_another(room, how):
    order, live = await at_work(room)
    ann, reply = (room.ann, live) if how != "directly" else (directly(room.ann), "")
    await room.say(ann, "make it 0.10", replies_to=reply)
    assert room.orders()[-1].replaces == order.id
    page, _ = await room.say(ann, "double it", replies_to=live)
    assert f"This is another order: order {order.reference} stays as it is." in text_of(page)
    assert (room.orders()[-1].replaces, room.orders()[-1].legs[0].quantity) == (None, 2)
    assert room.house.order(order.id).stage is Stage.WORKING


async def test_what_was_filled_is_closed_by_a_reply_with_a_card(room):
    card, _ = await room.say(directly(room.ann), MISSION)
    await room.press(room.ann, button(card, "Confirm"))
    card, _ = await room.say(directly(room.ann), "close it")
    closing = room.orders()[-1]
    assert "Confirm" in labels(card)
    assert (closing.legs[0].action.value, closing.legs[0].quantity) == ("sell_to_close", 10)
    assert closing.waits_for_confirmation


@pytest.mark.parametrize("how", ["reply", "directly"])
async def test_cancel_it_takes_back_the_card_that_waits(room, how):
    _, line = await room.say(directly(room.ann), MISSION)
    page, _ = await room.say(directly(room.ann), "cancel it", replies_to=f"page-{line}" if how == "reply" else "")
    assert "Cannot cancel" not in text_of(page)
    assert room.orders()[-1].stage is Stage.CANCELLED
    assert room.nothing_was_sent


async def test_same_but_means_the_last_order_after_a_question_that_no_part_of_an_order_answers(room):
    await room.say(directly(room.ann), "buy 10 SPY 450C 12/18")
    await room.say(directly(room.ann), "did I get filled?")
    await room.say(directly(room.ann), "same but 455")
    assert [order.legs[0].instrument.strike for order in room.orders()] == [450, 455]


async def test_the_last_order_is_meant_after_other_commands_where_the_bot_is_written_to(room):
    await room.say(directly(room.ann), "buy 10 SPY 450C 12/18")
    await room.say(directly(room.ann), "positions")
    page, _ = await room.say(directly(room.ann), "12/11")
    assert page is None or "Write an order" in text_of(page)
    await room.say(directly(room.ann), "same but 455")
    assert [order.legs[0].instrument.strike for order in room.orders()] == [450, 455]


@pytest.mark.parametrize("text", ["again", "double it", "close it", "make it 5"])
async def test_without_an_order_before_it_who_writes_to_the_bot_is_told(room, text):
    page, _ = await room.say(directly(room.ann), text)
    assert "There is no order" in text_of(page)
    assert room.orders() == []


@pytest.mark.parametrize("text", ["again", "double it", "close it", "again?", "lol double it", "same"])
async def test_where_people_talk_such_words_are_talk(room, text):
    room.chat = evolve(room.chat, here=evolve(room.chat.here, plain_text=True))
    page, _ = await room.say(room.ann, text)
    assert page is None
    await room.say(room.ann, "buy 10 SPY 450C")
    page, _ = await room.say(room.ann, text, replies_to="a message of bob")
    assert page is None
    assert all(order.stage is Stage.REFUSED for order in room.orders())
