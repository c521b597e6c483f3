"""
Ordering in a chat, without Discord: what a person types and presses, and the pages that answer.

    async with ordering() as room:
        card = await room.slash(room.ann, "order", text=MISSION)
        page = await room.press(room.ann, button(card, "Confirm"))
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from attrs import define, evolve

from tastyflow.application.desk import Desk
from tastyflow.domain.order import Order
from tastyflow.domain.trader import Permission
from tastyflow_adapters.discord.acts import ACTS
from tastyflow_adapters.discord.answers import conversing
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.commands import COMMANDS
from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.memory.live import LiveMessages
from tastyflow_adapters.discord.page import Answer, Button, ChatPage, Form
from tastyflow_adapters.discord.rendering import render, render_form
from tastyflow_adapters.discord.request import PLATFORM, Asker, Request
from tests.application.kit import EVERYTHING, ONE_CALL, DeskUnderTest, drive, log_of, story
from tests.discord.answers_kit import chat_of, linked, request

ANSWERS = {each.name: each.answer for each in COMMANDS}


@define
class Room:
    """A desk, its memory, and people."""

    house: DeskUnderTest
    desk: Desk
    chat: Chat
    ann: Asker
    eve: Asker

    async def slash(self, asker: Asker, name: str, **options: str) -> ChatPage:
        return self._page(await self.until(ANSWERS[name](self.chat, request(self.house, asker, options=options))))

    async def press(self, asker: Asker, button: Button, **what: Any) -> ChatPage | Form:
        """Press, or fill in the form of a press with *fields*."""
        row = ACTS[button.act]
        answer = row.filled if "fields" in what and row.filled is not None else row.answer
        page = await self.until(
            answer(self.chat, request(self.house, asker, act=button.act, about=button.about, **what))
        )
        if isinstance(page, Form):
            render_form(page)
            return page
        return self._page(page)

    async def choose(self, asker: Asker, page: ChatPage, line: int) -> ChatPage:
        """Choose a line of the menu of *page*."""
        assert page.menu is not None
        value, row = page.menu.choices[line].value, ACTS[page.menu.act]
        return self._page(await self.until(row.answer(self.chat, request(self.house, asker, values=(value,)))))

    async def say(self, asker: Asker, text: str, *, replies_to: str = "") -> tuple[Answer, str]:
        """A typed line: the answer, and the id of the line; the answer then stands in the message ``page-<id>``."""
        said = request(self.house, asker, text=text, page=replies_to)
        page = await self.until(conversing.heard(self.chat, said))
        if page is not None:
            self._page(page)
            conversing.shown(self.chat, said, f"page-{said.id}")
        return page, said.id

    async def edit(self, asker: Asker, line: str, text: str) -> Answer:
        edited = evolve(request(self.house, asker, text=text), id=line)
        return await self.until(conversing.edited(self.chat, edited))

    async def delete(self, line: str) -> Answer:
        return await self.until(conversing.deleted(self.chat, line))

    async def until(self, doing: Any) -> Any:
        return await self.house.until(doing)

    def orders(self) -> list[Order]:
        """The orders that were drafted, the oldest first."""
        return [each for each in reversed(self.desk.lookup.newest_orders(100)) if each.ticket is not None]

    def story(self, order: Order) -> list[str]:
        return story(log_of(self.house.ledger, order)).split()

    @property
    def nothing_was_sent(self) -> bool:
        return self.house.books() == ([], []) and self.house.setups() == []

    @staticmethod
    def _page(page: Answer) -> ChatPage:
        assert isinstance(page, ChatPage), page
        render(page)
        return page


@asynccontextmanager
async def ordering(
    house: DeskUnderTest | None = None,
    *,
    path: Path | None = None,
    permissions: Iterable[Permission] = EVERYTHING,
    **made: Any,
) -> AsyncIterator[Room]:
    """A desk without recipients, and two traders who are linked: ann and eve."""
    house = house or DeskUnderTest.make(path=path / "log.db" if path else None, **made)
    with closing(house.ledger), closing(MemoryFile.open(path / "discord.db" if path else None)) as memory:
        ann, eve = [await linked(house, name, permissions) for name in ("ann", "eve")]
        async with drive(Desk(house.context), house.until) as desk:
            yield Room(house, desk, chat_of(desk, memory), ann, eve)


@asynccontextmanager
async def another_process(room: Room, path: Path) -> AsyncIterator[Room]:
    """A second process with the same log, venues and memory."""
    house = room.house.restarted(path / "log.db")
    with closing(house.ledger), closing(MemoryFile.open(path / "discord.db")) as memory:
        async with drive(Desk(house.context), house.until) as desk:
            yield Room(house, desk, chat_of(desk, memory), room.ann, room.eve)


def directly(asker: Asker) -> Asker:
    """The same person, in direct messages."""
    return evolve(asker, guild="", channel=f"dm-{asker.user}")


def button(page: Answer, label: str) -> Button:
    assert isinstance(page, ChatPage), page
    (found,) = [each for each in page.buttons if each.label == label]
    return found


__all__ = ["PLATFORM", "Request", "Room", "another_process", "button", "directly", "ordering"]


def quantities(room: Room) -> list[tuple[int, bool]]:
    """How many each order is for, and whether it waits for a yes."""
    return [(each.legs[0].quantity, each.waits_for_confirmation) for each in room.orders()]


async def at_work(room: Room, text: str = f"{ONE_CALL} @ 0.05") -> tuple[Order, str]:
    """An order that works, and the id of its live message."""
    card, _ = await room.say(directly(room.ann), text)
    await room.press(room.ann, button(card, "Confirm"))
    (order,) = room.orders()
    live = LiveMessages(room.chat.memory)
    live.mark(order.id, user=room.ann.user, home="7000", is_over=False)
    live.posted(live.find(order.id), "7000", "the-live-message", room.house.clock.now(), looks="x")
    return order, "the-live-message"
