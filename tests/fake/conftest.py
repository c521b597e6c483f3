"""Fixtures of the fake venue: a market, a clock that is turned by hand, both stores."""

import pytest
from fake_orders import CALL, FRIDAY

from tastyflow.domain.venue import Venue
from tastyflow_adapters.clock import TurnableClock
from tastyflow_adapters.fake import FakeBroker, FakeMarket, FileBookStore, MemoryBookStore


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def clock():
    return TurnableClock(FRIDAY)


@pytest.fixture
def market(clock):
    return FakeMarket(clock)


@pytest.fixture(params=["memory", "file"])
def store(request, tmp_path):
    kept = MemoryBookStore() if request.param == "memory" else FileBookStore(tmp_path / "venue.sqlite3")
    yield kept
    kept.close()


@pytest.fixture
def venue(clock, market, store):
    """Make a broker on the store: ``venue(model=...)``."""

    def make(**settings):
        return FakeBroker(Venue.SANDBOX, clock, market, store=store, **settings)

    return make


@pytest.fixture
def quote(market):
    return market.quotes_now([CALL])[CALL]
