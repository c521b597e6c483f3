"""
Turns in the sandbox: what may be traded there at once, so that rehearsals are not in each other's way.

    buying to open │ selling to open    one side of an instrument at a time, any number together
    an order that closes                has its instruments to itself, from its setup until what it left is undone
    undoing an opening                  one side too; it gives way to every rehearsal that waits

A venue refuses to buy and sell one symbol at the same time, and a position can be closed only once. Turns are of this
process; where another one is in the way, the sandbox refuses, and the rehearsal is prepared again.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from attrs import define

from tastyflow.domain.instruments import Instrument
from tastyflow.domain.ticket import Leg
from tastyflow.ports import Clock


class Use(StrEnum):
    """How an instrument is used during a turn."""

    BUYING = "buying"
    SELLING = "selling"
    ALONE = "alone"

    def goes_with(self, other: "Use") -> bool:
        return self is other and self is not Use.ALONE


Uses = Mapping[Instrument, Use]


def uses_of(legs: Sequence[Leg]) -> Uses:
    """What a rehearsal of *legs* uses: its instruments alone where it closes any, else one side of each."""
    if any(not leg.action.opens for leg in legs):
        return {leg.instrument: Use.ALONE for leg in legs}
    return sides_of(legs)


def sides_of(legs: Iterable[Leg]) -> Uses:
    """One side of each instrument."""
    return {leg.instrument: Use.BUYING if leg.action.buys else Use.SELLING for leg in legs}


@define(eq=False)
class Turn:
    """A turn that was taken. Release it once, or more often."""

    turns: "Turns"
    uses: Uses
    gives_way: bool
    is_over: bool = False

    def release(self) -> None:
        self.turns.release(self)


@define(eq=False)
class _Waiting:
    uses: Uses
    gives_way: bool
    granted: "asyncio.Future[Turn]"


class Turns:
    """The turns of one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._taken: dict[Instrument, tuple[Use, int]] = {}
        self._waiting: list[_Waiting] = []
        self._used_at_s: dict[Instrument, float] = {}

    async def take(self, uses: Uses, *, gives_way: bool = False) -> Turn:
        """A turn for *uses*, once nothing that was asked for before is against it; *gives_way* lets later ones by."""
        if self._is_free(uses) and not self._is_awaited(uses, gives_way=gives_way):
            return self._grant(uses, gives_way)
        waiting = _Waiting(uses, gives_way, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        try:
            return await waiting.granted
        except asyncio.CancelledError:
            self._give_up(waiting)
            raise

    def release(self, turn: Turn) -> None:
        """Let the next ones have their turns."""
        if turn.is_over:
            return
        turn.is_over = True
        now_s = self._clock.monotonic()
        for instrument in turn.uses:
            use, number = self._taken.pop(instrument)
            if number > 1:
                self._taken[instrument] = (use, number - 1)
            if not turn.gives_way:
                self._used_at_s[instrument] = now_s
        self._let_in()

    def quiet_in_s(self, instruments: Iterable[Instrument], quiet_s: float) -> float:
        """How long until *instruments* have been left alone by rehearsals for *quiet_s*; 0 where they have."""
        last_s = max((self._used_at_s.get(instrument, 0.0) for instrument in instruments), default=0.0)
        return max(0.0, last_s + quiet_s - self._clock.monotonic())

    def _let_in(self) -> None:
        ahead: list[Uses] = []
        for waiting in sorted(self._waiting, key=lambda each: each.gives_way):
            if self._is_free(waiting.uses) and not any(_collide(waiting.uses, uses) for uses in ahead):
                self._waiting.remove(waiting)
                if not waiting.granted.done():
                    waiting.granted.set_result(self._grant(waiting.uses, waiting.gives_way))
            else:
                ahead.append(waiting.uses)

    def _grant(self, uses: Uses, gives_way: bool) -> Turn:
        for instrument, use in uses.items():
            _, number = self._taken.get(instrument, (use, 0))
            self._taken[instrument] = (use, number + 1)
        return Turn(self, uses, gives_way)

    def _give_up(self, waiting: _Waiting) -> None:
        if waiting in self._waiting:
            self._waiting.remove(waiting)
            self._let_in()
        elif waiting.granted.done() and not waiting.granted.cancelled():
            waiting.granted.result().release()

    def _is_free(self, uses: Uses) -> bool:
        for instrument, use in uses.items():
            taken = self._taken.get(instrument)
            if taken is not None and not use.goes_with(taken[0]):
                return False
        return True

    def _is_awaited(self, uses: Uses, *, gives_way: bool) -> bool:
        """Whether one that asked before, and does not give way to this one, is against *uses*."""
        return any((gives_way or not waiting.gives_way) and _collide(uses, waiting.uses) for waiting in self._waiting)


def _collide(uses: Uses, others: Uses) -> bool:
    return any(instrument in others and not use.goes_with(others[instrument]) for instrument, use in uses.items())
