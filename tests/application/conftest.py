"""Fixtures of the desk's stories: a house of fakes, and asyncio for what awaits."""

import pytest

from tests.application.kit import DeskUnderTest


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def build():
    """Make a house: ``house = await build(limits=…)``; it comes with one trader, demo, who may do everything."""
    built = []

    async def make(*, hire=True, limits=None, permissions=None, **parts):
        house = DeskUnderTest.make(**parts)
        built.append(house)
        if hire:
            chosen = {k: v for k, v in {"limits": limits, "permissions": permissions}.items() if v is not None}
            await house.hire(**chosen)
        return house

    yield make
    for house in built:
        house.ledger.close()


@pytest.fixture
async def house(build):
    return await build()
