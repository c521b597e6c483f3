"""
One watch for each chain that a rule needs, opened again where it ends.

    the chains that rules need ─▶ keep ─▶ opened │ let go
    a watch ─▶ Figures ─▶ heard              cannot be opened, or ended ─▶ trouble, told once ─▶ a pause ─▶ again

A watch itself goes on over a feed that drops (`tastyflow_adapters.signals.watching`). What one watch does holds up no
other one, and what a rule does with figures holds up none.
"""

import logging
from asyncio import Task
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from attrs import define, frozen

from tastyflow.application.backoff import Backoff
from tastyflow.application.waiting import Tasks, ended
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.domain.signal_rule.rule import SignalRule
from tastyflow.domain.signal_rule.scope import FigureScope
from tastyflow.errors import TastyflowError
from tastyflow.ports import Clock
from tastyflow_adapters.signals.watching import WatchHealth

logger = logging.getLogger(__name__)

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0


@frozen
class Watched:
    """What is watched: a symbol, and over what its figures are worked out."""

    symbol: str
    scope: FigureScope

    @classmethod
    def by(cls, rule: SignalRule) -> "Watched":
        """What *rule* needs."""
        return cls(rule.symbol, rule.scope)

    @property
    def in_words(self) -> str:
        """``SPX, 0 to 45 days; calls plus puts minus``"""
        return f"{self.symbol}, {self.scope.in_words}"


class Watch(Protocol):
    """What gives figures: a `ChainWatch` that was opened."""

    @property
    def health(self) -> WatchHealth:
        """How it is doing."""
        ...

    def updates(self) -> AsyncIterator[Figures]:
        """The figures as they change, from now on."""
        ...


OpenWatch = Callable[[Watched], AbstractAsyncContextManager[Watch]]


@define
class WatchState:
    """
    How one watch is doing.

    Attributes:
        figures: The newest ones; None before the first.
        closed: Why there is no watch; empty where there is.
        watch: The one that is open; None where there is none.
    """

    figures: Figures | None = None
    closed: str = ""
    watch: Watch | None = None

    @property
    def trouble(self) -> str:
        """Why nothing is heard, for people; empty where something is."""
        return self.closed or (self.watch.health.trouble if self.watch is not None else "")


class Watches:
    """
    The watches that are open, for as long as it is not closed.

    Args:
        heard: Told each figures; it must come back at once.
        say: Told what the operator should know, in a sentence.
    """

    def __init__(
        self, open_watch: OpenWatch, clock: Clock, heard: Callable[[Watched, Figures], None], say: Callable[[str], None]
    ) -> None:
        self._open_watch = open_watch
        self._clock = clock
        self._heard = heard
        self._say = say
        self._tasks = Tasks()
        self._watching: dict[Watched, _Watching] = {}

    async def keep(self, wanted: Collection[Watched]) -> None:
        """Watch all of *wanted*, and nothing else."""
        for each in [known for known in self._watching if known not in wanted]:
            await ended(self._watching.pop(each).task)
        for each in wanted:
            if each not in self._watching:
                state = WatchState()
                task = self._tasks.start(self._watch(each, state), name=f"watch-{each.symbol}")
                self._watching[each] = _Watching(state, task)

    def state_of(self, watched: Watched) -> WatchState | None:
        """How the watch of *watched* is doing; None where there is none."""
        watching = self._watching.get(watched)
        return watching.state if watching is not None else None

    def state_by(self, rule: SignalRule) -> WatchState | None:
        """How the watch that *rule* needs is doing; None where there is none."""
        return self.state_of(Watched.by(rule))

    async def close(self) -> None:
        """Let all go."""
        self._watching.clear()
        await self._tasks.close()

    async def _watch(self, watched: Watched, state: WatchState) -> None:
        pauses = Backoff(FIRST_PAUSE_S, longest_s=LONGEST_PAUSE_S, spread=(0.5, 1.0))
        while True:
            trouble = await self._watch_once(watched, state, pauses)
            state.watch = None
            if trouble != state.closed:
                state.closed = trouble
                self._say(f"{watched.symbol} is not watched, and that is tried again: {trouble}")
            await self._clock.sleep(pauses.next())

    async def _watch_once(self, watched: Watched, state: WatchState, pauses: Backoff) -> str:
        """Watch until it ends; why it did."""
        try:
            async with self._open_watch(watched) as watch:
                if state.closed:
                    self._say(f"{watched.symbol} is watched again")
                state.watch, state.closed = watch, ""
                async for figures in watch.updates():
                    state.figures = figures
                    self._heard(watched, figures)
                    pauses.reset()
        except TastyflowError as error:
            return error.message
        except Exception as error:
            logger.exception("A watch ended in an unforeseen way")
            return type(error).__name__
        return "it ended by itself"


@frozen
class _Watching:
    state: WatchState
    task: Task[None]
