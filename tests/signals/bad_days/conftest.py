"""Fixtures of the bad days: a day on which a rule watches SPY, and asyncio for what awaits."""

import pytest

from tests.application.kit import DeskUnderTest
from tests.signals.bad_days.watched_day import WatchedDay


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def day(anyio_backend, tmp_path):
    house = DeskUnderTest.make()
    yield await WatchedDay.begin(house, tmp_path / "signals")
    house.ledger.close()
