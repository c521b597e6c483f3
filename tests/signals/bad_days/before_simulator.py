"""
A home with one rule before the simulator, in production, within a session: real processes, typed commands.

    BeforeSimulator ── typed("signals", "auto", …)      service() ── Runner
                    spot(457), falls_silent()
                    what came of it: placed(side), signals(), standing, judged()

The machine's clock is turned, for rules fire within a session alone, and tests run at any time.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from signal import SIGKILL
from typing import Any, Final
from urllib.request import Request, urlopen

from tastyflow.domain.signal import Signal, SignalRaised
from tastyflow.domain.signal_rule import RuleStanding
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store.log import open_log
from tastyflow_simulator import ClockMode, FaultKind, Side, SimulatorFault
from tests.attacks.arena import Arena, Nursery, Runner
from tests.attacks.judge import judge

IN_SESSION: Final = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)  # half past ten in the morning in New York
NAME: Final = "flip-cross"
BELOW, ABOVE = "451", "457"
"""On either side of the flip of SPY's December chain, which stands near 454."""

RULE: Final = """
name = "flip-cross"
version = 1
about = "SPY rises through its flip: one call at the money, four weeks out."
symbol = "SPY"
trader = "gex-bot"

[scope]
expirations = [2026-12-18]

[trigger]
all = [
  { figure = "spot", crosses = "flip", direction = "up", hysteresis_percent = 0.05, counts_min = 2 },
  { time = "09:45..15:45" },
]

[limits]
cool_down_min = 1
most_a_day = 3
expires_after_s = 60
min_coverage = 0.95
greatest_age_s = 10

[action]
line = "buy 1 {symbol} {spot to 5} call {expiration 20..40 dte monthly} @ natural"
"""

OLGA: Final = ("administer", "signals", "approve", "halt", "view")
SILENT: Final = SimulatorFault(kind=FaultKind.STREAM_SILENT, side=Side.PRODUCTION, path="/realtime", times=None)


class BeforeSimulator:
    """
    A home whose rule is in its folder, whose trader is linked, and which olga looks after.

    Args:
        arena: With its simulator's clock within a session.
    """

    def __init__(self, arena: Arena) -> None:
        self.arena = arena
        self.wall_s = (arena.simulator.clock.now() - datetime.now(UTC)).total_seconds()
        rules = arena.home / "signals"
        rules.mkdir(parents=True)
        (rules / f"{NAME}.toml").write_text(RULE, encoding="utf-8")

    # ── what is typed ──────────────────────────────────────────────────────────────────────────────────────────

    def typed(self, *args: str, **how: Any) -> Runner:
        """Run a command to its end, which must be a good one."""
        ended = self.arena.run(*args, wall_s=self.wall_s, **how)
        assert ended.code == 0, f"{args}: {ended.code}\n{ended.said}"
        return ended

    def told(self, *args: str) -> Any:
        """The object that a command prints."""
        return json.loads(self.typed(*args, "--json").said)

    def hire(self) -> None:
        """The trader that the rule acts as, and olga."""
        self.typed("trader", "add", "gex-bot", "--permission", "long_options")
        self.typed("trader", "link", "gex-bot", "signal", NAME)
        self.typed("trader", "add", "olga", *(each for name in OLGA for each in ("--permission", name)))

    def set_to_auto(self) -> None:
        """olga lets the rule do more, step by step."""
        self.typed("signals", "approve", NAME, "--as", "olga", "--reason", "good shadows")
        self.typed("signals", "auto", NAME, "--as", "olga", "--reason", "good orders", "--yes")

    @contextmanager
    def service(self, word: str = "stands in ", **how: Any) -> Iterator[Runner]:
        """A service that has said *word*; killed at the end of the block."""
        running = self.arena.start("run", wall_s=self.wall_s, **how)
        try:
            self.says(running, word)
            yield running
        finally:
            running.signal(SIGKILL)
            running.end()

    # ── the market ─────────────────────────────────────────────────────────────────────────────────────────────

    def spot(self, price: str) -> None:
        """By the simulator's admin API, SPY and its options move to *price*."""
        self._admin("POST", "/spot", {"symbol": "SPY", "price": price})

    def falls_silent(self) -> None:
        """The quote stream of production stays open and says nothing more."""
        self.arena.call(self.arena.simulator.faults.add, SILENT)

    def crosses(self) -> None:
        """SPY is seen below its flip by the service, and rises through it."""
        self.spot(BELOW)
        self.until(lambda: f"spot {BELOW}.00 is below flip" in self.seen, "it is seen below its flip")
        self.spot(ABOVE)

    # ── waiting ────────────────────────────────────────────────────────────────────────────────────────────────

    def says(self, running: Runner, word: str, within_s: float = 30.0) -> None:
        """Wait until the service says *word*."""
        self.until(lambda: word in running.said or running.state() == "ended", f"{word!r} is said", within_s)
        assert word in running.said, running.said

    @staticmethod
    def until(holds: Callable[[], bool], what: str, within_s: float = 30.0) -> None:
        """Wait until *holds*."""
        latest = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < latest, f"not within {within_s:g} s: {what}"
            time.sleep(0.1)

    @property
    def seen(self) -> str:
        """The rule as the running service sees it now, as a person reads it."""
        return " ".join(self.typed("signals", "show", NAME).said.replace("│", "").split())

    # ── what came of it ────────────────────────────────────────────────────────────────────────────────────────

    def placed(self, side: str) -> list[dict[str, Any]]:
        """The orders that opened something at *side*: what puts the sandbox back closes."""
        rows = self.arena.ledger(side)
        return [row for row in rows if row["body"]["legs"][0]["action"] == "Buy to Open"]

    def signals(self) -> list[Signal]:
        """Every signal in the log."""
        ledger = open_log(LogAddress.file(self.arena.log), read_only=True)
        try:
            ids = ledger.log.select((SignalRaised.TOPIC,), newest_first=False)
            return [signal for each in ids if (signal := ledger.read(Signal, each)) is not None]
        finally:
            ledger.close()

    @property
    def standing(self) -> RuleStanding:
        """How the rule stands in the log."""
        ledger = open_log(LogAddress.file(self.arena.log), read_only=True)
        try:
            found = ledger.read(RuleStanding, RuleStanding.id_of(NAME))
            assert found is not None
            return found
        finally:
            ledger.close()

    def judged(self) -> tuple[str, ...]:
        """What is wrong between the venues and the log; the promises of the audit are asked, too."""
        return judge(self.arena).faults

    def _admin(self, method: str, path: str, body: Any) -> None:
        url = f"{self.arena.simulator.admin_url}{path}"
        asked = Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method)  # noqa: S310
        with urlopen(asked, timeout=10):  # noqa: S310  it is on this machine
            pass


@contextmanager
def before_simulator(folder: Path, nursery: Nursery) -> Iterator[BeforeSimulator]:
    """A simulator within a session, and such a home before it."""
    with Arena(folder, nursery, starts_at=IN_SESSION, clock=ClockMode.ANCHORED) as arena:
        home = BeforeSimulator(arena)
        home.hire()
        yield home
