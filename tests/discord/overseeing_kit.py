"""
A chat on a desk of fakes: people who are linked, what they press, and what they read.

    chat = await chat_of(house, desk)      eve = await linked(house, "eve", permissions=…)
    page = await house.until(press(chat, eve, Act.APPROVE, order.id.hex))
"""

from collections.abc import Iterable
from itertools import count
from typing import Any

from tastyflow.application.desk import Desk
from tastyflow.domain.events import Because
from tastyflow.domain.trader import Identity, Permission, Trader
from tastyflow_adapters.config.discord_choices import DiscordChoices
from tastyflow_adapters.discord.acts import ACTS
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.page import Act, Answer, ChatPage
from tastyflow_adapters.discord.request import PLATFORM, Asker, Request
from tests.application.kit import DeskUnderTest

APPROVALS, OPERATORS = "7001", "7002"
HERE = DiscordChoices(guilds=("9001",), channels=("7000",), approvals_channel=APPROVALS, operators_channel=OPERATORS)
_numbers = count(10**17)


def chat_of(desk: Desk, memory: MemoryFile | None = None, here: DiscordChoices = HERE) -> Chat:
    choices: Any = None  # no answer here reads them
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


def text_of(page: Answer) -> str:
    """All words of *page*, as a person reads them."""
    assert isinstance(page, ChatPage)
    rows = [line for row in page.rows for line in (row.name, *row.lines)]
    return "\n".join((page.place, page.title, *page.lines, *rows, page.footer))


def labels(page: Answer) -> list[str]:
    assert isinstance(page, ChatPage)
    return [button.label for button in page.buttons if button.is_enabled]
