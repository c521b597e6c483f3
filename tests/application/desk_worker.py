"""
A process of its own that runs a desk: ``python -m tests.application.desk_worker FOLDER NAME COUNT [TEXT CASH_USD]``.

The log and both venues are files in FOLDER that other processes use too. It asks for COUNT orders at once, waits until
each is over, or works where TEXT asks for orders that rest, and prints one line an order: its id, stage and code.
"""

import asyncio
import sys
from pathlib import Path

from attrs import evolve

from tastyflow.application.context import Context
from tastyflow.application.desk import Desk
from tastyflow.application.message import Message
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.venue import Venue
from tastyflow_adapters.clock import AnchoredClock
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.fake import FakeBroker, FakeMarket, FileBookStore
from tastyflow_adapters.store.log import open_log
from tests.application.kit import FRIDAY, LENIENT, ONE_CALL, Language, Told

POLICY = evolve(LENIENT, news_wait_s=0.1, rest_wait_s=0.5, follow_s=5)


async def trade(folder: Path, name: str, orders: int, text: str = ONE_CALL, cash_usd: int = 10**7) -> None:
    clock = AnchoredClock(FRIDAY)
    market = FakeMarket(clock)
    venues = [
        FakeBroker(venue, clock, market, store=FileBookStore(folder / f"{venue}.db"), seed=seed, cash_usd=cash_usd)
        for seed, venue in enumerate(Venue)
    ]
    ledger = open_log(LogAddress.file(folder / "log.db"), lock_timeout_s=20)
    async with Desk(Context(ledger, Language(), market, *venues, clock, POLICY), [Told()]) as desk:
        asked = (desk.place(Message(text, "cli", "demo", f"{name}-{n}")) for n in range(orders))
        placed = await asyncio.gather(*asked)
        rests = set() if text == ONE_CALL else {Stage.WORKING}
        while any(not (now := desk.lookup.by_id(o.id).stage).is_over and now not in rests for o in placed):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        for order in placed:
            now = desk.lookup.by_id(order.id)
            print(now.id, now.stage, now.code, flush=True)
    ledger.close()


if __name__ == "__main__":
    folder, name, count, *rest = sys.argv[1:]
    asyncio.run(trade(Path(folder), name, int(count), *rest[:1], *map(int, rest[1:])))
