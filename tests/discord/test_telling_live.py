"""One live message for each order, made from the log, from its confirmation to its end."""

import re

import pytest

from tastyflow.domain.order.stages import Stage
from tastyflow_adapters.config.discord_choices import Level
from tastyflow_adapters.discord.gate import Standing, closed_to
from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.memory.live import LiveMessages
from tastyflow_adapters.discord.page import Act, Tone
from tastyflow_adapters.discord.pages.live import MOST_TOLD_OVER
from tastyflow_adapters.discord.request import Asker
from tastyflow_adapters.discord.telling.live import EDIT_EVERY_S
from tastyflow_adapters.discord.telling.places import NOT_HERE
from tastyflow_adapters.discord.telling.posting import MessageGone
from tastyflow_adapters.fake import Plan, ScriptedModel
from tastyflow_adapters.fake.order_plan import fill, live, reject
from tests.application.kit import MISSION, PRODUCTION, DeskUnderTest
from tests.discord.telling_kit import CHANNEL, DIRECT, NONCE_S, USER, ChatOfTests, chosen, linked, telling

pytestmark = pytest.mark.anyio

SLOW = (live(), fill(4, after_s=60.0), fill(6, after_s=60.0))


def scripted(*steps):
    return ScriptedModel(lambda _ticket: Plan(steps))


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def build():
    built = []

    async def make(*live_steps, **parts):
        models = (None, scripted(*live_steps) if live_steps else None)
        house = DeskUnderTest.make(models=models, **parts)
        built.append(house)
        await house.hire()
        await linked(house)
        return house

    yield make
    for house in built:
        house.ledger.close()


def acts(page):
    return [button.act for button in page.buttons]


async def test_an_order_has_one_live_message_from_its_confirmation_to_its_last_fill(build):
    async with telling(await build()) as there:
        order = await there.confirmed(MISSION)
        await there.settled()
    (message,) = there.chat.live(order)
    assert (message.channel, message.is_silent) == (CHANNEL, True)
    assert message.page.title == f"Order {order.reference} · filled"
    assert message.page.tone is Tone.GOOD
    assert "filled 10 of 10 at 8.01 on average" in message.page.lines


async def test_what_was_never_confirmed_has_none(build):
    async with telling(await build()) as there:
        order = await there.asked(MISSION)
        await there.settled()
        assert there.chat.messages == []
        await there.house.until(there.desk.decline(there.message("no"), order.reference))
        await there.asked("buy 1000 calls for SPY at strike 450 expiring next month")  # refused by a limit
        await there.settled()
    assert there.chat.messages == []


async def test_orders_of_other_platforms_are_not_told_here(build):
    house = await build()
    async with telling(house) as there:
        await house.place(there.desk, MISSION)
        await there.settled()
    assert there.chat.messages == []


async def test_the_message_follows_the_order_fill_by_fill(build):
    async with telling(await build(*SLOW)) as there:
        order = await there.confirmed(MISSION)
        await there.settled()
        (message,) = there.chat.live(order)
        assert message.page.title == f"Order {order.reference} · working"
        assert acts(message.page) == [Act.CANCEL, Act.REPLACE, Act.WHY]
        await there.pass_s(70.0)
        await there.settled()
        assert message.page.title == f"Order {order.reference} · working, 4 of 10 filled"
        await there.pass_s(70.0)
        await there.settled()
    assert there.chat.live(order) == [message]
    assert message.page.title == f"Order {order.reference} · filled"
    assert acts(message.page) == [Act.WHY]


async def test_fifty_fills_at_once_are_a_handful_of_edits_and_the_last_one_is_right(build):
    burst = (live(), *(fill(1, after_s=0.1) for _ in range(50)))
    async with telling(await build(*burst)) as there:
        order = await there.confirmed(MISSION.replace("10", "50"))
        await there.pass_s(10.0)
        await there.settled()
    (message,) = there.chat.live(order)
    assert message.page.title == f"Order {order.reference} · filled"
    assert "filled 50 of 50 at 8.01 on average" in message.page.lines
    assert len(message.pages) <= 10 / EDIT_EVERY_S + 3
    for page in message.pages[1:-1]:  # a title is never ahead of what is told below it
        number = re.search(r"(\d+) of 50 filled", page.title)
        assert number is None or f"; {number[1]} of 50." in page.rows[-1].lines[-1]
    assert [each.page.title for each in there.chat.told()] == [f"Order {order.reference} · filled"]


async def test_every_sentence_stands_in_it_once_and_in_order(build):
    async with telling(await build(*SLOW)) as there:
        order = await there.confirmed(MISSION, channel=DIRECT)
        await there.pass_s(130.0)
        await there.settled()
    (message,) = there.chat.live(order)
    (so_far,) = (row.lines for row in message.page.rows if row.name.startswith("so far"))
    told = [line.partition(" ")[2] for line in so_far if not line.startswith("…")]
    assert len(set(told)) == len(told) == MOST_TOLD_OVER
    assert told[-3:] == ["Filled 4 at 8.01; 4 of 10.", "Filled 6 at 8.01; 10 of 10.", "Filled."]


async def test_a_message_that_was_deleted_is_followed_by_another_one(build):
    async with telling(await build(*SLOW)) as there:
        order = await there.confirmed(MISSION)
        await there.settled()
        (first,) = there.chat.live(order)
        first.is_deleted = True
        await there.pass_s(70.0)
        await there.settled()
    (_, second) = there.chat.live(order)
    assert second.page.title.endswith("working, 4 of 10 filled")


@pytest.mark.parametrize("is_refused", [True, False], ids=["Discord refuses the edit", "an hour has passed"])
async def test_news_of_an_old_message_is_a_new_message(build, is_refused):
    house = await build(live(), fill(10, after_s=60.0 if is_refused else 3700.0))
    async with telling(house) as there:
        order = await there.confirmed(MISSION)
        await there.settled()
        there.chat.too_old, edits = is_refused, len(there.chat.edited)
        await there.pass_s(70.0 if is_refused else 3710.0)
        await there.settled()
    first, second = there.chat.live(order)
    assert first.page.title.endswith("working")
    assert second.page.title.endswith("filled")
    assert len(there.chat.edited) == edits


async def test_what_a_channel_forbids_is_told_directly(build):
    async with telling(await build(*SLOW)) as there:
        order = await there.confirmed(MISSION)
        await there.settled()
        there.chat.forbidden = {CHANNEL}
        await there.pass_s(130.0)
        await there.settled()
    first, second = there.chat.live(order)
    assert (first.channel, second.channel) == (CHANNEL, DIRECT)
    assert second.page.title.endswith("filled")
    assert [each.channel for each in there.chat.told()] == [DIRECT]
    assert there.house.order(order.id).stage is Stage.FILLED


@pytest.mark.parametrize("are_taken", [True, False])
async def test_a_message_that_fell_back_to_direct_messages_has_no_button_whose_press_is_refused_there(build, are_taken):
    async with telling(await build(*SLOW), here=chosen(direct_messages=are_taken)) as there:
        there.chat.forbidden = {CHANNEL}
        order = await there.confirmed(MISSION)
        await there.settled()
        working = there.chat.live(order)[-1].page
        await there.pass_s(130.0)
        await there.settled()
    pages = [working, *(each.page for each in (*there.chat.live(order), *there.chat.told()))]
    assert len(pages) == 3
    for page in pages:
        assert bool(page.buttons) is are_taken
        assert (NOT_HERE in page.footer) is not are_taken
    asker = Asker(USER, "ann", "", DIRECT)
    assert (
        closed_to(asker, Standing.TRADER, chosen(direct_messages=are_taken), is_for_posts=True) is None
    ) is are_taken


async def test_what_can_be_told_nowhere_is_kept_until_something_changes(build, caplog):
    async with telling(await build()) as there:
        there.chat.forbidden, there.chat.closed = {CHANNEL}, {DIRECT}
        order = await there.confirmed(MISSION)
        await there.pass_s(600.0)
        assert there.chat.messages == []
        assert f"Order {order.reference}: its trader can be told nowhere" in caplog.text
        assert len(there.chat.calls) < 30  # Discord counts what it refuses
        there.chat.forbidden, there.chat.closed = set(), set()
        there.telling.again()
        await there.settled()
    assert [each.channel for each in there.chat.live(order)] == [CHANNEL]
    assert len(there.chat.told()) == 1
    assert there.house.order(order.id).stage is Stage.FILLED


async def test_a_page_that_discord_refuses_is_given_up_and_the_next_is_shown(build):
    async with telling(await build(*SLOW)) as there:
        there.chat.refused = lambda page: "4 of 10" in page.title
        order = await there.confirmed(MISSION)
        await there.pass_s(130.0)
        await there.settled()
    (message,) = there.chat.live(order)
    assert message.page.title.endswith("filled")
    assert not any("4 of 10" in page.title for page in message.pages)


async def test_two_tellers_of_one_memory_post_once_and_end_with_the_newest(build):
    house, memory = await build(*SLOW), MemoryFile.open(None)
    chat = ChatOfTests(house.clock, takes_s=0.2)
    async with telling(house, chat=chat, memory=memory) as there, telling(house, chat=chat, memory=memory) as other:
        order = await there.confirmed(MISSION)
        await there.pass_s(130.0)
        await there.settled()
        await other.settled()
    (message,) = chat.live(order)
    assert message.page.title.endswith("filled")
    assert len(chat.told()) == 1
    memory.close()


@pytest.mark.parametrize("later_s", [100.0, 1000.0], ids=["Discord knows the nonce", "Discord has forgotten it"])
async def test_an_open_order_is_shown_anew_where_the_memory_was_lost(build, later_s):
    house = await build(live(), fill(4, after_s=60.0))
    chat = ChatOfTests(house.clock)
    async with telling(house, chat=chat) as there:
        order = await there.confirmed(MISSION)
        await there.settled()
    async with house.desk() as desk:  # a process without a chat
        await house.until(desk.refresh(order.id))
        await house.until(house.clock.sleep(later_s))
    async with telling(house, chat=chat) as there:
        await there.settled()
    messages = chat.live(order)
    assert len(messages) == (1 if later_s < NONCE_S else 2)
    assert messages[-1].page.title.endswith("working, 4 of 10 filled")


async def test_what_is_over_is_forgotten_in_the_end(build):
    house, memory = await build(), MemoryFile.open(None)
    async with telling(house, memory=memory) as there:
        order = await there.confirmed(MISSION)
        await there.settled()
    assert LiveMessages(memory).find(order.id) is not None
    house.clock.jump(31 * 24 * 3600.0)
    async with telling(house, memory=memory) as there:
        await there.settled()
    assert LiveMessages(memory).find(order.id) is None
    memory.close()


async def test_a_kind_that_is_off_is_neither_told_nor_said_and_the_end_is_shown_all_the_same(build):
    off = {"filled": Level.OFF, "part_filled": Level.OFF}
    async with telling(await build(), here=chosen(notices=off)) as there:
        order = await there.confirmed(MISSION)
        await there.settled()
    (message,) = there.chat.live(order)
    assert message.page.title.endswith("filled")
    assert there.chat.told() == []
    (so_far,) = (row.lines for row in message.page.rows if row.name.startswith("so far"))
    assert not any("Filled" in line for line in so_far)


async def test_a_refusal_by_the_venue_is_told_with_a_sound(build):
    async with telling(await build(reject("margin"))) as there:
        order = await there.confirmed(MISSION)
        await there.settled()
    (message,) = there.chat.live(order)
    assert message.page.tone is Tone.BAD
    (notice,) = there.chat.told()
    assert (notice.is_silent, notice.reply_to) == (False, message.id)


@pytest.mark.parametrize("what", ["post", "edit"])
async def test_a_discord_that_gives_odd_answers_for_ever_is_not_asked_in_a_loop(build, what):
    class OddChat(ChatOfTests):
        async def post(self, *args, **more):
            if what == "post":
                self.calls.append(("post", "", 0.0))
                raise MessageGone("odd")
            return await super().post(*args, **more)

        async def edit(self, *args, **more):
            await super().edit(*args, **more)
            raise MessageGone("odd")

    house = await build(*SLOW)
    async with telling(house, chat=OddChat(house.clock)) as there:
        order = await there.confirmed(MISSION)
        await there.pass_s(100.0)
        assert len(there.chat.calls) < 40
    assert there.house.order(order.id).stage is Stage.WORKING


async def test_a_channel_that_never_took_a_message_is_asked_once_and_its_news_told_directly(build):
    async with telling(await build()) as there:
        there.chat.forbidden = {CHANNEL}
        order = await there.confirmed(MISSION)
        await there.settled()
    assert [each.channel for each in there.chat.live(order)] == [DIRECT]
    assert [each.channel for each in there.chat.told()] == [DIRECT]
    assert [where for what, where, _ in there.chat.calls if what == "post"].count(CHANNEL) == 1


async def test_a_page_is_as_new_as_what_was_told_and_no_newer(build):
    async with telling(await build(live(), fill(4), fill(6))) as there:
        order = await there.confirmed(MISSION)
        await there.settled()
        stories = there.telling._stories
        story = stories._story(order.id)
        behind = [key for key, told in story.items() if told.order.filled(PRODUCTION) <= 4]
        stories._known.put(order.id, {key: story[key] for key in behind})  # the reader of the log is not there yet
        page = there.telling._page(order.id, True)
        assert page.title.endswith("working, 4 of 10 filled")
        assert page.rows[-1].lines[-1].endswith("Filled 4 at 8.01; 4 of 10.")
