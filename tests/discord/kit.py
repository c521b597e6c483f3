"""
What the bot's stories are made of, in this process: a desk on fakes, the double, and the bot between them.

    async with chatting() as there:
        asked = there.slash(there.ann, "order", text="buy 1 SPY 450 call")
        card = await there.answer(asked)

    ChatUnderTest     the desk, the double, the memory; `there.double` has every verb
    pointed_at        unmodified discord.py talks with this double
    without_pauses    discord.py tries again at once
    LeapingClock      of the desk: runs ten times as fast as time, and leaps where a test wants it to
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import discord
import yarl
from attrs import define, field
from discord import gateway, http
from discord.webhook import async_

from tastyflow.application.desk import Desk
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.domain.events import Because
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import OrderDrafted
from tastyflow.domain.trader import Identity, Limits, Permission, Trader
from tastyflow_adapters.config.choices import Untouched
from tastyflow_adapters.config.discord_choices import DiscordChoices
from tastyflow_adapters.discord.bot import Bot, build_bot
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.setup.commands import tell, wanted
from tastyflow_adapters.fake import FakeOptionFeed
from tests.application.kit import EVERYTHING, GENEROUS, LENIENT, DeskUnderTest, log
from tests.discord.double import TOKEN, Channel, Double, Interaction, Seen, User
from tests.discord.leaping_clock import PACE, PATIENCE_S, LeapingClock

READY_WITHIN_S: Final = 0.05


@contextmanager
def pointed_at(double: Double) -> Iterator[None]:
    """Inside, every client of discord.py in this process talks with *double*."""
    base, default = http.Route.BASE, gateway.DiscordWebSocket.DEFAULT_GATEWAY
    http.Route.BASE = double.server.base
    gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(double.server.gateway_url)
    try:
        yield
    finally:
        http.Route.BASE, gateway.DiscordWebSocket.DEFAULT_GATEWAY = base, default


@asynccontextmanager
async def double_of_discord(**chosen: Any) -> AsyncIterator[Double]:
    """A double that serves, with discord.py pointed at it; an error of its own fails the test."""
    double = await Double.started(**chosen)
    try:
        with pointed_at(double):
            yield double
        assert not double.server.own_errors, double.server.own_errors[0]
    finally:
        await double.stop()


async def _at_once(_self: object, _shard: int | None, *, initial: bool = False) -> None:
    """In the place of the five seconds that discord.py waits before it logs in again."""


@asynccontextmanager
async def connected(client: discord.Client, double: Double, *, bots: int = 1) -> AsyncIterator[asyncio.Task[None]]:
    """*client*, logged in and ready; gives the task that ends where it dies."""
    client.before_identify_hook = _at_once.__get__(client)  # type: ignore[method-assign]
    running = asyncio.create_task(client.start(double.token))
    try:
        await double.wait(lambda: running.done() or len(double.gateway.connected) >= bots, what="the bot logs in")
        if running.done():
            running.result()
        await asyncio.wait_for(client.wait_until_ready(), PATIENCE_S)
        yield running
    finally:
        await client.close()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@contextmanager
def without_pauses() -> Iterator[None]:
    """Inside, discord.py does not wait before it tries a request again; everything else takes its time."""

    async def sleep(_seconds: float) -> None:
        await asyncio.sleep(0)

    hurried = SimpleNamespace(**vars(asyncio) | {"sleep": sleep})
    kept = [(module, module.asyncio) for module in (http, async_)]
    for module, _ in kept:
        module.asyncio = hurried
    try:
        yield
    finally:
        for module, usual in kept:
            module.asyncio = usual


@define
class ChatUnderTest:
    """
    A desk and what chats with it.

    Attributes:
        ann: The first trader, linked, and a member of the guild.
        stack: What is closed in the end.
    """

    house: DeskUnderTest
    desk: Desk
    double: Double
    chat: Chat
    stack: AsyncExitStack
    ann: User = field(init=False)
    bot: discord.Client | None = None

    @property
    def channel(self) -> Channel:
        return self.double.channel

    @property
    def clock(self) -> LeapingClock:
        clock = self.house.clock
        assert isinstance(clock, LeapingClock)
        return clock

    async def trader(
        self, name: str, *, limits: Limits = GENEROUS, permissions: Iterable[Permission] = EVERYTHING
    ) -> User:
        """A person in the guild who is linked to a new trader of the same name."""
        person = self.double.person(name)
        await self.house.hire(name, limits=limits, permissions=permissions)
        await link(self.house, name, person)
        return person

    async def log_in(self, builds: "Builds | None" = None) -> None:
        """A bot, built and connected, whose commands people are offered."""
        self.bot = (builds or real_bot)(self.chat)
        await self.stack.enter_async_context(connected(self.bot, self.double))
        await register(self.bot, self.chat.here)

    def slash(self, user: User, name: str, /, *, channel: Channel | None = None, **options: Any) -> Interaction:
        return self.double.slash(user, channel or self.channel, name, **options)

    async def answer(self, asked: Interaction) -> Seen:
        return await self.double.answer(asked)

    def orders(self) -> list[Order]:
        """Every order in the log, as it is now, in the order they were drafted."""
        drafted = [event for event in log(self.house.ledger) if isinstance(event, OrderDrafted)]
        return [self.house.order(event.originator_id) for event in drafted]

    def broker_orders(self) -> int:
        """How many orders of traders the live venue has ever had."""
        return len(self.house.books()[1])


async def link(house: DeskUnderTest, name: str, person: User) -> None:
    """What the operator's one-time code comes to: *person* on Discord is the trader *name*."""
    why = Because(actor="operator", cause="test", command_id=f"link-{name}", at=house.clock.now())
    trader_id = Trader.id_of(name)

    def decide(tx: Transaction) -> None:
        tx.record(tx.require(Trader, trader_id).link("discord", person.id, why=why))
        tx.record(Identity.claim("discord", person.id, trader_id, why=why))

    await house.until(house.ledger.change(decide))


def choices_for(double: Double, **chosen: Any) -> DiscordChoices:
    """Orders are taken in the guild and the channel of *double*, and in direct messages."""
    usual: dict[str, Any] = {
        "guilds": (double.guild.id,),
        "channels": (double.channel.id,),
        "direct_messages": True,
        "digest_at": None,
    }
    return DiscordChoices(**usual | chosen)


async def register(bot: discord.Client, here: DiscordChoices) -> None:
    """What ``tastyflow discord sync`` does: people are offered the commands of *bot*, where *here* says."""
    if isinstance(bot, Bot):
        for guild, should in wanted(here, bot.tree.rows).items():
            await tell(bot, guild, should)


Builds = Callable[[Chat], discord.Client]


def real_bot(chat: Chat, **chosen: Any) -> Bot:
    """The bot of the program; *chosen* of `build_bot`."""
    return build_bot(chat, **{"ready_within_s": READY_WITHIN_S} | chosen)


@asynccontextmanager
async def chatting(
    *,
    folder: Path | None = None,
    bot: Builds | None = real_bot,
    here: dict[str, Any] | None = None,
    double: dict[str, Any] | None = None,
    pace: float = PACE,
    **house: Any,
) -> AsyncIterator[ChatUnderTest]:
    """
    Everything, open and connected: a desk, a trader ann, the double, and the bot that *bot* builds, if any.

    Args:
        folder: Where the log and the memory are; None keeps both in memory.
        here: What is chosen otherwise of `DiscordChoices`.
        double: What is chosen of the double: its portal, its clock.
        pace: How many times as fast as time the desk's clock runs.
        house: What is chosen of `DeskUnderTest.make`.
    """
    async with AsyncExitStack() as stack:
        discord_double = await stack.enter_async_context(double_of_discord(**double or {}))
        made = DeskUnderTest.make(
            path=folder / "log.db" if folder else None,
            clock=LeapingClock(pace=pace),
            **{"policy": LENIENT} | house,
        )
        made.feed = FakeOptionFeed(made.market, made.clock)
        stack.callback(made.ledger.close)
        desk = await stack.enter_async_context(made.desk())
        memory = stack.enter_context(closing(MemoryFile.open(folder / "discord.db" if folder else None)))
        choices = Untouched(folder or Path())
        chat = Chat(desk, choices, choices_for(discord_double, **here or {}), memory)
        there = ChatUnderTest(made, desk, discord_double, chat, stack)
        there.ann = await there.trader("ann")
        if bot is not None:
            await there.log_in(bot)
        yield there


__all__ = [
    "TOKEN",
    "ChatUnderTest",
    "LeapingClock",
    "chatting",
    "choices_for",
    "connected",
    "double_of_discord",
    "link",
    "pointed_at",
]
