"""The first look at a chain: complete, or settled where most is known; never waited for longer than patience lasts."""

import asyncio
from datetime import UTC, date, datetime

import pytest

from tastyflow.domain.signal_rule.figures import Figures
from tastyflow_adapters.config.gex_choices import GexChoices
from tastyflow_adapters.signals.gamma import SignModel
from tastyflow_adapters.signals.watching import first_look as looking
from tastyflow_adapters.signals.watching.choosing import watch_choices
from tastyflow_adapters.signals.watching.first_look import first_look

pytestmark = pytest.mark.anyio

AT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.fixture
def anyio_backend():
    return "asyncio"


def figures(coverage, spot=450.0):
    return Figures("SPY", AT, {"spot": spot} if spot else {}, coverage=coverage)


async def told(*coverages, every_s=0.0, spot=450.0, last_goes_on=True):
    for coverage in coverages:
        yield figures(coverage, spot)
        await asyncio.sleep(every_s)
    while last_goes_on:
        yield figures(coverages[-1], spot)
        await asyncio.sleep(0.01)


async def test_a_chain_that_is_complete_is_shown_once_it_is_so_twice():
    heard = []
    seen = await first_look(told(0.2, 0.6, 1.0, 1.0, 1.0), 5.0, heard=heard.append)
    assert seen is not None
    assert [each.coverage for each in heard] == [0.2, 0.6, 1.0, 1.0]


async def test_where_most_is_known_and_nothing_new_is_heard_it_is_not_waited_for_more(monkeypatch):
    monkeypatch.setattr(looking, "SETTLED_S", 0.05)
    began = asyncio.get_running_loop().time()
    seen = await first_look(told(0.3, 0.95), 5.0)
    assert seen is not None
    assert seen.coverage == 0.95
    assert asyncio.get_running_loop().time() - began < 2


async def test_thin_figures_are_waited_for_until_patience_ends_and_then_they_are_what_is_known(monkeypatch):
    monkeypatch.setattr(looking, "SETTLED_S", 0.0)
    seen = await first_look(told(0.3, 0.57), 0.2)
    assert seen is not None
    assert seen.coverage == 0.57


async def test_without_a_spot_nothing_is_complete():
    seen = await first_look(told(1.0, 1.0, 1.0, spot=None), 0.1)
    assert seen is not None
    assert seen.get("spot") is None


async def test_where_nothing_is_heard_there_is_nothing():
    async def silent():
        await asyncio.sleep(5)
        yield figures(1.0)

    assert await first_look(silent(), 0.05) is None


def test_what_was_chosen_is_how_it_is_watched():
    made = watch_choices(
        GexChoices(sign_model="gross", dte=(1, 7), range_percent=10, step_percent=0.05, rate_percent=4)
    )
    assert made.sign_model is SignModel.GROSS
    assert (made.scope.min_days, made.scope.max_days) == (1, 7)
    assert (made.repricing.low_percent, made.repricing.high_percent) == (-10, 10)
    assert (made.repricing.step_percent, made.repricing.near_step_percent, made.repricing.rate) == (0.05, 0.05, 0.04)


def test_named_days_come_before_days_out():
    made = watch_choices(GexChoices(dte=(0, 7)), expirations=[date(2026, 12, 18)])
    assert (made.scope.expirations, made.scope.max_days) == (frozenset({date(2026, 12, 18)}), None)
    assert watch_choices(GexChoices(dte=None)).scope.max_days is None
