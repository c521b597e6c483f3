"""
What the book tells becomes what a client hears: the right messages at the right time, or, under faults, not quite.

    heard("Order", {...}) ──▶ {"type", "data", …} ──▶ drop · duplicate · reorder · drift ──▶ notice_s ──▶ line

A message that is held back to arrive out of order follows the next one, or comes alone after a second.
"""

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from tastyflow_simulator.admin.faults import FaultKind, SimulatorFault
from tastyflow_simulator.streams.line import Line

ODD: Final = (
    FaultKind.STREAM_DROP,
    FaultKind.STREAM_DUPLICATE,
    FaultKind.STREAM_REORDER,
    FaultKind.SCHEMA_DRIFT,
)
HOLD_S: Final = 1.0
"""How long a message is held back at most, unless the fault says."""
LATER_LIMIT: Final = 2_000
"""Notices that may be on their way."""


class Notices:
    """One client's notices; `heard` is what the book calls."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._told = 0
        self._held: str | None = None
        self._release: asyncio.TimerHandle | None = None
        self._later: deque[tuple[datetime, str]] = deque()
        self._due = asyncio.Event()

    def heard(self, kind: str, data: Mapping[str, Any]) -> None:
        """Pass on one thing that happened."""
        order = str(data.get("external-identifier") or data.get("id") or "")
        if not self._line.strike(kind, order=order):
            return
        side = self._line.side
        at_ms = int(side.clock.now().timestamp() * 1000)
        message = {"type": kind, "data": data, "timestamp": at_ms, "ws-sequence": self._told}
        self._told += 1
        fault = self._line.fault(ODD, kind, order=order)
        if fault is not None and fault.kind is FaultKind.SCHEMA_DRIFT:
            message = drifted(message, fault)
        text = json.dumps(message, separators=(",", ":"))
        match fault.kind if fault else None:
            case FaultKind.STREAM_DROP:
                pass
            case FaultKind.STREAM_DUPLICATE:
                self._pass_on(text)
                self._pass_on(text)
            case FaultKind.STREAM_REORDER if fault is not None and self._held is None:
                self._held = text
                self._release = asyncio.get_running_loop().call_later(fault.seconds or HOLD_S, self._let_go)
            case _:
                self._pass_on(text)
                self._let_go()

    async def run(self) -> None:
        """Bring what is on its way when it is due."""
        clock = self._line.side.clock
        while True:
            while self._later:
                due, text = self._later[0]
                while clock.now() < due:
                    await clock.sleep_until(due)
                self._later.popleft()
                self._line.outbox.put(text)
            self._due.clear()
            await self._due.wait()

    def stop(self) -> None:
        """Let no timer outlive the client."""
        if self._release is not None:
            self._release.cancel()

    def _pass_on(self, text: str) -> None:
        side = self._line.side
        if not side.options.timings.notice_s:
            self._line.outbox.put(text)
        elif len(self._later) < LATER_LIMIT:
            self._later.append((side.clock.now() + timedelta(seconds=side.options.timings.notice_s), text))
            self._due.set()

    def _let_go(self) -> None:
        self.stop()
        if self._held is not None:
            held, self._held = self._held, None
            self._pass_on(held)


def drifted(message: Mapping[str, Any], fault: SimulatorFault) -> dict[str, Any]:
    """
    *message* as a later version of the API might send it.

    The fault's reason says how: ``type`` makes the kind unknown, ``missing`` leaves out a field that clients count on,
    the name of a field leaves out that one, and without a reason there is a field more.
    """
    data = dict(message["data"])
    if fault.reason == "type":
        return {**message, "type": f"{message['type']}V2"}
    if not fault.reason:
        return {**message, "data": {**data, "sim-new-field": {"nested": [1, None]}}, "sim-new-member": True}
    gone = "updated-at" if fault.reason == "missing" else fault.reason
    return {**message, "data": {name: value for name, value in data.items() if name != gone}}
