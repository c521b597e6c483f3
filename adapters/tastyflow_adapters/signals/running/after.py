"""
What is looked after besides the watching: what a process left that ended in between, and marks that are due.

    at the start, then every `LOOK_S`   signals that lie open and are in hand no more ─▶ gone on from, or expired
                                        the market of signals' orders, some minutes later ─▶ marked

A venue that is slow holds up nothing else: it is a task of its own.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from tastyflow.application.signalling.marking import DueMark
from tastyflow.application.signalling.signalling import Signalling
from tastyflow.domain.signal import Signal
from tastyflow.errors import TastyflowError
from tastyflow.ports import Clock

LOOK_S: Final = 5.0
MARKS_AT_ONCE: Final = 4


class After:
    """
    Looks after signals, for as long as it runs.

    Args:
        in_hand: The names of the rules whose signals are in hand here.
        may_act: Whether this process may settle signals now.
        say: Told what the operator should know, in a sentence.
    """

    def __init__(
        self,
        signalling: Signalling,
        clock: Clock,
        *,
        in_hand: Callable[[], frozenset[str]],
        may_act: Callable[[], bool],
        say: Callable[[str], None],
    ) -> None:
        self._signalling = signalling
        self._clock = clock
        self._in_hand = in_hand
        self._may_act = may_act
        self._say = say
        self._trouble = ""

    async def run(self) -> None:
        """For ever."""
        while True:
            if self._may_act():
                await self.look()
            await self._clock.sleep(LOOK_S)

    async def look(self) -> None:
        """Look once."""
        trouble = ""
        for part in (self._finish, self._mark):  # a signal that cannot be settled keeps no other one from its marks
            try:
                await part()
            except TastyflowError as error:
                trouble = trouble or error.message
        if trouble and trouble != self._trouble:
            self._say(f"signals could not be looked after, and that is tried again: {trouble}")
        self._trouble = trouble

    async def _finish(self) -> None:
        if not self._in_hand():  # else they are settled there
            for signal in await self._signalling.finish():
                self._say(_left(signal))

    async def _mark(self) -> None:
        due = self._signalling.due_marks()
        slots = asyncio.Semaphore(MARKS_AT_ONCE)

        async def one(mark: DueMark) -> None:
            async with slots:
                await self._signalling.mark(mark)

        await asyncio.gather(*(one(each) for each in due))


def _left(signal: Signal) -> str:
    said = f": {signal.message}" if signal.message else ""
    return (
        f"signal {signal.reference} of the rule {signal.rule}, left open by a process that ended, {signal.stage}{said}"
    )
