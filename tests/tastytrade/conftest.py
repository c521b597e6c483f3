"""Fixtures of the tastytrade adapter: a venue that answers as told, a session with it, a broker on it."""

import pytest
from tt_kit import HastyClock, ScriptedVenue

from tastyflow_adapters.tastytrade.broker import TastytradeBroker
from tastyflow_adapters.tastytrade.http.session import VenueSession


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def hasty():
    return HastyClock()


@pytest.fixture
async def scripted(anyio_backend):
    async with ScriptedVenue() as venue:
        yield venue


@pytest.fixture
async def session(scripted, hasty):
    session = VenueSession(scripted.connection(), hasty)
    async with session.opened():
        yield session


@pytest.fixture
async def broker(session, hasty):
    async with TastytradeBroker(session, hasty) as broker:
        yield broker
