"""Looking, over real sockets: what is offered while it is typed, pages that turn, and text that is only text."""

import pytest

from tastyflow.application.message import Message
from tastyflow.domain.trader import Permission
from tastyflow_adapters.discord.request import PLATFORM
from tests.application.kit import ONE_CALL
from tests.discord.bot_kit import register
from tests.discord.kit import ChatUnderTest, chatting
from tests.discord.test_rendering import HOSTILE, assert_sent_within_limits

pytestmark = pytest.mark.anyio

RESTING = f"{ONE_CALL} @ 0.01"


async def offered(there: ChatUnderTest, user, name: str, option: str, typed: str, **others: str) -> list[str]:
    """The values that Discord shows *user* for what is *typed* into *option*."""
    asked = there.double.complete(user, there.channel, name, option, typed, **others)
    await there.double.wait(lambda: asked.answers, what=f"/{name} {option} is answered")
    return [each["value"] for each in asked.choices]


async def test_what_is_ones_own_is_offered_while_it_is_typed_and_comes_page_by_page():
    async with chatting() as there:
        await register(there.bot, there.double.guild.id)
        order = await there.house.until(there.desk.place(Message(RESTING, PLATFORM, there.ann.id, "1")))
        eve = await there.trader("eve", permissions={Permission.LONG_OPTIONS})
        stranger = there.double.person("mallory")

        assert await offered(there, there.ann, "cancel", "order", "") == [order.reference]
        assert await offered(there, there.ann, "status", "order", "450 call") == [order.reference]
        assert (await offered(there, there.ann, "quote", "symbol", "sp"))[:2] == ["SPY", "SPX"]
        assert await offered(there, there.ann, "chain", "expiration", "dec 18", symbol="SPY") == ["Dec 18 2026"]
        assert await offered(there, there.ann, "positions", "account", "") == ["main"]
        assert await offered(there, eve, "cancel", "order", "") == []
        for name, option in (("cancel", "order"), ("quote", "symbol"), ("positions", "account")):
            assert await offered(there, stranger, name, option, "") == []

        page = await there.answer(there.slash(there.ann, "expirations", symbol="SPX"))
        assert page.is_private
        assert "Page 1 of 5" in page.text
        there.double.press(there.ann, page, "More")
        turned = await there.double.see(there.ann, there.channel, "Page 2 of 5")
        assert turned.id == page.id, "the page is turned in its place"


async def test_hostile_text_is_text_wherever_it_is_shown():
    async with chatting() as there:
        await register(there.bot, there.double.guild.id)
        direct = there.double.direct(there.ann)
        there.double.say(there.ann, direct, f"buy 1 SPY {HOSTILE}")
        there.double.say(there.ann, direct, f"buy 1 SPY {HOSTILE}" * 20)
        there.double.say(there.ann, there.channel, f"buy 1 SPY {HOSTILE}", mention=True)
        await there.answer(there.slash(there.ann, "order", text=f"buy 1 SPY {HOSTILE}"))
        await there.answer(there.slash(there.ann, "preview", text=HOSTILE))
        await there.answer(there.slash(there.ann, "resume", reason=HOSTILE))
        await there.answer(there.slash(there.ann, "why", order=HOSTILE[:40]))
        await there.answer(there.slash(there.ann, "orders"))
        await there.answer(there.slash(there.ann, "why"))
        await there.double.wait(lambda: len(there.double.seen_by(there.ann, direct)) >= 4, what="both are answered")
        sent = [each.content for each in there.double.calls if each.is_message]
        assert len(sent) >= 9
        for each in sent:
            assert_sent_within_limits(each)
        said = "\n".join(
            seen.text for channel in (direct, there.channel) for seen in there.double.seen_by(there.ann, channel)
        )
        assert "SPY" in said
