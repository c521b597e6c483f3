"""The example in examples/own_criterion: installed as a person installs it, found by its entry point, and at work."""

import asyncio
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from criteria_kit import running

from tastyflow import Look
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow_adapters.language import Grammar
from tastyflow_adapters.signals.rules import read_rule

EXAMPLE = Path(__file__).parents[3] / "examples" / "own_criterion"
INSTALL = ("-m", "pip", "install", "-qq", "--no-index", "--no-deps", "--no-build-isolation", "--target")
OPEN = datetime(2026, 11, 30, 14, 30, tzinfo=UTC)


def look(minutes: float, spot: float, *, day: int = 0) -> Look:
    at = OPEN + timedelta(days=day, minutes=minutes)
    return Look(at, Figures("SPY", at, {"spot": spot, "minutes_since_open": minutes}))


@pytest.fixture(scope="module")
def opening_range():
    spec = spec_from_file_location("opening_range", EXAMPLE / "opening_range.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.opening_range


def test_it_gives_one_alert_a_day_when_the_spot_leaves_the_range(opening_range):
    looks = [look(0.2, 610), look(20, 612), look(29, 611), look(31, 611.5), look(40, 612.5), look(50, 613)]
    (alert,) = opening_range(iter(looks))
    assert (dict(alert.figures), alert.key) == ({"range_high": 612.0}, "2026-11-30")
    again = [*looks, look(0.2, 600, day=1), look(31, 601, day=1)]
    assert [each.key for each in opening_range(iter(again))] == ["2026-11-30", "2026-12-01"]


def test_a_day_that_it_did_not_see_from_the_first_minute_on_gives_none(opening_range):
    assert list(opening_range(iter([look(5, 610), look(20, 612), look(31, 640)]))) == []


def test_figures_that_are_missing_are_no_look(opening_range):
    nothing = Look(OPEN, Figures("SPY", OPEN))
    assert len(list(opening_range(iter([nothing, look(0.2, 610), nothing, look(31, 611)])))) == 1


def test_its_rule_is_one():
    text = (EXAMPLE / "opening-range.toml").read_text("utf-8")
    rule, complaints = read_rule(text, file="opening-range.toml", language=Grammar(), now=OPEN)
    assert [each.sentence for each in complaints] == []
    assert (rule.source, rule.brings) == ("opening-range", {"range_high"})


@pytest.mark.anyio
async def test_it_is_installed_found_and_at_work(tmp_path):
    package, target = tmp_path / "package", tmp_path / "site"
    shutil.copytree(EXAMPLE, package)
    await asyncio.to_thread(subprocess.run, [sys.executable, *INSTALL, target, package], check=True, timeout=120)
    async with running(target, "opening-range", symbol="SPY", brings=frozenset({"range_high"})) as criterion:
        for minutes, spot in ((0.1, 610.0), (10.0, 612.0), (31.0, 612.5)):
            criterion.look(look(minutes, spot).figures)
            async with asyncio.timeout(60):
                while criterion._is_news or criterion._shown is not None:  # noqa: ASYNC110  another task looks
                    await asyncio.sleep(0.02)
        heard, market = await asyncio.wait_for(anext(criterion.alerts()), 60)
    assert (heard.source, dict(heard.alert.figures)) == ("opening-range", {"range_high": 612.0})
    assert market.get("spot") == 612.5
