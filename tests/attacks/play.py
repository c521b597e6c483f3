"""
A day that goes wrong, played in terminals: ``python -m tests.attacks.play [FILE]`` writes down what an operator sees.

    terminal 1   tastyflow run      killed in the middle of ten orders, and started again
    terminal 2   ten orders         one of them gets no answer; the commands of two are killed
    terminal 3   one order more     Ctrl-S as it is rehearsed, Ctrl-Q at the end
    elsewhere    one order is edited in the broker's own application
    terminal 4   the operator       health, orders, incidents, recover, audit

Everything is a process of its own on a terminal of its own; nothing is told to them but what a person types.
"""

import os
import re
import sys
import tempfile
import time
from pathlib import Path
from signal import SIGINT, SIGKILL
from typing import Final, TextIO

from tastyflow_simulator import FaultKind, Side, SimulatorFault
from tests.attacks.arena import ROOT, Arena, Nursery
from tests.attacks.elsewhere import edit
from tests.attacks.holding import XOFF, XON
from tests.attacks.judge import judge
from tests.attacks.terminals import TerminalPage

PACE: Final = {
    "TASTYFLOW_POLICY__REST_WAIT_S": "1",
    "TASTYFLOW_POLICY__FOLLOW_S": "1",
    "TASTYFLOW_POLICY__SEARCH_WAITS_S": "[0.5, 1, 2]",
    "TASTYFLOW_POLICY__CLAIM_AGE_S": "5",
    "TASTYFLOW_POLICY__ANSWER_S": "5",
    "TASTYFLOW_POLICY__INTERRUPTED_AFTER_S": "60",
}
"""A person's pace; what was interrupted is ended after a minute, and a claim without an answer searched for."""

LOST: Final = SimulatorFault(
    kind=FaultKind.RESPONSE_LOST, side=Side.PRODUCTION, method="POST", path="/accounts/*/orders", after=3
)


def play(arena: Arena, file: TextIO) -> None:
    """The whole day, in about two minutes."""
    page = TerminalPage(file, _env(arena))
    service = page.opens("run")
    service.until("ready in")
    page.says("The service runs in terminal 1.")
    arena.call(arena.simulator.faults.add, LOST)
    page.says("Production will take the fourth order, and the line will break before its answer.")
    orders = [page.opens("order", f"buy 1 SPY 450C next month @ 0.{number:02}") for number in range(5, 15)]
    page.says("Ten orders are typed in terminal 2, at once.")
    orders[8].until("rehearsing")
    orders[8].process.send_signal(SIGKILL)
    orders[9].until("submitting")
    orders[9].process.send_signal(SIGKILL)
    service.process.send_signal(SIGKILL)
    page.says("kill -9: the command of one order in its rehearsal, of another one on its way, and the service.")
    held = page.opens("order", "buy 1 SPY 455C next month @ 0.05")
    held.until("rehearsing")
    held.types(XOFF)
    page.says("Terminal 3: one order more; Ctrl-S as its rehearsal begins.")
    for order in orders:
        order.end()
    page.shows("terminal 1, when the service was killed", service, last=8)
    page.shows("terminal 2, an order that ended by itself", orders[0])
    for order in orders:
        if "No answer" in order.shown:
            page.shows("terminal 2, the order without an answer", order, after=order.shown.find("submitting"))
    arena.call(edit, arena, "0.20")
    page.says("In the broker's own application the newest order is edited: its price is 0.20 now.")
    again = page.opens("run")
    again.until("ready in")
    page.says("The service is started again in terminal 1.")
    page.runs("health")
    time.sleep(80)
    held.types(XON)
    held.end()
    page.says("A good minute later: Ctrl-Q in terminal 3.")
    page.shows("terminal 3", held)
    page.shows("terminal 1, since it was started again", again)
    shown = len(again.shown)
    page.runs("orders", "--as", "demo")
    in_doubt = re.search(r"Order ([0-9a-f]{6})", page.runs("incident", "list"))
    page.runs("recover")
    page.runs("recover")
    if in_doubt is not None:  # its command was killed between its claim and its sending
        page.runs("incident", "acknowledge", in_doubt[1])
        page.runs("incident", "abandon", in_doubt[1])
        page.runs("incident", "list")
    page.runs("audit", "verify", last=4)
    rows = arena.ledger("production")
    page.says(f"The simulator has {len(rows)} orders in production. Wrong: {list(judge(arena).faults) or 'nothing'}.")
    again.process.send_signal(SIGINT)
    again.end()
    page.shows("terminal 1, after Ctrl-C", again, after=shown)


def _env(arena: Arena) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TASTYFLOW_")}
    paths = os.pathsep.join(str(path) for path in (ROOT, ROOT / "grammar", ROOT / "adapters"))
    ours = arena.settings | PACE | {"TASTYFLOW_HOME": str(arena.home)}
    return kept | ours | {"PYTHONPATH": paths, "TERM": "dumb", "LC_ALL": "C.UTF-8"}


def main() -> None:
    """Play it, to the file that is named, or to standard output."""
    nursery = Nursery()
    try:
        with tempfile.TemporaryDirectory() as scratch, Arena(Path(scratch), nursery) as arena:
            if len(sys.argv) == 1:
                play(arena, sys.stdout)
                return
            with Path(sys.argv[1]).open("w", encoding="utf-8") as file:
                play(arena, file)
    finally:
        nursery.close()


if __name__ == "__main__":
    main()
