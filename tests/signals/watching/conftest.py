"""Fixtures of watched chains."""

import pytest


@pytest.fixture
def anyio_backend():
    return "asyncio"
