"""
What the sandbox account holds, as signed quantities: positive is long. Its record can lag behind its fills.

Whether it can change now: nothing fills while the market is closed.
"""

from collections.abc import Callable, Mapping
from typing import Final

from tastyflow.application.context import Context
from tastyflow.application.sending import sandbox_answer
from tastyflow.domain.instruments import Instrument
from tastyflow.domain.ticket import Leg
from tastyflow.errors import VenueFailure

Held = Mapping[Instrument, int]

FIRST_WAIT_S: Final = 0.1
LONGEST_WAIT_S: Final = 1.0


async def held_in_sandbox(context: Context) -> Held:
    """
    What is held now.

    Raises:
        VenueFailure: The sandbox does not say.
    """
    positions = await sandbox_answer(context, context.sandbox.positions())
    return {position.instrument: position.quantity for position in positions}


async def held_once(context: Context, wanted: Callable[[Held], bool]) -> Held:
    """
    What is held once *wanted* is true of it, or as it is when `Policy.fill_wait_s` have passed.

    Raises:
        VenueFailure: The sandbox does not say.
    """
    clock, wait_s = context.clock, FIRST_WAIT_S
    deadline_s = clock.monotonic() + context.policy.fill_wait_s
    held = await held_in_sandbox(context)
    while not wanted(held) and clock.monotonic() < deadline_s:
        await clock.sleep(wait_s)
        wait_s = min(2 * wait_s, LONGEST_WAIT_S)
        held = await held_in_sandbox(context)
    return held


async def is_market_open(context: Context) -> bool:
    """Whether anything can fill there now; where the market does not say, the sandbox will."""
    try:
        return (await context.market.session()).is_open
    except VenueFailure:
        return True


def closable(leg: Leg, held: Held) -> int:
    """How much of what is held *leg* could close: it sells what is long, and buys back what is short."""
    position = held.get(leg.instrument, 0)
    return max(-position if leg.action.buys else position, 0)
