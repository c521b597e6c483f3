"""
The routes that tastyflow asks for; what only other people's programs ask for is in `tastyflow_simulator.extra`.

    guards ─▶ oauth · accounts · orders · instruments · symbol_search · market_data · market_hours ─▶ envelope
       │          each finds its side of the simulator under `SIDE`
       ├─ request_faults    what a fault does to a request
       └─ rate_limits       how many requests per second are served
"""

from typing import Final

from aiohttp import web

from tastyflow_simulator.book import Book
from tastyflow_simulator.simulated_side import SimulatedSide

SIDE: Final = web.AppKey("side", SimulatedSide)
"""Whose request it is: ``request.app[SIDE]``."""


def book_of(request: web.Request) -> Book:
    """The book of the account that the path names (`guards` let no other pass); of the first where it names none."""
    side = request.app[SIDE]
    return side.books[request.match_info.get("account", side.login.account)]
