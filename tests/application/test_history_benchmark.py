"""The benchmark of the past runs, whatever it measures on a machine like this."""

import sys
from importlib import util
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_it_runs_and_its_rows_are_there(capsys, monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    described = util.spec_from_file_location("history_benchmark", BENCHMARKS / "history.py")
    history = util.module_from_spec(described)
    monkeypatch.setitem(sys.modules, "history_benchmark", history)
    described.loader.exec_module(history)
    history.main(["--past", "24", "--at-once", "10", "--rounds", "1"])
    printed = capsys.readouterr().out
    for words in ("a trader", "24 past orders", "tastyflow status last", "until it is ready", "10 at once"):
        assert words in printed
