"""
The process dies at every boundary of a replacement: before and after each append, and each call to a venue.

    an order is replaced by a process that is dead at boundary k ─▶ a new desk, later ─▶ recover() ─▶ one works
"""

import pytest

from tastyflow.application.audit import log_of, verify
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.venue import Status
from tastyflow.errors import IllegalStep
from tastyflow_adapters.fake import Plan, ScriptedModel
from tastyflow_adapters.fake.faults import REQUEST_LOST, RESPONSE_LOST
from tastyflow_adapters.fake.order_plan import fill, live
from tests.application.kit import PRODUCTION, log
from tests.application.soundness import assert_sound
from tests.application.test_desk_crash import Crash, Fuse, make_mortal, one_trader, recovered

BID = "buy 10 SPY 450 calls exp Dec 18 2026 @ 8.00"
RESTS = Plan((live(),))
NEVER, BEFORE_THE_CLAIM = 10**6, 4
SCENARIOS = {
    "is replaced": ((RESTS, RESTS), [None], False),
    "had filled in part": ((Plan((live(), fill(4))), RESTS), [None], False),
    "fills while it is replaced": ((Plan((live(),), on_cancel=(fill(10, after_s=0.3),)), RESTS), [None], False),
    "answer lost": ((RESTS, RESTS), [RESPONSE_LOST], False),
    "request lost": ((RESTS, RESTS), [REQUEST_LOST], False),
    "is replaced, then cancelled": ((RESTS, RESTS), [None], True),
}


def scripted(plans):
    left = list(plans)
    return ScriptedModel(lambda _ticket: left.pop(0) if len(left) > 1 else left[0])


async def replace_and_die(house, fuse, faults, *, cancels):
    """One order is replaced by a process that may die on the way; whether it did."""
    await house.once(BID, message="old")
    make_mortal(house, fuse, {PRODUCTION: {"replace": list(faults)}})
    async with house.desk() as desk:
        try:
            await house.until(desk.ask(house.message("replace last @ 8.10", message="new")))
            if cancels:
                await house.until(desk.cancel(house.message("cancel", message="c"), Order.id_of("cli", "old").hex[:6]))
            await house.until(house.clock.sleep(5))
        except Crash:
            return True
        except IllegalStep:
            pass  # what was replaced is over: the cancel says so
    return fuse.burnt


def assert_one_works(house, where):
    assert_sound(house)
    found = [house.ledger.read(Order, Order.id_of("cli", name)) for name in ("old", "new")]
    orders = [order for order in found if order is not None]
    there = {snapshot.broker_order: snapshot for snapshot in house.live.orders()}
    working = [snapshot for snapshot in there.values() if not snapshot.status.is_terminal]
    assert len(there) <= 2, where
    assert len(working) <= 1, where
    for order in orders:
        attempt = order.attempt(PRODUCTION)
        shown = there.get(attempt.broker_order) if attempt and attempt.broker_order else None
        if shown is None:
            continue
        assert order.filled(PRODUCTION) == sum(each.quantity for each in shown.fills), where
        assert order.stage is (Stage(shown.status.value) if shown.status.is_terminal else Stage.WORKING), where
        assert (order.id in house.trader().reserved) is (not order.stage.is_over), where
    old, new = (*orders, None)[:2]
    if old.stage is Stage.CANCELLED and new is not None and new.attempt(PRODUCTION):
        assert old.replacement == new.id, where
    elif old.stage is not Stage.CANCELLED:
        assert old.replacement is None, f"{where}: {new and new.stage}"
    assert {snapshot.status for snapshot in working} <= {Status.LIVE}, where
    assert verify(log_of(house.ledger)).findings == (), where


async def died_at(boundary, name):
    """The fuse of a process that died at *boundary* of the scenario, after the next one has looked after it."""
    plans, faults, cancels = SCENARIOS[name]
    house = await one_trader((None, scripted(plans)))
    fuse = Fuse(boundary)
    await replace_and_die(house, fuse, faults, cancels=cancels)
    where = f"killed {fuse.passed[-1]}, boundary {boundary}: {' · '.join(fuse.passed)}"
    after = house.restarted()
    assert await recovered(after)
    assert_one_works(after, where)
    known = len(log(after.ledger))
    assert await recovered(after)
    assert len(log(after.ledger)) == known, f"recovering twice says more than once: {where}"
    house.ledger.close()
    after.ledger.close()
    return fuse


@pytest.mark.anyio
@pytest.mark.parametrize("name", SCENARIOS)
async def test_a_process_that_dies_around_the_replacing_leaves_one_of_the_two_at_work(name):
    """Up to the approval the new order is one like any other (`test_desk_crash`): it begins with the claim."""
    lived = await died_at(NEVER, name)
    asked = lived.passed.index("before replace")
    boundaries = range(asked - BEFORE_THE_CLAIM, len(lived.passed) + 1)
    assert not lived.burnt
    assert [(await died_at(boundary, name)).burnt for boundary in boundaries] == [True] * len(boundaries)
