"""The benchmarks of the venue run, whatever they measure on a machine like this, and say what they did not meet."""

import importlib.util
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=")  # the client library's own way of sending an order


def loaded(name, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])
    described = importlib.util.spec_from_file_location(f"{name}_benchmark", BENCHMARKS / f"{name}.py")
    benchmark = importlib.util.module_from_spec(described)
    monkeypatch.setitem(sys.modules, described.name, benchmark)
    described.loader.exec_module(benchmark)
    return benchmark


def test_calls_are_compared_with_bare_ones(capsys, monkeypatch):
    loaded("venue", monkeypatch).main(["--calls", "2", "--at-once", "2", "--rounds", "1"])
    told = capsys.readouterr().out
    for words in ("1 at a time, 2 calls", "2 at once", "Aim 1.3x"):
        assert words in told


def test_the_orders_of_two_processes_come_to_their_end(monkeypatch):
    crowd = loaded("crowd", monkeypatch)
    with crowd.simulator(1) as place:
        seen = crowd.crowd(place, "lifted", 2, 2)
    assert (len(seen.placed_s), seen.too_many, seen.tracebacks) == (2, 0, "")
    assert seen.mutations["production"] == 2
