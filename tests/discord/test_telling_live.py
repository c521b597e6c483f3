"""One live message for each order, made from the log, from its confirmation to its end."""

import pytest

from tests.application.kit import MISSION, DeskUnderTest
from tests.discord.telling_kit import CHANNEL, telling

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def house():
    made = DeskUnderTest.make()
    await made.hire()
    yield made
    made.ledger.close()


async def test_an_order_has_one_live_message_from_its_confirmation_to_its_last_fill(house):
    async with telling(house) as there:
        order = await there.confirmed(MISSION)
        await there.settled()
    (message,) = there.chat.live(order)
    assert message.channel == CHANNEL
    print(*(repr(p) + "\n" for p in message.pages))
    print(there.chat.told())
    assert there.chat.live(order)[0].page.title == f"Order {order.reference} · filled"
