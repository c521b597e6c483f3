"""Conversation: answers complete a text, and nothing is ever done on a fragment; an edit never trades."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.domain.order.stages import Stage
from tastyflow.errors import Refused, StoreFailure, VenueRefused
from tastyflow_adapters.discord.answers.conversing import BY_COMMAND
from tastyflow_adapters.discord.answers.remembering import QUESTIONS
from tastyflow_adapters.discord.commands import COMMANDS
from tastyflow_adapters.discord.page import ChatPage
from tastyflow_grammar.answering.filling import ASKED
from tests.application.kit import MISSION, ONE_CALL
from tests.application.soundness import assert_sound
from tests.discord.answers_kit import labels, text_of
from tests.discord.ordering_kit import another_process, at_work, button, directly, ordering, quantities

pytestmark = pytest.mark.anyio


# ── whole lines, directly and where others read along ────────────────────────────────────────────────────────────


async def test_a_whole_line_written_directly_is_a_card(room):
    card, _ = await room.say(directly(room.ann), MISSION)
    assert labels(card) == ["Confirm", "Change", "Dismiss"]
    await room.press(directly(room.ann), button(card, "Confirm"))
    assert room.orders()[0].stage is Stage.FILLED


async def test_in_a_guild_all_read_the_words_and_the_trader_alone_the_card(room):
    page, _ = await room.say(room.ann, MISSION)
    (order,) = room.orders()
    assert isinstance(page, ChatPage)
    assert not page.is_private
    assert (page.lines, labels(page)) == ((order.words,), ["Show the card", "Dismiss"])
    assert page.rows == ()
    assert page.place == "FAKE"
    card = await room.press(room.ann, button(page, "Show the card"))
    assert card.is_private
    assert "Confirm" in labels(card)
    await room.press(room.ann, button(card, "Confirm"))
    stands = await room.press(room.ann, button(page, "Show the card"))
    assert "filled" in stands.title


@pytest.mark.parametrize("label", ["Show the card", "Dismiss"])
async def test_no_other_person_uses_the_buttons_below_a_line(room, label):
    page, _ = await room.say(room.ann, MISSION)
    with pytest.raises(Exception, match="Only the trader who asked"):
        await room.press(room.eve, button(page, label))
    assert quantities(room) == [(10, True)]


async def test_what_an_account_says_of_an_order_is_not_said_to_all(room):
    page, _ = await room.say(room.ann, "sell to close 4 SPY 450 calls exp Dec 18 2026")
    assert isinstance(page, ChatPage)
    assert page.lines == ("“sell to close 4 SPY 450 calls exp Dec 18 2026”",)
    assert labels(page) == ["Show why"]
    why = await room.press(room.ann, page.buttons[0])
    assert why.is_private
    assert "There is no position in SPY 450 call Dec 18 2026 to close." in why.lines


async def test_what_a_venue_or_a_permission_says_of_a_line_is_not_said_to_all(room):
    page, _ = await room.say(room.ann, "cancel ffffff")
    assert "ffffff" in page.footer
    line, _ = await room.say(room.ann, f"{ONE_CALL} @ 0.05")
    await room.press(room.ann, button(await room.press(room.ann, button(line, "Show the card")), "Confirm"))
    for no in (
        VenueRefused("5WT00001 is restricted: call the trade desk"),
        Refused("ann is a canary", code="not_permitted"),
        StoreFailure("/canary/log.db is full"),
    ):
        room.desk._desks.cancel = raising(no)
        page, _ = await room.say(room.ann, "cancel last")
        assert (page.is_private, page.lines, page.footer) == (False, ("“cancel last”",), "Nothing was done.")
        assert labels(page) == ["Ask it again, for me alone"]


def raising(no):
    async def cancel(*_, **__):
        raise no

    return cancel


@pytest.mark.parametrize("line", ["positions", "balance", "flatten all", "preview buy 10 SPY 450C 12/18", "orders"])
async def test_what_only_looks_is_answered_to_its_author_alone(room, line):
    page, _ = await room.say(room.ann, line)
    assert isinstance(page, ChatPage)
    assert (page.is_private, page.lines, labels(page)) == (False, (f"“{line}”",), ["Show it"])
    shown = await room.press(room.ann, page.buttons[0])
    assert shown.is_private


async def test_a_cancel_is_done_where_it_is_typed_and_only_once(room):
    card, _ = await room.say(directly(room.ann), f"{ONE_CALL} @ 0.05")
    await room.press(room.ann, button(card, "Confirm"))
    page, _ = await room.say(room.ann, "cancel last")
    assert isinstance(page, ChatPage)
    assert page.lines == (f"{room.orders()[0].reference}: cancelled",)
    assert page.buttons == ()


async def test_a_cancel_that_finds_nothing_says_so_where_it_was_typed(room):
    page, _ = await room.say(room.ann, "cancel ffffff")
    assert "There is no order 'ffffff'." in page.footer
    assert page.buttons == ()


async def test_why_a_cancel_was_not_done_is_a_press_away_and_private(room):
    await room.say(room.ann, "sell")
    page, _ = await room.say(room.ann, "cancel last")
    assert isinstance(page, ChatPage)
    why = await room.press(room.ann, page.buttons[0])
    assert why.is_private
    assert "is refused already" in text_of(why)


@pytest.mark.parametrize("text", ["good morning", "lol", "who bought SPY yesterday?", "5", "12/18", "@ 1.25"])
async def test_ordinary_chat_is_silence(room, text):
    page, _ = await room.say(room.ann, text)
    assert page is None
    assert room.desk.lookup.newest_orders(5) == ()


async def test_who_writes_directly_is_told_once_what_the_bot_is_for(room):
    hint, _ = await room.say(directly(room.ann), "hello there")
    assert "Write an order" in text_of(hint)
    again, _ = await room.say(directly(room.ann), "are you there")
    assert again is None


@pytest.mark.parametrize("name", sorted(BY_COMMAND))
async def test_the_name_of_a_command_that_is_no_line_is_answered_with_the_command(room, name):
    for asker in (room.ann, directly(room.ann)):
        page, _ = await room.say(asker, name.capitalize())
        assert page.lines == (f"That is a command: type /{name}.",)
    assert name in {each.name for each in COMMANDS}
    assert room.orders() == []


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("is_direct", [True, False])
async def test_a_reply_to_the_question_completes_the_line(room, is_direct):
    ann = directly(room.ann) if is_direct else room.ann
    question, line = await room.say(ann, "buy 10 SPY 450C")
    assert "Which expiration?" in text_of(question)
    assert question.is_private is is_direct
    assert question.footer.startswith("Reply to this with the answer")
    card, _ = await room.say(ann, "12/18", replies_to=f"page-{line}")
    (order,) = room.orders()
    assert order.asked.text == "buy 10 SPY 450C 12/18"
    assert order.waits_for_confirmation
    assert ("Confirm" if is_direct else "Show the card") in labels(card)


async def test_what_no_answer_can_settle_asks_for_none(room):
    for text in ("sell 100 AAPL trailing stop 3%", "buy 10 SPY 451.37C Dec 18"):
        page, _ = await room.say(directly(room.ann), text)
        assert "Reply to this" not in page.footer


def test_the_codes_that_an_answer_settles_are_those_of_the_language():
    assert set(map(str, ASKED)) == QUESTIONS


async def test_the_next_line_answers_the_latest_question_there(room):
    await room.say(room.ann, "buy 10 SPY 450C")
    page, _ = await room.say(room.ann, "12/18")
    assert page.lines == (room.orders()[0].words,)


async def test_a_suggestion_is_taken_by_its_number(room):
    question, _ = await room.say(directly(room.ann), "buy 10 SPY 450C 12/19")
    card, _ = await room.say(directly(room.ann), "1")
    assert "Confirm" in labels(card)
    assert room.orders()[0].asked.text == question.buttons[0].label


@pytest.mark.parametrize(
    ("answer", "quantity", "price"),
    [("make it 5", 5, ""), ("x5", 5, ""), ("@ 7.95", 10, "7.95"), ("gtc", 10, "")],
)
@pytest.mark.parametrize("how", ["directly", "reply", "next"])
async def test_an_answer_to_a_card_is_a_new_card_and_the_old_one_is_withdrawn(room, answer, quantity, price, how):
    ann = directly(room.ann) if how == "directly" else room.ann
    _, line = await room.say(ann, "buy 10 SPY 450C 12/18")
    page, _ = await room.say(ann, answer, replies_to=f"page-{line}" if how == "reply" else "")
    old, new = room.orders()
    assert (old.stage, old.message) == (Stage.CANCELLED, "changed by the trader")
    assert new.waits_for_confirmation
    assert new.legs[0].quantity == quantity
    assert price in ("", str(new.ticket.price))
    assert new.words in text_of(page)
    assert set(room.house.trader("ann").reserved) == {new.id}
    assert room.nothing_was_sent


async def test_cards_are_changed_again_and_again(room):
    _, line = await room.say(room.ann, "buy 10 SPY 450C 12/18")
    for text in ("make it 5", "@ 7.90", "make it 3"):
        _, line = await room.say(room.ann, text, replies_to=f"page-{line}")
    assert quantities(room) == [(10, False), (5, False), (5, False), (3, True)]
    assert room.orders()[-1].asked.text == "buy 3 SPY 450C 12/18 @ 7.90"


async def test_a_card_of_a_slash_command_is_answered_by_the_next_line_there(room):
    await room.slash(room.ann, "order", text="buy 10 SPY 450C 12/18")
    await room.say(room.ann, "make it 5")
    assert quantities(room) == [(10, False), (5, True)]


async def test_what_was_confirmed_is_not_changed_by_an_answer(room):
    card, line = await room.say(directly(room.ann), f"{ONE_CALL} @ 0.05")
    await room.press(room.ann, button(card, "Confirm"))
    for reply in (f"page-{line}", ""):
        page, _ = await room.say(directly(room.ann), "make it 5", replies_to=reply)
        (order,) = room.orders()
        assert order.stage is Stage.WORKING
        assert f"Write 'cancel {order.reference}', then 'same but x5'." in text_of(page)
        assert "Confirm" not in labels(page)


async def test_a_question_is_answered_by_its_own_person(room):
    _, line = await room.say(room.ann, "buy 10 SPY 450C")
    for reply in ("", f"page-{line}"):
        page, _ = await room.say(room.eve, "12/18", replies_to=reply)
        assert page is None
    assert room.orders() == []


async def test_a_reply_to_something_else_answers_no_question(room):
    await room.say(room.ann, "buy 10 SPY 450C")
    page, _ = await room.say(room.ann, "12/18", replies_to="a message of bob")
    assert page is None
    assert room.orders() == []


async def test_a_question_is_forgotten_with_the_next_command_and_with_time(room):
    await room.say(room.ann, "buy 10 SPY 450C")
    await room.say(room.ann, "positions")
    page, _ = await room.say(room.ann, "12/18")
    assert page is None
    await room.say(room.ann, "buy 10 SPY 450C")
    room.house.clock.jump(601)
    page, _ = await room.say(room.ann, "12/18")
    assert page is None


@pytest.mark.parametrize("text", ["5", "450", "make it 200", "make it sell"])
async def test_people_talk_below_a_card_and_hear_nothing(room, text):
    """A card asks nothing: what is no change of it is chat, unless it replies to it."""
    _, line = await room.say(room.ann, "buy 10 SPY 450C 12/18")
    page, _ = await room.say(room.ann, text)
    assert page is None
    told, _ = await room.say(room.ann, text, replies_to=f"page-{line}")
    assert isinstance(told, ChatPage)
    assert not told.is_private
    assert quantities(room) == [(10, True)]


async def test_of_two_meanings_one_is_pressed_and_takes_the_place_of_the_card(room):
    _, line = await room.say(room.ann, "buy 46 SPY 450C 12/18")
    told, _ = await room.say(room.ann, "make it 455", replies_to=f"page-{line}")
    assert labels(told) == ["buy 455 SPY 450C 12/18", "buy 46 SPY 455C 12/18"]
    await room.press(room.ann, told.buttons[1])
    assert quantities(room) == [(46, False), (46, True)]
    assert room.orders()[-1].asked.text == "buy 46 SPY 455C 12/18"


async def test_a_reply_to_the_live_message_is_a_change_of_its_order_with_a_card_of_its_own(room):
    order, live = await at_work(room)
    page, _ = await room.say(room.ann, "@ 0.10 gtc", replies_to=live)
    assert labels(page) == ["Show the card", "Dismiss"]
    new = room.orders()[-1]
    assert (new.replaces, new.waits_for_confirmation) == (order.id, True)
    assert room.house.order(order.id).stage is Stage.WORKING
    card = await room.press(room.ann, button(page, "Show the card"))
    await room.press(room.ann, button(card, "Confirm"))
    assert room.house.order(order.id).stage is Stage.CANCELLED
    assert room.house.order(new.id).stage is Stage.WORKING


async def test_a_reply_of_another_person_to_a_live_message_does_nothing(room):
    order, live = await at_work(room)
    for text in ("@ 0.10", "cancel", "make it 5"):
        page, _ = await room.say(room.eve, text, replies_to=live)
        assert page is None or "“cancel”" in text_of(page)
    assert room.house.order(order.id).stage is Stage.WORKING
    assert len(room.orders()) == 1


async def test_cancel_as_a_reply_to_the_live_message_cancels_that_order(room):
    order, live = await at_work(room)
    page, _ = await room.say(room.ann, "Cancel", replies_to=live)
    assert page.lines == (f"{order.reference}: cancelled",)


@pytest.mark.parametrize("text", ["yes", "Confirm!", "ok", "do it"])
@pytest.mark.parametrize("is_direct", [True, False])
async def test_a_yes_in_words_sends_nothing_and_says_so(room, text, is_direct):
    ann = directly(room.ann) if is_direct else room.ann
    _, line = await room.say(ann, "buy 10 SPY 450C 12/18")
    page, _ = await room.say(ann, text, replies_to="" if is_direct else f"page-{line}")
    assert "Nothing was sent by that" in text_of(page)
    assert quantities(room) == [(10, True)]
    assert room.nothing_was_sent


async def test_a_yes_to_a_question_asks_for_the_line_that_is_meant(room):
    _, line = await room.say(room.ann, "buy 10 SPY 450C")
    page, _ = await room.say(room.ann, "yes", replies_to=f"page-{line}")
    assert "press the line that is meant" in text_of(page)
    assert room.orders() == []


async def test_cancel_as_a_reply_to_a_card_withdraws_that_card(room):
    _, line = await room.say(room.ann, "buy 10 SPY 450C 12/18")
    await room.say(room.ann, "buy 2 SPY 455C 12/18")
    await room.say(room.ann, "cancel", replies_to=f"page-{line}")
    assert quantities(room) == [(10, False), (2, True)]


@pytest.mark.parametrize("text", ["make it 5", "yes"])
async def test_words_that_change_nothing_of_a_working_order_are_answered(room, text):
    order, live = await at_work(room)
    page, _ = await room.say(room.ann, text, replies_to=live)
    assert page.lines[0] == f"Nothing was changed by that: order {order.reference} is working."
    assert len(room.orders()) == 1
    silence, _ = await room.say(room.ann, "how is it going?", replies_to=live)
    assert silence is None


async def test_the_line_that_a_reply_makes_names_its_order_as_people_do(room):
    order, live = await at_work(room)
    await room.say(room.ann, "@ 0.10", replies_to=live)
    assert room.orders()[-1].asked.text == f"replace {order.reference} @ 0.10"


async def test_the_conversation_goes_on_after_a_restart(tmp_path):
    async with ordering(path=tmp_path) as room:
        _, line = await room.say(room.ann, "buy 10 SPY 450C")
        async with another_process(room, tmp_path) as later:
            _, line = await later.say(later.ann, "12/18", replies_to=f"page-{line}")
        async with another_process(room, tmp_path) as later:
            await later.say(later.ann, "make it 5", replies_to=f"page-{line}")
            assert quantities(later) == [(10, False), (5, True)]


# ── whatever is said ─────────────────────────────────────────────────────────────────────────────────────────────

LINES = ["buy 10 SPY 450C", MISSION, "positions", "cancel last", "buy"]
FRAGMENTS = ["12/18", "make it 5", "@ 7.90", "1", "455C", "make it 455", "again", "double it", "close it", "cancel it"]
TALK = ["yes", "y", "confirm", "ok send it", "do it", "lol"]
SAID = st.sampled_from([*LINES, *FRAGMENTS, *TALK])


@given(st.lists(st.tuples(SAID, st.booleans(), st.booleans()), max_size=7))
@settings(max_examples=30, deadline=None)
def test_whatever_is_said_nothing_is_sent_without_a_press(lines):
    async def story_of() -> None:
        async with ordering() as room:
            before = ""
            for text, is_direct, is_reply in lines:
                ann = directly(room.ann) if is_direct else room.ann
                _, before = await room.say(ann, text, replies_to=f"page-{before}" if is_reply and before else "")
            assert room.nothing_was_sent
            waiting = [each for each in room.orders() if each.waits_for_confirmation]
            assert set(room.house.trader("ann").reserved) == {each.id for each in waiting}
            assert_sound(room.house)

    asyncio.run(story_of())
