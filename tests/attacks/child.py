"""
One process under attack: the program itself, with taps, and what is to happen to it at one of its boundaries.

    the nursery forks ─▶ terminal and settings as asked ─▶ clocks turned, taps installed ─▶ tastyflow's own `main`
"""

import fcntl
import os
import signal
import sys
import termios
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import urlsplit

from attrs import field, frozen

from tests.attacks import taps

SIGNALS: Final = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP, "end": signal.SIGTERM, "interrupt": signal.SIGINT}


@frozen
class Plan:
    """
    What happens to a process.

    Attributes:
        args: The command line.
        env: Its settings.
        out: The file that takes what it says on both channels; or the terminal, where *terminal*.
        record: The file that takes the name of each boundary it reaches.
        at, nth: The boundary at which it is struck, and the how many-th of that name; none where *at* is empty.
        strikes: How: a word of `SIGNALS`.
        later_s: How much later it is by all of its clocks: that much time has passed.
        wall_s: How far its wall clock is wrong.
        boot: Names the start of the machine that it runs in; empty: the present one.
        patience_s: How long a rule puts up with data that hold it back; 0: as long as ever.
    """

    args: tuple[str, ...]
    env: dict[str, str]
    out: str
    record: str
    terminal: bool = False
    at: str = ""
    nth: int = 1
    strikes: str = "kill"
    later_s: float = 0.0
    wall_s: float = 0.0
    boot: str = ""
    patience_s: float = 0.0


@frozen
class Boundaries:
    """Counts the boundaries of this process, writes each down, and strikes at the one that was chosen."""

    plan: Plan
    record: int
    counts: Counter[str] = field(factory=Counter)

    def reach(self, name: str) -> None:
        self.counts[name] += 1
        number = self.counts[name]
        os.write(self.record, f"{number}\t{time.monotonic_ns()}\t{name}\n".encode())
        if name == self.plan.at and number == self.plan.nth:
            os.kill(os.getpid(), SIGNALS[self.plan.strikes])


def live(plan: Plan) -> NoReturn:
    """Be the process that *plan* says; never returns."""
    from tastyflow_adapters.cli.program import main

    _take_terminal(plan)
    for name in [name for name in os.environ if name.startswith("TASTYFLOW_")]:
        del os.environ[name]
    os.environ.update(plan.env)
    _turn_clocks(plan)
    _shorten_patience(plan)
    record = os.open(plan.record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    boundaries = Boundaries(plan, record)
    taps.install(boundaries.reach, home=Path(plan.env["TASTYFLOW_HOME"]).resolve(), sides=_sides(plan.env))
    sys.argv = ["tastyflow", *plan.args]
    try:
        main(list(plan.args))
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    os._exit(code)


def _take_terminal(plan: Plan) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    if plan.terminal:
        os.setsid()
        out = os.open(plan.out, os.O_RDWR)
        fcntl.ioctl(out, termios.TIOCSCTTY, 0)
        nothing = out
    else:
        out = os.open(plan.out, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor, to in ((0, nothing), (1, out), (2, out)):
        os.dup2(to, descriptor)


def _turn_clocks(plan: Plan) -> None:
    if not (plan.later_s or plan.wall_s or plan.boot):
        return
    from tastyflow.domain.age import Mark
    from tastyflow_adapters.clock import SystemClock

    now, mark, wall_time = SystemClock.now, SystemClock.mark, time.time
    wall_s = plan.later_s + plan.wall_s

    def turned_mark(self: SystemClock) -> Mark:
        true = mark(self)
        return Mark(plan.boot or true.boot, true.elapsed_s + plan.later_s)

    SystemClock.now = lambda self: now(self) + timedelta(seconds=wall_s)  # type: ignore[method-assign]
    SystemClock.mark = turned_mark  # type: ignore[method-assign]
    time.time = lambda: wall_time() + wall_s


def _shorten_patience(plan: Plan) -> None:
    if plan.patience_s:
        from tastyflow_adapters.signals.running import patience

        patience.LONGEST_S = plan.patience_s  # type: ignore[misc]  # five minutes are long for a test


def _sides(env: dict[str, str]) -> dict[int, str]:
    """Which port is which venue's."""
    return {
        port: venue
        for venue in ("sandbox", "production")
        if (port := urlsplit(env.get(f"TASTYFLOW_{venue.upper()}__API_URL", "")).port) is not None
    }
