"""Place one order at the shipped fake venue and print what became of it: tastyflow as a library."""

import asyncio
import tempfile
from pathlib import Path

from tastyflow import Message
from tastyflow_adapters.bootstrap import open_desk
from tastyflow_adapters.config.settings import Settings


async def main(home: Path) -> None:
    async with open_desk(Settings(home=home)) as desk:
        order = await desk.place(Message("buy 1 SPY 450C next month", "cli", "demo", "message-1"))
        print(order.reference, order.stage, order.words)


with tempfile.TemporaryDirectory() as folder:
    asyncio.run(main(Path(folder)))
