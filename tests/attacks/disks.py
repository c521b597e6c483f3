"""
The log cannot be written: another program holds it, or the disk is full; before the claim, or once production has it.

    before the claim       nothing is sent, and that is said
    behind a sending       it is said which order may be in production, and not to repeat it; later it is found
"""

import json
import re
import resource
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from signal import SIGCONT, SIGSTOP
from typing import Final

from tests.attacks.arena import Arena, Runner
from tests.attacks.ground import FILLING, RESTING, Ground, Result, after_recovery

BEFORE: Final = ("send production GET /accounts/*/positions", 2)
BEHIND: Final = ("hear production POST /accounts/*/orders", 1)
UNLIMITED: Final = resource.RLIM_INFINITY


def unwritable(ground: Ground) -> Iterator[Result]:
    """Lock the database or fill the disk, before the claim and behind the sending."""
    for name, trouble in TROUBLES.items():
        for moment, when in ((BEFORE, "before the claim"), (BEHIND, "behind the sending")):
            for text in (RESTING, FILLING):
                with ground.arena() as arena:
                    faults = in_trouble(arena, text, moment, trouble)
                    yield Result(f"{name}, {when}: {text!r}", tuple(faults))


def in_trouble(arena: Arena, text: str, moment: tuple[str, int], trouble: "Trouble") -> Iterator[str]:
    """An order whose process is stopped at *moment* and goes on in *trouble*; what is wrong then, and later."""
    arena.run("orders")
    sender = arena.start("order", text, "--json", at=moment[0], nth=moment[1], strikes="stop")
    if not sender.until("stopped"):
        yield f"It never came to {moment}: {sender.said[-300:]}"
        return
    with trouble(arena, sender):
        sender.signal(SIGCONT)
        code = sender.end()
    sent = arena.ledger("production")
    if moment is BEFORE and sent:
        yield "UNCLAIMED: it was sent, and its claim could not be written."
    if moment is BEHIND:
        yield from _told(sender, code)
    yield from after_recovery(arena)


def _told(sender: Runner, code: int) -> Iterator[str]:
    """What is wrong with the words for an order that production has, and the log could not take."""
    if not code:
        yield "UNSAID: it ended well, and nothing of the outcome was recorded."
    if not re.search(r"may be in production.*Do not order it again", sender.said, re.DOTALL):
        yield f"UNSAID: not that it may be in production and must not be repeated: {sender.said[-400:]!r}"
    last = sender.said.strip().splitlines()[-1] if sender.said.strip() else ""
    try:
        error = json.loads(last)
    except ValueError:
        yield f"UNSAID: no JSON at its end: {last[-200:]!r}"
        return
    if not re.search(r'"(?:order|reference)": ?"[0-9a-f]{6}', json.dumps(error)):
        yield f"UNSAID: its JSON names no order: {last[-300:]!r}"


@contextmanager
def locked(arena: Arena, sender: Runner) -> Iterator[None]:
    """Another program is in the middle of a transaction."""
    with closing(sqlite3.connect(arena.log, isolation_level=None, timeout=0)) as other:
        while True:  # the sender may have been stopped while its other thread wrote
            try:
                other.execute("BEGIN IMMEDIATE")
                break
            except sqlite3.OperationalError:
                sender.signal(SIGCONT)
                time.sleep(0.001)
                sender.signal(SIGSTOP)
        yield
        other.execute("ROLLBACK")


@contextmanager
def full(arena: Arena, sender: Runner) -> Iterator[None]:
    """No file of the sender can grow any more."""
    wal = arena.log.with_name(f"{arena.log.name}-wal")
    grown = wal.stat().st_size if wal.exists() else 0
    resource.prlimit(sender.pid, resource.RLIMIT_FSIZE, (grown, UNLIMITED))
    yield


Trouble = Callable[[Arena, Runner], AbstractContextManager[None]]
TROUBLES: Final[Mapping[str, Trouble]] = {"another program holds it": locked, "no file can grow": full}
"""What keeps a log from being written. A limit on files stands for a full disk: filling one takes a disk to fill."""
