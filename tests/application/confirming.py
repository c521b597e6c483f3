"""Orders that wait for their trader's yes: the policies that want one, an order that waits, and nothing sent."""

from attrs import evolve

from tastyflow.application.message import Consent
from tastyflow.domain.policy import Confirm
from tests.application.kit import LENIENT, MISSION

ASKING = evolve(LENIENT, confirm=Confirm.ABOVE)
ALWAYS = evolve(LENIENT, confirm=Confirm.ALWAYS)
ASK, GIVEN = Consent.ASK, Consent.GIVEN


def nothing_was_sent(house):
    return house.books() == ([], []) and house.setups() == []


async def offered(house, desk, text=MISSION, **who):
    """An order that waits for its trader's yes."""
    order = await house.place(desk, text, consent=ASK, **who)
    assert order.needs_confirmation, order
    return order
