"""Be told what is recorded: a recipient follows the log, and trading never waits for it."""

import asyncio
import tempfile
from pathlib import Path

from tastyflow import Address, Message, Notice
from tastyflow_adapters.bootstrap import open_desk
from tastyflow_adapters.config.settings import Settings


class Printer:
    """Prints each notice. Under a name, its place in the log would be kept from one start to the next."""

    name = None

    def listens_to(self, address: Address) -> bool:
        return address.platform == "cli"

    async def tell(self, notice: Notice) -> None:
        print(f"{notice.to.user}: {notice.order.reference} {notice.order.stage}: {notice.sentence}")


async def main(home: Path) -> None:
    async with open_desk(Settings(home=home), recipients=[Printer()]) as desk:
        await desk.place(Message("buy 1 SPY 450C next month", "cli", "demo", "message-1"))


with tempfile.TemporaryDirectory() as folder:
    asyncio.run(main(Path(folder)))
