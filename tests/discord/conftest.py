"""
Fixtures of the bot's stories. This folder has no ``__init__.py``: with one it would stand before the library's own
``discord``.
"""

import pytest

from tests.application.kit import DeskUnderTest
from tests.discord.kit import double_of_discord
from tests.discord.ordering_kit import ordering


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def double(anyio_backend):
    """A Discord on loopback, empty of people; discord.py of this process talks with it."""
    async with double_of_discord() as serving:
        yield serving


@pytest.fixture
async def house(anyio_backend):
    """A desk on fakes, and the trader demo."""
    house = DeskUnderTest.make()
    await house.hire()
    yield house
    house.ledger.close()


@pytest.fixture
async def room(anyio_backend):
    """A desk on fakes with a chat before it, and two traders who are linked: ann and eve."""
    async with ordering() as made:
        yield made
