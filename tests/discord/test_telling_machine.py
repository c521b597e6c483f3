"""
Whatever Discord does, and whenever the process dies: in the end the newest is shown, and each notice was told once.

The shadow is a list of what was recorded. Discord can be away, forbid the channel, lose its answers after it applied
them, take its time, and have its messages deleted; the process can be killed at any moment and start again.
"""

import asyncio
from itertools import pairwise
from uuid import UUID

from attrs import define, field
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tastyflow_adapters.config.discord_choices import DiscordChoices
from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.memory.outbox import ToTell
from tastyflow_adapters.discord.page import ChatPage, Row
from tastyflow_adapters.discord.telling.live import EDIT_EVERY_S, LiveTeller
from tastyflow_adapters.discord.telling.notices import NoticeTeller
from tastyflow_adapters.discord.telling.places import TellingPlaces
from tastyflow_adapters.discord.telling.resting import Rests
from tests.application.kit import SkippingClock
from tests.discord.telling_kit import CHANNEL, DIRECT, NONCE_S, USER, ChatOfTests

ORDERS = (UUID(int=1), UUID(int=2))
HERE = DiscordChoices(guilds=("1",), channels=(CHANNEL,))

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("record"), st.sampled_from(ORDERS)),
        st.tuples(st.just("notice"), st.sampled_from(ORDERS)),
        st.tuples(st.just("away"), st.booleans()),
        st.tuples(st.just("forbid"), st.booleans()),
        st.tuples(st.just("close"), st.booleans()),
        st.tuples(st.just("lose"), st.integers(1, 3)),
        st.tuples(st.just("slow"), st.sampled_from((0.0, 1.0))),
        st.tuples(st.just("delete"), st.sampled_from(ORDERS)),
        st.tuples(st.just("kill"), st.just(None)),
        st.tuples(st.just("again"), st.just(None)),
        st.tuples(st.just("pass"), st.sampled_from((0.3, 0.7, 2.0, 20.0, 90.0, 4000.0))),
    ),
    max_size=25,
)


@define(slots=False)
class Machine:
    """The tellers of one process after the other, over one memory."""

    clock: SkippingClock = field(factory=SkippingClock)
    memory: MemoryFile = field(factory=lambda: MemoryFile.open(None))
    recorded: dict[UUID, int] = field(factory=lambda: dict.fromkeys(ORDERS, 0))
    notices: list[str] = field(factory=list)
    chat: ChatOfTests = field(init=False)

    def __attrs_post_init__(self):
        self.chat = ChatOfTests(self.clock)
        self.begin()

    def begin(self):
        self.rests = Rests(self.clock)
        self.places = TellingPlaces(self.chat, HERE, self.memory, self.clock)
        self.live = LiveTeller(self.chat, self.places, self.rests, self.memory, self.clock, self.page)
        self.told = NoticeTeller(self.chat, self.places, self.rests, self.memory, self.clock, self.live)
        self.live.resume()
        self.told.resume()

    async def end(self):
        await self.live.close()
        await self.told.close()

    def page(self, order, is_shared):
        return ChatPage(title=f"{order.int} {self.recorded[order]}", rows=(Row("shared", (str(is_shared),)),))

    def again(self):
        self.places.forgive()
        self.rests.end()

    async def step(self, what, about):
        if what == "record":
            self.recorded[about] += 1
            self.live.news(about, user=USER, home=CHANNEL, is_over=False)
        elif what == "notice":
            key = f"n{len(self.notices)}"
            self.notices.append(key)
            page = ChatPage(title=key)
            self.told.put(
                ToTell(
                    key=key,
                    channel=CHANNEL,
                    user=USER,
                    about=str(about),
                    page=page,
                    shared=page,
                    happened_at=self.clock.now(),
                )
            )
        elif what == "away":
            self.chat.is_away = about
        elif what == "forbid":
            self.chat.forbidden = {CHANNEL} if about else set()
        elif what == "close":
            self.chat.closed = {DIRECT} if about else set()
        elif what == "lose":
            self.chat.loses_answers = about
        elif what == "slow":
            self.chat.takes_s = about
        elif what == "delete":
            for message in self.chat.messages:
                message.is_deleted |= message.page.title.startswith(f"{about.int} ") and bool(message.page.rows)
        elif what == "kill":
            await self.end()
            self.begin()
        elif what == "again":
            self.again()
        else:
            await self.clock.until(self.clock.sleep(about), within_s=2 * about)
        for _ in range(3):
            await asyncio.sleep(0)

    async def settle(self):
        self.chat.is_away, self.chat.forbidden, self.chat.closed, self.chat.loses_answers = False, set(), set(), 0
        self.again()
        await self.finish()
        for order in ORDERS:
            if not self.recorded[order] or self.messages(order)[-1].is_deleted:
                await self.step("record", order)  # that it was deleted is seen with the next event
        await self.finish()

    def messages(self, order):
        """The live messages of *order*."""
        return [m for m in self.chat.messages if m.page.rows and m.page.title.startswith(f"{order.int} ")]

    async def finish(self):
        while not (self.live.is_idle and self.told.is_idle):
            await self.clock.until(self.clock.sleep(1.0), within_s=5.0)


def versions(message):
    return [int(page.title.split()[1]) for page in message.pages]


@settings(max_examples=150)
@given(STEPS)
@example([("lose", 1), ("record", ORDERS[0]), ("record", ORDERS[0]), ("kill", None)])
@example([("slow", 1.0), ("record", ORDERS[0]), ("pass", 0.7), ("record", ORDERS[0]), ("kill", None)])
@example([("slow", 1.0), ("notice", ORDERS[0]), ("pass", 0.7), ("kill", None)])
@example([("record", ORDERS[0]), ("slow", 1.0), ("record", ORDERS[0]), ("pass", 2.0), ("record", ORDERS[0])])
@example([("away", True), ("record", ORDERS[0]), ("notice", ORDERS[0]), ("kill", None), ("away", False)])
@example(
    [("record", ORDERS[0]), ("pass", 2.0), ("forbid", True), ("close", True), ("record", ORDERS[0]), ("kill", None)]
)
def test_in_the_end_the_newest_is_shown_once_and_every_notice_was_told_once_in_order(steps):
    async def run():
        machine = Machine()
        for step in steps:
            await machine.step(*step)
        await machine.settle()
        await machine.end()
        chat = machine.chat
        for order in ORDERS:
            mine = machine.messages(order)
            assert versions(mine[-1])[-1] == machine.recorded[order]
            assert not mine[-1].is_deleted
            shown = [version for message in mine for version in versions(message)]
            assert shown == sorted(shown)  # an old state never takes the place of a newer one
            assert all(page.rows[0].lines == (str(m.channel != DIRECT),) for m in mine for page in m.pages)
        told = [message.page.title for message in chat.messages if not message.page.rows]
        assert list(dict.fromkeys(told)) == machine.notices
        for title in told:
            same = [m for m in chat.messages if m.page.title == title]
            for earlier, later in pairwise(same):  # told again only where Discord has forgotten that it was
                assert later.channel != earlier.channel or later.at_s - earlier.at_s >= NONCE_S
                assert {"lose", "kill"} & {what for what, _ in steps}
        machine.memory.close()

    asyncio.run(run())


def test_edits_of_one_message_are_never_closer_than_the_limit():
    async def run():
        machine = Machine()
        for number in range(60):
            await machine.step("record", ORDERS[0])
            await machine.clock.until(machine.clock.sleep(0.1 * (number % 5)), within_s=2.0)
        await machine.settle()
        await machine.end()
        message = machine.chat.messages[0]
        assert versions(message)[-1] == machine.recorded[ORDERS[0]]
        assert 5 < len(message.pages) < 15
        times = [at_s for edited, at_s in machine.chat.edited if edited == message.id]
        assert min(later - earlier for earlier, later in pairwise(times)) >= EDIT_EVERY_S - 1e-6

    asyncio.run(run())


def test_the_end_of_an_order_does_not_wait_for_the_pause_between_edits():
    async def run():
        machine = Machine()
        order = ORDERS[0]
        for _ in range(3):
            await machine.step("record", order)
            await machine.clock.until(machine.clock.sleep(0.1), within_s=1.0)
        (message,) = machine.messages(order)
        assert versions(message) == [1, 2]  # the third waits
        machine.recorded[order] += 1
        machine.live.news(order, user=USER, home=CHANNEL, is_over=True)
        await machine.clock.until(machine.clock.sleep(0.01), within_s=1.0)
        assert versions(message) == [1, 2, 4]
        await machine.end()

    asyncio.run(run())
