"""Fixtures of rules at work: a house with a robot, and the part of the service over it."""

import pytest
from running_kit import AtWork

from tests.application.kit import DeskUnderTest
from tests.application.signalling_kit import with_robot


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def build():
    """Make a house; the trader that rules act as, and people, are in it."""
    built = []

    async def make(**parts):
        house = DeskUnderTest.make(**parts)
        built.append(house)
        return await with_robot(house)

    yield make
    for house in built:
        house.ledger.close()


@pytest.fixture
async def house(build):
    return await build()


@pytest.fixture
def at_work(house, tmp_path):
    """The part over `house`, which reads the rule files of a folder; entered by the test."""
    return AtWork(house, tmp_path / "signals")
