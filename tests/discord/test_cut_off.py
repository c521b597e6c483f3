"""A person who was cut off by the death of a process is told by the next one: once, and other people are not."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.memory.heard import Arrival, Heard, HeardEvents
from tastyflow_adapters.discord.request import Asker
from tastyflow_adapters.discord.telling.cut_off import tell_cut_off
from tastyflow_adapters.discord.telling.posting import DirectClosed, TryLater
from tests.application.kit import SkippingClock

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)


class Post:
    """Takes messages, after as many failures as there are."""

    def __init__(self, *failures):
        self.failures, self.told = list(failures), []

    async def direct(self, user):
        return f"direct-{user}"

    async def post(self, channel, page, *, nonce, **_how):
        if self.failures:
            raise self.failures.pop()
        self.told.append((channel, page.lines[0]))
        return "1"


async def run(memory, post):
    clock = SkippingClock()
    chat = SimpleNamespace(memory=memory, began=NOW, desk=SimpleNamespace(context=SimpleNamespace(clock=clock)))
    telling = asyncio.ensure_future(tell_cut_off(chat, post))
    for _ in range(20):
        await clock._settle()
        if clock._sleepers:
            clock._skip()
    telling.cancel()


def heard(events, number, user, *, ago_s):
    event = Heard(str(number), Arrival.PRESS, Asker(user))
    assert events.first(event, at=NOW - timedelta(seconds=ago_s))
    return event


async def test_a_press_without_an_outcome_is_told_once_and_those_with_one_are_not():
    with closing(MemoryFile.open(None)) as memory:
        events = HeardEvents(memory)
        heard(events, 1, "ann", ago_s=5)
        events.ended(heard(events, 2, "bob", ago_s=5), "answered")
        heard(events, 3, "eve", ago_s=-5)  # by this process: it is being answered
        heard(events, 4, "old", ago_s=86_400)
        post = Post(TryLater("away"))
        await run(memory, post)
        await run(memory, post)
        assert [channel for channel, _ in post.told] == ["direct-ann"]
        assert "the button that you pressed" in post.told[0][1]


async def test_a_person_who_takes_no_direct_messages_holds_up_no_other():
    with closing(MemoryFile.open(None)) as memory:
        events = HeardEvents(memory)
        heard(events, 1, "ann", ago_s=6)
        heard(events, 2, "bob", ago_s=5)
        post = Post(DirectClosed("closed"))
        await run(memory, post)
        assert [channel for channel, _ in post.told] == ["direct-bob"]
