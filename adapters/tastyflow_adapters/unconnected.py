"""
A venue that is not there: every call says so, and what to do. Nothing ever falls back to the fake one instead.

    TASTYFLOW_ENV=sandbox │ production ─▶ UnconnectedBroker, UnconnectedMarket ─▶ Misconfigured
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NoReturn

from tastyflow.domain.instruments import Instrument
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import Account, Balances, BrokerOrder, Chain, DryRun, Position, Quote, Venue
from tastyflow.errors import Misconfigured
from tastyflow.ports import MarketSession


def _refuse() -> NoReturn:
    raise Misconfigured(
        "This version of tastyflow is not connected to tastytrade yet. Nothing was placed.",
        code="not_connected",
        hint="Use the fake venue meanwhile: TASTYFLOW_ENV=fake.",
    )


class UnconnectedBroker:
    """
    The account that *venue* would have.

    Raises:
        Misconfigured: code ``not_connected``, from every call.
    """

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    @property
    def venue(self) -> Venue:
        return self._venue

    async def account(self) -> Account:
        _refuse()

    async def dry_run(self, ticket: Ticket) -> DryRun:
        _refuse()

    async def place(self, ticket: Ticket, *, external_id: str) -> BrokerOrder:
        _refuse()

    async def find(self, external_id: str) -> Sequence[BrokerOrder]:
        _refuse()

    async def get(self, broker_order: str) -> BrokerOrder | None:
        _refuse()

    async def cancel(self, broker_order: str) -> BrokerOrder:
        _refuse()

    async def replace(self, broker_order: str, ticket: Ticket, *, external_id: str) -> BrokerOrder:
        _refuse()

    def updates(self) -> AbstractAsyncContextManager[AsyncIterator[BrokerOrder]]:
        _refuse()

    async def positions(self) -> Sequence[Position]:
        _refuse()

    async def balances(self) -> Balances:
        _refuse()


class UnconnectedMarket:
    """
    The market data that there would be.

    Raises:
        Misconfigured: code ``not_connected``, from every call.
    """

    async def chain(self, underlying: str) -> Chain | None:
        _refuse()

    async def similar(self, underlying: str) -> Sequence[str]:
        _refuse()

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[Instrument, Quote]:
        _refuse()

    async def session(self) -> MarketSession:
        _refuse()
