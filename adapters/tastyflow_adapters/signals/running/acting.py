"""
Signals raised and acted on, in tasks of their own: a watch never waits for an order.

    a rule fires ─▶ one task ─▶ raised (one append, at most once) ─▶ a turn, `AT_ONCE` at a time ─▶ acted on
    its last one is still in hand    ─▶ dropped, with a line: one rule asks for one thing at a time
    the log takes nothing            ─▶ tried again until the signal would have expired; the same moment is one signal
    the lease is in doubt, or the
    service stops                    ─▶ not raised; what was raised is gone on from by the next service (`after`)
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final, Protocol

from attrs import frozen

from tastyflow.application.backoff import Backoff
from tastyflow.application.waiting import Tasks
from tastyflow.domain.signal import Signal
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.domain.signal_rule.rule import SignalRule
from tastyflow.errors import Refused, StoreFailure, TastyflowError
from tastyflow.ports import Clock

AT_ONCE: Final = 8
"""Signals that are acted on at the same time; more wait for their turn, and expire there if need be."""

FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 2.0


@frozen(kw_only=True)
class Fired:
    """
    What a rule fired on.

    Attributes:
        reasons: What is met, as sentences.
        source, source_id: As `SignalRaised` has them.
    """

    rule: SignalRule
    figures: Figures
    reasons: tuple[str, ...]
    source: str = "figures"
    source_id: str = ""


class RaisesAndActs(Protocol):
    """The desk's signalling, as far as it is needed here."""

    async def raise_signal(
        self,
        rule: SignalRule,
        figures: Figures,
        reasons: Sequence[str],
        line: str,
        *,
        source: str = "figures",
        source_id: str = "",
    ) -> Signal | None:
        """The signal that was raised; None where the rule is held back."""
        ...

    async def act(self, signal: Signal) -> Signal:
        """What became of it."""
        ...


LineOf = Callable[[SignalRule, Figures], Awaitable[str]]
"""The order that a rule asks for on these figures, in the order language; raises `Refused` where there is none."""


class ActsInTasks:
    """
    Raises and acts, until it is closed.

    Args:
        may_act: Whether this process may raise signals now.
        say: Told what the operator should know, in a sentence.
    """

    def __init__(
        self,
        signalling: RaisesAndActs,
        line_of: LineOf,
        clock: Clock,
        *,
        may_act: Callable[[], bool],
        say: Callable[[str], None],
    ) -> None:
        self._signalling = signalling
        self._line_of = line_of
        self._clock = clock
        self._may_act = may_act
        self._say = say
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._tasks = Tasks()
        self._in_hand: set[str] = set()

    @property
    def in_hand(self) -> frozenset[str]:
        """The names of the rules whose signals are in hand."""
        return frozenset(self._in_hand)

    def hand_over(self, fired: Fired) -> bool:
        """Raise a signal of *fired* and act on it, in a task; whether it was taken."""
        name = fired.rule.name
        if name in self._in_hand:
            self._say(f"the rule {name} fired again while its last signal is in hand: that is dropped")
            return False
        self._in_hand.add(name)
        task = self._tasks.start(self._whole(fired), name=f"signal-{name}")
        task.add_done_callback(lambda _: self._in_hand.discard(name))
        return True

    async def raise_now(self, fired: Fired) -> Signal | None:
        """
        The signal of *fired*, as soon as it is recorded; it is acted on in a task. None where the rule is held back.

        Raises:
            Refused: code ``in_hand``, or ``fenced``; nothing was raised.
            StoreFailure: The log takes nothing.
        """
        name = fired.rule.name
        if name in self._in_hand:
            raise Refused(f"The last signal of the rule {name} is in hand.", code="in_hand")
        self._in_hand.add(name)
        try:
            signal = await self._raised(fired)
        except BaseException:
            self._in_hand.discard(name)
            raise
        if signal is None:
            self._in_hand.discard(name)
            return None
        task = self._tasks.start(self._acted(signal), name=f"signal-{name}")
        task.add_done_callback(lambda _: self._in_hand.discard(name))
        return signal

    async def close(self) -> None:
        """Let all go: what was raised is gone on from by the next service."""
        await self._tasks.close()

    async def _whole(self, fired: Fired) -> None:
        name = fired.rule.name
        try:
            signal = await self._raised_in_time(fired)
        except TastyflowError as error:
            self._say(f"the rule {name} fired, and no signal was raised: {error.message}")
            return
        if signal is None:
            self._say(f"the rule {name} fired, and is held back")
            return
        await self._acted(signal)

    async def _raised_in_time(self, fired: Fired) -> Signal | None:
        """As `_raised`; while the log takes nothing it is tried again, until the signal would have expired."""
        until = self._clock.now() + timedelta(seconds=fired.rule.limits.expires_after_s)
        pauses = Backoff(FIRST_PAUSE_S, longest_s=LONGEST_PAUSE_S)
        while True:
            try:
                return await self._raised(fired)
            except StoreFailure:
                if self._clock.now() >= until:
                    raise
            await self._clock.sleep(pauses.next())

    async def _raised(self, fired: Fired) -> Signal | None:
        line, reasons = "", fired.reasons
        try:
            line = await self._line_of(fired.rule, fired.figures)
        except Refused as no:
            reasons = (*reasons, no.message)
        if not self._may_act():
            raise Refused("Another service may have taken over, or this one is stopping.", code="fenced")
        signal = await self._signalling.raise_signal(
            fired.rule, fired.figures, reasons, line, source=fired.source, source_id=fired.source_id
        )
        if signal is not None:
            self._say(f"signal {signal.reference} of the rule {fired.rule.name} ({signal.mode}): {line or reasons[-1]}")
        return signal

    async def _acted(self, signal: Signal) -> None:
        async with self._turns:
            if not self._may_act():
                return  # what was raised is gone on from by the service that may
            try:
                signal = await self._signalling.act(signal)
            except TastyflowError as error:
                self._say(f"signal {signal.reference} of the rule {signal.rule}: {error.message}")
                return
        said = f": {signal.message}" if signal.message else ""
        self._say(f"signal {signal.reference} of the rule {signal.rule} {signal.stage}{said}")
