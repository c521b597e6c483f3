"""
A process of its own that trades at the venue in a file: ``python fake_worker.py FILE NAME COUNT``.

It prints each order's tag after the venue has accepted it; a count of zero goes on until it is killed.
"""

import asyncio
import sys
from itertools import count

from fake_orders import CALL, FRIDAY, GTC, limit

from tastyflow.domain.venue import Venue
from tastyflow_adapters.clock import AnchoredClock
from tastyflow_adapters.fake import FakeBroker, FakeMarket, FileBookStore


async def trade(path: str, name: str, orders: int) -> None:
    clock = AnchoredClock(FRIDAY)
    market = FakeMarket(clock)
    broker = FakeBroker(Venue.SANDBOX, clock, market, store=FileBookStore(path), cash_usd=10**9)
    ask = market.quotes_now([CALL])[CALL].ask
    for number in range(orders) if orders else count():
        ticket = limit(ask, 1) if number % 2 else limit("1", 1, tif=GTC)
        order = await broker.place(ticket, external_id=f"{name}-{number}")
        print(order.external_id, order.broker_order, flush=True)
    broker.close()


if __name__ == "__main__":
    asyncio.run(trade(sys.argv[1], sys.argv[2], int(sys.argv[3])))
