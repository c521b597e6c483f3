"""
The part of the service that runs rules, over a house of fakes: its watches say what the test hands them.

    async with at_work.running() as run:
        at_work.write(rule_text())
        await at_work.pass_s(3)          the folder is read
        await at_work.see(spot=451)      figures of this moment, heard by every watch that is open
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from attrs import define, field

from tastyflow.application.desk import Desk
from tastyflow.application.waiting import ended
from tastyflow.domain.incident import Incident
from tastyflow.domain.signal import Signal
from tastyflow.domain.signal_rule import RuleMode, RuleStanding
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.domain.signal_rule.rule import SignalRule
from tastyflow_adapters.language import Grammar
from tastyflow_adapters.signals.rules import read_rule
from tastyflow_adapters.signals.running.part import SignalsHome, SignalsPart
from tastyflow_adapters.signals.running.rule_files import RuleFolder, RuleNews
from tastyflow_adapters.signals.running.status import SignalsStatus
from tastyflow_adapters.signals.running.watches import Watched
from tastyflow_adapters.signals.watching import WatchHealth
from tests.application.kit import DeskUnderTest

LINE = "buy to open 1 {symbol} {call_wall} call exp Dec 18 2026"
TRIGGER = 'figure = "spot"\nabove = 450\nhysteresis = 0'
SOUND: dict[str, float] = {"spot": 449.0, "call_wall": 460.0, "put_wall": 440.0, "flip": 450.0}


def rule_text(
    name: str = "flip",
    *,
    version: int = 1,
    trigger: str = TRIGGER,
    line: str = LINE,
    top: str = "",
    **limits: Any,
) -> str:
    """A rule file: SPY's spot above 450."""
    chosen = {"greatest_age_s": 20, "cool_down_min": 1, "most_a_day": 5, "marked_after_min": [5]} | limits
    table = "\n".join(f"{key} = {value}" for key, value in chosen.items())
    trigger = f"[trigger]\n{trigger}\n" if trigger else ""
    return (
        f'name = "{name}"\nversion = {version}\nsymbol = "SPY"\ntrader = "robot"\n{top}\n{trigger}'
        f'[limits]\n{table}\n[action]\nline = "{line}"\n'
    )


def rule_of(text: str, at: Any) -> SignalRule:
    """The rule in *text*, read as it is in a home."""
    rule, complaints = read_rule(text, file="rule.toml", language=Grammar(), now=at)
    assert rule is not None, complaints
    return rule


class ReadHere(RuleFolder):
    """Reads the files on the event loop: then this clock knows when it is done."""

    async def look(self) -> tuple[RuleNews, ...]:
        return self.look_now()


@define(eq=False)
class HandWatch:
    """A watch that says what it is handed; *fails* ends it."""

    watched: Watched
    said: "asyncio.Queue[Figures | Exception]" = field(factory=asyncio.Queue)
    health: WatchHealth = field(factory=WatchHealth)

    async def updates(self) -> AsyncIterator[Figures]:
        while True:
            heard = await self.said.get()
            if isinstance(heard, Exception):
                raise heard
            yield heard


@define(eq=False)
class AtWork:
    """The part over *house*; what it said is in `lines`."""

    house: DeskUnderTest
    folder: Path
    lines: list[str] = field(factory=list)
    watches: list[HandWatch] = field(factory=list)
    status: SignalsStatus = field(factory=SignalsStatus)
    may_act: bool = True
    refuses: Exception | None = None
    desk: Desk | None = None
    has_feed: bool = True
    home: dict[str, Any] = field(factory=dict)

    def write(self, text: str, name: str = "rule.toml") -> None:
        """Write a rule file."""
        self.folder.mkdir(exist_ok=True)
        before = self.folder / name
        before.unlink(missing_ok=True)
        before.write_text(text)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["AtWork"]:
        """The part, at work on a desk of its own."""
        async with self.house.desk() as desk:
            self.desk = desk
            async with self.part(desk):
                yield self

    @asynccontextmanager
    async def part(self, desk: Desk) -> AsyncIterator["AtWork"]:
        """The part, at work on *desk*."""
        context = desk.context

        def folder() -> RuleFolder:
            return ReadHere(self.folder, context.language, context.clock)

        home = SignalsHome(folder=folder, open_watch=self._open if self.has_feed else None, **self.home)
        part = SignalsPart(desk, home, self.status, self.lines.append)
        work = asyncio.ensure_future(part.run(lambda: self.may_act))
        try:
            await self.pass_s(1)
            yield self
            if work.done():
                work.result()
        finally:
            await ended(work)

    @asynccontextmanager
    async def _open(self, watched: Watched) -> AsyncIterator[HandWatch]:
        if self.refuses is not None:
            raise self.refuses
        watch = HandWatch(watched)
        self.watches.append(watch)
        try:
            yield watch
        finally:
            self.watches.remove(watch)

    async def pass_s(self, seconds: float) -> None:
        """Let this clock's time pass."""
        await self.house.until(self.house.clock.sleep(seconds))

    def figures(self, **values: Any) -> Figures:
        """Sound figures of this moment; `coverage`, `oldest_age_s` and `faults` are theirs, the rest values."""
        known = {"coverage": 0.97, "oldest_age_s": 1.0, "spot_source": "trade", "snapshot": "ab" * 32, "faults": ()}
        own = {key: values.pop(key) for key in tuple(values) if key in known}
        found = {key: value for key, value in (SOUND | values).items() if value is not None}
        return Figures("SPY", self.house.clock.now(), found, **(known | own))

    async def see(self, **values: Any) -> None:
        """Say figures of this moment to every open watch, and let them be looked at and acted on."""
        for watch in self.watches:
            watch.said.put_nowait(self.figures(**values))
        await self.pass_s(0.5)

    async def sees_for(self, seconds: float, **values: Any) -> None:
        """The same each second, for so long."""
        for _ in range(round(seconds)):
            await self.see(**values)
            await self.pass_s(0.5)

    async def set_to(self, mode: RuleMode, name: str = "flip", *, by: str = "ann") -> None:
        """A person lets the rule do so much, step by step."""
        assert self.desk is not None
        steps = [RuleMode.APPROVE, RuleMode.AUTO] if mode is RuleMode.AUTO else [mode]
        for step in steps:
            seen = self.standing(name).digest
            message = self.house.message(f"signals {step} {name}", user=by)
            await self.house.until(self.desk.signalling.move(name, step, message, seen=seen))
        await self.pass_s(1)

    def standing(self, name: str = "flip") -> RuleStanding:
        """How the rule stands in the log."""
        found = self.house.ledger.read(RuleStanding, RuleStanding.id_of(name))
        assert found is not None
        return found

    def signals(self, name: str = "flip") -> tuple[Signal, ...]:
        """The signals of a rule, the newest first."""
        assert self.desk is not None
        return self.desk.signalling.signals_of(name, 100)

    def incidents(self) -> list[str]:
        """What the operators are told of signals."""
        assert self.desk is not None
        return [each.message for each in self.desk.incidents.open_ones() if isinstance(each, Incident)]

    def says(self, words: str) -> bool:
        """Whether the operator was told something with *words* in it."""
        return any(words in line for line in self.lines)


Doing = Callable[[], None]
