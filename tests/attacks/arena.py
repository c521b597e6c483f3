"""
Where attacks happen: a simulator in a thread, a home on the disk, and processes of tastyflow that the nursery forks.

    Arena ─┬─ simulator      both venues; its ledgers are the truth about what was sent
           ├─ home           the log, and what stands beside it
           └─ nursery ──▶ Runner ──▶ Runner …     each a process; struck, stopped, continued, waited for
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from attrs import asdict, define, field

from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_simulator import ClockMode
from tests.attacks.child import Plan
from tests.simulator.sim_kit import Threaded

ROOT: Final = Path(__file__).parents[2]
PATIENCE_S: Final = 60.0

SETTINGS: Final[Mapping[str, str]] = {
    "TASTYFLOW_SIMULATED": "true",
    "TASTYFLOW_ENV": "production",
    "TASTYFLOW_POLICY__REST_WAIT_S": "0.1",
    "TASTYFLOW_POLICY__FOLLOW_S": "0.3",
    "TASTYFLOW_POLICY__SEARCH_WAITS_S": "[0.1, 0.2, 0.4]",
    "TASTYFLOW_POLICY__CLAIM_AGE_S": "2",
    "TASTYFLOW_POLICY__ANSWER_S": "2",
    "TASTYFLOW_POLICY__CONFIRM": "never",
    "TASTYFLOW_POLICY__DUPLICATE_WINDOW_S": "0",
    "TASTYFLOW_POLICY__HOUSE_ORDERS_A_MINUTE": "1000",
    "TASTYFLOW_POLICY__FAILURES_IN_A_ROW": "100",
    "TASTYFLOW_POLICY__MAX_UNKNOWN_OUTCOMES": "1000",
    "TASTYFLOW_POLICY__APPROVAL_ABOVE_USD": "10000000",
    "TASTYFLOW_SANDBOX__RATE": "1000",
    "TASTYFLOW_PRODUCTION__RATE": "1000",
}
"""What every process of an arena is told: no person is asked, no limit on how often, short waits."""


class Nursery:
    """The process that forks the others; it ends with the block."""

    def __init__(self) -> None:
        paths = [str(ROOT), str(ROOT / "grammar"), str(ROOT / "adapters"), os.environ.get("PYTHONPATH", "")]
        env = {name: value for name, value in os.environ.items() if not name.startswith("TASTYFLOW_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.attacks.nursery"],
            cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=env | {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "LC_ALL": "C.UTF-8", "COLUMNS": "100",
                       "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"},
        )  # fmt: skip
        self._told()

    def ask(self, **what: Any) -> dict[str, Any]:
        """One question to it, and its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._told())
        return answer

    def _told(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the nursery has ended"
        return line

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE_S)
        assert self._process.stdout is not None
        self._process.stdout.close()


@define
class Runner:
    """One process of tastyflow."""

    nursery: Nursery
    pid: int
    plan: Plan
    code: int | None = field(default=None)

    @property
    def said(self) -> str:
        """What it has said; nothing of what went to a terminal, or before it began to say anything."""
        out = Path(self.plan.out)
        return out.read_text("utf-8", "replace") if not self.plan.terminal and out.exists() else ""

    @property
    def passed(self) -> list[tuple[str, int]]:
        """The boundaries that it reached, in order: the name, and the how many-th of that name."""
        return [(name, number) for name, number, _ in self.moments]

    @property
    def moments(self) -> list[tuple[str, int, float]]:
        """The same, each with the seconds at which it was reached."""
        record = Path(self.plan.record)
        lines = record.read_text("utf-8").splitlines() if record.exists() else []
        return [(name, int(number), int(at_ns) / 1e9) for number, at_ns, name in (each.split("\t") for each in lines)]

    def state(self) -> str:
        """``running``, ``stopped`` (told once) or ``ended``."""
        if self.code is not None:
            return "ended"
        told = self.nursery.ask(wait=self.pid)
        self.code = told.get("code")
        return str(told["state"])

    def until(self, state: str, *, within_s: float = PATIENCE_S) -> bool:
        """Wait until it is in *state*; whether it came to that before it ended."""
        deadline = time.monotonic() + within_s
        while (now := self.state()) != state:
            if now == "ended":
                return False
            if time.monotonic() > deadline:
                self.signal(signal.SIGKILL)
                raise AssertionError(f"{self.plan.args} did not come to {state} within {within_s:g} s:\n{self.said}")
            time.sleep(0.01)
        return True

    def end(self, *, within_s: float = PATIENCE_S) -> int:
        """Wait for its end; its exit code, negative where a signal ended it."""
        self.until("ended", within_s=within_s)
        assert self.code is not None
        return self.code

    def signal(self, number: int) -> None:
        if self.code is None:
            os.kill(self.pid, number)


class Arena:
    """
    Args:
        folder: Where the home and what processes say are kept.
        log_url: Of the database that holds the log; none for a file in the home.
        options: Of the simulator.
    """

    def __init__(self, folder: Path, nursery: Nursery, *, log_url: str = "", **options: Any) -> None:
        self.folder, self.nursery = folder, nursery
        self._log_url = log_url
        self.home = folder / "home"
        self._threaded = Threaded(**{"clock": ClockMode.REAL, "starts_at": None} | options)
        self._numbers = count(1)
        self._runners: list[Runner] = []
        self.settings: dict[str, str] = dict(SETTINGS)
        if log_url:
            self.settings["TASTYFLOW_LOG"] = log_url

    def __enter__(self) -> Self:
        self._threaded.__enter__()
        self.simulator = self._threaded.simulator
        self.call = self._threaded.call
        described = self.simulator.describe()
        for venue in ("sandbox", "production"):
            for key in ("api_url", "streamer_url", "client_secret", "refresh_token", "account"):
                self.settings[f"TASTYFLOW_{venue.upper()}__{key.upper()}"] = described[venue][key]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for runner in self._runners:
            if runner.state() != "ended":
                runner.signal(signal.SIGKILL)
                runner.end()
        self._threaded.__exit__(kind, error, traceback)

    # ── processes ──

    def start(self, *args: str, settings: Mapping[str, str] | None = None, **how: Any) -> Runner:
        """Start ``tastyflow *args*``; *how* is of `Plan`."""
        number = next(self._numbers)
        self.folder.mkdir(parents=True, exist_ok=True)
        env = self.settings | {"TASTYFLOW_HOME": str(self.home)} | dict(settings or {})
        out = how.pop("out", str(self.folder / f"{number:04}.out"))
        plan = Plan(args, env, out, str(self.folder / f"{number:04}.boundaries"), **how)
        runner = Runner(self.nursery, self.nursery.ask(start=asdict(plan))["pid"], plan)
        self._runners.append(runner)
        return runner

    def run(self, *args: str, **how: Any) -> Runner:
        """Start it, and wait for its end."""
        runner = self.start(*args, **how)
        runner.end()
        return runner

    def recover(self, *command: str, later_s: float = 300.0, **how: Any) -> Runner:
        """What the next command does, long enough later; any that opens the desk, or *command*."""
        return self.run(*(command or ("orders", "--json")), later_s=later_s, **how)

    # ── the venues ──

    def ledger(self, side: str) -> Sequence[dict[str, Any]]:
        """Every order that *side* ever accepted."""
        book = getattr(self.simulator, side)

        def settled() -> list[dict[str, Any]]:
            book.settle()
            rows: list[dict[str, Any]] = book.book.ledger()
            return rows

        return self.call(settled)

    def place(self, side: str, body: Mapping[str, Any]) -> None:
        """Another program places an order."""
        book = getattr(self.simulator, side).book
        self.call(book.place, dict(body), datetime.now(UTC))

    def pin(self, symbol: str, bid: str, ask: str) -> None:
        """Hold a quote; what it fills is filled."""

        def act() -> None:
            self.simulator.market.pin(symbol, Decimal(bid), Decimal(ask))
            for side in self.simulator.sides:
                side.settle()
            self.simulator.clock.wake()

        self.call(act)

    def unpin(self) -> None:
        """Let the quotes go again."""
        self.call(self.simulator.market.unpin, None)

    @property
    def address(self) -> LogAddress:
        """The log, of whichever kind it is."""
        if self._log_url:
            return LogAddress.server(self._log_url, "tastyflow_production_simulated")
        return LogAddress.file(self.log)

    @property
    def log(self) -> Path:
        """The file of a log that is one."""
        return self.home / "production-simulated" / "log.db"
