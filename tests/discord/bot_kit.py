"""
A bot with tables of the test's own: what was asked is kept, and what is answered is what the test wants.

    async with probing() as there: asked = there.slash(there.ann, "echo", text="hello")
    there.probe.requests      everything that reached an answer
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from attrs import define, field

from tastyflow_adapters.discord.acts import ActRow, Sign
from tastyflow_adapters.discord.bot import Bot
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.commands import Option, SlashCommand
from tastyflow_adapters.discord.lines import LineRow
from tastyflow_adapters.discord.page import Act, Answer, Button, ChatPage, Choice, Form, FormField
from tastyflow_adapters.discord.request import Request
from tests.discord.kit import ChatUnderTest, chatting, real_bot

CARD = ChatPage(
    title="A card",
    lines=("it waits",),
    buttons=(
        Button("Confirm", Act.CONFIRM, "3f2a11"),
        Button("Change", Act.CHANGE, "3f2a11"),
        Button("Dismiss", Act.DISMISS, "3f2a11"),
        Button("Why", Act.WHY, "3f2a11"),
    ),
)
FORM = Form("Change it", Act.CHANGE, "3f2a11", (FormField("text", "Order", "buy 1 SPY"),))
Answering = Callable[[Request], Awaitable[Answer]]


@define
class Probe:
    """
    Attributes:
        requests: What reached an answer, in order.
        answers: What is answered to the next ones; a page that says "done" where none is left.
        meanwhile: What happens while an answer is made.
    """

    requests: list[Request] = field(factory=list)
    answers: list[Answer | Exception] = field(factory=list)
    shown: list[str] = field(factory=list)
    deleted: list[str] = field(factory=list)
    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def answer(self, _chat: Chat, request: Request) -> Answer:
        self.requests.append(request)
        if self.meanwhile is not None:
            await self.meanwhile()
        answer = self.answers.pop(0) if self.answers else ChatPage(title="done", lines=(request.text,), is_private=True)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def completes(self, _chat: Chat, request: Request, current: str) -> list[Choice]:
        self.requests.append(request)
        if self.meanwhile is not None:
            await self.meanwhile()
        return [Choice(f"{current} SPY", "SPY"), Choice("too long", "x" * 101)]

    async def gone(self, _chat: Chat, message: str) -> Answer:
        self.deleted.append(message)
        return self.answers.pop(0) if self.answers else None  # type: ignore[return-value]

    def posted(self, _chat: Chat, _request: Request, message: str) -> None:
        self.shown.append(message)

    def tables(self) -> dict[str, Any]:
        option = Option("text", "What is said", is_required=True)
        account = Option("account", "For which account", completes=self.completes)
        force = Option("force", "How long", choices=("day", "gtc"))
        return {
            "commands": (
                SlashCommand("echo", "Says it again", self.answer, (option, account, force)),
                SlashCommand("link", "For everyone", self.answer, is_for_strangers=True),
            ),
            "acts": {
                Act.CONFIRM: ActRow(self.answer, Sign.CLAIM, claim="Submitting …"),
                Act.CHANGE: ActRow(self.answer, Sign.FORM, filled=self.answer, filled_sign=Sign.SAME),
                Act.DISMISS: ActRow(self.answer, Sign.SAME),
                Act.WHY: ActRow(self.answer, Sign.PRIVATE),
            },
            "lines": LineRow(heard=self.answer, shown=self.posted, edited=self.answer, deleted=self.gone),
        }


@define
class Probing:
    """What a test holds: everything of `ChatUnderTest`, and the probe."""

    there: ChatUnderTest
    probe: Probe

    def __getattr__(self, name: str) -> Any:
        return getattr(self.there, name)


@asynccontextmanager
async def probing(*, bot: dict[str, Any] | None = None, **chosen: Any) -> AsyncIterator[Probing]:
    """A bot that is connected, with its commands registered; *bot* of `build_bot`."""
    probe = Probe()
    async with chatting(bot=lambda chat: real_bot(chat, **probe.tables() | (bot or {})), **chosen) as there:
        assert isinstance(there.bot, Bot)
        await register(there.bot, there.double.guild.id)
        yield Probing(there, probe)


async def register(bot: Bot, guild: str) -> None:
    """What ``tastyflow discord sync`` does."""
    assert bot.application_id is not None
    payload = [each.to_dict(bot.tree) for each in bot.tree.get_commands()]
    await bot.http.bulk_upsert_guild_commands(bot.application_id, int(guild), payload=payload)
