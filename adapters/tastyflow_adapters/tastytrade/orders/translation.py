"""
Orders over the border, both ways, as pure functions.

    Ticket ── to_wire ─▶ the bytes that are sent          `orders_out`
    the venue's order ── from_wire ─▶ BrokerOrder          `orders_in`

What the venue echoes of a ticket has the ticket's digest; if not, it understood something else.
"""

from tastyflow_adapters.tastytrade.orders.order_body import to_wire
from tastyflow_adapters.tastytrade.orders.order_reading import from_wire

__all__ = ["from_wire", "to_wire"]
