"""A ledger whose decisions count up, and appends that are held until a test lets them through."""

import asyncio
from concurrent.futures import Future
from datetime import timedelta

from attrs import evolve

from tastyflow.domain.events import Because
from tastyflow.domain.trader import Trader
from tests.application.kit import EVERYTHING, FRIDAY, GENEROUS, register

DEMO = Trader.id_of("demo")


def why(number=0):
    return Because(actor="test", cause="test", command_id=f"c-{number}", at=FRIDAY + timedelta(seconds=number))


def counting(name="demo", seen=None):
    """A decision that counts one up, in a trader's limit of contracts."""

    def decide(tx):
        trader = tx.require(Trader, Trader.id_of(name))
        if seen is not None:
            seen.append(trader.limits.max_contracts)
        tx.record(trader.set_limits(evolve(trader.limits, max_contracts=trader.limits.max_contracts + 1), why=why()))

    return decide


def count_of(ledger, name="demo"):
    return ledger.read(Trader, Trader.id_of(name)).limits.max_contracts


async def hired(ledger, *names):
    for name in names:
        await register(ledger, FRIDAY, name, evolve(GENEROUS, max_contracts=0), EVERYTHING)
    return ledger


class Slowly:
    """A recorder's appends, held until the test lets each of them through, or fail."""

    def __init__(self, ledger):
        self._append = ledger.log.append
        self.waiting = []
        ledger.log.append = self.append

    def append(self, stored, **conditions):
        future = Future()
        self.waiting.append((future, stored, conditions))
        return future

    def let(self, error=None):
        future, stored, conditions = self.waiting.pop(0)
        if error is not None:
            future.set_exception(error)
            return
        done = self._append(stored, **conditions)
        future.set_exception(done.exception()) if done.exception() else future.set_result(done.result())


async def spin():
    for _ in range(20):
        await asyncio.sleep(0)
