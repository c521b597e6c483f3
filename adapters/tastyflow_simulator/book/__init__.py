"""
The account and order book of one side: pure, synchronous, wire JSON in and out.

    book             the verbs: place, replace, cancel, list, settle, listen
    reading, requests        a body becomes a value, or 400
    checks, margin, fees     is it allowed, what does it take, what does it cost: or 422
    routing, pricing, filling, cancelling, replacing, linking        what happens to an order
    clockwork, endings, hours        when it happens
    state            all that is kept
    positions, transactions, balances, reports, queries        what can be asked
"""

from tastyflow_simulator.book.book import Book
from tastyflow_simulator.book.ports import Hazards

__all__ = ["Book", "Hazards"]
