"""
The account and order book of one side: pure and synchronous, JSON in and JSON out.

    book, views                what can be done (place, replace, cancel, listen), and what can be asked
    body_reader, requests      a body becomes a value, or a refusal: 400
    checks, position_checks    is it allowed: or 422         buying_power, fees    what does it take, what does it cost
    placing, order_json        the new order, and the answer about it
    routing, pricing, filling          an order goes to the exchange, meets a price, and trades
    cancel_replace, complex_orders     it ends early, or others depend on it
    settling, order_hours, end_of_day          when each of these happens
    state                      all that is kept: orders, complexes, positions, transactions
    account_reports, queries   balances and reports; the filters of lists
    ports, formats             what the book needs of its neighbours; numbers and moments as JSON
"""

from tastyflow_simulator.book.book import Book
from tastyflow_simulator.book.ports import Hazards

__all__ = ["Book", "Hazards"]
