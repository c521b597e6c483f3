"""
What the tests of rehearsals that set their own stage are made of.

    the closes that are typed     endow   an account that holds    rests, Hung   a sandbox that rests, that hangs
"""

import asyncio
from decimal import Decimal

from tastyflow.domain.instruments import EquityOption, Right
from tastyflow.domain.setup import Setup
from tastyflow.domain.testresult import CheckName, TestResult
from tastyflow.domain.venue import Position
from tastyflow_adapters.fake import FaultyBroker, Plan, ScriptedModel
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


class Hung(FaultyBroker):
    """A sandbox that answers nothing, for ever."""

    async def _forever(self, *_args, **_kwargs):
        await asyncio.Event().wait()

    ready = dry_run = place = find = get = cancel = positions = _forever
