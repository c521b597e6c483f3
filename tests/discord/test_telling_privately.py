"""Where a trader is told: what an account holds and may lose stands where its trader alone reads, in every page."""

import pytest

from tastyflow_adapters.discord.memory.outbox import ToTell
from tastyflow_adapters.discord.page import ChatPage
from tastyflow_adapters.discord.rendering import whole
from tastyflow_adapters.discord.telling.posting import DirectClosed
from tests.application.kit import MISSION, DeskUnderTest
from tests.discord.telling_kit import CHANNEL, DIRECT, USER, ChatOfTests, linked, telling

pytestmark = pytest.mark.anyio

THREAD = "77"
"""A channel that the settings do not name."""


class Shut(ChatOfTests):
    """No direct message can be opened to anyone."""

    async def direct(self, user: str) -> str:
        raise DirectClosed("50007")


@pytest.fixture
async def house():
    house = DeskUnderTest.make()
    await house.hire()
    await linked(house)
    yield house
    house.ledger.close()


@pytest.mark.parametrize("kind", [ChatOfTests, Shut])
@pytest.mark.parametrize("channel", [CHANNEL, THREAD])
async def test_no_page_of_an_order_that_was_ever_shown_to_others_has_a_figure_of_its_account(house, channel, kind):
    async with telling(house, chat=kind(house.clock)) as there:
        await there.confirmed(MISSION, channel=channel)
        await there.settled()
        pages = [whole(page) for each in there.chat.shown(channel) for page in each.pages]
        assert pages
        for text in pages:
            assert "$" not in text
            assert "maximum" not in text


async def test_its_trader_alone_is_shown_them_from_the_first_page_on(house):
    async with telling(house) as there:
        order = await there.confirmed(MISSION, channel=DIRECT)
        await there.settled()
        (live,) = there.chat.live(order)
        assert all("maximum loss" in whole(page) for page in live.pages)


@pytest.mark.parametrize(
    ("channel", "user", "kind", "shown"),
    [
        (CHANNEL, USER, ChatOfTests, "shared"),
        (THREAD, USER, ChatOfTests, "shared"),
        (DIRECT, USER, ChatOfTests, "own"),
        (DIRECT, USER, Shut, "shared"),  # whose channel it is cannot be asked
        ("90001", USER, ChatOfTests, "shared"),  # of another person
        (DIRECT, "", ChatOfTests, "shared"),  # the order names no user
    ],
)
async def test_a_message_of_its_own_is_the_one_for_who_reads_it(house, channel, user, kind, shown):
    async with telling(house, chat=kind(house.clock)) as there:
        own, shared = ChatPage(lines=("own",)), ChatPage(lines=("shared",), is_private=False)
        there.telling.notices.put(
            ToTell(key="k", channel=channel, user=user, page=own, shared=shared, happened_at=house.clock.now())
        )
        await there.settled()
        assert [each.page.lines for each in there.chat.shown(channel)] == [(shown,)]
