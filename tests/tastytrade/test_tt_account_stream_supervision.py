"""A connection that is kept up: what ends it, what brings it back, and how soon."""

import asyncio
from random import Random

import pytest
from httpx2.websockets import WebSocketDisconnect, WebSocketNetworkError
from tastytrade.utils import TastytradeError
from tt_streams import NOON, left_running

from tastyflow.application.waiting import ended
from tastyflow.errors import NotSent
from tastyflow_adapters.clock import TurnableClock
from tastyflow_adapters.tastytrade.streams.supervision import STEADY_S, StreamSupervisor, reconnects, why

pytestmark = pytest.mark.anyio

CANARY = "Bearer canary-token"


@pytest.fixture
def anyio_backend():
    return "asyncio"


class SupervisedConnection:
    """A supervisor over a connection that a test opens, breaks and listens to."""

    def __init__(self, *, silence_s=30.0, opens=True):
        self.clock = TurnableClock(NOON)
        self.opened = 0
        self.open_now = 0
        self.opens = opens
        self.ending = None
        self.ups, self.downs = [], []
        pauses = reconnects(first_s=1.0, longest_s=8.0, rng=Random(7))  # noqa: S311
        self.supervisor = StreamSupervisor(
            "subject", self.clock, self.connect, silence_s=silence_s, backoff=pauses,
            on_up=lambda: self.ups.append(self.clock.monotonic()), on_down=lambda: self.downs.append(1),
        )  # fmt: skip

    async def connect(self):
        self.opened += 1
        self.open_now += 1
        self.ending = asyncio.get_running_loop().create_future()
        try:
            if self.opens:
                self.supervisor.up()
            await self.ending
        finally:
            self.open_now -= 1

    async def __aenter__(self):
        self.task = asyncio.create_task(self.supervisor.run())
        await self.clock.turn(0)
        return self

    async def __aexit__(self, *_):
        await ended(self.task)
        assert self.open_now == 0
        assert left_running() == []


async def test_a_connection_on_which_nothing_is_heard_is_replaced():
    async with SupervisedConnection(silence_s=30) as subject:
        await subject.clock.turn(29)
        assert (subject.opened, subject.supervisor.is_up) == (1, True)
        await subject.clock.turn(1.2)
        assert not subject.supervisor.is_up
        assert "nothing heard for 30 s" in subject.supervisor.health.trouble
        await subject.clock.turn(1)
        assert (subject.opened, subject.open_now, subject.supervisor.is_up) == (2, 1, True)
        assert (subject.supervisor.health.times_up, subject.supervisor.health.trouble) == (2, "")


async def test_a_connection_on_which_anything_is_heard_is_kept():
    async with SupervisedConnection(silence_s=30) as subject:
        for _ in range(20):
            await subject.clock.turn(20)
            subject.supervisor.heard()
        assert subject.opened == 1
        assert subject.supervisor.health.last_heard_at == subject.clock.now()


async def test_one_that_never_opens_is_given_up_after_the_same_silence():
    async with SupervisedConnection(silence_s=30, opens=False) as subject:
        await subject.clock.turn(32)
        assert (subject.opened, subject.ups) == (2, [])
        assert not subject.supervisor.health.connected


@pytest.mark.parametrize(
    "error",
    [
        ExceptionGroup("sdk", [ExceptionGroup("socket", [WebSocketDisconnect(1012, CANARY)])]),
        ExceptionGroup("sdk", [TimeoutError()]),
        TastytradeError(CANARY),
        NotSent("No login was possible.", code="no_login"),
        KeyError("dxlink-url"),
        asyncio.CancelledError(),
    ],
)
async def test_whatever_ends_it_it_is_opened_again_and_the_reason_is_noted_without_its_words(error):
    async with SupervisedConnection() as subject:
        subject.ending.set_exception(error) if isinstance(error, Exception) else subject.ending.cancel()
        await subject.clock.turn(0)
        health = subject.supervisor.health
        assert not health.connected
        assert health.trouble
        assert "canary" not in repr(health)
        await subject.clock.turn(1)
        assert subject.opened == 2
        assert subject.downs == [1]


async def test_pauses_grow_while_it_fails_and_are_short_again_after_it_held():
    async with SupervisedConnection() as subject:

        async def broken():
            broke_at = subject.clock.monotonic()
            subject.ending.set_exception(WebSocketNetworkError())
            await subject.clock.turn(8)
            return subject.ups[-1] - broke_at

        subject.opens = True
        waits = [await broken() for _ in range(3)]
        assert waits[0] <= 1  # each connection held for some seconds, but not for long enough
        assert [0.5 <= waits[0] <= 1, 1 <= waits[1] <= 2, 2 <= waits[2] <= 4] == [True] * 3
        await subject.clock.turn(STEADY_S)
        assert await broken() <= 1


def test_pauses_double_up_to_the_longest_and_are_never_alike():
    pauses = reconnects(first_s=1.0, longest_s=8.0, rng=Random(1))  # noqa: S311
    drawn = [pauses.next() for _ in range(6)]
    assert all(most / 2 <= pause <= most for pause, most in zip(drawn, (1, 2, 4, 8, 8, 8), strict=True))
    assert drawn != [reconnects(first_s=1.0, longest_s=8.0, rng=Random(2)).next() for _ in range(6)]  # noqa: S311
    pauses.reset()
    assert pauses.next() <= 1


async def test_one_that_says_it_is_over_is_not_opened_again():
    async with SupervisedConnection() as subject:
        subject.ending.set_result(None)
        await subject.clock.turn(100)
        assert subject.task.done()
        assert subject.opened == 1


async def test_who_waits_for_it_waits_so_long_and_no_longer():
    async with SupervisedConnection(opens=False) as subject:
        waiting = asyncio.create_task(subject.supervisor.up_within(4))
        await subject.clock.turn(3.9)
        assert not waiting.done()
        await subject.clock.turn(0.2)
        assert await waiting is False
        subject.supervisor.up()
        assert await subject.supervisor.up_within(4) is True


def test_a_reason_names_every_kind_once():
    group = BaseExceptionGroup("", [TimeoutError(), ExceptionGroup("", [WebSocketDisconnect(1009), TimeoutError()])])
    assert why(group) == "no answer in time, closed by the other side (1009)"
