"""A desk between the two sides of one simulator, over real sockets, while the simulator's time runs by itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

from attrs import evolve

from tastyflow.domain.venue import Venue
from tastyflow_simulator import Simulator
from tastyflow_simulator.clock import SimulatorClock
from tests.contract.desk_between_venues import DeskBetweenVenues
from tests.contract.simulated_venue import SPEED, FastClock, open_venue, options_of
from tests.contract.venue_under_test import VenueOptions

T = TypeVar("T")


class SimulatedTime:
    """The simulator's clock runs by itself, `SPEED` times as fast as the one on the wall."""

    def __init__(self, simulated: SimulatorClock) -> None:
        self.clock = FastClock(simulated, runs=True)
        self._simulated = simulated

    async def until(self, doing: Awaitable[T]) -> T:
        async with asyncio.timeout(30):
            return await doing

    async def run(self) -> None:
        before_s = time.monotonic()
        while True:
            await asyncio.sleep(0.005)
            now_s = time.monotonic()
            self._simulated.advance((now_s - before_s) * SPEED)
            before_s = now_s


@asynccontextmanager
async def desk_between_simulated(**how: Any) -> AsyncIterator[DeskBetweenVenues]:
    """Both sides of one simulator, a broker on each, and time that runs; *how* is about the simulator."""
    async with AsyncExitStack() as stack:
        simulator = await stack.enter_async_context(Simulator(options_of(VenueOptions(), **how)))
        time_of_both = SimulatedTime(simulator.clock)
        running = asyncio.create_task(time_of_both.run())
        stack.callback(running.cancel)
        subjects = [
            await open_venue(stack, simulator, evolve(VenueOptions(), venue=venue), runs=True)
            for venue in (Venue.SANDBOX, Venue.PRODUCTION)
        ]
        yield DeskBetweenVenues(*subjects, time_of_both)
