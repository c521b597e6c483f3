"""A desk between the two sides of one simulator, over real sockets, while the simulator's time runs by itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

from attrs import evolve

from tastyflow.domain.venue import Venue
from tastyflow_simulator import Simulator
from tastyflow_simulator.clock import SimulatorClock
from tests.contract.bench import Setup
from tests.contract.firm import Firm
from tests.contract.wire_bench import HASTE, HastyClock, open_bench, options_of

T = TypeVar("T")


class WireTime:
    """The simulator's clock runs by itself, `HASTE` times as fast as the one on the wall."""

    def __init__(self, simulated: SimulatorClock) -> None:
        self.clock = HastyClock(simulated, runs=True)
        self._simulated = simulated

    async def until(self, doing: Awaitable[T]) -> T:
        async with asyncio.timeout(30):
            return await doing

    async def run(self) -> None:
        before_s = time.monotonic()
        while True:
            await asyncio.sleep(0.005)
            now_s = time.monotonic()
            self._simulated.advance((now_s - before_s) * HASTE)
            before_s = now_s


@asynccontextmanager
async def wire_firm() -> AsyncIterator[Firm]:
    """Both sides of one simulator, a broker on each, and time that runs."""
    async with AsyncExitStack() as stack:
        simulator = await stack.enter_async_context(Simulator(options_of(Setup())))
        time_of_both = WireTime(simulator.clock)
        running = asyncio.create_task(time_of_both.run())
        stack.callback(running.cancel)
        benches = [
            await open_bench(stack, simulator, evolve(Setup(), venue=venue), runs=True)
            for venue in (Venue.SANDBOX, Venue.PRODUCTION)
        ]
        yield Firm(*benches, time_of_both)
