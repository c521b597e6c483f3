"""
Services on one home: killed, stopped and continued, in the middle of orders, one beside the other.

    works ─▶ SIGKILL │ SIGSTOP ─▶ the one that stands by takes over in ten seconds ─▶ every order is looked after
                          └▶ SIGCONT ─▶ it finds that it lost its lease, and acts no more
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from signal import SIGCONT, SIGKILL, SIGSTOP, SIGTERM
from typing import Final

from tests.attacks.arena import Arena, Runner
from tests.attacks.boundaries import parts
from tests.attacks.ground import FILLING, RESTING, Ground, Result, after_recovery
from tests.attacks.judge import LIVE, judge
from tests.attacks.killing import Count, worth_dying_at

TAKEN_OVER_S: Final = 10.0
SLACK_S: Final = 5.0
"""What a busy machine may take on top."""

SETTLED_S: Final = 45.0


def attacked(ground: Ground) -> Iterator[Result]:
    """Kill, stop and continue services, alone and in pairs, with orders on their way."""
    for attack in (follows, killed_beside, stopped_beside, killed_amid_orders, drained):
        with ground.arena() as arena:
            yield Result((attack.__doc__ or "").strip(), tuple(attack(arena, ground)))


def follows(arena: Arena, _ground: Ground) -> Iterator[str]:
    """A service follows an order to its end after its command has gone."""
    with service(arena) as working:
        arena.run("order", RESTING)
        fill(arena)
        yield from until(lambda: is_filled(arena), "the order that filled is followed", SLACK_S)
        yield from judge(arena).faults
        if any(word in working.said for word in ("In the background", "died", "Traceback")):
            yield f"BROKEN: a part of the service: {working.said[-400:]}"


def killed_beside(arena: Arena, _ground: Ground) -> Iterator[str]:
    """Of two services the working one is killed; the other takes over, and follows."""
    with service(arena) as first, service(arena, word="standing by") as second:
        arena.run("order", RESTING)
        first.signal(SIGKILL)
        first.end()
        yield from said(second, "ready in", TAKEN_OVER_S + SLACK_S)
        fill(arena)
        yield from until(lambda: is_filled(arena), "the order that filled is followed", SLACK_S)
        yield from judge(arena).faults


def stopped_beside(arena: Arena, _ground: Ground) -> Iterator[str]:
    """Of two services the working one is stopped; the other takes over; continued, the first one gives way."""
    with service(arena) as first, service(arena, word="standing by") as second:
        arena.run("order", RESTING)
        first.signal(SIGSTOP)
        yield from said(second, "ready in", TAKEN_OVER_S + SLACK_S)
        first.signal(SIGCONT)
        yield from said(first, "another service has taken over", SLACK_S)
        fill(arena)
        yield from until(lambda: is_filled(arena), "the order that filled is followed", SLACK_S)
        yield from judge(arena).faults


def killed_amid_orders(arena: Arena, ground: Ground) -> Iterator[str]:
    """A service and the commands of ten orders are killed at any moment; a new service settles everything."""
    with service(arena) as first:
        commands = [arena.start("order", ground.rng.choice((RESTING, FILLING))) for _ in range(10)]
        for runner in (*commands[:5], first, *commands[5:]):
            time.sleep(ground.rng.uniform(0.1, 0.6))
            runner.signal(SIGKILL)
        for runner in commands:
            runner.end()
    with service(arena, later_s=300.0):
        yield from until(lambda: not judge(arena).faults, "everything is settled", SETTLED_S)
        yield from judge(arena).faults


def drained(arena: Arena, _ground: Ground) -> Iterator[str]:
    """SIGTERM lets a service end what it has in hand, and give its lease back at once."""
    with service(arena) as first, service(arena, word="standing by") as second:
        arena.run("order", RESTING)
        first.signal(SIGTERM)
        if code := first.end():
            yield f"It ended with {code}: {first.said[-300:]}"
        yield from said(second, "ready in", SLACK_S)
        yield from judge(arena).faults


def everywhere(ground: Ground) -> Iterator[Result]:
    """Kill a service at every boundary that it has while it starts, follows an order to its fill, and ends."""
    with ground.arena() as arena:
        arena.run("orders")
        reference = worth_dying_at(_service_life(arena).passed)
        count = Count(met={part for name, _ in reference for part in parts(name)})
        for name, number in reference:
            if _service_life(arena, at=name, nth=number).code == -SIGKILL:
                count.visited.update(parts(name))
                yield Result(f"a service killed at {name!r}, time {number}", after_recovery(arena))
        yield Result(f"{len(count.visited)} of {len(count.met)} names of a service", tuple(count.gaps()))


def _service_life(arena: Arena, **how: object) -> Runner:
    """A service that starts, follows one order to its fill, and is told to end; or dies on the way."""
    running = arena.start("run", **how)
    list(said(running, "ready in", 30.0))
    arena.run("order", RESTING)
    fill(arena)
    deadline = time.monotonic() + 3
    while running.state() != "ended" and time.monotonic() < deadline and not is_filled(arena):
        time.sleep(0.05)
    running.signal(SIGTERM)
    running.end()
    arena.unpin()
    return running


@contextmanager
def service(arena: Arena, *, word: str = "ready in", **how: object) -> Iterator[Runner]:
    """A service that has said *word*; ended with the block."""
    runner = arena.start("run", **how)
    try:
        for fault in said(runner, word, 30.0):
            raise AssertionError(fault)
        yield runner
    finally:
        runner.signal(SIGKILL)
        runner.end()


def said(runner: Runner, word: str, within_s: float) -> Iterator[str]:
    """Wait until *runner* has said *word*; what is wrong where it did not."""
    deadline = time.monotonic() + within_s
    while word not in runner.said:
        if time.monotonic() > deadline or runner.state() == "ended":
            yield f"UNSAID: {word!r} within {within_s:g} s: {runner.said[-400:]!r}"
            return
        time.sleep(0.05)


def until(holds: Callable[[], bool], what: str, within_s: float) -> Iterator[str]:
    """Wait until *holds*; what is wrong where it did not."""
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            yield f"LATE: {what}: not within {within_s:g} s."
            return
        time.sleep(0.1)


def fill(arena: Arena) -> None:
    """Let the market come to what rests in production."""
    for row in arena.ledger("production"):
        if row["status"] in LIVE:
            symbol = row["body"]["legs"][0]["symbol"]
            arena.pin(symbol, "0.01", "0.02")


def is_filled(arena: Arena) -> bool:
    """Whether every order in the log is filled."""
    return all(order.stage == "filled" for order in judge(arena).orders)
