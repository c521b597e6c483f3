"""
One channel's data: a first value of each subscription at once, and then what has changed, at the channel's pace.

    subscription ──▶ fresh ──▶ first values, candles as a snapshot ─┐
    the market moves ──▶ at most once per period: what changed ─────┴─▶ frames of at most 200 events ──▶ line

A full index chain is tens of thousands of events: they are worked out four milliseconds at a time, each frame waits
until the one before it was read, and a round is followed by a rest as long as it took: orders are not held up.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from tastyflow_simulator.admin.faults import FaultKind, SimulatorFault
from tastyflow_simulator.streams import candles, events
from tastyflow_simulator.streams.channels import Channel
from tastyflow_simulator.streams.line import Line
from tastyflow_simulator.streams.notices import ODD
from tastyflow_simulator.streams.spoiling import spoiled

if TYPE_CHECKING:
    from tastyflow_simulator.market import Market

FRAME_EVENTS: Final = 200
SLICE_S: Final = 0.004
"""How much of the processor's time may be taken at a time."""
BREATH_S: Final = 0.001
"""For how long the other tasks have the loop in between; a request needs several turns of it."""
POLL_S: Final = 0.05
"""How often the market is asked whether it moved: quotes may be pinned and clocks turned at any moment."""

Wanted = tuple[str, str]


class Feed:
    """
    Args:
        market: What this side's clients see of it.
        turn: One feed works at a time, however many there are.
    """

    def __init__(self, line: Line, channel: Channel, market: "Market", turn: asyncio.Lock) -> None:
        self._line = line
        self._channel = channel
        self._market = market
        self._turn = turn
        self._asked = asyncio.Event()
        self._sent: dict[Wanted, object] = {}
        self._held: dict[str, Any] | None = None
        self._wrong: tuple[SimulatorFault, ...] = ()

    def asked(self) -> None:
        """There are new subscriptions, or fewer."""
        self._asked.set()

    async def run(self) -> None:
        """Serve the channel until it is cancelled."""
        loop = asyncio.get_running_loop()
        seen, rested_at = self._revision(), loop.time()
        while True:
            self._asked.clear()
            fresh = tuple(self._channel.fresh)
            self._channel.fresh.clear()
            await self._send_all(fresh, first=True)
            if (revision := self._revision()) != seen and loop.time() >= rested_at:
                seen, began = revision, loop.time()
                await self._send_all(tuple(self._channel.wanted), first=False)
                took_s = loop.time() - began
                rested_at = loop.time() + max(took_s, self._channel.period_s - took_s)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), POLL_S)

    def _revision(self) -> tuple[int, int]:
        side = self._line.side
        return self._market.revision(side.clock.now()), side.faults.changes

    async def _send_all(self, wanted: tuple[Wanted, ...], *, first: bool) -> None:
        side = self._line.side
        self._wrong = side.faults.standing(side.side) if wanted else ()
        for kind in dict.fromkeys(kind for kind, _symbol in wanted):
            making = self._events([each for each in wanted if each[0] == kind], first=first)
            more = True
            while more and not self._line.outbox.is_over:
                async with self._turn:
                    frame, more = _part_of(making)
                if frame:
                    await self._put(kind, frame)
                await asyncio.sleep(BREATH_S)

    def _events(self, wanted: Iterable[Wanted], *, first: bool) -> Iterator[events.Event | None]:
        """The events of *wanted*, one after the other; None for those that are not worth sending."""
        for each in wanted:
            for number, event in enumerate(self._of(each, first=first)):
                news = events.news(event, each[0])
                yield event if first or news != self._sent.get(each) else None
                if number == 0:  # of a history, the newest: what comes next is compared with that
                    self._sent[each] = news
            yield None  # an unknown symbol took time, too

    def _of(self, wanted: Wanted, *, first: bool) -> Iterable[events.Event]:
        kind, symbol = wanted
        if wanted not in self._channel.wanted:  # cancelled since
            self._sent.pop(wanted, None)
            return ()
        now = self._line.side.clock.now()
        if kind == events.CANDLE and first:
            return candles.snapshot(self._market, symbol, self._channel.wanted[wanted], now)
        is_candle = kind == events.CANDLE
        event = candles.newest(self._market, symbol, now) if is_candle else self._market.event(kind, symbol, now)
        if event is not None and self._wrong:
            event = spoiled(event, kind, symbol, self._wrong, self._market, now)
        return () if event is None else (event,)

    async def _put(self, kind: str, frame: list[events.Event]) -> None:
        """Send one frame, when the line has room for it; faults may spoil it."""
        await self._line.outbox.drained()
        channel = self._channel
        if not self._line.strike(kind):
            return
        if channel.is_compact and kind not in channel.told:
            self._line.tell(channel.config({kind: None}))
        message: dict[str, Any] = {"type": "FEED_DATA", "channel": channel.number}
        if channel.is_compact:
            message["data"] = [kind, events.compact(frame, kind, channel.fields_of(kind))]
        else:
            message["data"] = [events.full(event, kind, channel.fields.get(kind)) for event in frame]
        self._tell(message, self._line.fault(ODD, kind))

    def _tell(self, message: dict[str, Any], fault: SimulatorFault | None) -> None:
        match fault.kind if fault else None:
            case FaultKind.STREAM_DROP:
                return
            case FaultKind.STREAM_DUPLICATE:
                self._line.tell(message)
            case FaultKind.STREAM_REORDER if self._held is None:
                self._held = message
                return
            case FaultKind.SCHEMA_DRIFT if fault is not None:
                message = _drifted(message, fault)
        self._line.tell(message)
        if self._held is not None:
            self._line.tell(self._held)
            self._held = None


def _part_of(making: Iterator[events.Event | None]) -> tuple[list[events.Event], bool]:
    """As much as may be made at a time, and whether there is more."""
    frame: list[events.Event] = []
    ends_at = time.thread_time() + SLICE_S
    for event in making:
        if event is not None:
            frame.append(event)
        if len(frame) == FRAME_EVENTS or time.thread_time() >= ends_at:
            return frame, True
    return frame, False


def _drifted(message: dict[str, Any], fault: SimulatorFault) -> dict[str, Any]:
    """*message* as a later version might send it: the fault's reason is ``type``, ``missing``, or none for more."""
    if fault.reason == "type":
        return {**message, "type": "FEED_DATA_V2"}
    if not fault.reason:
        return {**message, "sim-new-member": {"nested": [1, None]}}
    *before, last = message["data"]
    short = last[:-1] if isinstance(last, list) else {name: last[name] for name in list(last)[:-1]}
    return {**message, "data": [*before, short]}
