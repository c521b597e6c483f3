"""
Few questions for many who ask: the venue answers market data twice a second, and a desk has a hundred orders at once.

    Once       who asks what is being asked already waits for that answer          chains, sessions
    Gathering  keys of all who ask within a few milliseconds, or while the last question is out, go into one   quotes

A caller who gives up takes nothing from the others: the question goes on, and a failure is everybody's.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

from tastyflow.errors import NotSent
from tastyflow.ports import Clock
from tastyflow_adapters.tastytrade.streams.supervision import ended

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
T = TypeVar("T")

WINDOW_S: Final = 0.005


class Once(Generic[V]):
    """One asking for each key at a time."""

    def __init__(self) -> None:
        self._asking: dict[Hashable, asyncio.Task[V]] = {}

    async def get(self, key: Hashable, ask: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """What *ask* answers, or what another caller's, still under way for *key*, does."""
        asking = self._asking.get(key)
        if asking is None:
            asking = self._asking[key] = asyncio.create_task(ask())
            asking.add_done_callback(lambda task: self._done(key, task))
        return await _shared(asking)

    async def aclose(self) -> None:
        """Give up what is still asked."""
        await ended(*self._asking.values())

    def _done(self, key: Hashable, task: asyncio.Task[V]) -> None:
        del self._asking[key]
        if not task.cancelled():
            task.exception()  # seen, also where every caller has gone


class Gathering(Generic[K, V]):
    """
    Args:
        ask: Answers at most *most* keys at once; keys without an answer are left out of it.
    """

    def __init__(self, clock: Clock, ask: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]], *, most: int) -> None:
        self._clock, self._ask, self._most = clock, ask, most
        self._keys: dict[K, None] = {}
        self._answer: asyncio.Future[Mapping[K, V]] | None = None
        self._worker: asyncio.Task[None] | None = None

    async def get(self, keys: Iterable[K]) -> dict[K, V]:
        """The answers to *keys*, from a question that is asked after this call."""
        wanted = list(keys)
        if not wanted:
            return {}
        if self._answer is None:
            self._answer = asyncio.get_running_loop().create_future()
        answer = self._answer
        self._keys |= dict.fromkeys(wanted)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        answers = await _shared(answer)
        return {key: answers[key] for key in wanted if key in answers}

    async def aclose(self) -> None:
        """Give up what is still asked, and what would have been asked next."""
        if self._worker is not None:
            await ended(self._worker)
        if self._answer is not None:  # joined while the last question was out, or never begun with
            self._answer.cancel()
            self._keys, self._answer = {}, None

    async def _work(self) -> None:
        while (answer := self._answer) is not None:
            try:
                await self._clock.sleep(WINDOW_S)
                keys = list(self._keys)
                self._keys, self._answer = {}, None
                chunks = [keys[at : at + self._most] for at in range(0, len(keys), self._most)]
                answers: dict[K, V] = {}
                for chunk in chunks:
                    answers |= await self._ask(chunk)
                answer.set_result(answers)
            except Exception as error:  # noqa: BLE001  handed to everybody who asked
                answer.set_exception(error)
                answer.exception()  # seen, also where every caller has gone
            except BaseException:
                answer.cancel()
                raise


async def _shared(answer: asyncio.Future[T]) -> T:
    """What *answer* comes to; it goes on where the caller gives up, and where it was given up, the caller is told."""
    try:
        return await asyncio.shield(answer)
    except asyncio.CancelledError:
        caller = asyncio.current_task()
        if answer.cancelled() and not (caller and caller.cancelling()):
            raise NotSent("Not asked: market data is closed.", code="closed") from None
        raise
