"""
What the stories of telling are made of: a desk on a clock that skips, a chat to post to, and the telling between them.

    async with telling(house) as there:
        order = await there.confirmed("buy 1 SPY 450 call")
        await there.settled()
        assert there.chat.titles("7") == [...]

    ChatOfTests   channels as people see them; it can be away, forbid, close, and lose its answers
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from attrs import define, evolve, field

from tastyflow.application.desk import Desk
from tastyflow.application.message import Consent, Message
from tastyflow.domain.events import Because
from tastyflow.domain.order import Order
from tastyflow.domain.trader import Identity, Trader
from tastyflow_adapters.config.choices import Untouched
from tastyflow_adapters.config.discord_choices import DiscordChoices
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.page import ChatPage
from tastyflow_adapters.discord.telling.chat_telling import ChatTelling
from tastyflow_adapters.discord.telling.posting import (
    DirectClosed,
    MessageGone,
    MessageTooOld,
    NotTaken,
    PageRefused,
    PlaceForbidden,
    TryLater,
)
from tests.application.kit import DeskUnderTest

USER, CHANNEL, DIRECT = "4242", "7", "90007"
NONCE_S = 300.0
"""How long the chat remembers a nonce."""
_numbers = count(1000)


@define
class Posted:
    """A message as people see it: *pages* are what it showed, the latest last."""

    id: str
    channel: str
    nonce: str
    is_silent: bool
    reply_to: str
    at_s: float
    pages: list[ChatPage]
    is_deleted: bool = False

    @property
    def page(self) -> ChatPage:
        return self.pages[-1]


@define
class ChatOfTests:
    """
    A `Poster`.

    Attributes:
        takes_s: How long each call takes; it is applied half way.
        loses_answers: How many of the next calls are applied, and answered with an error.
    """

    clock: Any
    messages: list[Posted] = field(factory=list)
    calls: list[tuple[str, str, float]] = field(factory=list)
    edited: list[tuple[str, float]] = field(factory=list)
    is_away: bool = False
    forbidden: set[str] = field(factory=set)
    closed: set[str] = field(factory=set)
    refused: Callable[[ChatPage], bool] = lambda _: False
    too_old: bool = False
    loses_answers: int = 0
    takes_s: float = 0.0

    async def post(
        self, channel: str, page: ChatPage, *, nonce: str, is_silent: bool = False, reply_to: str = ""
    ) -> str:
        await self._called("post", channel)
        if channel in self.closed:
            raise DirectClosed("50007")
        if self.refused(page):
            raise PageRefused("50035")
        assert len(nonce) <= 25
        for each in self.messages:
            if (each.channel, each.nonce) == (channel, nonce) and self.clock.monotonic() - each.at_s < NONCE_S:
                return await self._answered(each.id)
        posted = Posted(str(next(_numbers)), channel, nonce, is_silent, reply_to, self.clock.monotonic(), [page])
        self.messages.append(posted)
        return await self._answered(posted.id)

    async def edit(self, channel: str, message: str, page: ChatPage) -> None:
        await self._called("edit", channel)
        if self.refused(page):
            raise PageRefused("50035")
        if self.too_old:
            raise MessageTooOld("30046")
        posted = self.find(message)
        if posted is None or posted.is_deleted:
            raise MessageGone("10008")
        posted.pages.append(page)
        self.edited.append((message, self.clock.monotonic()))
        await self._answered(message)

    async def direct(self, user: str) -> str:
        await self._called("direct", user)
        return f"9000{user[-1]}" if user != USER else DIRECT

    def find(self, message: str) -> Posted | None:
        return next((each for each in self.messages if each.id == message), None)

    def shown(self, channel: str = CHANNEL) -> list[Posted]:
        return [each for each in self.messages if each.channel == channel and not each.is_deleted]

    def live(self, order: Order) -> list[Posted]:
        """The live messages of *order*: they alone are edited, and come without a sound."""
        return [m for m in self.messages if m.page.rows and order.reference in m.page.title]

    def told(self, channel: str | None = None) -> list[Posted]:
        """The messages of their own."""
        return [m for m in self.messages if not m.page.rows and channel in (None, m.channel)]

    async def _called(self, what: str, where: str) -> None:
        if self.takes_s:
            await self.clock.sleep(self.takes_s / 2)
        if self.is_away:
            raise NotTaken("away")
        self.calls.append((what, where, self.clock.monotonic()))
        if where in self.forbidden:
            raise PlaceForbidden("50013")

    async def _answered(self, message: str) -> str:
        if self.takes_s:
            await self.clock.sleep(self.takes_s / 2)
        if self.loses_answers > 0:
            self.loses_answers -= 1
            raise TryLater("500 after it was applied")
        return message


@define
class TellingUnderTest:
    """A desk, what it tells, and the chat where it is told."""

    house: DeskUnderTest
    desk: Desk
    chat: ChatOfTests
    telling: ChatTelling

    def message(self, text: str, *, channel: str = CHANNEL, consent: Consent = Consent.ALWAYS, **more: Any) -> Message:
        return Message(text, "discord", USER, f"d-{next(_numbers)}", channel=channel, consent=consent, **more)

    async def asked(self, text: str, *, channel: str = CHANNEL) -> Order:
        return await self.house.until(self.desk.place(self.message(text, channel=channel)))

    async def confirmed(self, text: str, *, channel: str = CHANNEL) -> Order:
        order = await self.asked(text, channel=channel)
        yes = self.message("yes", channel=channel)
        return await self.house.until(self.desk.confirm(yes, order.reference, order.digest))

    async def settled(self) -> None:
        """Everything is told that is recorded by now."""
        assert await self.house.until(self.telling.flush(within_s=3600.0), within_s=7200.0)

    async def pass_s(self, seconds: float) -> None:
        await self.house.until(self.house.clock.sleep(seconds), within_s=2 * seconds)


async def linked(house: DeskUnderTest, name: str = "demo", user: str = USER) -> None:
    """The trader *name* is *user* on Discord."""
    why = Because(actor="operator", cause="test", command_id=f"link-{name}", at=house.clock.now())
    trader_id = Trader.id_of(name)

    def decide(tx: Any) -> None:
        tx.record(tx.require(Trader, trader_id).link("discord", user, why=why))
        tx.record(Identity.claim("discord", user, trader_id, why=why))

    await house.until(house.ledger.change(decide))


def chosen(**more: Any) -> DiscordChoices:
    return evolve(DiscordChoices(guilds=("1",), channels=(CHANNEL,), direct_messages=True), **more)


@asynccontextmanager
async def telling(
    house: DeskUnderTest,
    *,
    chat: ChatOfTests | None = None,
    memory: MemoryFile | None = None,
    here: DiscordChoices | None = None,
) -> AsyncIterator[TellingUnderTest]:
    """A desk that is open, and a telling that runs, as long as it is entered."""
    chat = chat or ChatOfTests(house.clock)
    kept = memory or MemoryFile.open(None)
    async with house.desk() as desk:
        tell = ChatTelling(Chat(desk, Untouched(Path()), here or chosen(), kept), chat)
        running = asyncio.create_task(tell.run())
        try:
            yield TellingUnderTest(house, desk, chat, tell)
        finally:
            running.cancel()
            await house.until(asyncio.wait((running,)))
    if memory is None:
        kept.close()
