"""
A trading day on which a rule watches the market: real parts throughout, on a fake exchange whose feed can be spoilt.

    rule file in a folder ─▶ the part of the service ─▶ a watched chain ─▶ trigger ─▶ signal ─▶ order at two venues

    async with day.service():  day.spot(455); await day.passes(30);  day.signals()  day.sent()  day.standing
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from attrs import define, field, fields

from tastyflow.application.desk import Desk
from tastyflow.domain.events import Because, Event
from tastyflow.domain.incident import Incident, IncidentKind
from tastyflow.domain.instruments import Equity
from tastyflow.domain.order import Order
from tastyflow.domain.signal import Signal
from tastyflow.domain.signal_rule import RuleMode, RuleStanding
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.domain.signal_rule.rule import SignalRule
from tastyflow.domain.venue import BrokerOrder
from tastyflow_adapters.fake import FakeBroker, FakeOptionFeed, FeedFaults
from tastyflow_adapters.signals.gamma import Scope
from tastyflow_adapters.signals.rules import load_rules
from tastyflow_adapters.signals.running.part import SignalsHome, SignalsPart
from tastyflow_adapters.signals.running.rule_files import RuleFolder, RuleNews
from tastyflow_adapters.signals.running.status import RuleStatus, SignalsStatus
from tastyflow_adapters.signals.running.watches import Watched
from tastyflow_adapters.signals.watching import ChainWatch, WatchChoices, WatchHealth
from tests.application.kit import DeskUnderTest, Language
from tests.application.signalling_kit import TRADER, with_robot

NAME: Final = "breakout"
LEVEL: Final = 452
BELOW, ABOVE = "450", "454"
EVERY_S: Final = 2.0
"""How often the feed speaks and figures come: hours pass in these tests."""

RULE: Final = """
name = "breakout"
version = {version}
symbol = "SPY"
trader = "robot"

[scope]
expirations = [2026-12-18]

[trigger]
all = [
  {{ figure = "spot", crosses = {level}, direction = "up", hysteresis = 0.5, counts_min = 1 }},
  {{ figure = "net_gex_dollars_per_percent", above = -1e15 }},{more}
]

[limits]
cool_down_min = {cool_down_min}
most_a_day = {most_a_day}
expires_after_s = 60
min_coverage = 0.9
greatest_age_s = 15
marked_after_min = [5]

[action]
line = "buy 1 {{symbol}} 450 call {{expiration 20..40 dte monthly}} @ natural"
"""


def rule_text(
    *, version: int = 1, level: int = LEVEL, most_a_day: int = 9, cool_down_min: float = 1.0, more: str = ""
) -> str:
    """The file of a rule that buys a call when SPY rises through *level*, while the chain is known."""
    return RULE.format(version=version, level=level, most_a_day=most_a_day, cool_down_min=cool_down_min, more=more)


class PromptFolder(RuleFolder):
    """Read in place of beside the event loop, whose clock skips on while a thread reads."""

    async def look(self) -> tuple[RuleNews, ...]:
        return self.look_now()


@define(eq=False)
class WatchedDay:
    """
    Attributes:
        house: The desk's parts.
        folder: Of the rule files.
        faults: What spoils the feed.
        said: What the operator was told.
        heard: Every figures that the rule saw.
        chosen: What else the part takes from its installation.
    """

    house: DeskUnderTest
    folder: Path
    faults: FeedFaults = field(factory=FeedFaults)
    said: list[str] = field(factory=list)
    heard: list[Figures] = field(factory=list)
    status: SignalsStatus = field(factory=SignalsStatus)
    chosen: dict[str, Any] = field(factory=dict)

    @classmethod
    async def begin(cls, house: DeskUnderTest, folder: Path, text: str | None = None) -> "WatchedDay":
        """SPY stands below the level; the rule's file lies in *folder*; its trader and those who move it are known."""
        house.production = _Preceded(house.live)
        day = cls(house, folder)
        day.write(rule_text() if text is None else text)
        await with_robot(house, name=NAME)
        day.spot(BELOW)
        return day

    # ── what a person does ─────────────────────────────────────────────────────────────────────────────────────

    @property
    def file(self) -> Path:
        """The rule's file."""
        return self.folder / f"{NAME}.toml"

    def write(self, text: str) -> None:
        """Write the rule's file."""
        self.folder.mkdir(exist_ok=True)
        self.file.write_text(text, encoding="utf-8")

    @property
    def rule(self) -> SignalRule:
        """The rule in the file."""
        (rule,) = load_rules(self.folder, Language(), self.house.clock.now()).rules
        return rule

    async def set_to(self, desk: Desk, mode: RuleMode) -> None:
        """ann moves the rule, step by step."""
        rule = self.rule
        await self.house.until(desk.signalling.load(rule))
        steps = tuple(RuleMode)
        for step in steps[steps.index(RuleMode.APPROVE) : steps.index(mode) + 1]:
            message = self.house.message(f"signals {step} {NAME}", user="ann")
            await self.house.until(desk.signalling.move(NAME, step, message, seen=rule.digest))

    async def changed_elsewhere(self, verb: Callable[[RuleStanding, Because], Event | None]) -> None:
        """Another process changes how the rule stands, and ends right after: nothing else is done about it."""
        why = Because(actor="operator", cause="test", command_id="elsewhere", at=self.house.clock.now())
        standing_id = self.standing.id
        await self.house.ledger.change(lambda tx: tx.record(verb(tx.require(RuleStanding, standing_id), why)))

    # ── the service ────────────────────────────────────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def service(self, mode: RuleMode = RuleMode.AUTO, *, sound_s: float = 10.0) -> AsyncIterator[Desk]:
        """A desk with the part for signals at work, *sound_s* after it began; the rule stands in *mode*."""
        async with self.house.desk() as desk:
            if mode.asks:
                await self.set_to(desk, mode)
            async with self.part(desk):
                await self.passes(sound_s)
                yield desk

    @asynccontextmanager
    async def part(self, desk: Desk) -> AsyncIterator[None]:
        """The part for signals, at work on *desk*."""
        home = SignalsHome(folder=self._folder, open_watch=self._watch, **self.chosen)
        part = SignalsPart(desk, home, self.status, self.said.append)
        running = asyncio.create_task(part.run(lambda: True))
        try:
            yield
            assert not running.done(), running.exception()
        finally:
            running.cancel()
            await self.house.until(asyncio.wait([running]))

    def _folder(self) -> RuleFolder:
        return PromptFolder(self.folder, Language(), self.house.clock)

    @asynccontextmanager
    async def _watch(self, watched: Watched) -> AsyncIterator["_Overheard"]:
        feed = FakeOptionFeed(self.house.market, self.house.clock, faults=self.faults, every_s=EVERY_S)
        scope = Scope(expirations=frozenset(watched.scope.expirations))
        choices = WatchChoices(scope=scope, every_s=EVERY_S, quiet_s=2 * EVERY_S, reprice_every_s=30.0)
        async with ChainWatch(self.house.market, feed, self.house.clock, watched.symbol, choices=choices) as watch:
            yield _Overheard(watch, self.heard)

    def before_production(self, happens: Callable[[], Awaitable[object]]) -> None:
        """In the moment before the claim of production, once, this happens: the rehearsal is over by then."""
        self.house.production._happens = happens

    # ── the market, and time ───────────────────────────────────────────────────────────────────────────────────

    def mend(self) -> None:
        """Nothing spoils the feed any more."""
        sound = FeedFaults(drops=self.faults.drops)
        for each in fields(FeedFaults):
            setattr(self.faults, each.name, getattr(sound, each.name))

    def spot(self, price: str) -> None:
        """SPY stands at *price* from here on."""
        cent = Decimal("0.01")
        self.house.market.pin(Equity("SPY"), Decimal(price) - cent, Decimal(price) + cent)

    async def passes(self, seconds: float) -> None:
        """So many seconds pass, in which everything goes on."""
        await self.house.until(self.house.clock.sleep(seconds))

    async def crosses(self, *, within_s: float = 20.0) -> None:
        """SPY goes below the level, is seen there, and rises through it."""
        self.spot(BELOW)
        await self.passes(within_s / 2)
        self.spot(ABOVE)
        await self.passes(within_s / 2)

    # ── what came of it ────────────────────────────────────────────────────────────────────────────────────────

    def signals(self, desk: Desk) -> Sequence[Signal]:
        """Every signal of the rule, the newest first."""
        return desk.signalling.signals_of(NAME, newest=99)

    @property
    def standing(self) -> RuleStanding:
        """How the rule stands in the log."""
        found = self.house.ledger.read(RuleStanding, RuleStanding.id_of(NAME))
        assert found is not None
        return found

    @property
    def incident(self) -> Incident | None:
        """The incident about the rule."""
        return self.house.ledger.read(Incident, Incident.id_of(IncidentKind.SIGNAL, NAME))

    def sent(self) -> list[BrokerOrder]:
        """The orders in production."""
        return self.house.books()[1]

    def order_of(self, signal: Signal) -> Order:
        """The order that a signal became."""
        assert signal.order is not None
        return self.house.order(signal.order)

    @property
    def shown(self) -> RuleStatus:
        """The rule as the health page shows it."""
        (found,) = (each for each in self.status.rules if each.name == NAME)
        return found


class _Preceded:
    """A production before whose turn something may happen."""

    def __init__(self, broker: FakeBroker) -> None:
        self._broker = broker
        self._happens: Callable[[], Awaitable[object]] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)

    async def ready(self) -> None:
        if (happens := self._happens) is not None:
            self._happens = None
            await happens()
        await self._broker.ready()


class _Overheard:
    """A watch whose figures are kept."""

    def __init__(self, watch: ChainWatch, heard: list[Figures]) -> None:
        self._watch, self._heard = watch, heard

    @property
    def health(self) -> WatchHealth:
        return self._watch.health

    async def updates(self) -> AsyncIterator[Figures]:
        async for figures in self._watch.updates():
            self._heard.append(figures)
            yield figures


__all__ = ["ABOVE", "BELOW", "LEVEL", "NAME", "TRADER", "WatchedDay", "rule_text"]
