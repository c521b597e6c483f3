"""Every broker that must keep the contract: ``subject`` is one of them, ``build(starts_at=…)`` makes one to order."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from tests.contract.desk_between_venues import Crash, desk_between_fakes
from tests.contract.fake_venue import fake_venue, fake_venue_in_a_file
from tests.contract.simulated_desk import desk_between_simulated
from tests.contract.simulated_venue import simulated_venue

VENUES = {"fake": fake_venue, "fake in a file": fake_venue_in_a_file, "tastytrade": simulated_venue}


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def no_unhandled_errors():
    """What no task of ours may leave to the loop: an exception that nobody handles."""
    loop, unhandled = asyncio.get_running_loop(), []
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _loop, context: unhandled.append(context))
    yield
    loop.set_exception_handler(before)
    assert not [context for context in unhandled if not isinstance(context.get("exception"), Crash)]


@pytest.fixture(params=VENUES)
async def build(request, no_unhandled_errors):
    """Make a venue to test: ``await build(keeps_hours=True)``; the choices are those of `VenueOptions`."""
    async with AsyncExitStack() as stack:

        async def make(**chosen):
            return await stack.enter_async_context(VENUES[request.param](**chosen))

        yield make


@pytest.fixture
async def subject(build):
    return await build()


DESKS = {"fake": desk_between_fakes, "tastytrade": desk_between_simulated}


@pytest.fixture(params=DESKS)
async def venues(request, no_unhandled_errors):
    """What a desk needs between a sandbox and a production of one kind, with one trader who may do everything."""
    async with DESKS[request.param]() as venues:
        await venues.register_trader()
        yield venues
        venues.ledger.close()
