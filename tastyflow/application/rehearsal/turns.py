"""
Turns in the sandbox: what may be traded there at once, so that rehearsals are not in each other's way.

    buying to open │ selling to open    one side of an instrument at a time, any number together
    an order that closes                has its instruments to itself, from its setup until what it left is undone
    undoing an opening                  one side too; it gives way to every rehearsal that waits

A venue refuses to buy and sell one symbol at the same time, and a position can be closed only once. Turns are of this
process; where another one is in the way, the sandbox refuses, and the rehearsal sets its stage again.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import count

from attrs import define, field

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

    def release(self) -> None:
        self.turns.release(self)


@define(eq=False)
class _Waiting:
    """Those who wait for the same uses, in their order: while the first one waits, all do."""

    uses: Uses
    gives_way: bool
    queue: "OrderedDict[int, asyncio.Future[Turn]]" = field(factory=OrderedDict)

    @property
    def comes(self) -> tuple[bool, int]:
        """When its first one has a turn: after all that do not give way, and in the order of asking."""
        return self.gives_way, next(iter(self.queue))


class _InUse:
    """How often each instrument is used, and how: asking what is against a use costs the same with any number."""

    def __init__(self) -> None:
        self._counts: dict[Instrument, Counter[Use]] = {}

    def add(self, uses: Uses) -> None:
        for instrument, use in uses.items():
            self._counts.setdefault(instrument, Counter())[use] += 1

    def remove(self, uses: Uses) -> None:
        for instrument, use in uses.items():
            counts = self._counts[instrument]
            counts[use] -= 1
            if not counts.total():
                del self._counts[instrument]

    def is_against(self, uses: Uses) -> bool:
        return any(
            number and not use.goes_with(other)
            for instrument, use in uses.items()
            for other, number in self._counts.get(instrument, {}).items()
        )


class Turns:
    """The turns of one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._taken: set[Turn] = set()
        self._in_use = _InUse()
        self._waiting: dict[tuple[bool, frozenset[tuple[Instrument, Use]]], _Waiting] = {}
        self._numbers = count()
        self._used_at_s: dict[Instrument, float] = {}

    async def take(self, uses: Uses, *, gives_way: bool = False) -> Turn:
        """A turn for *uses*, once nothing that was asked for before is against it; *gives_way* lets later ones by."""
        ahead = [waiting.uses for waiting in self._waiting.values() if not waiting.gives_way]
        must_wait = bool(self._waiting) if gives_way else any(_collide(uses, other) for other in ahead)
        if not must_wait and not self._in_use.is_against(uses):
            return self._grant(uses, gives_way)
        key = gives_way, frozenset(uses.items())
        number = next(self._numbers)
        granted: asyncio.Future[Turn] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, _Waiting(uses, gives_way)).queue[number] = granted
        try:
            return await granted
        except asyncio.CancelledError:
            self._give_up(key, number, granted)
            raise

    def release(self, turn: Turn) -> None:
        """Let the next ones have their turns."""
        if turn not in self._taken:
            return
        self._taken.remove(turn)
        self._in_use.remove(turn.uses)
        if not turn.gives_way:
            self._used_at_s |= dict.fromkeys(turn.uses, self._clock.monotonic())
        self._let_in()

    def quiet_in_s(self, instruments: Iterable[Instrument], quiet_s: float) -> float:
        """How long until *instruments* have been left alone by rehearsals for *quiet_s*; 0 where they have."""
        last_s = max((self._used_at_s.get(instrument, 0.0) for instrument in instruments), default=0.0)
        return max(0.0, last_s + quiet_s - self._clock.monotonic())

    def _let_in(self) -> None:
        ahead, left = _InUse(), dict(self._waiting)
        while left:
            key = min(left, key=lambda each: left[each].comes)
            waiting = left[key]
            if self._in_use.is_against(waiting.uses) or ahead.is_against(waiting.uses):
                ahead.add(waiting.uses)
                del left[key]  # the others who wait for the same have the same against them
                continue
            _, granted = waiting.queue.popitem(last=False)
            if not waiting.queue:
                del left[key], self._waiting[key]
            if not granted.done():
                granted.set_result(self._grant(waiting.uses, waiting.gives_way))

    def _grant(self, uses: Uses, gives_way: bool) -> Turn:
        turn = Turn(self, uses, gives_way)
        self._taken.add(turn)
        self._in_use.add(uses)
        return turn

    def _give_up(
        self, key: "tuple[bool, frozenset[tuple[Instrument, Use]]]", number: int, granted: "asyncio.Future[Turn]"
    ) -> None:
        waiting = self._waiting.get(key)
        if waiting is not None and number in waiting.queue:
            del waiting.queue[number]
            if not waiting.queue:
                del self._waiting[key]
        elif granted.done() and not granted.cancelled():
            granted.result().release()
        self._let_in()


def _collide(uses: Uses, others: Uses) -> bool:
    return any(instrument in others and not use.goes_with(others[instrument]) for instrument, use in uses.items())
