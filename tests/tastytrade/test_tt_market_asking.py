"""Where quotes can be had by asking, no socket is opened for them; one that is up already is believed first."""

from decimal import Decimal

import pytest
from attrs import evolve
from tt_kit import HTML, BriskClock, items
from tt_streams import quick_reconnects, streaming, until

from tastyflow.domain.instruments import Equity
from tastyflow_adapters.tastytrade.market_data import TastytradeMarket
from tastyflow_adapters.tastytrade.streams.quote_stream import QuoteStream

pytestmark = pytest.mark.anyio

SPY = Equity("SPY")
BY_TYPE = "/market-data/by-type"
FIGURES = items({"symbol": "SPY", "bid": "450.10", "ask": "450.20", "updated-at": "2026-11-20T17:00:00.000+00:00"})


@pytest.fixture
async def subject(anyio_backend):
    async with streaming(BriskClock()) as subject:
        subject.session.connection = evolve(subject.session.connection, rest_quotes=True)
        subject.venue.prices = {"SPY": (450.01, 450.03)}
        subject.market = TastytradeMarket(
            subject.session,
            subject.clock,
            quotes=QuoteStream(subject.session, subject.clock, backoff=quick_reconnects()),
        )
        async with subject.market:
            yield subject


async def test_quotes_that_rest_answers_open_no_stream(subject):
    subject.venue.on("GET", BY_TYPE, FIGURES)
    for _ in range(3):
        assert (await subject.market.quotes([SPY]))[SPY].bid == Decimal("450.10")
    assert subject.venue.quote_lines == []
    assert not subject.venue.asked("GET", "/api-quote-tokens")


async def test_a_stream_that_rest_made_necessary_is_believed_from_then_on(subject):
    subject.venue.on("GET", BY_TYPE, HTML)
    assert (await subject.market.quotes([SPY]))[SPY].bid == Decimal("450.01")
    await until(lambda: len(subject.venue.quote_lines) == 1)
    subject.venue.on("GET", BY_TYPE, FIGURES)
    before = len(subject.venue.asked("GET", BY_TYPE))
    assert (await subject.market.quotes([SPY]))[SPY].bid == Decimal("450.01")
    assert len(subject.venue.asked("GET", BY_TYPE)) == before
