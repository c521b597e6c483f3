"""
Fixtures of the bot's stories. This folder has no ``__init__.py``: with one it would stand before the library's own
``discord``.
"""

import pytest


@pytest.fixture
def anyio_backend():
    return "asyncio"
