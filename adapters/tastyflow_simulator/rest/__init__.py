"""
The routes that tastyflow asks for; what only other people's programs ask for is in `tastyflow_simulator.extra`.

    guards ─▶ oauth · accounts · orders · instruments · symbol_search · market_data · market_hours ─▶ envelope
       │          each finds its side of the simulator under `SIDE`
       ├─ request_faults    what a fault does to a request
       └─ rate_limits       how many requests per second are served
"""

from typing import Final

from aiohttp import web

from tastyflow_simulator.simulated_side import SimulatedSide

SIDE: Final = web.AppKey("side", SimulatedSide)
"""Whose request it is: ``request.app[SIDE]``."""
