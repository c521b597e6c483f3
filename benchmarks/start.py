"""
How much processor time a start of the program takes, beside an interpreter that only imports lark and attrs.

    floor        python -c "import lark, attrs"        the aim is 2.5 times the floor, and 2.2 for parse
    each row     the median of user + system time over interleaved runs, and its ratio to the floor of the same run

``python benchmarks/start.py [RUNS]``. Processor time and not the clock: other programs on the machine change it less.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

RUNS: Final = 11
PROGRAM: Final = (sys.executable, "-m", "tastyflow_adapters.cli")
FILLED: Final = "buy 1 SPY 450C next month @ natural"
RESTING: Final = "buy 1 SPY 450C next month @ 7 gtc"
AIMS: Final[Mapping[str, float]] = {"parse TEXT": 2.2}
AIM: Final = 2.5


def place(text: str, home: Path) -> None:
    """Place an order while the market is open."""
    during_the_session = environment(home) | {"TASTYFLOW_NOW": "2026-11-20T10:30"}
    subprocess.run((*PROGRAM, "order", text), env=during_the_session, capture_output=True, check=True)  # noqa: S603  ours


def cpu_ms(command: tuple[str, ...], home: Path) -> float:
    """The processor time of one run of *command*, its children included, in milliseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=environment(home), capture_output=True, check=False)  # noqa: S603  ours
    assert done.returncode in (0, 1), done.stderr.decode()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def environment(home: Path) -> dict[str, str]:
    """The environment of a person who has chosen nothing but the home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TASTYFLOW_")}
    return kept | {"TASTYFLOW_HOME": str(home)}


def starts(empty: Path, filled: Path, working: Path) -> dict[str, tuple[tuple[str, ...], Path]]:
    """Each row of the table: the command, and the home in which it runs."""
    return {
        "floor": ((sys.executable, "-c", "import lark, attrs"), empty),
        "parse TEXT": ((*PROGRAM, "parse", "buy 1 SPY 450C 12/18"), empty),
        "order --help": ((*PROGRAM, "order", "--help"), empty),
        "orders, none yet": ((*PROGRAM, "orders"), empty),
        "orders, one filled": ((*PROGRAM, "orders"), filled),
        "orders, one filled, --json": ((*PROGRAM, "orders", "--json"), filled),
        "status, filled": ((*PROGRAM, "status", "last"), filled),
        "status, filled, --json": ((*PROGRAM, "status", "last", "--json"), filled),
        "orders, one at work": ((*PROGRAM, "orders"), working),
        "status, at work": ((*PROGRAM, "status", "last"), working),
    }


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory(prefix="tastyflow-start-") as folder:
        homes = [Path(folder) / name for name in ("empty", "filled", "working")]
        cpu_ms((*PROGRAM, "orders"), homes[0])  # the first use makes the home, and is slower
        place(FILLED, homes[1])
        place(RESTING, homes[2])
        rows = starts(*homes)
        taken: dict[str, list[float]] = {name: [] for name in rows}
        for _ in range(runs):
            for name, (command, home) in rows.items():
                taken[name].append(cpu_ms(command, home))
    floor = statistics.median(taken["floor"])
    print(f"{'start':28}{'median ms':>10}{'least ms':>10}{'x floor':>9}{'aim':>6}   ({runs} runs)")
    for name, times in taken.items():
        median = statistics.median(times)
        aim = "" if name == "floor" else f"{AIMS.get(name, AIM):.1f}"
        print(f"{name:28}{median:>10.0f}{min(times):>10.0f}{median / floor:>9.2f}{aim:>6}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
