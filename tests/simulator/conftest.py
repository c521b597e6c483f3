"""Fixtures of the simulator: one that serves, and ways to talk to both of its sides."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import aiohttp
import pytest
from sim_kit import Admin, HttpClient, http_client, serving

if TYPE_CHECKING:
    from tastyflow_simulator import Simulator


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def simulator(anyio_backend: str) -> AsyncIterator["Simulator"]:
    """On any free ports; its clock stands still."""
    async with serving() as running:
        yield running


@pytest.fixture
async def sandbox(simulator: "Simulator") -> AsyncIterator[HttpClient]:
    async with http_client(simulator.sandbox) as caller:
        yield caller


@pytest.fixture
async def production(simulator: "Simulator") -> AsyncIterator[HttpClient]:
    async with http_client(simulator.production) as caller:
        yield caller


@pytest.fixture
async def admin(simulator: "Simulator") -> AsyncIterator[Admin]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http:
        yield Admin(http, simulator)
