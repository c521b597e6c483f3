"""The benchmark of the venue runs, whatever it measures on a machine like this, and says what it did not meet."""

import importlib.util
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "venue.py"


@pytest.mark.filterwarnings("ignore:Use 'content=")  # the client library's own way of sending an order
def test_it_runs_and_says_how_it_went(capsys):
    described = importlib.util.spec_from_file_location("venue_benchmark", BENCHMARK)
    venue = importlib.util.module_from_spec(described)
    described.loader.exec_module(venue)
    venue.main(["--calls", "2", "--at-once", "2", "--rounds", "1", "--orders", "2", "--latency-ms", "1"])
    told = capsys.readouterr().out
    for words in ("1 at a time, 2 calls", "2 at once", "rates lifted", "rates published", "Aim 1.3x", "Aim 5 s"):
        assert words in told
    assert "inf" not in told  # every order came to its end
