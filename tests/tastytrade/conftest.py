"""Fixtures of the tastytrade adapter: a venue that answers as told, a session with it, a broker on it."""

import pytest
from tt_kit import JumpingClock, ScriptedVenue

from tastyflow_adapters.tastytrade.broker import TastytradeBroker
from tastyflow_adapters.tastytrade.http.session import VenueSession


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def jumping():
    return JumpingClock()


@pytest.fixture
async def scripted(anyio_backend):
    async with ScriptedVenue() as venue:
        yield venue


@pytest.fixture
async def session(scripted, jumping):
    session = VenueSession(scripted.connection(), jumping)
    async with session.opened():
        yield session


@pytest.fixture
async def broker(session, jumping):
    async with TastytradeBroker(session, jumping) as broker:
        yield broker
