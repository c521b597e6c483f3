"""The benchmark of the language runs, whatever it measures on a machine like this."""

import runpy
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "parse.py"


def test_it_runs_and_its_lines_are_understood_and_refused_as_it_says(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "argv", [str(BENCHMARK), "--rounds", "1", "--starts", "1"])
    runpy.run_path(str(BENCHMARK), run_name="__main__")
    printed = capsys.readouterr().out
    for title in ("A line understood", "Hostile lines", "A process from start to end"):
        assert title in printed
