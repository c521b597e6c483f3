"""
``tt``, the command line of tastyware, trades on a simulator: its prompts are answered as a trader would.

    balance ─▶ an option at a limit that rests ─▶ listed, cancelled ─▶ one that fills ─▶ position ─▶ history

What it says is looked at, and what the simulator's ledger holds in the end: the two orders, and no other.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from attrs import frozen
from running import HERE, Outcome, asked, environment, simulator

STEP_S: Final = 60
CALL: Final = ("option", "call", "SPY", "1", "--strike", "450", "--dte", "30")


@frozen
class Step:
    """
    One command.

    Attributes:
        typed: What is answered at its prompts, a line each.
        shows: A pattern that its output must match.
    """

    title: str
    arguments: Sequence[str]
    shows: str
    typed: Sequence[str] = ()


STEPS: Final = (
    Step("says its version", ("--version",), r"tastytrade-cli:v(\S+)"),
    Step("shows balances", ("pf", "balance"), r"\$100000\.00 .*\$100000\.00"),
    Step("places a call at a dollar, which rests", CALL, r"(?s)Order Review.*\$1\.00.*Send order", ("1.00", "y")),
    Step("lists it and cancels it", ("order", "live"), r"cancelled successfully", ("y", "")),
    Step("places a call at fifty dollars, which fills", CALL, r"(?s)Order Review.*\$50\.00", ("50.00", "y")),
    Step("shows the position with its Greeks", ("pf", "positions"), r"SPY   \d{6}C00450000", ("n",)),
    Step("shows the history of orders", ("order", "history"), r"(?s)Filled.*Cancelled"),
    Step("shows the transactions", ("pf", "history"), r"Bought 1 SPY"),
    Step("shows the margin report", ("pf", "margin"), r"Margin report"),
    Step("shows a chain with deltas and open interest", ("option", "chain", "SPY", "--dte", "30"), r"450\.00"),
    Step("finds an option by its delta", ("option", "put", "SPY", "-1", "-d", "30", "--dte", "30"), r"PUT", ("", "n")),
)


def run(python: Path) -> Outcome:
    """Take every step, in order."""
    passed, failed, version = 0, [], "?"
    with tempfile.TemporaryDirectory() as home, simulator() as described:
        quiet = {"HOME": home, "COLUMNS": "200", "PYTHONWARNINGS": "ignore", "PYTHONIOENCODING": "utf-8"}
        for step in STEPS:
            ran = subprocess.run(
                [str(python), str(HERE / "way_d.py"), *step.arguments],
                env=environment(described["production"], **quiet),
                input="".join(f"{line}\n" for line in step.typed),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                timeout=STEP_S,
            )
            found = re.search(step.shows, ran.stdout)
            version = found[1] if found and step is STEPS[0] else version
            if found and ran.returncode == 0:
                passed += 1
                print(f"  ok  tt {' '.join(step.arguments[:2])}: {step.title}", flush=True)
            else:
                failed.append(step.title)
                print(f"  FAILED  tt {' '.join(step.arguments)}\n{ran.stdout}", flush=True)
        wrong = misplaced(asked(f"{described['admin']}/ledger?side=production"))
    if wrong:
        failed.append(wrong)
    return Outcome("tt command line (tastytrade-cli)", version, passed, tuple(failed))


def misplaced(ledger: Any) -> str:
    """What is wrong with the orders that the simulator accepted; nothing when it is the two that were placed."""
    orders = ledger if isinstance(ledger, list) else next(value for value in ledger.values() if isinstance(value, list))
    prices = sorted(float(each["body"]["price"]) for each in orders)
    return "" if prices == [1.0, 50.0] else f"the ledger holds orders at {prices}"


if __name__ == "__main__":
    sys.exit(1 if run(Path(sys.executable)).failed else 0)
