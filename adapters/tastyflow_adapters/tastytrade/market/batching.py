"""
One request for the keys of many callers: the venue answers market data twice a second, and a desk has many orders.

    get(SPY) ──┐
    get(QQQ) ──┼─▶ a few milliseconds, or until the last request is answered ─▶ one request ─▶ to each what it asked
    get(SPY) ──┘

A caller that is cancelled takes nothing from the others: the request goes on. A failure is raised to all of them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from typing import Final, Generic, TypeVar

from tastyflow.application.waiting import ended
from tastyflow.ports import Clock
from tastyflow_adapters.tastytrade.single_flight import outcome_of

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

WINDOW_S: Final = 0.005
"""How long a request waits for more callers to join it."""


class Batcher(Generic[K, V]):
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
        answers = await outcome_of(answer)
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
            except Exception as error:  # noqa: BLE001  raised to every caller
                answer.set_exception(error)
                answer.exception()  # seen, also where every caller has gone
            except BaseException:
                answer.cancel()
                raise
