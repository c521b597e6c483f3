"""The benchmarks of the venue run, whatever they measure on a machine like this, and say what they did not meet."""

import importlib.util
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=")  # the client library's own way of sending an order


def told_by(name, capsys, monkeypatch, *arguments):
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])
    described = importlib.util.spec_from_file_location(f"{name}_benchmark", BENCHMARKS / f"{name}.py")
    benchmark = importlib.util.module_from_spec(described)
    monkeypatch.setitem(sys.modules, described.name, benchmark)
    described.loader.exec_module(benchmark)
    benchmark.main([*arguments])
    return capsys.readouterr().out


def test_calls_are_compared_with_bare_ones(capsys, monkeypatch):
    told = told_by("venue", capsys, monkeypatch, "--calls", "2", "--at-once", "2", "--rounds", "1")
    for words in ("1 at a time, 2 calls", "2 at once", "Aim 1.3x"):
        assert words in told


def test_a_crowd_comes_to_its_end_at_the_published_rates_and_without_them(capsys, monkeypatch):
    told = told_by("crowd", capsys, monkeypatch, "--orders", "2", "--processes", "2", "--latency-ms", "1")
    for words in ("rates lifted, one desk", "rates published, one desk", "rates published, 2 processes", "Aim 5 s"):
        assert words in told
    assert told.count("no traceback") == 3
    assert "traceback, rates published, 2 processes: met" in told
    assert "inf" not in told  # every order came to its end
