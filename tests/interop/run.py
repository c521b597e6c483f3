"""
Other people's programs against the simulator: what ``make interop`` runs. It needs the network once, to fetch them.

    .venv-interop/ ── their Python packages, the SDK's source distribution, node_modules     made once, and kept
    javascript.py · tastyware.py · commandline.py     each with a simulator of its own ──▶ a table; 0 when all passed

Nothing of ours is installed there: the programs meet tastyflow over its sockets only.
"""

import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Final

import commandline
import javascript
import tastyware
from rich.console import Console
from rich.table import Table
from running import Incomplete, Outcome

ROOT: Final = Path(__file__).parents[2]
HOME: Final = ROOT / ".venv-interop"
PACKAGES: Final = (f"tastytrade=={tastyware.VERSION}", "tastytrade-cli==1.5.0", "pytest==9.2.0", "trio==0.35.0")
INSTALL_S: Final = 600


def main() -> int:
    """Run them all; 0 when every case of every program passed."""
    python = prepared()
    programs: dict[str, Callable[[], Outcome]] = {
        "the JavaScript SDK": lambda: javascript.run(HOME),
        "tt": lambda: commandline.run(python),
        "tastyware's tests": lambda: tastyware.run(python, HOME),
    }
    table = Table("program", "version", "passed", "failed", "seconds", title="Other people's programs on the simulator")
    failed: list[str] = []
    notes: list[str] = []
    for name, program in programs.items():
        print(f"\n{name}", flush=True)
        began = time.monotonic()
        try:
            outcome = program()
        except (Incomplete, OSError, subprocess.SubprocessError) as stopped:
            outcome = Outcome(name, "-", 0, (f"not run: {stopped}",))
        took_s = time.monotonic() - began
        table.add_row(outcome.program, outcome.version, str(outcome.passed), str(len(outcome.failed)), f"{took_s:.0f}")
        failed += [f"{name}: {each}" for each in outcome.failed]
        notes += [f"{name}: {each}" for each in outcome.notes]
    print()
    Console().print(table)
    print(*notes, *(f"FAILED {each}" for each in failed), sep="\n")
    return 1 if failed else 0


def prepared() -> Path:
    """The interpreter that the programs run on, with what they need."""
    python = HOME / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp, wanted = HOME / ".installed", "\n".join((sys.version, str(HOME), *PACKAGES))
    if not stamp.exists() or stamp.read_text() != wanted:
        print("fetching other people's programs (once)...", flush=True)
        venv.create(HOME, with_pip=True, clear=True)
        (HOME / ".gitignore").write_text("*\n")
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        subprocess.run([*install, *PACKAGES], check=True, timeout=INSTALL_S)
        stamp.write_text(wanted)
    return python


if __name__ == "__main__":
    sys.exit(main())
