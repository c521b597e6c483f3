"""
A day that goes wrong, played in terminals: ``python -m tests.attacks.play [FILE]`` writes down what an operator sees.

    terminal 1   tastyflow run          killed in the middle of ten orders, and started again
    terminal 2   ten orders             one of which gets no answer; two whose commands are killed
    terminal 3   one order more         Ctrl-S as it is drafted, Ctrl-Q at the end
    elsewhere    one order is edited in the broker's own application
    terminal 4   the operator           health, orders, incidents, recover, audit

Everything is a process of its own on a terminal of its own; nothing is told to them but what a person types.
"""

import os
import pty
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT, SIGKILL
from typing import Final, TextIO

from attrs import define, field

from tastyflow_simulator import FaultKind, Side, SimulatorFault
from tests.attacks.arena import ROOT, SETTINGS, Arena, Nursery
from tests.attacks.elsewhere import edit
from tests.attacks.holding import XOFF, XON
from tests.attacks.judge import judge

PROGRAM: Final = (sys.executable, "-m", "tastyflow_adapters.cli")
ESCAPES: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
WIDTH: Final = "100"
PATIENT: Final = {
    "TASTYFLOW_POLICY__REST_WAIT_S": "1",
    "TASTYFLOW_POLICY__FOLLOW_S": "1",
    "TASTYFLOW_POLICY__SEARCH_WAITS_S": "[0.5, 1, 2]",
    "TASTYFLOW_POLICY__CLAIM_AGE_S": "5",
    "TASTYFLOW_POLICY__ANSWER_S": "5",
    "TASTYFLOW_POLICY__INTERRUPTED_AFTER_S": "60",
}
"""What this day has of its own: a person's pace, and an interrupted order that is ended after a minute."""


@define
class Terminal:
    """A program on a terminal of its own; *shown* is what the terminal shows."""

    keyboard: int
    process: subprocess.Popen[bytes]
    shown: str = ""
    reads: threading.Thread | None = field(default=None)

    @classmethod
    def of(cls, args: Sequence[str], env: dict[str, str]) -> "Terminal":
        keyboard, screen = pty.openpty()
        process = subprocess.Popen(
            [*PROGRAM, *args], stdin=screen, stdout=screen, stderr=screen, env=env, cwd=ROOT, start_new_session=True
        )
        os.close(screen)
        terminal = cls(keyboard, process)
        terminal.reads = threading.Thread(target=terminal._read, daemon=True)
        terminal.reads.start()
        return terminal

    def _read(self) -> None:
        try:
            while data := os.read(self.keyboard, 4096):
                self.shown += ESCAPES.sub("", data.decode("utf-8", "replace"))
        except OSError:
            pass  # its process has ended

    def types(self, keys: bytes) -> None:
        os.write(self.keyboard, keys)

    def until(self, word: str, within_s: float = 60.0) -> None:
        deadline = time.monotonic() + within_s
        while word not in self.shown:
            assert time.monotonic() < deadline, f"{word!r} was not shown:\n{self.shown}"
            time.sleep(0.05)

    def end(self, within_s: float = 120.0) -> str:
        self.process.wait(within_s)
        assert self.reads is not None
        self.reads.join(5)
        return self.shown


@define
class Story:
    """Plays, and writes down."""

    arena: Arena
    page: TextIO
    began_s: float = field(factory=time.monotonic)

    @property
    def env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TASTYFLOW_")}
        paths = os.pathsep.join(str(path) for path in (ROOT, ROOT / "grammar", ROOT / "adapters"))
        ours = SETTINGS | self.arena.settings | PATIENT | {"TASTYFLOW_HOME": str(self.arena.home)}
        return kept | ours | {"PYTHONPATH": paths, "COLUMNS": WIDTH, "TERM": "dumb", "LC_ALL": "C.UTF-8"}

    def says(self, text: str) -> None:
        """A line about what is done beside the terminals."""
        self.page.write(f"\n[{time.monotonic() - self.began_s:5.1f} s] {text}\n")

    def opens(self, *args: str) -> Terminal:
        return Terminal.of(args, self.env)

    def runs(self, *args: str) -> str:
        """A command of the operator: typed, shown, and its exit code where that is not 0."""
        terminal = self.opens(*args)
        shown = terminal.end()
        code = terminal.process.returncode
        typed = " ".join(f'"{each}"' if " " in each else each for each in args)
        self.page.write(f"\n$ tastyflow {typed}\n{shown.rstrip()}\n" + (f"[exit code {code}]\n" if code else ""))
        return shown

    def shows(self, name: str, terminal: Terminal, *, after: int = 0) -> None:
        self.page.write(f"\n── {name} ──\n{terminal.shown[after:].strip()}\n")


def play(arena: Arena, page: TextIO) -> None:
    """The whole day."""
    story = Story(arena, page)
    service = story.opens("run")
    service.until("ready in")
    story.says("The service runs in terminal 1.")
    lost = SimulatorFault(
        kind=FaultKind.RESPONSE_LOST, side=Side.PRODUCTION, method="POST", path="/accounts/*/orders", after=3
    )
    arena.call(arena.simulator.faults.add, lost)
    story.says("Production will take the fourth order, and the line will break before its answer.")
    orders = [story.opens("order", f"buy 1 SPY 450C next month @ 0.{number:02}") for number in range(5, 15)]
    story.says("Ten orders are typed in terminal 2, all at once.")
    time.sleep(3.0)
    service.process.send_signal(SIGKILL)
    for order in orders[7:9]:
        order.process.send_signal(SIGKILL)
    story.says("kill -9: the service, and the commands of two of the orders.")
    held = story.opens("order", "buy 1 SPY 455C next month @ 0.05")
    held.until("rehearsing")
    held.types(XOFF)
    story.says("Terminal 3: one order more; Ctrl-S as its rehearsal begins.")
    for order in orders:
        order.end()
    story.shows("terminal 1, as the service was killed", service)
    story.shows("terminal 2, the last of the ten that ended by itself", orders[9])
    arena.call(edit, arena, "0.20")
    story.says("In the broker's own application the newest order is edited: its price is now 0.20.")
    again = story.opens("run")
    again.until("ready in")
    story.says("The service is started again in terminal 1.")
    story.runs("health")
    time.sleep(75)
    held.types(XON)
    held.end()
    story.says("A minute later, Ctrl-Q in terminal 3.")
    story.shows("terminal 3", held)
    story.shows("terminal 1, since it was started again", again)
    story.runs("orders", "--as", "demo")
    story.runs("incident", "list")
    story.runs("recover")
    story.runs("recover")
    story.runs("audit", "verify")
    story.says(
        f"{len(arena.ledger('production'))} orders in production; wrong: {list(judge(arena).faults) or 'nothing'}"
    )
    again.process.send_signal(SIGINT)
    again.end()
    story.shows("terminal 1, Ctrl-C", again, after=len(again.shown) - 200)


@contextmanager
def stage(folder: Path) -> Iterator[Arena]:
    """An arena for the play."""
    nursery = Nursery()
    try:
        with Arena(folder, nursery) as arena:
            yield arena
    finally:
        nursery.close()


def main() -> None:
    """Play it, to the file that is named, or to standard output."""
    with tempfile.TemporaryDirectory() as scratch, stage(Path(scratch)) as arena:
        if len(sys.argv) > 1:
            with Path(sys.argv[1]).open("w", encoding="utf-8") as page:
                play(arena, page)
        else:
            play(arena, sys.stdout)


if __name__ == "__main__":
    main()
