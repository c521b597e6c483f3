"""
The REST side of the simulator: what each request finds under `SIDE`, and the modules that answer.

    guards ─▶ oauth · accounts · orders · instruments · market_data · reference ─▶ envelope
"""

from typing import Final

from aiohttp import web

from tastyflow_adapters.simulator.side import SimulatedSide

SIDE: Final = web.AppKey("side", SimulatedSide)
"""Whose request it is: ``request.app[SIDE]``."""
