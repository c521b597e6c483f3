"""
Stop and continue: a sender that is held up between any two of its steps, while the others go on.

    claim committed ─▶ SIGSTOP ─▶ another process gives the attempt up, its trader cancels ─▶ SIGCONT ─▶ nothing leaves
                    └▶ Ctrl-S in its terminal: what it prints stays there, and its sending goes on

A sender that is stopped after its last look cannot be kept from sending. What it sent must have an owner afterwards.
"""

import os
import pty
import time
from collections.abc import Iterator
from signal import SIGCONT
from typing import Final

from tests.attacks.arena import Arena, Runner
from tests.attacks.ground import RESTING, Ground, Result, after_recovery, tidy

CLAIMED: Final = "committed order.submission_claimed@1 production"
CLAIMED_IN_SANDBOX: Final = "committed order.submission_claimed@1 sandbox, test_result.planned@1"
LEAVES: Final = "send production POST /accounts/*/orders"
LEAVES_IN_SANDBOX: Final = "send sandbox POST /accounts/*/orders"
OLD_S: Final = 5.0
"""Longer than a claim is good for in an arena: `claim_age_s`, and in the sandbox `answer_s` on top."""

XOFF, XON = b"\x13", b"\x11"


def stopped(ground: Ground) -> Iterator[Result]:
    """SIGSTOP a sender between claim and send, let others go on, SIGCONT."""
    with ground.arena() as arena:
        arena.run("orders")
        yield held(arena, "given up and cancelled meanwhile", CLAIMED, gives_up=True)
        yield held(arena, "only time passes", CLAIMED, gives_up=False)
        yield held(arena, "given up meanwhile, in the sandbox", CLAIMED_IN_SANDBOX, gives_up=True)
        yield held(arena, "only time passes, in the sandbox", CLAIMED_IN_SANDBOX, gives_up=False)
        yield held(arena, "stopped after the last look", LEAVES, gives_up=True, may_leave=True)
        yield held(
            arena, "stopped after the last look, in the sandbox", LEAVES_IN_SANDBOX, gives_up=True, may_leave=True
        )


def held(arena: Arena, name: str, at: str, *, gives_up: bool, may_leave: bool = False) -> Result:
    """Stop a sender at the boundary *at*; *may_leave*: nothing can keep it from sending there."""
    side = "sandbox" if "sandbox" in at else "production"
    before = len(arena.ledger(side))
    sender = arena.start("order", RESTING, at=at, strikes="stop")
    if not sender.until("stopped"):
        return Result(name, (f"It never came to {at!r}: {sender.said[-300:]}",))
    if gives_up:
        arena.recover()
        arena.run("cancel", "last", later_s=300.0)
    else:
        time.sleep(OLD_S)
    sender.signal(SIGCONT)
    sender.end()
    left = len(arena.ledger(side)) - before
    faults = [f"HELD UP: {left} sent after all."] if left and gives_up and not may_leave else []
    faults += late_sendings(sender)[: 0 if may_leave else None]
    faults += after_recovery(arena)
    tidy(arena)
    return Result(name, tuple(faults))


def late_sendings(sender: Runner) -> list[str]:
    """The sendings of *sender* that left longer after their claims than a claim is good for."""
    faults, claimed_s = [], {"production": 0.0, "sandbox": 0.0}
    for name, _, at_s in sender.moments:
        for side in claimed_s:
            if name.startswith(f"committed order.submission_claimed@1 {side}"):
                claimed_s[side] = at_s
            elif name == f"send {side} POST /accounts/*/orders" and claimed_s[side] and at_s - claimed_s[side] > OLD_S:
                faults.append(f"HELD UP: it left for {side} {at_s - claimed_s[side]:.1f} s after its claim.")
    return faults


def terminal_stopped(ground: Ground) -> Iterator[Result]:
    """Ctrl-S in the sender's terminal while it rehearses; Ctrl-Q once another process has looked after the order."""
    for seen, name in ((b"drafted", "Ctrl-S as the order is drafted"), (b"approved", "Ctrl-S as it is approved")):
        with ground.arena() as arena:
            arena.run("orders")
            yield Result(name, tuple(_with_terminal_stopped(arena, seen)))


def _with_terminal_stopped(arena: Arena, seen: bytes) -> Iterator[str]:
    keyboard, screen = pty.openpty()
    try:
        sender = arena.start("order", RESTING, terminal=True, out=os.ttyname(screen))
        shown = b""
        while seen not in shown:
            shown += os.read(keyboard, 4096)
        os.write(keyboard, XOFF)
        time.sleep(OLD_S + 1)
        in_time = len(arena.ledger("production"))
        if not in_time:
            yield "HELD UP: the terminal held the order up: it had not come to production."
        arena.recover()
        os.write(keyboard, XON)
        _read_to_the_end(keyboard, sender)
        if len(arena.ledger("production")) > in_time:
            yield "HELD UP: it left for production when the terminal went on."
        yield from late_sendings(sender)
        yield from after_recovery(arena)
    finally:
        os.close(keyboard)
        os.close(screen)


def _read_to_the_end(keyboard: int, sender: Runner) -> None:
    os.set_blocking(keyboard, False)
    deadline = time.monotonic() + 30
    while sender.state() != "ended" and time.monotonic() < deadline:
        try:
            os.read(keyboard, 65536)
        except BlockingIOError:
            time.sleep(0.02)
    sender.end(within_s=5)
