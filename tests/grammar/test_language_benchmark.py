"""The benchmark of the language runs, whatever it measures on a machine like this."""

import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "parse.py"


def test_it_runs_and_what_it_takes_for_understood_is_understood():
    command = [sys.executable, str(BENCHMARK), "--rounds", "1", "--starts", "1"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    for title in ("A line understood", "Hostile lines", "A process from start to end"):
        assert title in run.stdout
