"""
Answers that cost much, given to all who ask the same within a while: who asks often is answered as often, and the
market is not.

    asked ─▶ kept and young? ─▶ that one
               └▶ being made for another? ─▶ the same one, once it is made
                    └▶ made, unless too many are being made
"""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Final, Generic, TypeVar

from tastyflow.errors import Refused

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

KEPT_S: Final = 15.0
AT_ONCE: Final = 3
"""Different answers that are made at the same time."""
MOST: Final = 20
"""Answers that are kept."""


class KeptAnswers(Generic[K, V]):
    """
    Args:
        kept_s: How long an answer is given again.
        at_once: How many are made at the same time.
    """

    def __init__(self, kept_s: float = KEPT_S, at_once: int = AT_ONCE) -> None:
        self._kept_s, self._at_once = kept_s, at_once
        self._kept: dict[K, tuple[float, V]] = {}
        self._being_made: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K, make: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """
        The answer for *key*.

        Raises:
            Refused: code ``too_busy``: too many others are being made; and whatever *make* raises.
        """
        loop = asyncio.get_running_loop()
        if key in self._kept and loop.time() - self._kept[key][0] < self._kept_s:
            return self._kept[key][1]
        if key not in self._being_made:
            if len(self._being_made) >= self._at_once:
                raise Refused("Too much is being looked at just now.", code="too_busy", hint="Ask again in a moment.")
            self._being_made[key] = asyncio.create_task(make(), name="kept-answer")
            self._being_made[key].add_done_callback(lambda done: self._done(key, done, loop.time()))
        return await asyncio.shield(self._being_made[key])

    def _done(self, key: K, made: asyncio.Task[V], now: float) -> None:
        del self._being_made[key]
        self._kept = {each: kept for each, kept in self._kept.items() if now - kept[0] < self._kept_s}
        if made.cancelled() or made.exception() is not None:
            return
        while len(self._kept) >= MOST:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = (now, made.result())
