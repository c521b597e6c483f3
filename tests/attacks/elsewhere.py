"""
Others use the account too: an order is edited, cancelled or closed in the broker's own application, or is gone.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from tastyflow.domain.venue import Venue
from tests.attacks.arena import Arena
from tests.attacks.ground import FILLING, RESTING, Ground, Result, after_recovery
from tests.attacks.judge import LIVE, judge

OPEN: Final = frozenset({"working", "escalated"})


def edited(ground: Ground) -> Iterator[Result]:
    """An order that works is edited elsewhere, once and twice; and the edited one then fills."""
    for edits, fills in ((1, False), (2, False), (1, True)):
        with ground.arena() as arena:
            arena.run("order", RESTING)
            for number in range(edits):
                _works(arena)
                arena.call(edit, arena, "9.99" if fills else f"0.{6 + number:02}")
            faults = [*after_recovery(arena), *_followed(arena)]
            yield Result(f"edited {edits} times{', and it fills' if fills else ''}", tuple(faults))


def vanished(ground: Ground) -> Iterator[Result]:
    """Production knows an order no more that it had taken."""
    with ground.arena() as arena:
        arena.run("order", RESTING)
        arena.call(arena.simulator.production.reset)
        arena.recover()
        stages = [order.stage for order in judge(arena).orders]
        faults = [] if "working" not in stages else ["SILENT: it works on, says the log; the venue knows it no more."]
        cancel = arena.run("cancel", "last", later_s=300.0)
        if "working" in stages and cancel.code and not cancel.said.strip():
            faults.append("UNSAID: the cancel failed without a reason.")
        yield Result("gone", tuple(faults))


def cancelled(ground: Ground) -> Iterator[Result]:
    """An order that works is cancelled elsewhere; a position that was filled is closed elsewhere."""
    with ground.arena() as arena:
        arena.run("order", RESTING)
        arena.call(_cancel, arena)
        yield Result("cancelled elsewhere", after_recovery(arena))
    with ground.arena() as arena:
        arena.run("order", FILLING)
        arena.call(_close, arena)
        yield Result("closed elsewhere", after_recovery(arena))


def _followed(arena: Arena) -> Iterator[str]:
    """What is wrong where the log does not follow what took the place of an order."""
    rows = {row["order-id"]: row for row in arena.ledger("production")}
    newest = max(rows.values(), key=lambda row: int(row["order-id"]))
    (order,) = judge(arena).orders[-1:]
    if newest["status"] in LIVE and order.stage not in OPEN:
        yield f"LOST: {newest['order-id']} is {newest['status']} in its place; {order.reference} is {order.stage}."
    if newest["status"] == "Filled" and not order.filled(Venue.PRODUCTION):
        yield f"LOST: {newest['order-id']} filled in its place; {order.reference} is {order.stage} without a fill."


def _works(arena: Arena) -> None:
    """Wait until the newest order in production works."""
    deadline = time.monotonic() + 10
    while arena.ledger("production")[-1]["status"] != "Live":
        assert time.monotonic() < deadline, "no order came to work"
        time.sleep(0.05)


def edit(arena: Arena, price: str) -> None:
    """The broker's own application gives the newest order that works another *price*; in the simulator's loop."""
    book = arena.simulator.production.book
    row = max((row for row in book.ledger() if row["status"] == "Live"), key=lambda row: int(row["order-id"]))
    body: dict[str, Any] = {k: v for k, v in row["body"].items() if k not in ("external-identifier", "source")}
    book.replace(int(row["order-id"]), body | {"price": price}, datetime.now(UTC))
    arena.simulator.clock.wake()


def _cancel(arena: Arena) -> None:
    book = arena.simulator.production.book
    live = max(int(row["order-id"]) for row in book.ledger() if row["status"] in LIVE)
    book.cancel(live, datetime.now(UTC))
    arena.simulator.clock.wake()


def _close(arena: Arena) -> None:
    book = arena.simulator.production.book
    (row,) = (row for row in book.ledger() if row["status"] == "Filled")
    leg = row["body"]["legs"][0] | {"action": "Sell to Close"}
    book.place({"time-in-force": "Day", "order-type": "Market", "legs": [leg]}, datetime.now(UTC))
    arena.simulator.clock.wake()
