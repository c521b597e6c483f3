"""
A criterion at work, in a process of its own: looks go in, alerts come out, and its end says why.

    async with RunningCriterion(name, rule, clock, ...) as running:
        running.look(figures)                          never waits: the newest look wins
        async for heard, market in running.alerts():   ends with CriterionFailed, and with nothing else

A look is shown when the one before was looked at, four times a second at most and once a second at least. What does
not come back for the next one within `LOOKED_WITHIN_S` hangs. One line is in flight each way: a criterion that hangs,
floods or dies costs the service a process, and no time of its event loop.
"""

import asyncio
import json
import os
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Final

from attrs import frozen

from tastyflow.application.waiting import ended
from tastyflow.domain.signal_rule.alert import Alert, HeardAlert
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.errors import Invalid
from tastyflow.ports import Clock, Look
from tastyflow_adapters.signals.criteria.faults import CriterionFailed, CriterionFault
from tastyflow_adapters.signals.criteria.lines import LONGEST, look_line

BEAT_S: Final = 0.25
LOOK_EVERY_S: Final = 1.0
LOADED_WITHIN_S: Final = 30.0
LOOKED_WITHIN_S: Final = 10.0
ENDED_WITHIN_S: Final = 5.0
MOST_A_MINUTE: Final = 30
CHILD: Final = "tastyflow_adapters.signals.criteria.child"


@frozen
class _ShownLook:
    """A look that the criterion has, and has not come back from."""

    number: int
    look: Look
    since_s: float


class RunningCriterion:
    """
    The criterion *name* for *rule*; its process lives for as long as this is entered.

    Args:
        symbol: What its rule looks at.
        brings: The figures that its alerts may have.
        environment: The variables of its process: no secret is to be among them.
        within_s: How long one look may take it.
    """

    def __init__(
        self,
        name: str,
        rule: str,
        clock: Clock,
        *,
        symbol: str,
        brings: frozenset[str],
        environment: Mapping[str, str],
        within_s: float = LOOKED_WITHIN_S,
    ) -> None:
        self._name = name
        self._rule = rule
        self._clock = clock
        self._symbol = symbol
        self._brings = brings
        self._environment = environment
        self._within_s = within_s
        self._newest: Figures | None = None
        self._is_news = False
        self._is_ready = False
        self._is_over = self._is_killed = False
        self._number = 0
        self._shown: _ShownLook | None = None
        self._shown_at_s = 0.0
        self._given: deque[float] = deque()
        self._heard: asyncio.Queue[tuple[HeardAlert, Figures] | CriterionFailed] = asyncio.Queue()
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    async def __aenter__(self) -> "RunningCriterion":
        """
        Start its process.

        Raises:
            CriterionFailed: It cannot be started.
        """
        try:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", CHILD, self._name),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=LONGEST,
                env=dict(self._environment),
                start_new_session=True,  # Ctrl-C at the terminal is for the service
            )
        except OSError as error:
            what = f"cannot be started: {error.strerror or type(error).__name__}"
            raise CriterionFailed(self._name, CriterionFault.ENDED, what) from None
        self._shown_at_s = self._clock.monotonic()
        self._tasks = (
            asyncio.create_task(self._listen(self._process), name=f"criterion {self._name}"),
            asyncio.create_task(self._show(self._process), name=f"looks of {self._name}"),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kill()
        await ended(*self._tasks)
        if self._process is not None:
            with suppress(TimeoutError):  # a descendant in a session of its own may hold the pipe open
                async with asyncio.timeout(ENDED_WITHIN_S):
                    await _emptied(self._process)
                    await self._process.wait()

    def look(self, figures: Figures) -> None:
        """Show it the newest *figures*; never waits. The same ones are shown again each second."""
        self._newest, self._is_news = figures, True

    async def alerts(self) -> AsyncIterator[tuple[HeardAlert, Figures]]:
        """
        Its alerts, each with the figures of the look at which it was given.

        Raises:
            CriterionFailed: It is over.
        """
        while True:
            heard = await self._heard.get()
            if isinstance(heard, CriterionFailed):
                raise heard
            yield heard

    # ── to it ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def _show(self, process: asyncio.subprocess.Process) -> None:
        """For ever: a look when it is time for one, and its end where it does not come back from one."""
        while True:
            await self._clock.sleep(BEAT_S)
            now_s = self._clock.monotonic()
            if not self._is_ready:
                if now_s - self._shown_at_s > LOADED_WITHIN_S:
                    self._fail(CriterionFault.HANGS, f"was not loaded within {LOADED_WITHIN_S:g} s")
            elif self._shown is not None:
                if now_s - self._shown.since_s > self._within_s:
                    self._fail(CriterionFault.HANGS, f"did not come back for the next look within {self._within_s:g} s")
            elif self._is_news or now_s - self._shown_at_s >= LOOK_EVERY_S:
                self._show_one(process, now_s)

    def _show_one(self, process: asyncio.subprocess.Process, now_s: float) -> None:
        now = self._clock.now()
        self._number += 1
        look = Look(now, self._newest or Figures(self._symbol, now))
        self._shown, self._shown_at_s, self._is_news = _ShownLook(self._number, look, now_s), now_s, False
        if process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(look_line(self._number, look))  # one look is in flight: nothing piles up

    # ── from it ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Until it is over: what it tells, line by line."""
        out = process.stdout
        if out is None:
            raise AssertionError("it was started with a pipe")
        try:
            while (line := await out.readline()) and not self._is_over:
                self._hear(line)
        except ValueError:  # no line break within the longest line
            self._fail(CriterionFault.RUBBISH, "said a line that is too long")
            return
        except Invalid as no:
            self._fail(CriterionFault.RUBBISH, f"gave no alert of its rule: {no.message.rstrip('.')}")
            return
        code = await process.wait()
        ended_by = f"signal {-code}" if code < 0 else f"exit code {code}"
        self._fail(CriterionFault.ENDED, f"ended: its process did, with {ended_by}")

    def _hear(self, line: bytes) -> None:
        """
        One line of it.

        Raises:
            Invalid: code ``bad_alert``: it is not one that could be.
        """
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            told = None
        match told:
            case {"ready": True} if not self._is_ready:
                self._is_ready = True
            case {"next": int(number)} if self._shown is not None and number == self._shown.number:
                self._shown = None
            case {"alert": {"reason": reason, "figures": figures, "key": key}, "look": int(number)}:
                self._take(Alert(reason, figures, key), number)
            case {"missing": True}:
                self._fail(CriterionFault.NOT_FOUND, "is not installed, or two packages bring one of that name")
            case {"failed": str(error)}:
                self._fail(CriterionFault.RAISED, f"raised an error ({_printable(error)})")
            case {"rubbish": str(kind)}:
                self._fail(CriterionFault.RUBBISH, f"gave no alert, but a {_printable(kind)}")
            case {"over": True}:
                self._fail(CriterionFault.ENDED, "came to its end")
            case _:
                self._fail(CriterionFault.RUBBISH, "said what is no line of a criterion")

    def _take(self, alert: Alert, number: int) -> None:
        shown, now_s = self._shown, self._clock.monotonic()
        if shown is None or number != shown.number:
            self._fail(CriterionFault.RUBBISH, "gave an alert without a look")
            return
        if not alert.figures.keys() <= self._brings:
            surplus = ", ".join(sorted(alert.figures.keys() - self._brings))
            self._fail(CriterionFault.RUBBISH, f"gave figures that its rule does not bring: {surplus}")
            return
        while self._given and now_s - self._given[0] >= 60:
            self._given.popleft()
        self._given.append(now_s)
        if len(self._given) > MOST_A_MINUTE:
            self._fail(CriterionFault.FLOODS, f"gave more than {MOST_A_MINUTE} alerts within a minute")
            return
        source_id = f"key:{alert.key}" if alert.key else ""
        heard = HeardAlert(rule=self._rule, source=self._name, source_id=source_id, at=shown.look.now, alert=alert)
        self._heard.put_nowait((heard, shown.look.figures))

    # ── its end ────────────────────────────────────────────────────────────────────────────────────────────────

    def _fail(self, fault: CriterionFault, what: str) -> None:
        """It is over, for the first reason that is found; nothing of it is heard after that."""
        if not self._is_over:
            self._is_over = True
            self._heard.put_nowait(CriterionFailed(self._name, fault, what))
            self._kill()

    def _kill(self) -> None:
        """End its process, and those that it began; they may outlive it. Once: its number may be another's later."""
        process = self._process
        if process is None or self._is_killed:
            return
        self._is_killed = True
        with suppress(ProcessLookupError, PermissionError):
            if os.name == "posix":
                os.killpg(process.pid, signal.SIGKILL)
            elif process.returncode is None:
                process.kill()


async def _emptied(process: asyncio.subprocess.Process) -> None:
    """Read what it left behind: its end is not told before its pipe is empty, and a flood stops the reading."""
    while process.stdout is not None and await process.stdout.read(LONGEST):
        pass


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text[:300])
