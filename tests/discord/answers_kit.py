"""
A chat on a desk of fakes: people who are linked, what they press, and what they read.

    chat = await chat_of(house, desk)      eve = await linked(house, "eve", permissions=…)
    page = await pressed(house, chat, eve, Act.APPROVE, order.id.hex)
    async with overseen(house) as there: await there.look()
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import ExitStack, asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from attrs import define

from tastyflow.application.desk import Desk
from tastyflow.domain.events import Because
from tastyflow.domain.trader import Identity, Permission, Trader
from tastyflow_adapters.config.choices import Untouched
from tastyflow_adapters.config.discord_choices import DiscordChoices
from tastyflow_adapters.discord.acts import ACTS
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.commands import COMMANDS
from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.memory.outbox import Outbox, ToTell
from tastyflow_adapters.discord.overseeing.overseer import Overseer
from tastyflow_adapters.discord.page import Act, Answer, ChatPage
from tastyflow_adapters.discord.rendering import render
from tastyflow_adapters.discord.request import PLATFORM, Asker, Request
from tastyflow_adapters.discord.ties import DiscordTies
from tests.application.kit import DeskUnderTest
from tests.discord.telling_kit import ChatOfTests, Posted

APPROVALS, OPERATORS = "7001", "7002"
HERE = DiscordChoices(guilds=("9001",), channels=("7000",), approvals_channel=APPROVALS, operators_channel=OPERATORS)
ANSWERS = {each.name: each.answer for each in COMMANDS}
_numbers = count(10**17)


def chat_of(desk: Desk, memory: MemoryFile | None = None, here: DiscordChoices = HERE) -> Chat:
    choices = Untouched(Path("nowhere"))  # no answer here writes a file
    return Chat(desk=desk, choices=choices, here=here, memory=memory or MemoryFile.open(None))


async def linked(house: DeskUnderTest, name: str, permissions: Iterable[Permission] | None = None) -> Asker:
    """*name*, a trader, as Discord knows them."""
    if permissions is not None:
        await house.hire(name, permissions=permissions)
    user = str(next(_numbers))
    why = Because(actor="operator", cause="test", command_id=f"link-{user}", at=house.clock.now())

    def decide(tx: Any) -> None:
        tx.record(tx.require(Trader, Trader.id_of(name)).link(PLATFORM, user, why=why))
        tx.record(Identity.claim(PLATFORM, user, Trader.id_of(name), why=why))

    await house.until(house.ledger.change(decide))
    return Asker(user, name, guild="9001", channel=APPROVALS)


def request(house: DeskUnderTest, asker: Asker, **what: Any) -> Request:
    return Request(asker=asker, id=str(next(_numbers)), at=house.clock.now(), **what)


async def pressed(house: DeskUnderTest, chat: Chat, asker: Asker, act: Act, about: str = "", **what: Any) -> Answer:
    """What *asker* is answered to a press; with *fields* to the form that the press shows."""
    row = ACTS[act]
    answer = row.filled if "fields" in what and row.filled is not None else row.answer
    return await house.until(answer(chat, request(house, asker, act=act, about=about, **what)))


async def slashed(house: DeskUnderTest, chat: Chat, asker: Asker, name: str, **options: str) -> ChatPage:
    """What *asker* is answered to a slash command; Discord takes it."""
    page = await house.until(ANSWERS[name](chat, request(house, asker, command=name, options=options)))
    assert isinstance(page, ChatPage)
    render(page)
    return page


def text_of(page: Answer) -> str:
    """All words of *page*, as a person reads them."""
    assert isinstance(page, ChatPage)
    rows = [line for row in page.rows for line in (row.name, *row.lines)]
    return "\n".join((page.place, page.title, *page.lines, *rows, page.footer))


def labels(page: Answer) -> list[str]:
    assert isinstance(page, ChatPage)
    return [button.label for button in page.buttons if button.is_enabled]


@define
class Overseen:
    """A desk, and what its operators and approvers are shown; `look` lets everything catch up."""

    house: DeskUnderTest
    desk: Desk
    chat: ChatOfTests
    ties: DiscordTies
    overseer: Overseer
    outbox: Outbox

    async def look(self) -> None:
        await self.house.until(self.overseer.look())

    @staticmethod
    def text(message: Posted) -> str:
        return text_of(message.page)

    def reports(self) -> list[ToTell]:
        """What is to be told once, in order; it counts as told."""
        found = []
        while (message := self.outbox.next_for(OPERATORS, "")) is not None:
            self.outbox.done(message, self.house.clock.now(), posted_as="1")
            found.append(message)
        return found


@asynccontextmanager
async def overseen(
    house: DeskUnderTest,
    *,
    chat: ChatOfTests | None = None,
    memory: MemoryFile | None = None,
    here: DiscordChoices = HERE,
    is_running: bool = True,
) -> AsyncIterator[Overseen]:
    """Everything that is shown, for as long as it is entered; the tests say when it looks."""
    chat, ties, kept = chat or ChatOfTests(house.clock), DiscordTies.make(house.clock), memory or MemoryFile.open(None)
    async with house.desk() as desk:
        outbox = Outbox(kept)
        overseer = Overseer(chat_of(desk, kept, here), chat, outbox.put, bulletin=ties.bulletin, channel=ties.operators)
        with ExitStack() as stack:
            if is_running and overseer.incidents is not None:
                stack.enter_context(ties.operators.told_by(overseer.incidents))
            yield Overseen(house, desk, chat, ties, overseer, outbox)
