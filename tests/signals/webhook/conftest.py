"""Fixtures of the webhook: one that is open on this machine."""

import pytest
from webhook_kit import open_door


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def door(anyio_backend, tmp_path):
    async with open_door(tmp_path) as opened:
        yield opened
