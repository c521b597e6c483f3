"""
What the tests of rehearsals that set their own stage are made of.

    the closes that are typed     endow   an account that holds    rests, Hung   a sandbox that rests, that hangs
"""

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal

from tastyflow.domain.instruments import EquityOption, Right
from tastyflow.domain.setup import Setup
from tastyflow.domain.testresult import CheckName, TestResult
from tastyflow.domain.venue import Position
from tastyflow_adapters.fake import FakeFaults, FaultyBroker, Plan, ScriptedModel
from tastyflow_adapters.fake.order_plan import live
from tests.application.kit import (
    CALL,
    DECEMBER,
)

SPREAD = tuple(EquityOption("SPY", DECEMBER, Right.CALL, Decimal(strike)) for strike in (450, 460))
BUY_2 = "buy to open 2 SPY 450 calls exp Dec 18 2026 at natural"
CLOSE_2 = "sell to close 2 SPY 450 calls exp Dec 18 2026 at natural"
CLOSE_10 = "sell to close 10 SPY 450 calls exp Dec 18 2026 at natural"
REST_10 = "sell to close 10 SPY 450 calls exp Dec 18 2026 at 20"
ALL = frozenset(CheckName)


def endow(broker, **held):
    """Let the account of *broker* hold SPY 450 calls: ``endow(house.live, calls=10)``."""
    broker.endow(Position(CALL, held["calls"], Decimal(5)))


def rests(*steps):
    return ScriptedModel(lambda _ticket: Plan(steps or (live(),)))


def setups(house, order):
    setup = house.ledger.read(Setup, Setup.id_of(order.id))
    return [(each.purpose, each.leg.action, each.filled) for each in setup.placements] if setup else []


def checks(house, order):
    test = house.ledger.read(TestResult, order.test)
    return {check.name: check for check in test.checks}


class ResetAt(FaultyBroker):
    """
    A sandbox that is reset at one of its messages: right before the answer to a request, or before a snapshot is told.

    Attributes:
        index: At which message, counted from 0; None never.
        count: How many there were.
    """

    def __init__(self, broker, *, clock, index):
        super().__init__(broker, FakeFaults(), clock)
        self.index, self.count = index, 0

    async def _suffer(self, call, act):
        answer = await super()._suffer(call, act)
        self._message()
        return answer

    def _message(self):
        if self.count == self.index:
            self.broker.reset()
        self.count += 1

    @asynccontextmanager
    async def updates(self):
        async def counted(stream):
            async for snapshot in stream:
                self._message()
                yield snapshot

        async with self.broker.updates() as stream:
            yield counted(stream)


class Hung(FaultyBroker):
    """A sandbox that answers nothing, for ever."""

    async def _forever(self, *_args, **_kwargs):
        await asyncio.Event().wait()

    ready = dry_run = place = find = get = cancel = positions = _forever
