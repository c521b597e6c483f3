"""
Fixtures of the bot's stories. This folder has no ``__init__.py``: with one it would stand before the library's own
``discord``.
"""

import pytest

from tests.discord.kit import double_of_discord


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def double(anyio_backend):
    """A Discord on loopback, empty of people; discord.py of this process talks with it."""
    async with double_of_discord() as serving:
        yield serving
