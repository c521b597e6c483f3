"""
The REST side of the simulator: what each request finds under `SIDE`, and the modules that answer.

    guards ─▶ oauth · accounts · orders · instruments · market_data · sessions · reference ─▶ envelope
         └─▶ browsers: what a page of another origin needs to be let in
"""

from typing import Final

from aiohttp import web

from tastyflow_simulator.side import SimulatedSide

SIDE: Final = web.AppKey("side", SimulatedSide)
"""Whose request it is: ``request.app[SIDE]``."""
