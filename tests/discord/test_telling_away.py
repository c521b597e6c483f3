"""Discord is away, or slow, or the process dies: all is told afterwards, once, in order, and trading goes on."""

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.domain.order.stages import Stage
from tastyflow_adapters.config.discord_choices import Level, NoticeKind
from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.telling.marking import BOOKMARK
from tastyflow_adapters.fake import Plan, ScriptedModel
from tastyflow_adapters.fake.order_plan import fill, live
from tests.application.kit import MISSION, DeskUnderTest, log, log_of, story
from tests.discord.telling_kit import CHANNEL, DIRECT, USER, ChatOfTests, chosen, linked, telling

pytestmark = pytest.mark.anyio

TEN_FILLS = (live(), *(fill(1, after_s=60.0) for _ in range(10)))
EACH_FILL = chosen(notices={NoticeKind.PART_FILLED.value: Level.SILENT})


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def house():
    made = DeskUnderTest.make(models=(None, ScriptedModel(lambda _ticket: Plan(TEN_FILLS))))
    await made.hire()
    await linked(made)
    yield made
    made.ledger.close()


def sentences(messages):
    return [message.page.lines[1] for message in messages]


EVERY_FILL = [f"Filled 1 at 8.01; {number} of 10." for number in range(1, 11)]

ALL_FILLED = "filled 10 of 10 at 8.01 on average"


async def test_fills_while_discord_is_away_for_ten_minutes_are_told_afterwards_once_in_order(house):
    async with telling(house, here=EACH_FILL) as there:
        order = await there.confirmed(MISSION)
        await there.settled()
        there.chat.is_away = True
        await there.pass_s(620.0)
        assert there.house.order(order.id).stage is Stage.FILLED
        assert there.chat.told() == []
        there.chat.is_away = False
        await there.settled()
    assert sentences(there.chat.told()) == [*EVERY_FILL, ALL_FILLED]
    (message,) = there.chat.live(order)
    assert message.page.title.endswith("filled")
    assert all(each.reply_to == message.id for each in there.chat.told())


async def test_what_is_told_late_says_when_it_was(house):
    async with telling(house, here=EACH_FILL) as there:
        await there.confirmed(MISSION)
        await there.settled()
        there.chat.is_away = True
        await there.pass_s(620.0)
        there.chat.is_away = False
        there.telling.again()
        await there.settled()
    late = ["told late" in each.page.footer for each in there.chat.told()]
    assert late == [True] * 9 + [False] * 2
    assert there.chat.told()[0].page.footer == "for demo · told late: it was Fri Nov 20 10:01 New York"


async def test_a_process_that_ends_and_another_that_starts_tell_everything_once_in_order(house):
    memory, chat = MemoryFile.open(None), ChatOfTests(house.clock)
    async with telling(house, chat=chat, memory=memory, here=EACH_FILL) as there:
        order = await there.confirmed(MISSION)
        await there.pass_s(200.0)
        await there.settled()
    assert house.ledger.bookmark(BOOKMARK)
    assert sentences(chat.told()) == EVERY_FILL[:3]
    async with house.desk() as desk:  # a process without a chat
        await house.until(desk.refresh(order.id))
        await house.until(house.clock.sleep(200.0))
    async with telling(house, chat=chat, memory=memory, here=EACH_FILL) as there:
        await house.until(there.desk.refresh(order.id))
        await there.pass_s(400.0)
        await there.settled()
    assert sentences(chat.told()) == [*EVERY_FILL, ALL_FILLED]
    (message,) = chat.live(order)
    assert message.page.title.endswith("filled")
    memory.close()


@pytest.mark.parametrize("applied", [1, 2, 3, 4])
async def test_a_kill_between_posting_and_noting_tells_nothing_twice(house, applied):
    """The first calls are applied, and the process dies before it hears so; *applied* of them."""
    memory, chat = MemoryFile.open(None), ChatOfTests(house.clock, loses_answers=applied)
    async with telling(house, chat=chat, memory=memory, here=EACH_FILL) as there:
        order = await there.confirmed(MISSION)
        await there.pass_s(0.5)
    chat.loses_answers = 0
    async with telling(house, chat=chat, memory=memory, here=EACH_FILL) as there:
        await house.until(there.desk.refresh(order.id))
        await there.pass_s(130.0)
        await there.settled()
        (message,) = chat.live(order)
        assert message.page.title.endswith(f"working, {len(chat.told())} of 10 filled")
    told = sentences(chat.told())
    assert told == EVERY_FILL[: len(told)]
    assert len(told) >= 2
    memory.close()


async def test_trading_takes_the_same_time_and_does_the_same_whatever_the_chat_does(house):
    took, done = [], []
    for trouble in ("none", "away", "slow", "forbidden", "raises"):
        made = DeskUnderTest.make()
        await made.hire()
        await linked(made)
        chat = ChatOfTests(made.clock)
        async with telling(made, chat=chat) as there:
            order = await there.asked(MISSION)
            chat.is_away = trouble == "away"
            chat.takes_s = 600.0 if trouble == "slow" else 0.0
            chat.forbidden = {"7"} if trouble == "forbidden" else set()
            chat.refused = (lambda page: 1 / 0) if trouble == "raises" else chat.refused
            began_s = made.clock.monotonic()
            yes = there.message("yes")
            await made.until(there.desk.confirm(yes, order.reference, order.digest))
            took.append(made.clock.monotonic() - began_s)
            done.append(story(log_of(made.ledger, order)))
            assert made.order(order.id).stage is Stage.FILLED
            chat.is_away = False
        made.ledger.close()
    assert max(took) - min(took) < 0.1
    assert len(set(done)) == 1


async def test_an_error_that_was_not_foreseen_is_tried_again(house, caplog):
    async with telling(house) as there:
        there.chat.refused = lambda page: 1 / 0
        order = await there.confirmed(MISSION)
        await there.pass_s(10.0)
        there.chat.refused = lambda page: False
        await there.pass_s(620.0)
        await there.settled()
    assert there.chat.live(order)[0].page.title.endswith("filled")
    assert len(there.chat.told()) == 1
    assert "ZeroDivisionError" in caplog.text
    assert log(house.ledger)


@settings(max_examples=6)
@given(st.lists(st.tuples(st.booleans(), st.floats(1.0, 300.0)), max_size=6))
def test_whenever_it_is_away_each_fill_is_told_once_in_order(outages):
    import asyncio

    async def run():
        made = DeskUnderTest.make(models=(None, ScriptedModel(lambda _ticket: Plan(TEN_FILLS))))
        await made.hire()
        await linked(made)
        async with telling(made, here=EACH_FILL) as there:
            order = await there.confirmed(MISSION)
            for is_away, for_s in outages:
                there.chat.is_away = is_away
                await there.pass_s(for_s)
            there.chat.is_away = False
            await there.pass_s(700.0)
            await there.settled()
        assert sentences(there.chat.told()) == [*EVERY_FILL, ALL_FILLED]
        (message,) = there.chat.live(order)
        assert message.page.title.endswith("filled")
        made.ledger.close()

    asyncio.run(run())


async def test_a_trader_who_can_be_told_nowhere_holds_up_no_other(house):
    await house.hire("ann")
    await linked(house, "ann", "5151")
    async with telling(house) as there:
        there.chat.forbidden, there.chat.closed = {CHANNEL}, {DIRECT}
        for user in (USER, "5151"):
            order = await house.until(there.desk.place(evolve(there.message(MISSION), user=user)))
            yes = evolve(there.message("yes"), user=user)
            await house.until(there.desk.confirm(yes, order.reference, order.digest))
        await there.pass_s(650.0)
        assert {each.channel for each in there.chat.messages} == {"90001"}
        there.chat.closed = set()
        there.telling.again()
        await there.settled()
    assert {each.channel for each in there.chat.messages} == {"90001", DIRECT}
