"""Every broker on which the contract is held: ``bench`` is one of them, ``build(starts_at=…)`` makes it to order."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from tests.contract.fake_bench import fake_bench, filed_bench
from tests.contract.firm import Crash, fake_firm
from tests.contract.wire_bench import wire_bench
from tests.contract.wire_firm import wire_firm

BENCHES = {"fake": fake_bench, "fake in a file": filed_bench, "tastytrade": wire_bench}


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def calm():
    """What no task of ours may leave to the loop: an exception that nobody handles."""
    loop, unhandled = asyncio.get_running_loop(), []
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _loop, context: unhandled.append(context))
    yield
    loop.set_exception_handler(before)
    assert not [context for context in unhandled if not isinstance(context.get("exception"), Crash)]


@pytest.fixture(params=BENCHES)
async def build(request, calm):
    """Make a bench: ``await build(keeps_hours=True)``; the choices are those of `tests.contract.bench.Setup`."""
    async with AsyncExitStack() as stack:

        async def make(**chosen):
            return await stack.enter_async_context(BENCHES[request.param](**chosen))

        yield make


@pytest.fixture
async def bench(build):
    return await build()


FIRMS = {"fake": fake_firm, "tastytrade": wire_firm}


@pytest.fixture(params=FIRMS)
async def firm(request, calm):
    """A desk's house between a sandbox and a production of one kind, with one trader who may do everything."""
    async with FIRMS[request.param]() as firm:
        await firm.hire()
        yield firm
        firm.ledger.close()
